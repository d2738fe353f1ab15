"""The user study in a browser: from consent to thanks, by keys and on a phone."""

import re

import pytest

from tests.ui.conftest import sticking_out
from tests.ui.test_browser import CONTRAST

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

READY = '.st[data-phase=trial][data-ready="1"]'
STEP = """number => {
    const study = document.querySelector('.st');
    return study.dataset.phase === 'done' || (study.dataset.ready === '1'
        && document.querySelector('.st-count').textContent !== number);
}"""


def start(page):
    page.click("button[role=tab]:has-text('User study')")
    page.click(".st-start")
    page.wait_for_selector(READY)


def answer(page, act):
    """Answer a trial and wait for what follows."""
    number = page.inner_text(".st-count")
    page.wait_for_timeout(60)  # two frames: the clock starts when the pictures were painted
    act()
    page.wait_for_function(STEP, arg=number)


def test_a_rater_gets_through_by_keys_alone(open_page, fake_server, screenshots):
    page = open_page(fake_server)
    page.click("button[role=tab]:has-text('User study')")
    page.wait_for_selector(".st-start")
    page.screenshot(path=screenshots / "study-intro.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    page.focus(".st-start")
    page.keyboard.press("Enter")
    page.wait_for_selector(READY)
    page.screenshot(path=screenshots / "study-trial.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    assert sticking_out(page) == []
    for key in ("ArrowLeft", "ArrowRight", "ArrowDown", "ArrowLeft"):
        answer(page, lambda key=key: page.keyboard.press(key))
    assert page.get_attribute(".st", "data-phase") == "done"
    page.screenshot(path=screenshots / "study-done.png", full_page=True)
    assert re.search(r"Trials\s+4", page.inner_text(".st-facts"))


def test_a_reload_goes_on_where_it_stopped(open_page, fake_server):
    page = open_page(fake_server)
    start(page)
    answer(page, lambda: page.keyboard.press("ArrowLeft"))
    sources = page.eval_on_selector_all(".st-view img", "nodes => nodes.map(n => n.src)")
    page.reload()
    page.click("button[role=tab]:has-text('User study')")
    page.click(".st-start:has-text('Go on where you stopped')")
    page.wait_for_selector(READY)
    assert page.inner_text(".st-count") == "2 of 4"
    assert page.eval_on_selector_all(".st-view img", "nodes => nodes.map(n => n.src)") == sources


def test_nothing_on_the_page_tells_the_sides_apart(open_page, fake_server):
    page = open_page(fake_server)
    start(page)
    for _ in range(3):
        sources = page.eval_on_selector_all(".st-view img", "nodes => nodes.map(n => n.src)")
        names = [source.rsplit("/", 1)[1] for source in sources]
        assert all(re.fullmatch(r"[0-9a-f]{32}\.png", name) for name in names)
        sizes = [len(page.request.get(source).body()) for source in sources]
        assert sizes[0] == sizes[2]  # the original, in the middle, is known anyway
        html = page.inner_html(".st-stage").lower()
        assert not re.search(r"webp|jpe?g|\bgc\b|fake|factor|check|quality", html)
        answer(page, lambda: page.keyboard.press("ArrowLeft"))


def test_all_pictures_zoom_and_move_together(open_page, fake_server):
    page = open_page(fake_server)
    start(page)
    transforms = "() => [...document.querySelectorAll('.st-view img')].map(i => i.style.transform)"
    before = page.evaluate(transforms)
    page.click(".st [data-zoom='2']")
    after = page.evaluate(transforms)
    assert len(set(after)) == 1
    assert after != before
    box = page.locator(".st-view").first.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 30)
    page.mouse.up()
    moved = page.evaluate(transforms)
    assert len(set(moved)) == 1
    assert moved != after


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_picture_at_a_time(open_page, fake_server, screenshots, scheme):
    page = open_page(fake_server, "phone", scheme)
    start(page)
    assert page.locator(".st-view:visible").count() == 1
    page.tap(".st-tabs [data-show=original]")
    assert page.locator("[data-part=original] .st-view").is_visible()
    page.screenshot(path=screenshots / f"study-phone-{scheme}.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    assert sticking_out(page) == []
    answer(page, lambda: page.tap("[data-choice=right]"))
    assert page.inner_text(".st-count") == "2 of 4"


def test_answers_can_be_deleted_by_who_gave_them(open_page, fake_server):
    page = open_page(fake_server)
    start(page)
    for _ in range(4):
        answer(page, lambda: page.keyboard.press("ArrowRight"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.click(".st-forget")
    page.wait_for_selector(".st-alert:has-text('answers were deleted')")
    assert page.inner_text(".st-start") == "Start"
