"""The real app.py in a browser: shipped weights, shipped samples, real files."""

import re
from pathlib import Path

import pytest

import gcdemo
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
    assert info.latent_channels == 4
    assert len(data) < 2500
    captions = page.inner_text(".cv-stage")
    assert f"{len(data):,}" in captions
    assert re.search(r"PSNR\s+\d\d\.\d\d dB", captions)
    assert re.search(r"MS-SSIM\s+0\.\d{3}", captions)


def test_what_the_app_shows_is_what_the_file_holds(open_page, server, tmp_path):
    page = open_page(server)
    with page.expect_download() as download:
        page.click("#gc-download")
    data = Path(download.value.path()).read_bytes()
    sources = page.eval_on_selector_all(".cv-view >> nth=1 >> img", "nodes => nodes.length")
    assert sources
    image = gcdemo.decompress(data)
    info = gcdemo.describe(data)
    assert image.shape == (info.height, info.width, 3)
