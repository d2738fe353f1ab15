"""The user study in a browser: from consent to thanks, by keys and on a phone."""

import re

import pytest

from tests.ui.conftest import pinch, sticking_out
from tests.ui.test_browser import CONTRAST

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

READY = '.st[data-phase=trial][data-ready="1"]'
STEP = """number => {
    const study = document.querySelector('.st');
    return study.dataset.phase === 'done' || (study.dataset.ready === '1'
        && document.querySelector('.st-count').textContent !== number);
}"""


def count_squares(page, but=0):
    """Tell both grounds' squares as they are, or wrongly by some."""
    for ground in ("dark", "light"):
        page.wait_for_selector(f".st-counts[data-ground={ground}]:visible")
        squares = page.locator(".st-faint i[style]").count()
        page.click(f".st-counts [data-count='{squares + but}']")


def go_to(page, name, tab):
    """Open a tab by its button, or by the address where the window is too narrow for it."""
    button = page.locator(f"button[role=tab]:has-text('{name}'):visible")
    if button.count():
        button.first.click()
    else:
        page.goto(f"{page.url.partition('?')[0]}?tab={tab}")


def start(page):
    go_to(page, "User study", "study")
    page.click(".st-start")
    count_squares(page)
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
    page.wait_for_selector(".st-faint i")
    page.screenshot(path=screenshots / "study-check.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    for _ in range(2):
        page.focus(f".st-counts [data-count='{page.locator('.st-faint i[style]').count()}']")
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
        assert [source.rsplit("/", 1)[1] for source in sources] == ["left", "original", "right"]
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


def test_two_fingers_zoom_every_picture_and_one_gesture_is_one_zoom(open_page, fake_server):
    page = open_page(fake_server, "phone")
    start(page)
    box = page.locator(".st-view:visible").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    pinch(page, x, y, (20, 35, 60, 90))
    transforms = "() => [...document.querySelectorAll('.st-view img')].map(i => i.style.transform)"
    shown = page.evaluate(
        "() => document.querySelector('[data-show=left] .st-view img').style.transform"
    )
    assert float(shown.rsplit("scale(", 1)[1].rstrip(")")) > 1.5
    page.tap(".st-tabs [data-show=right]")
    page.wait_for_function(f"shown => ({transforms})().includes(shown)", arg=shown)
    with page.expect_request("**/study/vote") as request:
        answer(page, lambda: page.tap("[data-choice=right]"))
    assert request.value.post_data_json["zooms"] == 1


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


def test_arrows_among_the_pictures_choose_one_and_do_not_vote(open_page, fake_server):
    page = open_page(fake_server, "phone")
    start(page)
    votes = []
    page.on("request", lambda sent: votes.append(sent.url) if "/study/vote" in sent.url else None)
    page.wait_for_timeout(60)
    page.focus(".st-tabs [data-show=left]")
    moves = [("ArrowRight", "original"), ("ArrowDown", "right"), ("ArrowLeft", "original")]
    for key, name in moves:
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.show") == name
        assert page.locator(f"[data-part={name}] .st-view").is_visible()
    tabs = page.eval_on_selector_all(".st-tabs button", "nodes => nodes.map(n => n.tabIndex)")
    assert tabs == [-1, 0, -1]
    assert votes == []
    assert page.inner_text(".st-count") == "1 of 4"


def test_answers_can_be_deleted_by_who_gave_them(open_page, fake_server):
    page = open_page(fake_server)
    start(page)
    for _ in range(4):
        answer(page, lambda: page.keyboard.press("ArrowRight"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.click(".st-forget")
    page.wait_for_selector(".st-alert:has-text('answers were deleted')")
    assert page.inner_text(".st-start") == "Start"


def test_another_round_that_does_not_begin_leaves_the_answers_deletable(open_page, fake_server):
    page = open_page(fake_server)
    start(page)
    for _ in range(4):
        answer(page, lambda: page.keyboard.press("ArrowRight"))
    page.route("**/study/open", lambda route: route.fulfill(status=200, body="no JSON"))
    page.click(".st-again")
    page.wait_for_selector(".st-alert:has-text('cannot be reached')")
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_request("**/study/forget") as sent:
        page.click(".st-forget")
    assert sent.value.post_data_json["rater"]
    page.wait_for_selector(".st-alert:has-text('answers were deleted')")


def test_a_screen_that_hides_faint_squares_may_look_again_and_is_noted(open_page, fake_server):
    page = open_page(fake_server)
    page.click("button[role=tab]:has-text('User study')")
    page.click(".st-start")
    count_squares(page, but=-1)
    page.click(".st-retry")
    count_squares(page, but=1)
    page.click(".st-anyway")
    page.wait_for_selector(READY)
    with page.expect_request("**/study/vote") as sent:
        answer(page, lambda: page.keyboard.press("ArrowLeft"))
    assert sent.value.post_data_json["screen_check"] == "both-hidden"


def test_a_window_too_small_to_compare_in_says_so(open_page, fake_server):
    page = open_page(fake_server)
    page.click("button[role=tab]:has-text('User study')")
    page.wait_for_selector(".st-start")
    page.set_viewport_size({"width": 280, "height": 600})
    page.wait_for_selector(".st-screen:has-text('too small')")
    assert page.is_disabled(".st-start")
    page.set_viewport_size({"width": 800, "height": 600})
    page.wait_for_selector(".st-screen:has-text('wide enough')")
    assert page.is_enabled(".st-start")


def test_a_server_that_is_gone_for_a_while_loses_nothing(open_page, fake_server):
    page = open_page(fake_server)
    start(page)
    page.route("**/study/vote", lambda route: route.fulfill(status=200, body="no JSON"))
    page.wait_for_timeout(60)
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".st-alert:has-text('cannot be reached')")
    page.unroute("**/study/vote")
    answer(page, lambda: page.keyboard.press("ArrowLeft"))
    assert page.inner_text(".st-count") == "2 of 4"


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_who_has_finished_sees_the_figure_and_switches_rules(
    open_page, fake_server, screenshots, size, scheme
):
    page = open_page(fake_server, size, scheme)
    go_to(page, "Study results", "results")
    page.wait_for_selector(".sr-key:visible")
    start(page)
    for _ in range(4):
        answer(page, lambda: page.click("[data-choice=left]"))
    go_to(page, "Study results", "results")
    page.wait_for_selector(".sr[data-phase=open]")
    for rule in ("failed", "median_ms"):  # answers of a program are too fast for a person's
        page.uncheck(f"[data-rule={rule}]")
    page.wait_for_selector(".sr[data-empty='0'] .sr-lead:has-text('; 0 raters are left out')")
    page.wait_for_selector(".sr[data-busy='0']")
    assert page.locator(".sr-plot circle").count() > 0
    assert page.locator(".sr-files").is_hidden()
    page.screenshot(path=screenshots / f"results-{size}-{scheme}.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    wide = "[...document.querySelectorAll('.sr')].map(n => n.scrollWidth - n.clientWidth)"
    assert page.evaluate(wide) == [0]


def test_closed_results_stay_closed_when_an_answer_comes_late(open_page, fake_server):
    page = open_page(fake_server)
    held, found = [], {"access": "admin", "points": None}
    page.route("**/study/results?*", lambda route: route.fulfill(json=found))
    go_to(page, "Study results", "results")
    page.click(".sr-key button")
    page.wait_for_selector(".sr[data-phase=open]")
    page.unroute("**/study/results?*")
    page.route("**/study/results?*", lambda route: held.append(route))
    with page.expect_request("**/study/results?*"):
        page.uncheck("[data-rule=failed]")
    page.click(".sr-close")
    assert page.get_attribute(".sr", "data-phase") == "closed"
    with page.expect_response("**/study/results?*"):
        held[0].fulfill(json=found)
    page.wait_for_timeout(200)
    assert page.get_attribute(".sr", "data-phase") == "closed"
    assert page.get_attribute(".sr", "data-busy") == "0"
