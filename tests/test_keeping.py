"""Which cells are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.keeping import kept_cells

SIDES = st.integers(1, 40)


def rule(marked):
    """The rule in words, cell by cell."""
    height, width = marked.shape
    rows, columns = (2 * max(2, -(-side // 16)) for side in (height, width))
    kept = np.zeros((rows, columns), bool)
    for row in range(rows):
        for column in range(columns):
            cell = marked[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
            kept[row, column] = cell.size > 0 and cell.mean() >= 0.5
    return kept


@given(SIDES, SIDES, st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_a_cell_is_kept_when_at_least_half_of_its_pixels_are_marked(height, width, seed, share):
    marked = np.random.default_rng(seed).random((height, width)) < share
    np.testing.assert_array_equal(kept_cells(marked), rule(marked))


def test_exactly_half_is_enough():
    marked = np.zeros((32, 32), bool)
    marked[:4, :8] = True
    assert kept_cells(marked)[0, 0]
    marked[3, 7] = False
    assert not kept_cells(marked).any()


@pytest.mark.parametrize("shape", [(1, 1), (9, 33), (64, 17)])
def test_all_marked_keeps_all_of_the_picture_and_nothing_beyond(shape):
    kept = kept_cells(np.ones(shape, bool))
    rows, columns = (-(-side // 8) for side in shape)
    assert kept[:rows, :columns].all()
    assert kept.sum() == rows * columns


@given(SIDES, SIDES, st.integers(0, 2**32 - 1))
def test_marking_more_never_keeps_less(height, width, seed):
    rng = np.random.default_rng(seed)
    some = rng.random((height, width)) < 0.5
    more = some | (rng.random((height, width)) < 0.3)
    assert (kept_cells(more) >= kept_cells(some)).all()
