"""How the segmenter is judged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gcdemo.evaluation.confusion import class_ious
from gcdemo.label_classes import NUM_CLASSES, class_named
from gcdemo.segmentation import Segmentation
from gcdemo.training.data import Picture
from gcdemo.training.segmenter_scores import (
    MAX_LOST,
    THRESHOLDS,
    choose_threshold,
    count_pixels,
    score_sets,
    score_table,
)
from gcdemo.training.targets import BUILDING_WITH_PARTS, NOT, labelled_set, unlabelled_set

BUILDING, WINDOW, ROAD, PERSON = (
    class_named(name).id for name in ("building", "window", "road", "person")
)
LABELS = arrays(np.uint8, (4, 5), elements=st.integers(0, NUM_CLASSES - 1))


class Known:
    """A segmenter whose answers are stored in the pictures' first two channels."""

    threshold = 0.0

    def segment(self, image):
        return Segmentation(image[..., 0], image[..., 1] / np.float32(100))


def picture(answers, confidence, labels):
    answers = np.atleast_2d(np.asarray(answers, np.uint8))
    image = np.zeros((*answers.shape, 3), np.uint8)
    image[..., 0], image[..., 1] = answers, confidence
    return Picture("a", image, None if labels is None else np.atleast_2d(np.uint8(labels)))


@given(labels=LABELS, truth=LABELS)
def test_ious_are_those_of_the_sets_of_pixels(labels, truth):
    ious = class_ious(count_pixels(labels, truth))
    known = truth > 0
    for label in range(1, NUM_CLASSES):
        is_it, said = (truth == label), (labels == label) & known
        if is_it.any():
            assert ious[label] == pytest.approx((is_it & said).sum() / (is_it | said).sum())
        else:
            assert np.isnan(ious[label])


def test_windows_are_right_on_buildings_that_may_have_them():
    confusion = count_pixels(
        np.uint8([[WINDOW, BUILDING, ROAD]]), np.uint8([[BUILDING_WITH_PARTS] * 3])
    )
    assert confusion[BUILDING, BUILDING] == 2
    assert confusion[BUILDING, ROAD] == 1


def test_where_only_one_class_is_ruled_out_nothing_else_is_judged():
    confusion = count_pixels(np.uint8([[PERSON, ROAD, 0]]), np.uint8([[NOT + PERSON] * 3]))
    assert confusion[0, PERSON] == 1
    assert class_ious(confusion + count_pixels(np.uint8([[9]]), np.uint8([[9]])))[9] == 0.5
    assert np.isnan(class_ious(confusion)[ROAD])


def test_a_missing_label_is_a_miss_and_no_false_alarm():
    confusion = count_pixels(np.uint8([[0, ROAD]]), np.uint8([[ROAD, ROAD]]))
    assert class_ious(confusion)[ROAD] == 0.5


def test_sets_are_scored_one_by_one():
    street = picture([[ROAD, BUILDING]], 90, [[ROAD, ROAD]])
    other = picture([[1, 1]], 90, None)
    scores = score_sets(Known(), [labelled_set("s", [street]), unlabelled_set("o", [other] * 3)])
    assert [(s.name, s.pictures, s.streets) for s in scores] == [("s", 1, 1), ("o", 3, 0)]
    table = score_table(scores)
    assert "| road | 50.0 | 50.0 |" in table
    assert "| sky | - | - |" in table
    assert "o: 0 of 3 taken for street scenes" in table


@given(confidence=st.lists(st.integers(0, 99), min_size=1, max_size=60))
def test_the_threshold_loses_at_most_its_share_of_what_is_right(confidence):
    right = picture([ROAD] * len(confidence), [confidence], [ROAD] * len(confidence))
    chosen = choose_threshold(Known(), [labelled_set("s", [right])])
    lost = [np.mean(np.float32(confidence) / 100 < np.float32(t)) for t in THRESHOLDS]
    allowed = [t for t, share in zip(THRESHOLDS, lost, strict=True) if share <= MAX_LOST]
    assert chosen == (allowed[-1] if allowed else THRESHOLDS[0])


def test_what_is_wrong_has_no_say_in_the_threshold():
    mixed = picture([ROAD, BUILDING], [[90, 15]], [ROAD, ROAD])
    assert choose_threshold(Known(), [labelled_set("s", [mixed])]) == 0.9
