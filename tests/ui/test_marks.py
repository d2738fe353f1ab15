"""What a browser sends of a canvas: taken when it makes sense, refused in any other case."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcdemo.errors import InputError
from gcdemo.selection.base import MAX_POINTS, Box, Point, Prompt
from gcdemo.ui.marks import MAX_RUNS, Seeking, label_runs, mask_runs, read_marks

CLASSES = 11
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


def payload(**changes):
    """Marks on a picture of 6 x 4 pixels: its left half."""
    kept = np.zeros((4, 6), bool)
    kept[:, :3] = True
    whole = {
        "picture": "key",
        "width": 6,
        "height": 4,
        "kept": mask_runs(kept),
        "labels": None,
        "ask": None,
        "turn": 0,
    }
    return {**whole, **changes}


def masks(dtype, high):
    """Arrays of a few pixels, often with long runs."""
    return st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1)).map(
        lambda s: np.random.default_rng(s[2]).integers(0, high, s[:2]).astype(dtype)
    )


@given(masks(bool, 2), masks(np.uint8, CLASSES))
def test_run_lengths_give_back_masks_and_label_maps(mask, labels):
    height, width = mask.shape
    read = read_marks(payload(width=width, height=height, kept=mask_runs(mask)), CLASSES)
    np.testing.assert_array_equal(read.kept, mask)
    assert read.kept.dtype == bool
    height, width = labels.shape
    whole = payload(width=width, height=height, kept=[height * width], labels=label_runs(labels))
    read = read_marks(whole, CLASSES)
    np.testing.assert_array_equal(read.labels, labels)
    assert read.labels.dtype == np.uint8


@settings(max_examples=50)
@given(JSON)
def test_any_other_json_is_refused_in_a_sentence(data):
    with pytest.raises(InputError, match=r"reload the page\.$"):
        read_marks(data, CLASSES)


@settings(max_examples=50)
@given(st.sampled_from(["width", "height", "kept", "labels", "ask", "turn"]), JSON)
def test_a_field_of_any_other_kind_is_refused_or_means_what_it_says(field, value):
    try:
        read = read_marks(payload(**{field: value}), CLASSES)
    except InputError:
        return
    assert read.kept.shape == (4, 6)


@pytest.mark.parametrize(
    "changes",
    [
        {"kept": [24, 1]},
        {"kept": [12, 11]},
        {"kept": []},
        {"kept": [-1, 25]},
        {"kept": [24.0]},
        {"kept": [math.nan]},
        {"kept": [True] * 24},
        {"kept": [10**400]},
        {"kept": [0] * MAX_RUNS + [24]},
        {"kept": "24"},
        {"width": 1025, "kept": [4 * 1025]},
        {"width": 0, "kept": [0]},
        {"width": 4, "height": math.inf},
        {"labels": [11, 24]},
        {"labels": [1, 24, 2]},
        {"labels": [1, 23]},
        {"labels": [-1, 24]},
        {"labels": []},
        {"turn": -1},
        {"turn": 2**40},
        {"picture": "x" * 201},
        {"picture": None},
        {"ask": {"kind": "else"}},
        {"ask": {"kind": "object", "points": [], "box": None}},
        {"ask": {"kind": "object", "points": [[6, 0, True]], "box": None}},
        {"ask": {"kind": "object", "points": [[0, 0, 1]], "box": None}},
        {"ask": {"kind": "object", "points": [[0.5, 0, True]], "box": None}},
        {"ask": {"kind": "object", "points": [[0, 0, True]] * (MAX_POINTS + 1), "box": None}},
        {"ask": {"kind": "object", "points": [], "box": [3, 0, 3, 2]}},
        {"ask": {"kind": "object", "points": [], "box": [0, 0, 7, 2]}},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_what_contradicts_itself_is_refused(changes):
    with pytest.raises(InputError, match=r"reload the page\.$"):
        read_marks(payload(**changes), CLASSES)


@pytest.mark.parametrize("field", payload())
def test_nothing_may_be_missing(field):
    whole = payload()
    del whole[field]
    with pytest.raises(InputError):
        read_marks(whole, CLASSES)


def test_questions_come_as_they_were_asked():
    ask = {"kind": "object", "points": [[5, 0, True], [2, 3, False]], "box": [0, 1, 5, 3]}
    read = read_marks(payload(ask=ask, turn=7), CLASSES)
    points = (Point(5, 0, keep=True), Point(2, 3, keep=False))
    assert read.question == Prompt(points, Box(0, 1, 5, 3))
    assert read.turn == 7
    assert read_marks(payload(ask={"kind": "objects"}), CLASSES).question == Seeking()
    assert read_marks(payload(), CLASSES).question is None


def test_marks_are_enlarged_to_the_picture_and_their_points_with_them():
    ask = {"kind": "object", "points": [[512, 511, True]], "box": [0, 0, 1024, 511]}
    size = {"width": 1024, "height": 512, "kept": [1024 * 256, 1024 * 256]}
    read = read_marks(payload(**size, labels=[3, 1024 * 512], ask=ask), CLASSES)
    there = read.on("key", 2048, 4096)
    assert there.kept.shape == there.labels.shape == (2048, 4096)
    assert not there.kept[:1024].any()
    assert there.kept[1024:].all()
    assert (there.labels == 3).all()
    assert there.question == Prompt((Point(2049, 2045, keep=True),), Box(0, 0, 4096, 2044))


@pytest.mark.parametrize(("picture", "height", "width"), [("other", 4, 6), ("key", 6, 4)])
def test_marks_of_another_picture_are_refused(picture, height, width):
    with pytest.raises(InputError, match="another picture"):
        read_marks(payload(), CLASSES).on(picture, height, width)
