"""The real app.py in a browser: shipped weights, shipped samples, real files."""

import re
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file

import gcdemo
from gcdemo.images import load_image, save_png
from gcdemo.keeping import kept_cells
from gcdemo.label_maps import from_grid
from gcdemo.sample_maps import read_maps
from gcdemo.samples import SAMPLES
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


def test_a_sample_opens_with_its_mask_and_one_press_codes_it(open_page, server, screenshots):
    page = open_page(
        f"{server}/?tab=keep&example=street",
        ready=lambda page: page.wait_for_selector(".mk-foretold:not(:empty)"),
    )
    assert page.locator("#gc-canvas button:has-text('window')").count() == 1
    page.screenshot(path=screenshots / "keep-first.png", full_page=True)
    foretold = int(page.inner_text(".mk-foretold").split(" ")[1].replace(",", ""))
    data = coded(page)
    page.screenshot(path=screenshots / "keep.png", full_page=True)
    (sample,) = (sample for sample in SAMPLES if sample.name == "street")
    cells = kept_cells(read_maps(sample).kept).astype(np.uint8)
    decoded = gcdemo.decompress_selective(data)
    assert np.array_equal(decoded.kept, from_grid(cells, *decoded.kept.shape) > 0)
    assert gcdemo.describe(data).background == "synthesised"
    assert f"{len(data):,}" in page.inner_text("#gc-keep-viewer .cv-stage")
    assert foretold == pytest.approx(len(data), rel=0.25)


def test_what_is_marked_besides_is_kept_too(open_page, server):
    page = open_page(
        f"{server}/?tab=keep&example=street",
        ready=lambda page: page.wait_for_selector(".mk-foretold:not(:empty)"),
    )
    before = page.inner_text(".mk-share")
    page.click("#gc-canvas button:has-text('window')")
    page.wait_for_function(
        "before => document.querySelector('.mk-share').textContent !== before", arg=before
    )
    percent = float(page.inner_text(".mk-share").split(" ")[0])
    kept = gcdemo.decompress_selective(coded(page)).kept.mean()
    assert 100 * kept == pytest.approx(percent, abs=1)


def coded(page):
    """Press Compress on the tab of selective compression, and give the file."""
    page.click("#gc-keep-go")
    # Three codecs, one after the other, and what the page opened with before them.
    done = '#gc-keep-viewer .cv[data-count="5"]:not([data-busy="1"])'
    page.wait_for_selector(done, timeout=120_000)
    with page.expect_download() as download:
        page.click("#gc-keep-download")
    return Path(download.value.path()).read_bytes()


def test_programs_keep_and_decompress_the_same_picture(server, tmp_path):
    client = Client(server, verbose=False, download_files=str(tmp_path), analytics_enabled=False)
    photo, mask = tmp_path / "photo.png", tmp_path / "mask.png"
    image = load_image(SAMPLES[0].path)[100:260, 60:300]
    save_png(image, photo)
    save_png(np.where(np.arange(240)[:, None] < 80, np.uint8(255), np.zeros_like(image)), mask)
    for classes, background in (("", "thin"), ("vegetation", "synthesised")):
        file, fields, picture = client.predict(
            handle_file(photo), handle_file(mask), classes, background, 6, api_name="/keep"
        )
        assert fields["codec"] == "SC"
        assert (fields["background"], fields["detail"]) == (background, 6)
        assert 1 / 3 <= fields["kept"] < 1
        decoded, said = client.predict(handle_file(file), api_name="/decompress")
        assert (load_image(decoded) == load_image(picture)).all()
        assert load_image(decoded).shape == image.shape
        assert said["codec"] == "SC"
        assert said["bytes"] == fields["bytes"] == Path(file).stat().st_size
    client.close()
