"""Label maps on the grid and in files."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from scipy import ndimage

from gcdemo.config import FINE_STRIDE
from gcdemo.errors import InputError
from gcdemo.grids import fine_grid_shape, grid_shape
from gcdemo.label_classes import LABEL_CLASSES, NUM_CLASSES
from gcdemo.label_maps import (
    encode_label_map,
    from_grid,
    lay_over,
    read_label_map,
    simplify,
    to_grid,
    write_label_map,
)

SIDES = st.integers(1, 40)
GRIDS = arrays(
    np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)
)


def maps(shape, labels=4):
    return arrays(np.uint8, shape, elements=st.integers(0, labels - 1))


def region_areas(grid):
    """The areas of all regions, counted in another way than the code's."""
    return [
        area
        for label in np.unique(grid)
        for area in np.bincount(ndimage.label(grid == label)[0].ravel())[1:]
    ]


@given(height=SIDES, width=SIDES)
def test_the_fine_grid_is_twice_the_latent_one(height, width):
    rows, columns = grid_shape(height, width)
    assert fine_grid_shape(height, width) == (2 * rows, 2 * columns)


@given(labels=st.tuples(SIDES, SIDES).flatmap(maps))
def test_each_cell_has_the_class_of_most_of_its_pixels(labels):
    grid = to_grid(labels)
    rows, columns = fine_grid_shape(*labels.shape)
    assert grid.shape == (rows, columns)
    assert grid.dtype == np.uint8
    y = np.minimum(np.arange(rows * FINE_STRIDE), labels.shape[0] - 1)
    x = np.minimum(np.arange(columns * FINE_STRIDE), labels.shape[1] - 1)
    padded = labels[y[:, None], x]
    for row, column in np.ndindex(rows, columns):
        cell = padded[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
        assert grid[row, column] == np.bincount(cell.ravel()).argmax()


@pytest.mark.parametrize("halves", [(3, 1), (1, 3)])
def test_of_equally_many_pixels_the_smaller_id_wins(halves):
    labels = np.repeat(np.uint8([halves]), 4, axis=1).repeat(8, axis=0)
    assert to_grid(labels)[0, 0] == 1


@given(height=SIDES, width=SIDES, data=st.data())
def test_a_grid_enlarged_and_gridded_again_is_the_same_inside_the_picture(height, width, data):
    grid = data.draw(maps(fine_grid_shape(height, width)))
    labels = from_grid(grid, height, width)
    assert labels.shape == (height, width)
    rows, columns = -(-height // FINE_STRIDE), -(-width // FINE_STRIDE)
    # Cells that reach over the edge hold repeated pixels of their own class alone.
    assert np.array_equal(to_grid(labels)[:rows, :columns], grid[:rows, :columns])


@given(grid=GRIDS, min_cells=st.integers(0, 12))
def test_simplifying_again_changes_nothing(grid, min_cells):
    once = simplify(grid, min_cells)
    assert np.array_equal(simplify(once, min_cells), once)


@given(grid=GRIDS, min_cells=st.integers(0, 12))
def test_simplifying_leaves_no_small_region_and_invents_no_class(grid, min_cells):
    simple = simplify(grid, min_cells)
    assert simple.shape == grid.shape
    assert simple.dtype == np.uint8
    assert set(np.unique(simple)) <= set(np.unique(grid))
    areas = region_areas(simple)
    assert len(areas) == 1 or min(areas) >= min_cells


@given(grid=GRIDS)
def test_a_grid_without_small_regions_stays(grid):
    smallest = min(region_areas(grid))
    assert np.array_equal(simplify(grid, smallest), grid)


def test_a_small_region_takes_the_class_that_borders_it_most():
    grid = np.array([[1, 1, 1, 2], [1, 9, 2, 2], [1, 1, 2, 2]], np.uint8)
    assert simplify(grid, 2).tolist() == [[1, 1, 1, 2], [1, 1, 2, 2], [1, 1, 2, 2]]


def test_regions_joined_through_a_filled_hole_count_as_one():
    grid = np.array([[1, 1, 9, 1, 1], [2, 2, 2, 2, 2], [2, 2, 2, 2, 2]], np.uint8)
    # The hole borders class 1 by two sides; without it, neither part of class 1 has four cells.
    assert simplify(grid, 4).tolist() == [[1] * 5, [2] * 5, [2] * 5]


@given(labels=st.tuples(SIDES, SIDES).flatmap(lambda shape: maps(shape, NUM_CLASSES)))
def test_a_map_written_is_the_map_read(labels):
    assert np.array_equal(read_label_map(encode_label_map(labels)), labels)


def test_a_written_map_shows_the_classes_colors(tmp_path):
    labels = np.arange(NUM_CLASSES, dtype=np.uint8)[None]
    write_label_map(labels, tmp_path / "map.png")
    with Image.open(tmp_path / "map.png") as image:
        shown = np.asarray(image.convert("RGB"))[0]
    assert shown.tolist() == [list(label_class.color) for label_class in LABEL_CLASSES]
    assert np.array_equal(read_label_map(tmp_path / "map.png"), labels)


def png(array, mode="L"):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(array, np.uint8)).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()


def test_gray_maps_are_read_too():
    assert read_label_map(png([[3, 10], [0, 1]])).tolist() == [[3, 10], [0, 1]]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png([[3, 11, 200]]), "no class: 11, 200"),
        (png([[3, 1]], "RGB"), "8-bit gray or palette"),
        (png(np.arange(10000).reshape(100, 100) % 7)[:-40], "damaged|cannot be read"),
        (b"hello", "no PNG"),
        (b"", "no PNG"),
    ],
)
def test_what_is_no_label_map_is_refused_with_a_sentence(data, said):
    with pytest.raises(InputError, match=said):
        read_label_map(data)


def test_a_missing_map_is_named(tmp_path):
    with pytest.raises(InputError, match=r'"gone.png" cannot be read: No such file'):
        read_label_map(tmp_path / "gone.png")


def test_colors_are_laid_over_what_is_labelled_alone():
    image = np.full((1, 2, 3), 100, np.uint8)
    shown = lay_over(image, np.array([[0, 8]], np.uint8), 0.5)
    assert shown[0, 0].tolist() == [100, 100, 100]
    assert shown[0, 1].tolist() == [round((100 + part) / 2) for part in LABEL_CLASSES[8].color]
