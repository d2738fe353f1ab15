"""The size at which the page works on a picture."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.ui.working import MAX_SIDE, enlarge, reduce, to_picture, working_shape

SIDES = st.one_of(st.integers(1, 60), st.integers(1, 5000))


@given(SIDES, SIDES)
def test_it_is_bounded_never_larger_and_of_about_the_same_shape(height, width):
    rows, columns = working_shape(height, width)
    assert 1 <= rows <= min(height, MAX_SIDE)
    assert 1 <= columns <= min(width, MAX_SIDE)
    if max(height, width) <= MAX_SIDE:
        assert (rows, columns) == (height, width)
    else:
        factor = MAX_SIDE / max(height, width)
        assert abs(rows - height * factor) <= 1
        assert abs(columns - width * factor) <= 1


@given(st.integers(1, 2500), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_what_is_enlarged_and_reduced_again_is_the_same(height, width, seed):
    marks = np.random.default_rng(seed).integers(0, 11, working_shape(height, width), np.uint8)
    pixels = enlarge(marks, height, width)
    assert pixels.shape == (height, width)
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(reduce(pixels), marks)


@given(st.integers(1025, 4000))
def test_a_working_pixel_stands_for_a_pixel_of_its_own(width):
    places = [to_picture(x, MAX_SIDE, width) for x in range(MAX_SIDE)]
    owners = np.arange(width) * MAX_SIDE // width
    assert [int(owners[place]) for place in places] == list(range(MAX_SIDE))
