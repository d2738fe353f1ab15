"""The mask canvas in a browser, by itself, over a stand-in selector that knows the drawn street."""

import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from gcdemo.grids import fine_grid_shape
from gcdemo.keeping import kept_cells
from gcdemo.ui.component import static_text
from gcdemo.ui.marks import label_runs, mask_runs
from gcdemo.ui.working import enlarge, working_shape
from tests.ui.conftest import serve, sticking_out
from tests.ui.test_browser import CONTRAST

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# Places in the street, as parts of its width and height.
CAR, PERSON, DOOR, SKY, WALL = (0.5, 0.78), (0.765, 0.6), (0.18, 0.6), (0.5, 0.05), (0.05, 0.5)
LOOKS = [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")]
IDLE = """() => document.querySelector('.mk').dataset.busy === ''
    && document.querySelector('#counted textarea, #counted input').value.startsWith(
        document.querySelector('.mk-cells').textContent.replace(/,| of.*/g, '') + ' cells')"""
# As text, which is far quicker to hand over than a list.
PREVIEW = """text => JSON.stringify(JSON.parse(text).map(({mask, working, size, grid}) => {
    const across = coverOf(size[0], working[0], grid[0], 8);
    const down = coverOf(size[1], working[1], grid[1], 8);
    return runsOf(keptCells(maskOf(mask, working[0] * working[1]), working, across, down));
}))"""


@pytest.fixture(scope="module")
def canvas_server(tmp_path_factory, repository):
    """The address of a page with the canvas and little else."""
    folder = tmp_path_factory.mktemp("canvas")
    pictures = folder / "pictures"
    pictures.mkdir()
    script = Path(__file__).with_name("serve_canvas.py")
    with serve([script, pictures], folder, repository) as address:
        yield address


@pytest.fixture
def open_canvas(open_page, canvas_server):
    """A function (size, scheme, scene) that opens it."""

    def visit(size="desktop", scheme="light", scene="street"):
        page = open_page(
            canvas_server,
            size,
            scheme,
            ready=lambda page: page.wait_for_selector('.mk[data-empty="0"]'),
        )
        if scene != "street":
            before = page.get_attribute(".mk-picture", "src")
            page.click(f"#scenes label:has-text('{scene}')")
            page.wait_for_function(
                "before => document.querySelector('.mk-picture').src !== before", arg=before
            )
        return page

    return visit


@pytest.fixture
def page(open_canvas):
    """The street at 1440 x 900."""
    return open_canvas()


def place(page, part):
    """Where a place of the picture is on the screen."""
    box = page.locator(".mk-picture").bounding_box()
    return box["x"] + part[0] * box["width"], box["y"] + part[1] * box["height"]


def click(page, part, **settings):
    page.mouse.click(*place(page, part), **settings)


def drag(page, start, end):
    page.mouse.move(*place(page, start))
    page.mouse.down()
    page.mouse.move(*place(page, end), steps=6)
    page.mouse.up()


def cells(page):
    """How many cells are kept, once the server has been told and has found as many."""
    page.wait_for_function(IDLE)
    return int(page.text_content(".mk-cells").split(" ")[0].replace(",", ""))


def after(page, before, act):
    """Do something that changes what is kept, and give the new number of cells."""
    act()
    page.wait_for_function(
        "n => document.querySelector('.mk-cells').textContent.split(' ')[0].replace(/,/g, '') != n",
        arg=str(before),
    )
    return cells(page)


def use(page, tool):
    page.click(f"button[data-tool={tool}]")


@contextmanager
def unanswered(page):
    """Hold back until the block ends whatever the page sends the server."""
    held = []
    page.route("**/queue/join*", lambda route: held.append(route))
    yield
    for route in held:
        route.continue_()
    page.unroute("**/queue/join*")


@pytest.mark.parametrize(
    "size", [(1, 1), (9, 33), (96, 64), (700, 700), (1025, 3), (1500, 1001), (4000, 3000)]
)
def test_the_preview_keeps_the_very_cells_that_the_server_keeps(browser, size):
    width, height = size
    rows, columns = working_shape(height, width)
    rng = np.random.default_rng(width)
    cases, expected = [], []
    for share in (0.0, 0.3, 0.5, 0.7, 1.0):
        mask = rng.random((rows, columns)) < share
        if share == 0.5:  # a stroke as of a brush
            y, x = np.mgrid[:rows, :columns]
            mask = np.hypot(y - rows / 3, x - columns / 2) < max(rows, columns) / 4
        cases.append(
            {
                "mask": mask_runs(mask),
                "working": [columns, rows],
                "size": size,
                "grid": fine_grid_shape(height, width)[::-1],
            }
        )
        expected.append(mask_runs(kept_cells(enlarge(mask, height, width))))
    blank = browser.new_page()
    blank.add_script_tag(content=static_text("canvas_cells.js"))
    assert json.loads(blank.evaluate(PREVIEW, json.dumps(cases))) == expected
    blank.close()


def test_run_lengths_are_the_same_in_both_languages(browser, rng):
    labels = rng.integers(0, 3, (20, 30), np.uint8)
    mask = labels == 1
    blank = browser.new_page()
    blank.add_script_tag(content=static_text("canvas_cells.js"))
    script = "([mask, pairs]) => [runsOf(maskOf(mask, 600)), pairsOf(labelsOf(pairs, 600))]"
    runs = [mask_runs(mask), label_runs(labels)]
    assert blank.evaluate(script, runs) == runs
    blank.close()


def test_a_click_keeps_an_object_and_drop_gives_it_back(page, screenshots):
    click(page, CAR)
    car = after(page, 0, lambda: None)
    assert "kept" in page.inner_text(".mk-share")
    both = after(page, car, lambda: click(page, PERSON))
    assert both > car
    page.screenshot(path=screenshots / "canvas-clicks.png")
    use(page, "drop")
    assert after(page, both, lambda: click(page, CAR)) == both - car
    use(page, "keep")
    # Shift and the right button drop as well.
    assert after(page, both - car, lambda: click(page, PERSON, button="right")) == 0


def test_every_step_can_be_undone_and_done_again(page):
    seen = [0]
    for act in (
        lambda: click(page, CAR),
        lambda: page.click("[data-act=invert]"),
        lambda: page.click("[data-act=clear]"),
    ):
        seen.append(after(page, seen[-1], act))
        page.wait_for_function(IDLE)
    assert seen[2] == 6144 - seen[1]
    assert seen[3] == 0
    for expected in seen[-2::-1]:
        assert after(page, -1, lambda: page.keyboard.press("Control+z")) == expected
    assert page.is_disabled("[data-act=undo]")
    for expected in seen[1:]:
        page.click("[data-act=redo]")
        assert cells(page) == expected
    assert page.is_disabled("[data-act=redo]")


def test_what_cannot_be_found_is_told_where_the_eye_is(page):
    click(page, SKY)
    page.wait_for_selector(".mk-alert:has-text('There is no object at this place.')")
    after(page, 0, lambda: click(page, CAR))
    assert page.is_hidden(".mk-alert")


def test_clicks_in_quick_succession_are_all_answered(page):
    for part in (CAR, PERSON, DOOR):
        click(page, part)
    page.wait_for_function("() => document.querySelectorAll('[aria-pressed=true]').length === 3")
    names = page.locator(".mk-classes [aria-pressed=true] span").all_inner_texts()
    assert sorted(names) == ["car", "door", "person"]


def test_a_question_can_be_taken_back_while_it_is_answered(page):
    click(page, CAR)
    page.keyboard.press("Escape")
    page.wait_for_timeout(1000)
    assert page.text_content(".mk-cells") == "0 of 6,144 cells"
    after(page, 0, lambda: click(page, PERSON))


def test_what_is_chosen_while_an_object_is_refined_stays(page):
    car = after(page, 0, lambda: click(page, CAR))
    with unanswered(page):
        click(page, CAR, button="right")
        page.wait_for_selector(".mk[data-busy=object]")
        page.click(".mk-classes button:has-text('vegetation')")
    page.wait_for_selector(".mk-classes button:has-text('car')[aria-pressed=false]")
    vegetation = page.locator(".mk-classes button:has-text('vegetation')")
    assert vegetation.get_attribute("aria-pressed") == "true"
    hedge = cells(page)
    assert hedge > 0
    assert after(page, hedge, lambda: page.click("[data-act=undo]")) == pytest.approx(
        hedge + car, abs=40
    )


def test_a_question_without_an_answer_ends_and_the_next_one_is_asked(page):
    page.clock.install()
    with unanswered(page):
        click(page, CAR)
        click(page, PERSON)
        page.clock.fast_forward(119_000)
        page.wait_for_selector(".mk-busy.late")
        assert page.is_hidden(".mk-alert")
        page.clock.fast_forward(2_000)
        page.wait_for_selector(".mk-alert:has-text('No answer came. Please try again.')")
    page.wait_for_selector(".mk-classes button:has-text('person')[aria-pressed=true]")
    cells(page)
    car = page.locator(".mk-classes button:has-text('car')")
    assert car.get_attribute("aria-pressed") == "false"
    after(page, -1, lambda: click(page, CAR))
    page.wait_for_selector(".mk-classes button:has-text('car')[aria-pressed=true]")


def test_a_box_a_brush_and_an_eraser(page):
    use(page, "box")
    drag(page, (0.25, 0.25), (0.5, 0.5))
    boxed = after(page, 0, lambda: None)
    assert boxed == pytest.approx(6144 / 16, rel=0.1)
    use(page, "erase")
    smaller = after(page, boxed, lambda: drag(page, (0.25, 0.3), (0.5, 0.3)))
    use(page, "brush")
    page.keyboard.press("[")
    page.keyboard.press("[")
    thin = after(page, smaller, lambda: drag(page, (0.6, 0.6), (0.9, 0.6))) - smaller
    for _ in range(4):
        page.keyboard.press("]")
    thick = after(page, thin + smaller, lambda: drag(page, (0.6, 0.9), (0.9, 0.9)))
    assert smaller < boxed
    assert thick - thin - smaller > 1.5 * thin


def test_objects_light_up_under_the_pointer_and_are_kept_by_a_click(page, screenshots):
    use(page, "objects")
    page.wait_for_function(
        "() => document.querySelector('.mk-spoken').textContent.includes('objects found')"
    )
    page.mouse.move(*place(page, WALL))
    page.wait_for_selector(".mk-stage.over")
    page.screenshot(path=screenshots / "canvas-objects.png")
    page.mouse.move(*place(page, SKY))
    page.wait_for_selector(".mk-stage:not(.over)")
    kept = after(page, 0, lambda: click(page, CAR))
    assert after(page, kept, lambda: click(page, WALL)) > kept
    assert after(page, -1, lambda: click(page, WALL)) == kept


def test_objects_are_said_to_be_found_only_while_they_are_sought(page):
    sought = "All objects of the picture are being found."
    with unanswered(page):
        use(page, "objects")
        assert page.inner_text(".mk-hint") == sought
        page.keyboard.press("Escape")
        assert page.inner_text(".mk-hint") != sought
        use(page, "keep")
        click(page, SKY)
        use(page, "objects")
        assert page.inner_text(".mk-hint") == sought
    # What is refused ends the questions after it.
    page.wait_for_selector(".mk-alert:has-text('There is no object at this place.')")
    assert page.inner_text(".mk-hint") != sought


def test_a_class_is_kept_as_a_whole(page):
    chip = page.locator(".mk-classes button:has-text('vegetation')")
    kept = after(page, 0, chip.click)
    assert chip.get_attribute("aria-pressed") == "true"
    assert kept == pytest.approx(0.24 * 0.31 * 6144, rel=0.15)
    assert after(page, kept, chip.click) == 0


def test_a_region_can_be_given_another_class(page, screenshots):
    use(page, "fill")
    page.click(".mk-classes [role=radio]:has-text('person')")
    click(page, CAR)
    page.wait_for_function(
        "() => !/, 0 pix/.test(document.querySelector('#counted textarea, #counted input').value)"
    )
    page.screenshot(path=screenshots / "canvas-fill.png")
    use(page, "keep")
    assert page.locator(".mk-classes button:has-text('car')").count() == 0
    page.click("[data-act=undo]")
    assert page.locator(".mk-classes button:has-text('car')").count() == 1


def test_without_a_label_map_there_are_no_classes_until_it_comes(open_canvas):
    page = open_canvas(scene="plain")
    assert page.is_hidden(".mk-known")
    assert page.is_disabled("button[data-tool=fill]")
    click(page, CAR)
    after(page, 0, lambda: None)
    page.click("#labelling")
    page.wait_for_selector(".mk-known")
    assert page.is_enabled("button[data-tool=fill]")
    assert cells(page) > 0


def test_classes_that_come_while_one_paints_stay(open_canvas):
    page = open_canvas(scene="plain")
    use(page, "brush")
    page.mouse.move(*place(page, (0.2, 0.5)))
    page.mouse.down()
    page.mouse.move(*place(page, (0.4, 0.5)), steps=3)
    page.evaluate("document.querySelector('#labelling').click()")
    page.wait_for_selector(".mk-known")
    page.mouse.move(*place(page, (0.6, 0.5)), steps=3)
    page.mouse.up()
    after(page, 0, lambda: None)
    assert page.is_visible(".mk-known")
    assert page.is_enabled("button[data-tool=fill]")
    page.click("[data-act=undo]")
    assert cells(page) == 0
    assert page.is_visible(".mk-known")


def test_an_answer_that_comes_while_one_paints_is_a_step_of_its_own(page):
    with unanswered(page):
        click(page, CAR)
        use(page, "brush")
        page.mouse.move(*place(page, (0.1, 0.3)))
        page.mouse.down()
        page.mouse.move(*place(page, (0.2, 0.3)), steps=3)
    page.wait_for_timeout(1000)
    page.mouse.move(*place(page, (0.3, 0.3)), steps=3)
    page.mouse.up()
    page.wait_for_selector(".mk-classes button:has-text('car')[aria-pressed=true]")
    both = cells(page)
    painted = after(page, both, lambda: page.click("[data-act=undo]"))
    assert 0 < painted < both
    assert after(page, painted, lambda: page.click("[data-act=undo]")) == 0


def test_a_large_picture_is_worked_on_smaller_and_still_agrees(open_canvas):
    page = open_canvas(scene="large")
    use(page, "brush")
    assert after(page, 0, lambda: drag(page, (0.2, 0.3), (0.7, 0.8))) > 500
    use(page, "keep")
    click(page, CAR)
    page.wait_for_selector(".mk-classes button:has-text('car')[aria-pressed=true]")
    assert cells(page) > 0


def test_another_scene_starts_anew(page):
    after(page, 0, lambda: click(page, CAR))
    page.click("#scenes label:has-text('plain')")
    page.wait_for_selector('.mk[data-marked="0"]')
    assert page.is_disabled("[data-act=undo]")
    assert page.text_content(".mk-cells") == "0 of 1,536 cells"


def test_all_of_it_can_be_done_by_keys(page):
    page.focus(".mk-stage")
    page.keyboard.press("ArrowRight")  # the cross appears in the middle: the hedge
    for _ in range(4):
        page.keyboard.press("Shift+ArrowDown")
    hedge = after(page, 0, lambda: page.keyboard.press("Enter"))
    page.keyboard.press("b")
    assert page.get_attribute(".mk", "data-tool") == "brush"
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    dabbed = after(page, hedge, lambda: page.keyboard.press("Enter"))
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    for key in ("ArrowLeft", "ArrowUp"):
        for _ in range(3):
            page.keyboard.press(f"Shift+{key}")
    assert after(page, dabbed, lambda: page.keyboard.press("Enter")) > dabbed
    page.keyboard.press("+")
    page.keyboard.press("0")
    page.focus("button[data-tool=box]")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(".mk", "data-tool") == "objects"
    assert page.evaluate("document.activeElement.dataset.tool") == "objects"
    assert "kept" in page.text_content(".mk-spoken")


def test_the_wheel_zooms_and_a_drag_moves_without_a_click(page):
    page.focus(".mk-stage")
    page.mouse.move(*place(page, CAR))
    width = page.locator(".mk-picture").bounding_box()["width"]
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        "w => document.querySelector('.mk-picture').getBoundingClientRect().width > 1.2 * w",
        arg=width,
    )
    top = page.locator(".mk-picture").bounding_box()["y"]
    drag(page, CAR, (0.5, 0.72))
    page.wait_for_function(
        "y => document.querySelector('.mk-picture').getBoundingClientRect().y < y - 20", arg=top
    )
    page.wait_for_timeout(300)
    assert page.get_attribute(".mk", "data-busy") == ""
    assert page.text_content(".mk-cells") == "0 of 6,144 cells"
    after(page, 0, lambda: click(page, CAR))
    chip = page.locator(".mk-classes button:has-text('car')")
    assert chip.get_attribute("aria-pressed") == "true"


def touch(session, kind, *points):
    session.send(
        "Input.dispatchTouchEvent",
        {
            "type": kind,
            "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)],
        },
    )


def test_one_finger_paints_and_two_zoom(open_canvas):
    page = open_canvas("phone")
    page.tap("button[data-tool=brush]")
    session = page.context.new_cdp_session(page)
    x, y = place(page, (0.3, 0.5))
    touch(session, "touchStart", (x, y))
    for step in range(1, 6):
        touch(session, "touchMove", (x + 15 * step, y))
    touch(session, "touchEnd")
    painted = after(page, 0, lambda: None)
    width = page.locator(".mk-picture").bounding_box()["width"]
    touch(session, "touchStart", (x, y))
    touch(session, "touchStart", (x, y), (x + 40, y))
    for step in range(1, 9):
        touch(session, "touchMove", (x - 5 * step, y), (x + 40 + 5 * step, y))
    touch(session, "touchEnd")
    page.wait_for_function(
        "w => document.querySelector('.mk-picture').getBoundingClientRect().width > 1.5 * w",
        arg=width,
    )
    assert cells(page) == painted
    page.tap("[data-act=whole]")


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_fits_and_can_be_read(open_canvas, screenshots, size, scheme):
    page = open_canvas(size, scheme)
    press = page.tap if size == "phone" else page.click
    press(".mk-classes button:has-text('car')")
    press(".mk-classes button:has-text('person')")
    press("[data-act=labels]")
    after(page, 0, lambda: None)
    page.screenshot(path=screenshots / f"canvas-{size}-{scheme}.png", full_page=True)
    assert page.evaluate(CONTRAST)["faults"] == []
    assert sticking_out(page) == []
    press("button[data-tool=brush]")
    assert page.evaluate(CONTRAST)["faults"] == []
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('.mk button, .mk input, .mk-stage')]
            .filter(n => !(n.getAttribute('aria-label') || n.textContent.trim()))
            .map(n => n.outerHTML)"""
    )
    assert unnamed == []
    small = page.evaluate(
        """() => [...document.querySelectorAll('.mk button')].filter(n => n.checkVisibility())
            .filter(n => n.offsetWidth < 24 || n.offsetHeight < 24).map(n => n.outerHTML)"""
    )
    assert json.dumps(small) == "[]"


def test_a_scene_says_who_answers_clicks_from_then_on(open_canvas):
    assert "by a stand-in." in open_canvas().inner_text(".mk-answerer")
    assert "by a late stand-in." in open_canvas(scene="plain").inner_text(".mk-answerer")
