"""What differs from the original is shown as it is, four times as strong."""

import io
import re
import urllib.request

import numpy as np
import pytest

from gcdemo.images import load_image

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ZOOM = 4
IMAGES = ".cv-view >> nth={} >> img"


@pytest.fixture
def page(open_page, fake_server):
    """The page with its first result, much enlarged, and what differs in it."""
    page = open_page(fake_server)
    page.click(f'.cv [data-zoom="{ZOOM}"]')
    page.click(".cv-diff")
    return page


def picture(page, pane, kind):
    """The picture "Original" or "GC" behind a pane."""
    selector = IMAGES.format(pane) + f'[alt^="{kind}"]'
    with urllib.request.urlopen(page.get_attribute(selector, "src")) as answer:
        return load_image(io.BytesIO(answer.read())).astype(int)


def shown(page, pane, part):
    """What a pane shows, as (pixels on the screen, the same rows and columns of a picture)."""
    screen = load_image(page.screenshot()).astype(int)
    box = page.locator(".cv-view").nth(pane).bounding_box()
    style = page.locator(IMAGES.format(pane)).first.get_attribute("style")
    x, y = map(float, re.search(r"translate\((\S+)px, (\S+)px\)", style).groups())
    left, right = (box["width"] * edge for edge in part)
    # Whole pixels of the picture, clear of the words in the corners.
    columns = np.arange(int((left - x) / ZOOM) + 2, int((right - x) / ZOOM) - 2)
    rows = np.arange(int((70 - y) / ZOOM), int((box["height"] * 0.4 - y) / ZOOM))
    across = (box["x"] + x + ZOOM * (columns + 0.5)).astype(int)
    down = (box["y"] + y + ZOOM * (rows + 0.5)).astype(int)
    assert rows.size > 10
    assert columns.size > 10
    return screen[np.ix_(down, across)], np.ix_(rows, columns)


def looks_like(page, pane, wanted, part=(0, 1)):
    found, where = shown(page, pane, part)
    return np.abs(found - wanted[where]).max() <= ZOOM


def test_every_pixel_is_four_times_its_difference(page, screenshots):
    page.screenshot(path=screenshots / "difference.png")
    original, coded = picture(page, 1, "Original"), picture(page, 1, "GC")
    apart = np.minimum(4 * np.abs(original - coded), 255)
    assert looks_like(page, 1, apart)
    assert looks_like(page, 0, original)
    page.focus(".cv-stage")
    page.keyboard.down("Space")
    assert looks_like(page, 1, original)
    page.keyboard.up("Space")
    assert looks_like(page, 1, apart)
    page.keyboard.press("d")
    assert page.get_attribute(".cv-diff", "aria-pressed") == "false"
    assert looks_like(page, 1, coded)


def test_beside_the_divider_the_original_stays_itself(page, screenshots):
    page.click('.cv [data-mode="split"]')
    page.screenshot(path=screenshots / "difference-slider.png")
    original, coded = picture(page, 0, "Original"), picture(page, 0, "GC")
    assert looks_like(page, 0, original, part=(0, 0.45))
    assert looks_like(page, 0, np.minimum(4 * np.abs(original - coded), 255), part=(0.55, 1))
