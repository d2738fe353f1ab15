"""Rivals in a browser: chosen, matched, shown, taken away."""

import re
from pathlib import Path

import pytest

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.codecs.webp import WebpCodec
from tests.ui.conftest import finished, sticking_out
from tests.ui.test_browser import CONTRAST, LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def titles(page):
    return page.locator(".cv-caption .cv-title").all_inner_texts()


def choose(page, label):
    """Press a rival's button and wait until it is there, or gone."""
    page.click(f".rv-names button:has-text('{label}')")
    wanted = page.get_attribute(f".rv-names button:has-text('{label}')", "aria-pressed") == "true"
    page.wait_for_function(
        "([label, wanted]) => document.querySelector('.cv').dataset.busy === '0' && "
        "[...document.querySelectorAll('.cv-title')].some(n => n.textContent === label) === wanted",
        arg=[label, wanted],
    )


@pytest.fixture
def page(open_page, fake_server):
    return open_page(fake_server)


def test_a_rival_is_one_click_away_and_one_click_gone(page):
    assert titles(page) == ["Original", "GC"]
    choose(page, "WebP")
    choose(page, "JPEG")
    assert titles(page) == ["Original", "GC", "JPEG", "WebP"]
    choose(page, "JPEG")
    assert titles(page) == ["Original", "GC", "WebP"]


@pytest.mark.parametrize(("label", "codec"), [("JPEG", JpegCodec()), ("WebP", WebpCodec())])
def test_what_is_taken_away_is_a_real_file_of_the_size_that_is_shown(page, label, codec):
    choose(page, label)
    with page.expect_download() as download:
        page.click(f".cv-file:has-text('{codec.extension}')")
    data = Path(download.value.path()).read_bytes()
    assert download.value.suggested_filename == f"dawn{codec.extension}"
    caption = page.inner_text(f".cv-caption:has(.cv-title:text-is('{label}'))")
    assert f"{len(data):,} bytes" in caption
    assert "× our size" in caption
    assert codec.decode(data).shape == (256, 384, 3)


def test_more_bytes_are_one_click_or_one_key(page):
    choose(page, "WebP")
    size = int(re.sub(r"\D", "", page.inner_text(".cv-headline >> nth=1")))
    page.click(".rv-factors button:has-text('2×')")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "size => document.querySelector('.cv').dataset.busy === '0' && "
        "+document.querySelectorAll('.cv-headline')[2].textContent.replace(/\\D/g, '') >= 3 * size",
        arg=size,
    )
    assert page.get_attribute(".rv-factors [aria-checked=true]", "data-factor") == "3"


def test_a_codec_that_has_no_file_so_small_may_shrink_the_picture(page):
    page.click('.rs-marks button:has-text("0.018")')
    finished(page)
    choose(page, "JPEG")
    assert "its smallest" in page.inner_text(".cv-caption >> nth=2")
    page.click(".rv-scaled")
    page.wait_for_selector(".cv-subtitle:has-text('coded at 1/')")


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_four_pictures_can_be_read_and_fit(open_page, fake_server, screenshots, size, scheme):
    page = open_page(fake_server, size, scheme)
    page.click(".rv-names button:has-text('JPEG')")
    page.wait_for_selector('.cv[data-count="3"][data-busy="0"]')
    page.screenshot(path=screenshots / f"rivals-{size}-{scheme}.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    assert sticking_out(page) == []


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_how_it_works_can_be_read_and_fits(open_page, fake_server, screenshots, size, scheme):
    page = open_page(fake_server, size, scheme)
    page.click("button[role=tab]:has-text('How it works')")
    page.wait_for_selector(".ab h2")
    page.screenshot(path=screenshots / f"about-{size}-{scheme}.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    assert sticking_out(page) == []
