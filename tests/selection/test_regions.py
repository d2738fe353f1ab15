"""A label map's regions are its connected parts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from gcdemo.selection.regions import regions_of

maps = st_numpy.arrays(
    np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 3)
)


@given(maps)
def test_regions_cover_every_labelled_pixel_once_with_its_class(labels):
    covered = np.zeros(labels.shape, int)
    for region in regions_of(labels, min_pixels=1):
        mask = region.mask(*labels.shape)
        assert (labels[mask] == region.label).all()
        assert mask.sum() == region.num_pixels
        covered += mask
    assert (covered == (labels != 0)).all()


def test_regions_come_largest_first_without_specks():
    labels = np.zeros((20, 30), np.uint8)
    labels[:3, :3] = 8
    labels[10:18, 10:18] = 9
    labels[0, 29] = 8
    found = regions_of(labels, min_pixels=4)
    assert [(region.label, region.num_pixels) for region in found] == [(9, 64), (8, 9)]


def test_diagonal_neighbors_are_two_regions():
    assert len(regions_of(np.eye(2, dtype=np.uint8), min_pixels=1)) == 2
