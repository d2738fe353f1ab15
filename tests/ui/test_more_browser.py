"""What is one click away: every rate, files from elsewhere, links, Stop and the benchmark."""

from pathlib import Path

import pytest
from PIL import Image

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.images import load_image
from tests.ui.conftest import finished, sticking_out
from tests.ui.fakes import draw_photo
from tests.ui.test_browser import CONTRAST, as_transfer, change

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LOOKS = [("desktop", "light"), ("laptop", "dark"), ("phone", "light"), ("phone", "dark")]
WHOLE = '.sp[data-empty="0"][data-busy="0"]'


def open_tab(page, name):
    """Go to a tab."""
    page.click(f"button[role=tab]:has-text('{name}')")


def take_new_photo(page, folder, seed):
    """Choose a photo that nobody chose before: what is remembered needs no work to stop."""
    path = folder / "new.png"
    Image.fromarray(draw_photo(384, 256, seed)).save(path)
    change(page, lambda: page.set_input_files("#gc-photo input", path))


def opened(page):
    """Wait until a file from elsewhere is shown."""
    page.wait_for_selector('#gc-open-viewer .cv[data-empty="0"]')
    page.wait_for_selector('#gc-open-card .fc[data-empty="0"]')


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_every_rate_is_one_click_away(open_page, fake_server, screenshots, size, scheme):
    page = open_page(fake_server, size, scheme)
    assert not page.is_visible(".sp")
    page.click("#gc-rates")
    page.wait_for_selector(WHOLE)
    assert page.locator(".sp-picture img").count() == 9
    assert page.locator("button.sp-cell").count() == 4
    page.wait_for_function("[...document.querySelectorAll('.sp img')].every(i => i.complete)")
    page.screenshot(path=screenshots / f"rates-{size}-{scheme}.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    assert sticking_out(page) == []


def test_the_figure_can_be_taken_away_and_its_pictures_looked_at(open_page, fake_server):
    page = open_page(fake_server)
    page.click("#gc-rates")
    page.wait_for_selector(WHOLE)
    with page.expect_download() as download:
        page.click(".sp-file")
    assert download.value.suggested_filename == "dawn-rates.png"
    assert load_image(Path(download.value.path())).shape[1] > 5 * 384
    change(page, lambda: page.click("button.sp-cell >> nth=3"))
    assert page.inner_text(".rs-value") == "C = 16"
    change(page, lambda: page.click('[data-name="upright"]'))
    assert not page.is_visible(".sp")


def test_stop_ends_the_work_and_what_is_there_stays(open_page, fake_server, gate, tmp_path):
    page = open_page(fake_server)
    take_new_photo(page, tmp_path, seed=11)
    assert not page.is_visible("#gc-stop")
    asked = {quality: gate.asked(quality) for quality in (8, 16)}
    with gate.shut(8):
        page.click("#gc-rates")
        gate.wait_until_asked(8, asked[8] + 1)
        page.click("#gc-stop")
        page.wait_for_selector(WHOLE)
    there = page.locator(".sp-picture img").count()
    assert there < 9
    assert not page.is_visible(".sp-file")
    # Nothing more is made: the last rate has to be coded when it is asked for.
    page.wait_for_selector("#gc-go:visible")
    page.wait_for_timeout(1000)  # the rate under way ends, and the next would begin
    assert gate.asked(16) == asked[16]
    change(page, lambda: page.click('.rs-marks button:has-text("0.145")'))
    assert gate.asked(16) == asked[16] + 1
    assert page.locator(".sp-picture img").count() == there


def test_stop_shows_what_there_was_before(open_page, fake_server, gate, tmp_path):
    page = open_page(fake_server)
    take_new_photo(page, tmp_path, seed=12)
    before = page.inner_text(".cv-stage")
    with gate.shut(16):
        page.click('.rs-marks button:has-text("0.145")')
        page.wait_for_selector('.cv[data-busy="1"]')
        page.click("#gc-stop")
        page.wait_for_selector('.cv[data-busy="0"]')
    assert page.inner_text(".cv-stage") == before
    assert not page.is_visible(".cv-alert >> nth=0")
    page.wait_for_selector("#gc-go:visible")


def test_a_photo_is_fitted_into_a_size(open_page, fake_server):
    page = open_page(fake_server)

    def fit(size):
        page.fill(".rs-size", size)
        page.press(".rs-size", "Enter")

    change(page, lambda: fit("0,4"))
    size = int(page.inner_text(".cv-headline >> nth=1").split()[0])
    assert 154 < size <= 400
    assert page.inner_text(".rs-value") != "C = 4"
    fit("0.02")
    page.wait_for_selector(".cv-alert:not([hidden])")
    assert "20 bytes are too few" in page.inner_text(".cv-alert >> nth=0")
    fit("much")
    assert page.get_attribute(".rs-size", "aria-invalid") == "true"


def test_a_copied_link_opens_the_same_again(open_page, fake_server):
    page = open_page(fake_server)
    change(page, lambda: page.click('[data-name="upright"]'))
    change(page, lambda: page.click('.rs-marks button:has-text("0.145")'))
    change(page, lambda: page.click(".rv-names button:has-text('WebP')"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".sl-copy")
    page.wait_for_selector(".sl-text:has-text('Link copied')")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{fake_server}/?example=upright&C=16&with=webp&search=0"
    again = open_page(link)
    assert again.inner_text(".rs-value") == "C = 16"
    assert again.get_attribute('[data-name="upright"]', "aria-pressed") == "true"
    assert again.locator(".rv-names [aria-pressed=true]").all_inner_texts() == ["WebP"]
    assert again.inner_text(".cv-stage") == page.inner_text(".cv-stage")


def test_an_own_photo_has_no_link(open_page, fake_server, photo_file):
    page = open_page(fake_server)
    assert page.is_enabled(".sl-copy")
    change(page, lambda: page.set_input_files("#gc-photo input", photo_file))
    assert page.is_disabled(".sl-copy")


@pytest.mark.parametrize(
    ("query", "selector"),
    [
        ("tab=benchmark", ".bp-plot"),
        ("tab=decode", "#gc-open"),
        ("tab=study", "#gc-study"),
        ("tab=about", ".ab"),
        ("tab=nonsense&example=none&C=99&x=y", "#gc-viewer"),
    ],
)
def test_an_address_opens_a_tab(open_page, fake_server, query, selector):
    page = open_page(f"{fake_server}/?{query}", ready=lambda page: page.wait_for_selector(selector))
    assert page.is_visible(selector)


def test_a_file_is_opened_wherever_it_is_dropped(open_page, fake_server, tmp_path, screenshots):
    page = open_page(fake_server)
    with page.expect_download() as download:
        page.click("#gc-download")
    path = tmp_path / "received.gci"
    download.value.save_as(path)
    coded = page.get_attribute('.cv-view >> nth=1 >> img[alt^="GC"]', "src")
    transfer = as_transfer(page, path, "received.gci", "")
    page.dispatch_event("#gc-head", "drop", {"dataTransfer": transfer})
    opened(page)
    assert page.get_attribute("#gc-open-viewer .cv-view img", "src") == coded
    assert page.inner_text("#gc-open-card .fc-name") == "received.gci"
    assert "384 × 256 pixels" in page.inner_text("#gc-open-card .fc-facts")
    page.screenshot(path=screenshots / "decode-desktop.png")
    with page.expect_download() as download:
        page.click("#gc-open-download")
    assert download.value.suggested_filename == "received.png"
    assert load_image(Path(download.value.path())).shape == (256, 384, 3)
    # The photo that was being compared is still there.
    open_tab(page, "Try it")
    finished(page)
    assert "384 × 256" in page.inner_text("#gc-viewer .cv-captions >> nth=0")


def test_a_photo_dropped_where_files_are_opened_is_decoded_there(open_page, fake_server, tmp_path):
    page = open_page(
        f"{fake_server}/?tab=decode", ready=lambda page: page.wait_for_selector("#gc-open .fd-zone")
    )
    path = tmp_path / "small.jpg"
    path.write_bytes(JpegCodec().encode(draw_photo(60, 40), 60))
    transfer = as_transfer(page, path, "small.jpg", "image/jpeg")
    page.dispatch_event("#gc-head", "drop", {"dataTransfer": transfer})
    opened(page)
    assert "60 × 40 pixels" in page.inner_text("#gc-open-card .fc-facts")
    assert page.inner_text("#gc-open-viewer .cv-title") == "JPEG"


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_a_file_that_cannot_be_read_is_said_in_place(
    open_page, fake_server, tmp_path, screenshots, size, scheme
):
    page = open_page(
        f"{fake_server}/?tab=decode",
        size,
        scheme,
        ready=lambda page: page.wait_for_selector("#gc-open .fd-zone"),
    )
    path = tmp_path / "broken.gci"
    path.write_bytes(b"something else")
    page.set_input_files("#gc-open input", path)
    page.wait_for_selector("#gc-open-viewer .cv-alert:not([hidden])")
    assert page.inner_text("#gc-open-viewer .cv-alert") == "This is not a .gci file."
    page.wait_for_selector(".toast-body")
    page.wait_for_function(f"({CONTRAST})().faults.length === 0")  # once the toast has come in
    page.screenshot(path=screenshots / f"decode-error-{size}-{scheme}.png")
    assert sticking_out(page) == []


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_benchmark_can_be_read_point_by_point(
    open_page, fake_server, screenshots, size, scheme
):
    page = open_page(fake_server, size, scheme)
    open_tab(page, "Benchmark")
    page.wait_for_selector(".bp-plot circle")
    page.wait_for_selector('.bp:not([data-mine="0"])')
    page.focus(".bp-plot")
    page.keyboard.press("ArrowRight")
    assert " bpp, " in page.inner_text(".bp-tip")
    page.screenshot(path=screenshots / f"benchmark-{size}-{scheme}.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    assert sticking_out(page) == []


def test_the_benchmark_shows_what_is_asked_for(open_page, fake_server):
    page = open_page(fake_server)
    open_tab(page, "Benchmark")
    page.wait_for_selector('.bp:not([data-mine="0"])')
    point = page.locator(".bp-curve circle").first.bounding_box()
    page.mouse.move(point["x"] + 5, point["y"] + 5)
    assert "PSNR" in page.inner_text(".bp-tip")
    before = page.inner_html(".bp-plot")
    page.click(".bp-axes button:has-text('Linear')")
    linear = page.inner_html(".bp-plot")
    assert linear != before
    page.click(".bp-measures button:has-text('MS-SSIM')")
    assert "MS-SSIM" in page.inner_html(".bp-plot")
    curves = page.locator(".bp-plot .bp-curve").count()
    page.click(".bp-legend button >> nth=0")
    assert page.locator(".bp-plot .bp-curve").count() == curves - 1
    page.click("#gc-benchmark-go")
    # Four of ours, and one file of JPEG: it has none so small.
    page.wait_for_function("+document.querySelector('.bp').dataset.mine >= 5")


def test_who_waits_for_another_is_told_the_place_in_the_queue(
    open_page, fake_server, gate, tmp_path, screenshots
):
    first, second = open_page(fake_server), open_page(fake_server)
    take_new_photo(first, tmp_path, seed=13)
    with gate.shut(2):
        first.click("#gc-rates")
        first.wait_for_selector('.sp[data-busy="1"]')
        second.click('.rs-marks button:has-text("0.145")')
        told = second.wait_for_selector("#gc-status .progress-text:has-text('queue: 1/1')")
        assert told.is_visible()
        second.wait_for_timeout(700)  # it fades in
        second.screenshot(path=screenshots / "waiting-for-another.png")
    finished(second)
    first.wait_for_selector(WHOLE)


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_better_symbols_are_searched_for_when_that_is_asked_for(
    open_page, fake_server, tmp_path, screenshots, size, scheme
):
    page = open_page(fake_server, size, scheme)
    take_new_photo(page, tmp_path, seed=16 if size == "desktop" else 17)
    page.check("#gc-search input")
    page.wait_for_selector('.cv-pane:has-text("Searching, ")')
    page.wait_for_selector('.cv[data-busy="0"]:has-text("GC, searched")')
    page.screenshot(path=screenshots / f"searched-{size}-{scheme}.png", full_page=size == "phone")
    assert not sticking_out(page)
    with page.expect_download() as download:
        page.click("#gc-download")
    num_bytes = download.value.path().stat().st_size
    assert f"{num_bytes:,} bytes" in page.inner_text(".cv-stage")
    change(page, lambda: page.uncheck("#gc-search input"))
    assert "searched" not in page.inner_text(".cv-stage")
