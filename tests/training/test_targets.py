"""What the segmenter is taught: sets of classes that are not wrong."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.label_classes import NUM_CLASSES, class_named
from gcdemo.training.data import Picture
from gcdemo.training.targets import (
    ALLOWED,
    BUILDING_WITH_PARTS,
    CREDIT,
    NO_STREET,
    NOT,
    NUM_TARGETS,
    labelled_set,
    set_loss,
    unlabelled_set,
)

BUILDING, WINDOW, PERSON = (class_named(name).id for name in ("building", "window", "person"))
ONE = torch.ones(NUM_TARGETS)


def scene(labels):
    labels = np.asarray(labels, np.uint8)
    return Picture("a", np.zeros((*labels.shape, 3), np.uint8), labels)


def loss(scores, target):
    scores = torch.as_tensor(scores, dtype=torch.float32).view(1, NUM_CLASSES, 1, 1)
    return set_loss(scores, torch.full((1, 1, 1), target), ONE)


def test_each_target_allows_something_and_labels_allow_themselves_alone():
    assert ALLOWED.shape == (NUM_TARGETS, NUM_CLASSES)
    assert ALLOWED.any(axis=1).all()
    for label in range(1, NUM_CLASSES):
        assert np.flatnonzero(ALLOWED[label]).tolist() == [label]
        assert np.flatnonzero(~ALLOWED[NOT + label]).tolist() == [label]


def test_a_set_with_windows_teaches_buildings_without_them():
    scenes = labelled_set("a", [scene([[BUILDING, WINDOW, 0]])])
    assert scenes.targets_of(scenes.pictures[0]).tolist() == [[BUILDING, WINDOW, 0]]
    assert scenes.labelled


def test_a_set_without_windows_leaves_them_open_on_buildings():
    scenes = labelled_set("a", [scene([[BUILDING, 1]])])
    assert scenes.targets_of(scenes.pictures[0]).tolist() == [[BUILDING_WITH_PARTS, 1]]


def test_a_set_that_labels_people_alone_says_of_the_rest_that_it_is_none():
    scenes = labelled_set("a", [scene([[PERSON, 0]])])
    assert scenes.targets_of(scenes.pictures[0]).tolist() == [[PERSON, NOT + PERSON]]


def test_other_pictures_are_taught_not_to_be_streets():
    picture = Picture("a", np.zeros((2, 1, 3), np.uint8))
    scenes = unlabelled_set("a", [picture])
    assert scenes.targets_of(picture).tolist() == [[NO_STREET], [NO_STREET]]
    assert not scenes.labelled
    assert not ALLOWED[NO_STREET, [BUILDING, WINDOW]].any()
    assert 0 < CREDIT[NO_STREET, PERSON] < CREDIT[NO_STREET, 0] == 1


@given(scores=st.lists(st.floats(-5, 5), min_size=NUM_CLASSES, max_size=NUM_CLASSES))
def test_for_a_single_class_the_loss_is_cross_entropy(scores):
    expected = -torch.log_softmax(torch.tensor(scores), 0)[4]
    assert loss(scores, 4) == pytest.approx(float(expected), abs=1e-4)


@given(
    scores=st.lists(st.floats(-5, 5), min_size=NUM_CLASSES, max_size=NUM_CLASSES),
    target=st.integers(1, NUM_TARGETS - 1),
)
def test_the_loss_is_that_of_all_credit_earned(scores, target):
    chance = float(torch.softmax(torch.tensor(scores), 0) @ torch.from_numpy(CREDIT[target]))
    assert loss(scores, target) == pytest.approx(-np.log(chance), abs=1e-4)


def test_what_is_unlabelled_teaches_nothing():
    scores = torch.randn(1, NUM_CLASSES, 2, 2, requires_grad=True)
    both = torch.tensor([[[0, 0], [0, 3]]])
    set_loss(scores, both, ONE).backward()
    assert (scores.grad.abs().sum(dim=1) > 0)[0].tolist() == [[False, False], [False, True]]
    assert set_loss(scores, torch.zeros(1, 2, 2, dtype=torch.int64), ONE) == 0
    alone = set_loss(scores[..., 1:, 1:], torch.tensor([[[3]]]), ONE)
    assert torch.allclose(set_loss(scores, both, ONE), alone)


def test_heavier_targets_count_more():
    scores = torch.zeros(1, NUM_CLASSES, 1, 2)
    scores[0, 3, 0, 0] = 5.0
    weights = ONE.clone()
    even = set_loss(scores, torch.tensor([[[3, 4]]]), weights)
    weights[4] = 9.0
    assert set_loss(scores, torch.tensor([[[3, 4]]]), weights) > even
