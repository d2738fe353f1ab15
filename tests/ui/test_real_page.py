"""The real app.py in a browser: shipped weights, shipped samples, real files."""

import re
from pathlib import Path

import numpy as np
import pytest

import gcdemo
from gcdemo.images import load_image
from tests.ui.conftest import serve

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def server(tmp_path_factory, repository):
    """The address of the running app."""
    with serve(["app.py"], tmp_path_factory.mktemp("app"), repository) as address:
        yield address


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_app_opens_on_a_real_file_of_about_a_kilobyte(open_page, server, screenshots, size):
    page = open_page(server, size)
    page.screenshot(path=screenshots / f"app-{size}.png")
    with page.expect_download() as download:
        page.click("#gc-download")
    data = Path(download.value.path()).read_bytes()
    info = gcdemo.describe(data)
    assert info.latent_channels == 8
    assert len(data) < 2500
    captions = page.inner_text(".cv-stage")
    assert f"{len(data):,}" in captions
    assert re.search(r"PSNR\s+\d\d\.\d\d dB", captions)
    assert re.search(r"MS-SSIM\s+0\.\d{3}", captions)


def test_what_the_app_shows_is_what_the_file_holds(open_page, server):
    page = open_page(server)
    with page.expect_download() as download:
        page.click("#gc-download")
    image = gcdemo.decompress(Path(download.value.path()).read_bytes()).astype(int)
    source = page.get_attribute('.cv-view >> nth=1 >> img[alt^="GC"]', "src")
    shown = load_image(page.request.get(source).body())
    # The network may round otherwise with another number of threads.
    assert np.abs(image - shown).max() <= 2


def test_a_file_opened_in_the_app_shows_the_same_picture(open_page, server, tmp_path):
    page = open_page(server)
    before = page.get_attribute('.cv-view >> nth=1 >> img[alt^="GC"]', "src")
    path = tmp_path / "received.gci"
    with page.expect_download() as download:
        page.click("#gc-download")
    download.value.save_as(path)
    page.set_input_files("#gc-photo input", path)
    page.wait_for_selector('#gc-open-viewer .cv[data-count="1"]')
    assert page.get_attribute("#gc-open-viewer .cv-view img", "src") == before
    assert "gc" in page.inner_text("#gc-open-card .fc-facts")
    page.click("button[role=tab]:has-text('Benchmark')")
    page.wait_for_selector('.bp:not([data-mine="0"])')  # what was coded of the sample


def test_a_damaged_file_is_refused_in_a_sentence(open_page, server, tmp_path):
    page = open_page(server)
    with page.expect_download() as download:
        page.click("#gc-download")
    data = bytearray(Path(download.value.path()).read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / "damaged.gci"
    path.write_bytes(data)
    page.set_input_files("#gc-photo input", path)
    page.wait_for_selector("#gc-open-viewer .cv-alert:not([hidden])")
    assert "damaged" in page.inner_text("#gc-open-viewer .cv-alert")


def test_what_is_kept_in_the_app_is_what_the_file_keeps(open_page, server, screenshots):
    page = open_page(
        f"{server}/?tab=keep&example=street",
        ready=lambda page: page.wait_for_selector("#gc-canvas button:has-text('window')"),
    )
    page.click("#gc-canvas button:has-text('window')")
    page.click("#gc-keep-go")
    page.wait_for_selector('#gc-keep-viewer .cv[data-count="5"]:not([data-busy="1"])')
    page.screenshot(path=screenshots / "keep.png", full_page=True)
    with page.expect_download() as download:
        page.click("#gc-keep-download")
    data = Path(download.value.path()).read_bytes()
    decoded = gcdemo.decompress_selective(data)
    assert 0 < decoded.kept.mean() < 0.5
    assert gcdemo.describe(data).background == "synthesised"
    assert f"{len(data):,}" in page.inner_text("#gc-keep-viewer .cv-stage")
