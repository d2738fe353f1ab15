"""The page in a browser, over a fake codec: what a visitor sees and can do."""

import base64
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.ui.conftest import finished, pinch, sticking_out

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
LOOKS = [("desktop", "light"), ("desktop", "dark"), ("laptop", "light"), ("laptop", "dark")]
LOOKS += [("phone", "light"), ("phone", "dark")]
TRANSFORMS = """() => [...document.querySelectorAll('.cv-view')].map(
    view => [...view.querySelectorAll('img')].find(i => i.style.visibility === 'visible')
        .style.transform)"""


@pytest.fixture
def page(open_page, fake_server):
    """The page at 1440 x 900, with its first result."""
    return open_page(fake_server)


def shown(page, pane):
    """The sources of a pane's visible pictures."""
    return page.eval_on_selector_all(
        ".cv-view",
        """(views, k) => [...views[k].querySelectorAll('img')]
            .filter(i => i.style.visibility === 'visible').map(i => i.src)""",
        pane,
    )


def headline(page, pane=1):
    """The size under a pane, in bytes."""
    return int(re.sub(r"\D", "", page.inner_text(f".cv-headline >> nth={pane}")))


def change(page, act):
    """Do something that leads to another result, and wait for that."""
    before = page.inner_text(".cv-spoken")
    act()
    page.wait_for_function(
        "before => document.querySelector('.cv-spoken').textContent.trim() && "
        "document.querySelector('.cv-spoken').textContent !== before",
        arg=before,
    )
    finished(page)


def middle(page, pane=1):
    """The center of a picture on the screen."""
    box = page.locator(".cv-view").nth(pane).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def as_transfer(page, path, name, media_type):
    """A file as the browser hands it over when it is dropped or pasted."""
    return page.evaluate_handle(
        """([data, name, type]) => {
            const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, {type}));
            return transfer;
        }""",
        [base64.b64encode(path.read_bytes()).decode(), name, media_type],
    )


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_first_screen_can_be_read_and_fits(open_page, fake_server, screenshots, size, scheme):
    page = open_page(fake_server, size, scheme)
    page.screenshot(path=screenshots / f"{size}-{scheme}.png")
    page.screenshot(path=screenshots / f"{size}-{scheme}-whole.png", full_page=True)
    contrast = page.evaluate(CONTRAST)
    assert contrast["seen"] > 30
    assert contrast["faults"] == []
    assert sticking_out(page) == []
    assert page.locator(".cv-headline").count() == 2
    # The result is within the first screen: nobody has to scroll to understand.
    last = page.locator(".cv-headline").nth(1).bounding_box()
    assert last["y"] + last["height"] < page.viewport_size["height"]


def test_a_desktop_starts_side_by_side_and_a_phone_behind_a_divider(open_page, fake_server):
    assert open_page(fake_server).get_attribute(".cv", "data-mode") == "grid"
    assert open_page(fake_server, "phone").get_attribute(".cv", "data-mode") == "split"


def test_the_downloaded_file_has_the_size_that_is_shown(page, tmp_path):
    with page.expect_download() as download:
        page.click("#gc-download")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "dawn.gci"
    assert path.stat().st_size == headline(page)
    assert f"{headline(page):,} bytes" in page.inner_text("#gc-download")


def test_every_byte_of_the_file_is_on_the_page(page, tmp_path):
    with page.expect_download() as download:
        page.click("#gc-download")
    data = Path(download.value.path()).read_bytes()
    listed = "".join(page.locator(".fc-bytes span").all_inner_texts())
    assert bytes.fromhex(listed.replace(" ", "")) == data


def test_a_sample_is_coded_when_it_is_picked(page, screenshots):
    before = shown(page, 0)
    change(page, lambda: page.click('[data-name="upright"]'))
    assert shown(page, 0) != before
    assert page.get_attribute('[data-name="upright"]', "aria-pressed") == "true"
    assert page.get_attribute('[data-name="dawn"]', "aria-pressed") == "false"
    page.screenshot(path=screenshots / "desktop-upright.png")


def test_a_published_point_is_one_click_and_a_step_is_one_key(page):
    small = headline(page)
    change(page, lambda: page.click('.rs-marks button:has-text("0.145")'))
    assert page.inner_text(".rs-value") == "C = 16"
    assert "C = 16" in page.inner_text(".cv-name >> nth=1")
    large = headline(page)
    assert large > small
    page.focus(".rs-input")
    change(page, lambda: page.keyboard.press("ArrowLeft"))
    assert page.inner_text(".rs-value") == "C = 15"
    assert "at most about 0.136 bits per pixel" in page.get_attribute(".rs-input", "aria-valuetext")


def test_the_slider_says_what_a_rate_means_for_this_photo(page):
    # 384 x 256 pixels at C = 4: 96 x 4 x log2(5) x 16 bits.
    assert "446 bytes" in page.inner_text(".rs-note")
    change(page, lambda: page.click('[data-name="upright"]'))
    assert "251 bytes" in page.inner_text(".rs-note")


def test_the_last_picture_stays_dimmed_while_the_next_is_made(page, gate):
    before = shown(page, 1)
    page.focus(".rs-input")  # C = 5, which no other test asks for
    with gate.shut(5):
        page.keyboard.press("ArrowRight")
        page.wait_for_selector('.cv[data-busy="1"]')
        stale = "images => images.filter(i => i.style.visibility === 'visible').map(i => i.src)"
        assert page.eval_on_selector_all("img.stale", stale) == before
    finished(page)
    assert page.locator("img.stale").count() == 0


def test_pressing_compress_at_once_uses_the_rate_just_chosen(page):
    page.focus(".rs-input")

    def press():
        page.keyboard.press("End")
        page.click("#gc-go")

    change(page, press)
    assert "C = 16" in page.inner_text(".cv-name >> nth=1")


def test_all_panes_share_one_zoom_and_one_center(page, screenshots):
    page.mouse.move(*middle(page))
    page.mouse.wheel(0, -400)
    page.wait_for_selector(".cv.zoomed")
    zoomed = page.evaluate(TRANSFORMS)
    assert zoomed[0] == zoomed[1]
    x, y = middle(page)
    page.mouse.down()
    page.mouse.move(x - 60, y - 30, steps=4)
    page.mouse.up()
    moved = page.evaluate(TRANSFORMS)
    assert moved[0] == moved[1] != zoomed[0]
    page.screenshot(path=screenshots / "desktop-zoomed.png")
    page.dblclick(".cv-view >> nth=0")
    assert page.locator(".cv.zoomed").count() == 0


@pytest.mark.parametrize("zoom", ["1", "2", "4"])
def test_a_zoom_button_gives_that_many_screen_pixels_for_one_of_the_picture(page, zoom):
    page.click(f'[data-zoom="{zoom}"]')
    assert all(transform.endswith(f"scale({zoom})") for transform in page.evaluate(TRANSFORMS))
    assert page.get_attribute(f'[data-zoom="{zoom}"]', "aria-pressed") == "true"
    page.click('[data-zoom="0"]')
    assert not page.evaluate(TRANSFORMS)[0].endswith(f"scale({zoom})")


def test_zoom_and_center_stay_while_the_rate_changes_and_go_with_the_photo(page):
    page.click('[data-zoom="4"]')
    before = page.evaluate(TRANSFORMS)
    change(page, lambda: page.click('.rs-marks button:has-text("0.073")'))
    assert page.evaluate(TRANSFORMS) == before
    change(page, lambda: page.click('[data-name="upright"]'))
    assert page.locator(".cv.zoomed").count() == 0


def test_holding_a_pane_or_the_button_shows_the_original(page):
    original, coded = shown(page, 0), shown(page, 1)
    assert original != coded
    page.mouse.move(*middle(page))
    page.mouse.down()
    page.wait_for_selector(".cv-tag.held")
    assert shown(page, 1) == original
    page.mouse.up()
    assert shown(page, 1) == coded
    page.locator(".cv-hold").hover()
    page.mouse.down()
    assert shown(page, 1) == original
    page.mouse.up()
    assert shown(page, 1) == coded
    page.focus(".cv-stage")
    page.keyboard.down("Space")
    assert shown(page, 1) == original
    page.keyboard.up("Space")
    assert shown(page, 1) == coded


def test_keys_change_the_layout_flip_zoom_and_move(page, screenshots):
    original, coded = shown(page, 0), shown(page, 1)
    page.focus(".cv-stage")
    page.keyboard.press("1")
    assert page.get_attribute(".cv", "data-mode") == "flip"
    assert shown(page, 0) == original
    page.keyboard.press("2")
    assert shown(page, 0) == coded
    page.screenshot(path=screenshots / "desktop-flip.png")
    page.keyboard.press("s")
    assert shown(page, 0) == [*original, *coded]
    page.screenshot(path=screenshots / "desktop-slider.png")
    page.keyboard.press("g")
    assert page.locator(".cv-view").count() == 2
    page.keyboard.press("+")
    before = page.evaluate(TRANSFORMS)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(TRANSFORMS) != before
    page.keyboard.press("0")
    assert page.locator(".cv.zoomed").count() == 0


def test_the_divider_follows_the_pointer_and_the_keys(page):
    page.click('button[data-mode="split"]')
    box = page.locator(".cv-view").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 40, steps=4)
    page.mouse.up()
    assert page.get_attribute(".cv-divider", "aria-valuenow") == "25"
    page.focus(".cv-divider")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(".cv-divider", "aria-valuenow") == "27"
    page.keyboard.press("End")
    assert page.get_attribute(".cv-divider", "aria-valuenow") == "100"


def test_everything_can_be_reached_by_keyboard(page):
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "() => { const a = document.activeElement; return a.closest('[id^=gc-]')?.id + ' '"
                " + (a.className || a.tagName) }"
            )
        )
    for wanted in (
        "gc-viewer cv-stage",
        "gc-viewer cv-hold",
        "gc-photo fd-zone",
        "gc-rate rs-input",
        "gc-card fc-bytes",
        "gc-viewer cv-diff",
        "gc-rate rs-size",
        "gc-link sl-copy",
    ):
        assert wanted in reached
    assert any(name.startswith("gc-go") for name in reached)
    assert any(name.startswith("gc-rates") for name in reached)
    assert any(name.startswith("gc-samples") for name in reached)


def test_every_control_has_a_name_for_screen_readers(page):
    nameless = page.eval_on_selector_all(
        "button, input:not([type=file]), select, [role=slider], img",
        """nodes => nodes.filter(n => n.checkVisibility() && !(n.innerText || '').trim()
            && !n.getAttribute('aria-label') && !n.labels?.length && !n.hasAttribute('alt'))
            .map(n => n.outerHTML.slice(0, 120))""",
    )
    assert nameless == []


@pytest.mark.parametrize("way", ["browse", "drop", "paste"])
def test_an_own_photo_can_be_browsed_for_dropped_and_pasted(page, photo_file, way):
    def hand_over():
        if way == "browse":
            page.set_input_files("#gc-photo input", photo_file)
            return
        transfer = as_transfer(page, photo_file, "my photo.png", "image/png")
        if way == "drop":
            page.dispatch_event("#gc-head", "drop", {"dataTransfer": transfer})
        else:
            page.evaluate(
                "data => document.body.dispatchEvent("
                "new ClipboardEvent('paste', {clipboardData: data, bubbles: true}))",
                transfer,
            )

    change(page, hand_over)
    assert "96 × 64 pixels" in page.inner_text(".cv-caption >> nth=0")
    assert page.inner_text(".fc-name") == "my-photo.gci"
    assert page.locator('.ss [aria-pressed="true"]').count() == 0


def test_a_photo_that_cannot_be_used_is_said_in_place(page, tmp_path, screenshots):
    before = page.inner_text(".cv-captions >> nth=1")
    path = tmp_path / "notes.png"
    path.write_bytes(b"not a picture")
    page.set_input_files("#gc-photo input", path)
    page.wait_for_selector(".cv-alert:not([hidden])")
    assert page.inner_text(".cv-alert >> nth=0").startswith('"notes.png" ')
    assert page.inner_text(".cv-captions >> nth=1") == before
    page.wait_for_selector(".toast-body")
    page.wait_for_function(f"({CONTRAST})().faults.length === 0")  # once the toast has come in
    page.screenshot(path=screenshots / "desktop-error.png")
    change(page, lambda: page.click('[data-name="upright"]'))
    assert not page.is_visible(".cv-alert >> nth=0")


def test_an_empty_file_is_refused_before_it_is_sent(page, tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    page.set_input_files("#gc-photo input", path)
    page.wait_for_selector(".fd-error:not([hidden])")
    assert page.inner_text(".fd-error >> nth=0") == "empty.png is empty."


def test_a_large_photo_waits_for_the_button(page, tmp_path):
    path = tmp_path / "large.png"
    Image.new("RGB", (2000, 1500), (90, 120, 60)).save(path)
    page.set_input_files("#gc-photo input", path)
    page.wait_for_selector('.cv-remark:not([hidden]):has-text("press Compress")')
    assert page.locator(".cv-view").count() == 1
    change(page, lambda: page.click("#gc-go"))
    assert page.locator(".cv-view").count() == 2


def test_a_phone_pinches_and_a_tap_picks(open_page, fake_server, screenshots):
    page = open_page(fake_server, "phone")
    change(page, lambda: page.tap('[data-name="upright"]'))
    x, y = middle(page, 0)
    pinch(page, x, y, (20, 30, 45, 60))
    page.wait_for_selector(".cv.zoomed")
    page.screenshot(path=screenshots / "phone-zoomed.png")
    page.tap('[data-zoom="0"]')
    page.tap('button[data-mode="grid"]')
    page.screenshot(path=screenshots / "phone-grid.png")
    assert sticking_out(page) == []
    assert page.evaluate(CONTRAST)["faults"] == []


def test_the_page_scrolls_past_the_viewer(page):
    page.mouse.move(*middle(page))
    page.mouse.wheel(0, 120)
    page.wait_for_function("window.scrollY > 0")
    assert page.locator(".cv.zoomed").count() == 0
