"""Tables for label maps and masks, fitted to drawn ones."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from gcdemo.bitstream.maps import decode_map, decode_mask, encode_map, encode_mask
from gcdemo.errors import TrainingError
from gcdemo.label_maps import encode_label_map, simplify
from gcdemo.training.mapfit import draw_maps, draw_mask, fit_map_tables


@pytest.fixture(autouse=True)
def one_thread():
    """Some cores fewer, the same result: the arrays are too small for more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def street(rng, height=240, width=320):
    """A street drawn by its parts: sky above, road below, buildings and cars on it."""
    labels = np.full((height, width), 2, np.uint8)
    labels[: int(rng.uniform(0.1, 0.4) * height)] = 1
    labels[int(rng.uniform(0.6, 0.8) * height) :] = 5
    for value in (7, 8, 8, 9, 10):
        top, left = int(rng.uniform(0.3, 0.7) * height), int(rng.uniform(0, 0.8) * width)
        labels[top : top + int(rng.uniform(20, 80)), left : left + int(rng.uniform(10, 90))] = value
    return labels


@pytest.fixture(scope="module")
def streets():
    rng = np.random.default_rng(0)
    return [street(rng) for _ in range(14)]


@pytest.fixture(scope="module")
def tables(streets):
    return fit_map_tables(draw_maps(streets[:9]), num_examples=150_000)


@pytest.mark.slow
def test_maps_and_masks_come_back_and_take_few_bytes(streets, tables, rng):
    ours = masks = png = mask_png = 0
    for grid in draw_maps(streets[9:], seed=1):
        data = encode_map(grid, tables.labels)
        np.testing.assert_array_equal(decode_map(data, grid.shape, tables.labels), grid)
        ours, png = ours + len(data), png + len(encode_label_map(grid))
        kept = draw_mask(grid, rng)
        data = encode_mask(kept, tables.mask)
        np.testing.assert_array_equal(decode_mask(data, grid.shape, tables.mask), kept)
        buffer = io.BytesIO()
        Image.fromarray(kept).save(buffer, "PNG", optimize=True)
        masks, mask_png = masks + len(data), mask_png + len(buffer.getvalue())
    assert ours < png / 3
    assert masks < mask_png / 2


def test_maps_are_drawn_at_many_sizes_with_classes_of_their_scene(streets):
    maps = draw_maps(streets[:10])
    assert len(maps) == 20
    sizes = sorted(64 * grid.size for grid in maps)
    assert 2**17 < sizes[0] < 2**19 < sizes[-1] < 2**21
    for index, grid in enumerate(maps):
        scene = streets[index // 2]
        assert set(np.unique(grid)) <= set(np.unique(scene))
        assert grid.shape[1] / grid.shape[0] == pytest.approx(4 / 3, rel=0.1)


def test_drawn_maps_are_simplified_by_several_measures(rng):
    noisy = np.where(rng.random((60, 80)) < 0.02, 8, 1).astype(np.uint8)
    maps = draw_maps([noisy.repeat(8, 0).repeat(8, 1)] * 8)
    for min_cells in (2, 8):
        unchanged = sum(np.array_equal(simplify(grid, min_cells), grid) for grid in maps)
        assert 0 < unchanged < len(maps)


def test_masks_are_of_every_kind_and_share(streets):
    rng = np.random.default_rng(0)
    grid = draw_maps(streets[:1])[0]
    shares = [draw_mask(grid, rng).mean() for _ in range(200)]
    assert min(shares) < 0.02
    assert max(shares) > 0.5


def test_equal_seeds_draw_equal_maps_and_masks(streets):
    for first, second in zip(draw_maps(streets[:3]), draw_maps(streets[:3]), strict=True):
        np.testing.assert_array_equal(first, second)
        masks = [draw_mask(first, np.random.default_rng(5)) for _ in range(2)]
        np.testing.assert_array_equal(*masks)


def test_maps_of_one_class_are_no_examples():
    with pytest.raises(TrainingError, match="no symbols"):
        fit_map_tables([np.full((8, 8), 3, np.uint8)])
