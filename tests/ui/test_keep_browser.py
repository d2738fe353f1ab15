"""The tab of selective compression in a browser, over the fakes."""

import pytest

from tests.ui.conftest import serve, sticking_out
from tests.ui.test_browser import CONTRAST

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def keep_server(tmp_path_factory, repository):
    """The address of the page over fakes that code selectively."""
    folder = tmp_path_factory.mktemp("keep")
    samples = folder / "samples"
    samples.mkdir()
    script = repository / "tests" / "ui" / "serve_fake.py"
    with serve([script, samples, 0, "keep"], folder, repository) as address:
        yield address


@pytest.fixture
def open_tab(open_page, keep_server):
    """A function (size, scheme) that opens the tab with a photo, its size foretold."""

    def visit(size="desktop", scheme="light"):
        return open_page(f"{keep_server}/?tab=keep&example=dawn", size, scheme, ready=foretold)

    return visit


def foretold(page, before=""):
    """Wait until a size is told that is another than before, and give it."""
    page.wait_for_function(
        """before => { const told = document.querySelector('.mk-foretold');
            return told && told.textContent && told.textContent !== before; }""",
        arg=before,
    )
    return page.inner_text(".mk-foretold")


def number(text):
    return int(text.removeprefix("About ").split(" ")[0].replace(",", ""))


def test_the_size_is_foretold_and_follows_marks_and_settings(open_tab):
    page = open_tab()
    nothing = foretold(page)
    assert nothing.startswith("About 100 bytes")
    assert nothing.endswith(" bpp")
    page.click("[data-act=invert]")
    everything = foretold(page, nothing)
    assert number(everything) > number(nothing)
    page.fill("#gc-detail input[type=number]", "12")
    page.keyboard.press("Tab")
    finer = foretold(page, everything)
    assert number(finer) > number(everything)
    page.click("[data-act=clear]")
    assert foretold(page, finer) == nothing


def test_another_photo_is_not_told_the_size_of_the_last_one(open_tab):
    page = open_tab()
    before = foretold(page)
    page.click("[data-act=invert]")
    last = foretold(page, before)
    page.click("button[role=tab]:has-text('Try it')")
    page.click("#gc-samples button:nth-of-type(2)")
    page.click("button[role=tab]:has-text('Keep and invent')")
    assert foretold(page, last).startswith("About 100 bytes")


@pytest.mark.parametrize(
    ("size", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "light")]
)
def test_what_is_foretold_fits_and_can_be_read(open_tab, screenshots, size, scheme):
    page = open_tab(size, scheme)
    before = foretold(page)
    (page.tap if size == "phone" else page.click)("[data-act=invert]")
    foretold(page, before)
    page.screenshot(path=screenshots / f"keep-{size}-{scheme}.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    assert sticking_out(page) == []
