import numpy as np
import pytest
import torch

from gcdemo.errors import InputError
from gcdemo.evaluation.pictures import check_pair, check_picture, mirror_tile, to_x


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 200), (7, 30), (63, 65), (64, 64)])
def test_a_mirrored_picture_reaches_the_side_and_repeats_every_pixel_equally(height, width):
    image = np.arange(height * width * 3, dtype=np.int64).reshape(height, width, 3)
    tiled = mirror_tile(image, 64)
    assert min(tiled.shape[:2]) >= 64
    assert np.array_equal(tiled[:height, :width], image)
    _, counts = np.unique(tiled, return_counts=True)
    assert len(counts) == image.size
    assert len(set(counts.tolist())) == 1


def test_a_picture_that_is_large_enough_is_not_changed(picture):
    assert np.array_equal(mirror_tile(picture, 80), picture)


def test_mirroring_makes_no_edge():
    ramp = np.arange(10, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    tiled = mirror_tile(ramp, 25)
    assert np.abs(np.diff(tiled[0, :, 0].astype(int))).max() == 1


def test_black_and_white_become_minus_one_and_one():
    images = np.zeros((2, 4, 5, 3), np.uint8)
    images[1] = 255
    x = to_x(images, torch.device("cpu"))
    assert x.shape == (2, 3, 4, 5)
    assert torch.equal(x[0], torch.full((3, 4, 5), -1.0))
    assert torch.equal(x[1], torch.full((3, 4, 5), 1.0))


def test_the_three_channels_keep_their_order():
    images = np.array([0, 51, 255], np.uint8).reshape(1, 1, 1, 3)
    x = to_x(images, torch.device("cpu"))
    torch.testing.assert_close(x.flatten(), torch.tensor([-1.0, -0.6, 1.0]))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
    ids=["float", "gray", "alpha", "one channel", "empty"],
)
def test_anything_but_8_bit_rgb_is_refused(array):
    with pytest.raises(InputError, match="8-bit values"):
        check_picture(array)
    good = np.zeros((4, 4, 3), np.uint8)
    for pair in ((good, array), (array, good)):
        with pytest.raises(InputError):
            check_pair(*pair)


def test_pictures_of_two_sizes_are_refused_as_a_pair():
    with pytest.raises(InputError, match="5 x 4 pixels and the reconstruction 4 x 4"):
        check_pair(np.zeros((4, 5, 3), np.uint8), np.zeros((4, 4, 3), np.uint8))
