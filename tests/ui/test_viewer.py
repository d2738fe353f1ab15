"""The comparison viewer by itself, with more versions than today's page has."""

from pathlib import Path

import pytest

from tests.ui.conftest import serve, sticking_out

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

VISIBLE = """() => [...document.querySelectorAll('.cv-view')].map(view =>
    [...view.querySelectorAll('img')].filter(i => i.style.visibility === 'visible')
        .map(i => i.src.slice(-5)))"""
TRANSFORMS = "() => [...document.querySelectorAll('.cv-view img')].map(i => i.style.transform)"


@pytest.fixture(scope="module")
def viewer_server(tmp_path_factory, repository):
    """The address of a page with the viewer alone: an original, four versions, one unfinished."""
    folder = tmp_path_factory.mktemp("viewer")
    pictures = folder / "pictures"
    pictures.mkdir()
    script = Path(__file__).with_name("serve_viewer.py")
    with serve([script, pictures], folder, repository) as address:
        yield address


@pytest.fixture
def open_viewer(open_page, viewer_server):
    """A function (size) that opens it."""

    def ready(page):
        page.wait_for_selector('.cv[data-empty="0"]')

    return lambda size="desktop": open_page(viewer_server, size, ready=ready)


@pytest.mark.parametrize(("size", "across"), [("desktop", 4), ("laptop", 4), ("phone", 2)])
def test_the_grid_has_as_many_columns_as_can_be_judged(open_viewer, screenshots, size, across):
    page = open_viewer(size)
    page.click('button[data-mode="grid"]')
    tops = page.eval_on_selector_all(
        ".cv-pane", "panes => panes.map(p => p.getBoundingClientRect().top)"
    )
    assert len(tops) == 6
    assert tops.count(tops[0]) == across
    assert sticking_out(page) == []
    page.screenshot(path=screenshots / f"viewer-{size}.png", full_page=True)


def test_every_pane_follows_every_other(open_viewer):
    page = open_viewer()
    page.click('[data-zoom="2"]')
    page.focus(".cv-stage")
    page.keyboard.press("ArrowRight")
    transforms = page.evaluate(TRANSFORMS)
    # Five versions, each over the original, and the original under the unfinished one.
    assert len(transforms) == 10
    assert len(set(transforms)) == 1


def test_the_divider_can_stand_between_any_two(open_viewer):
    page = open_viewer()
    page.click('button[data-mode="split"]')
    page.select_option('[aria-label="Left picture"]', "bpg")
    page.select_option('[aria-label="Right picture"]', "sc")
    assert page.evaluate(VISIBLE) == [["3.png", "2.png"]]
    assert page.locator(".cv-title").all_inner_texts() == ["BPG", "SC"]


def test_number_keys_flip_through_all_and_the_original_is_one_press_away(open_viewer):
    page = open_viewer()
    page.focus(".cv-stage")
    for key, name in (("2", "1.png"), ("5", "4.png"), ("1", "0.png"), ("4", "3.png")):
        page.keyboard.press(key)
        assert page.evaluate(VISIBLE) == [[name]]
    page.keyboard.down("Space")
    assert page.evaluate(VISIBLE) == [["0.png"]]
    page.keyboard.up("Space")
    assert page.evaluate(VISIBLE) == [["3.png"]]
    page.keyboard.press("9")
    assert page.evaluate(VISIBLE) == [["3.png"]]


def test_a_version_that_takes_long_says_for_how_long(open_viewer):
    page = open_viewer()
    page.wait_for_function(
        "parseFloat(document.querySelector('.cv-note .cv-seconds').textContent) >= 1"
    )
    assert page.inner_text(".cv-note").startswith("Encoding")


def test_a_viewer_that_was_hidden_shows_the_same_again(open_viewer):
    page = open_viewer()
    before = page.evaluate(TRANSFORMS)
    page.evaluate("document.querySelector('#gc-viewer').style.display = 'none'")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    page.evaluate("document.querySelector('#gc-viewer').style.display = ''")
    page.click('button[data-mode="flip"]')
    page.click('button[data-mode="grid"]')
    assert page.evaluate(TRANSFORMS) == before
