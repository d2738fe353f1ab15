"""Clicks and boxes without a network."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcdemo.errors import InputError
from gcdemo.selection.base import Box, Point, Prompt
from gcdemo.selection.classical import ClassicalSelector

SELECTOR = ClassicalSelector()
RED, BLUE, GRAY = (200, 40, 30), (30, 60, 190), (128, 130, 126)


def scene(height=120, width=160, grain=4):
    """Two discs on gray: red on the left, blue on the right."""
    image = np.full((height, width, 3), GRAY, np.float64)
    image[disc(height, width, 0.25)] = RED
    image[disc(height, width, 0.75)] = BLUE
    image += np.random.default_rng(1).normal(0, grain, image.shape)
    return image.clip(0, 255).astype(np.uint8)


def disc(height, width, across):
    y, x = np.mgrid[:height, :width]
    return (x - across * width) ** 2 + (y - height / 2) ** 2 < (0.17 * width) ** 2


def overlap(mask, wanted):
    return (mask & wanted).sum() / (mask | wanted).sum()


SCENE = scene()
LEFT, RIGHT = disc(120, 160, 0.25), disc(120, 160, 0.75)


def test_a_click_on_a_thing_selects_the_thing():
    mask = SELECTOR.select(SCENE, Prompt((Point(40, 60),)))
    assert overlap(mask, LEFT) > 0.9


def test_two_clicks_select_two_things():
    mask = SELECTOR.select(SCENE, Prompt((Point(40, 60), Point(120, 60))))
    assert overlap(mask, LEFT | RIGHT) > 0.9


def test_a_box_selects_what_it_holds_and_not_what_it_cuts():
    mask = SELECTOR.select(SCENE, Prompt(box=Box(8, 25, 75, 95)))
    assert overlap(mask, LEFT) > 0.9
    assert not mask[:, 75:].any()


def test_a_click_in_a_box_drops_what_is_there():
    box = Box(5, 20, 155, 100)
    assert overlap(SELECTOR.select(SCENE, Prompt(box=box)), LEFT | RIGHT) > 0.85
    mask = SELECTOR.select(SCENE, Prompt((Point(120, 60, False),), box))
    assert overlap(mask, LEFT) > 0.85


def test_a_box_around_the_whole_picture_selects_it():
    assert SELECTOR.select(SCENE, Prompt(box=Box(0, 0, 160, 120))).all()


def test_a_box_too_small_for_any_region_is_taken_as_it_is():
    mask = SELECTOR.select(SCENE, Prompt(box=Box(39, 59, 41, 61)))
    assert mask.sum() == 4


@settings(max_examples=40)
@given(
    st.sets(st.tuples(st.integers(0, 159), st.integers(0, 119)), min_size=1, max_size=6),
    st.integers(1, 6),
    st.booleans(),
)
def test_clicks_are_obeyed_pixel_for_pixel(places, keeping, boxed):
    points = tuple(Point(x, y, n < keeping) for n, (x, y) in enumerate(sorted(places)))
    mask = SELECTOR.select(SCENE, Prompt(points, Box(0, 0, 160, 120) if boxed else None))
    for x, y, keep in points:
        assert mask[y, x] == keep


def test_a_dropping_click_takes_its_surroundings_with_it():
    grown = SELECTOR.select(SCENE, Prompt((Point(80, 5),)))
    assert grown[:, :3].any()
    mask = SELECTOR.select(SCENE, Prompt((Point(80, 5), Point(5, 110, False))))
    assert not mask[108:113, 3:8].any()


def test_clicks_far_outside_the_box_select_nothing_there():
    mask = SELECTOR.select(SCENE, Prompt((Point(40, 60),), Box(90, 20, 155, 100)))
    assert mask[60, 40]
    assert mask[:, :90].sum() == 1


@pytest.mark.parametrize("color", [0, 127, 255])
def test_in_a_flat_picture_everything_is_meant(color):
    flat = np.full((50, 70, 3), color, np.uint8)
    assert SELECTOR.select(flat, Prompt((Point(3, 3),))).all()
    assert len(SELECTOR.find_objects(flat)) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 900), (3, 3)])
def test_pictures_of_every_shape_can_be_clicked(shape, make_photo):
    image = make_photo(*shape)
    last = Point(shape[1] - 1, shape[0] - 1)
    assert SELECTOR.select(image, Prompt((last,)))[-1, -1]
    assert SELECTOR.select(image, Prompt(box=Box(0, 0, shape[1], shape[0]))).shape == shape
    assert all(mask.shape == shape for mask in SELECTOR.find_objects(image))


def test_objects_stand_apart_and_come_largest_first():
    found = SELECTOR.find_objects(SCENE)
    areas = [mask.sum() for mask in found]
    assert areas == sorted(areas, reverse=True)
    assert max(overlap(mask, LEFT) for mask in found) > 0.9
    assert max(overlap(mask, RIGHT) for mask in found) > 0.9
    assert sum(mask.astype(int) for mask in found).max() == 1


def test_the_regions_of_a_label_map_are_objects():
    labels = np.zeros((120, 160), np.uint8)
    labels[10:110, 90:150] = 8
    found = SELECTOR.find_objects(SCENE, labels)
    assert max(overlap(mask, labels == 8) for mask in found) > 0.95
    assert max(overlap(mask, LEFT) for mask in found) > 0.9


def test_a_hostile_prompt_is_refused():
    with pytest.raises(InputError, match="outside the picture"):
        SELECTOR.select(SCENE, Prompt((Point(160, 0),)))


def test_the_picture_is_not_changed():
    image = scene()
    before = image.copy()
    image.flags.writeable = False
    SELECTOR.select(image, Prompt((Point(40, 60),)))
    assert (image == before).all()


@pytest.mark.parametrize(
    ("name", "point", "inside", "outside"),
    [
        ("kodim07", (300, 300), (280, 200), (100, 60)),  # the window, not the wall
        ("kodim03", (170, 110), (150, 140), (600, 40)),  # the yellow cap, not the sky
    ],
)
def test_a_click_on_a_photo_finds_the_thing(shared, name, point, inside, outside):
    from gcdemo.images import load_image

    image = load_image(shared / "eval" / "kodak" / f"{name}.png")
    mask = SELECTOR.select(image, Prompt((Point(*point),)))
    assert mask[inside[1], inside[0]]
    assert not mask[outside[1], outside[0]]
    assert 0.01 < mask.mean() < 0.4
