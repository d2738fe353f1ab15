"""Masks come back at the picture's size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.selection.masks import MaskList, enlarge, reduce, working_shape

sides = st.integers(1, 30_000)


@given(sides, sides)
def test_the_working_size_is_bounded_and_never_vanishes(height, width):
    rows, columns = working_shape(height, width, 448, 64)
    assert max(rows, columns) <= 448
    assert min(rows, columns) * 64 >= max(rows, columns)
    if max(height, width) <= 448 and 64 * min(height, width) >= max(height, width):
        assert (rows, columns) == (height, width)


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_of_one_value_stays_so(value):
    assert (enlarge(np.full((3, 5), value), (31, 47)) == value).all()


def test_a_list_gives_the_masks_it_was_made_of(rng):
    masks = [rng.random((7, 5)) < 0.5 for _ in range(4)]
    found = MaskList(masks, (7, 5))
    assert len(found) == 4
    for given_, back in zip(masks, found, strict=True):
        assert (given_ == back).all()
    assert (found[-1] == masks[-1]).all()
    assert len(found[1:3]) == 2
    assert MaskList(masks, (70, 50))[0].shape == (70, 50)
    with pytest.raises(IndexError):
        found[4]


def test_a_picture_is_reduced_by_averages():
    image = np.zeros((4, 4, 3), np.uint8)
    image[::2] = 200
    assert (reduce(image, (2, 2)) == 100).all()
