"""The tree of regions is a tree, and of the picture's regions."""

import numpy as np
import pytest
from scipy import ndimage

from gcdemo.selection.tree import build_tree


def two_colors(height=60, width=80):
    image = np.full((height, width, 3), (30, 60, 160), np.uint8)
    image[15:45, 20:60] = (200, 160, 20)
    return image


def test_every_region_but_the_last_is_part_of_a_later_one(make_photo):
    tree = build_tree(make_photo(50, 70))
    numbers = np.arange(len(tree.parents))
    assert (tree.parents[:-1] > numbers[:-1]).all()
    assert tree.parents[-1] == -1
    assert (np.bincount(tree.parents[:-1])[tree.num_pieces :] == 2).all()
    assert tree.areas[-1] == 50 * 70


def test_heights_never_fall_on_the_way_up(rng):
    tree = build_tree(rng.integers(0, 256, (80, 90, 3), dtype=np.uint8))
    assert (tree.escapes() >= tree.heights).all()


def test_every_region_hangs_together(make_photo):
    tree = build_tree(make_photo(40, 40))
    for region in range(len(tree.parents)):
        mask = tree.mask([region])
        assert mask.sum() == tree.areas[region]
        assert ndimage.label(mask)[1] == 1


def test_an_object_is_one_of_the_regions():
    image = two_colors()
    wanted = (image == (200, 160, 20)).all(axis=2)
    tree = build_tree(image)
    best = max(
        (tree.mask([region]) & wanted).sum() / (tree.mask([region]) | wanted).sum()
        for region in tree.path(int(tree.pieces[30, 40]))
    )
    assert best > 0.9


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 448), (448, 1), (2, 2), (11, 9)])
def test_the_smallest_and_narrowest_pictures_have_a_tree(shape, make_photo):
    tree = build_tree(make_photo(*shape))
    assert tree.pieces.shape == shape
    assert tree.areas[-1] == shape[0] * shape[1]


def test_a_picture_gives_the_same_tree_every_time(make_photo):
    image = make_photo(40, 60)
    first, second = build_tree(image), build_tree(image)
    assert (first.parents == second.parents).all()
    assert (first.pieces == second.pieces).all()
