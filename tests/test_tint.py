"""Colours put right: what all of a picture lacks is found, priced, and added alike by tiles."""

from math import cos, pi

import numpy as np
import pytest
import torch

from gcdemo.bitstream.tint import COSINES, LUMA_AND_CHROMA, decode_tint, encode_tint
from gcdemo.tint import Tint

FREE, DEAR = 1e-9, 1.0


def picture(height=70, width=90, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(90, 160, (height, width, 3), dtype=np.uint8)


def to_float(image):
    return torch.tensor(image).permute(2, 0, 1)[None] / 127.5 - 1


def added(tint, image):
    """The picture with its tint, in the units of uint8."""
    x = tint.added(to_float(image), 0, 0)
    return ((x[0] + 1) * 127.5).permute(1, 2, 0).numpy()


def shaded(image):
    """The picture in a light that changes along both sides, by at most 60."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    down, right = np.cos(np.pi * (y + 0.5) / len(y)), np.cos(2 * np.pi * (x + 0.5) / x.shape[1])
    light = np.stack((20 * down - 10, 12 * right, 25 + 0 * right), -1)
    return (image + light).round().astype(np.uint8)


@pytest.mark.parametrize("light", [(10, -8, 20), (0, 5, 0), (-30, -30, -30)])
def test_a_light_over_all_of_the_picture_is_found(light):
    x_hat = picture()
    x = (x_hat + np.array(light)).astype(np.uint8)
    tint = Tint.between(x, x_hat, FREE)
    assert not tint.levels[1:].any()
    assert np.abs(added(tint, x_hat) - x).mean((0, 1)).max() < 1.5


def test_a_light_that_changes_slowly_is_found():
    x_hat = picture()
    x = shaded(x_hat)
    before = np.abs(x.astype(float) - x_hat).mean()
    assert np.abs(added(Tint.between(x, x_hat, FREE), x_hat) - x).mean() < 0.1 * before


def test_nothing_is_said_where_nothing_is_lacking_or_bits_are_dear():
    x_hat = picture()
    assert Tint.between(x_hat, x_hat, FREE) is None
    # Noise of mean 0 is no tint either.
    assert Tint.between(picture(seed=1), x_hat, 1e-5) is None
    x = (x_hat + 20).astype(np.uint8)
    assert Tint.between(x, x_hat, 1e-5) is not None
    assert Tint.between(x, x_hat, DEAR) is None


def test_dearer_bits_say_less():
    x_hat = picture()
    tints = [Tint.between(shaded(x_hat), x_hat, price) for price in (1e-7, 1e-4, 1e-3)]
    sums = [np.abs(tint.levels).sum() for tint in tints]
    assert sums == sorted(sums, reverse=True)
    assert sums[0] > sums[-1]


def test_parts_of_a_picture_get_what_the_whole_gets():
    x_hat = picture()
    tint = Tint.between(shaded(x_hat), x_hat, FREE)
    whole = tint.added(to_float(x_hat), 0, 0)
    part = tint.added(to_float(x_hat)[:, :, 30:60, 17:50], 30, 17)
    torch.testing.assert_close(part, whole[:, :, 30:60, 17:50], atol=1e-5, rtol=0)


def test_strips_are_added_up(monkeypatch):
    x_hat = picture()
    whole = Tint.between(shaded(x_hat), x_hat, FREE)
    monkeypatch.setattr("gcdemo.tint._STRIP_PIXELS", 16 * 90)
    np.testing.assert_array_equal(Tint.between(shaded(x_hat), x_hat, FREE).levels, whole.levels)


def as_the_format_says(levels, y, x, height, width):
    """RGB of a tint in one pixel, by the formula of FORMAT.md."""
    luma_and_chroma = np.zeros(3)
    for (u, v), of_cosine in zip(COSINES, levels, strict=True):
        wave = (2**0.5 if u else 1) * cos(pi * u * (y + 0.5) / height)
        wave *= (2**0.5 if v else 1) * cos(pi * v * (x + 0.5) / width)
        luma_and_chroma += of_cosine * wave / 96
    return np.linalg.solve(LUMA_AND_CHROMA, luma_and_chroma)


@pytest.mark.parametrize("cosine", range(len(COSINES)))
@pytest.mark.parametrize("color", range(3))
def test_what_is_added_is_what_the_format_says(cosine, color):
    height, width = 6, 11
    levels = np.zeros((len(COSINES), 3), np.int64)
    levels[cosine, color] = 15
    found = Tint(levels, height, width).added(torch.zeros(1, 3, height, width), 0, 0)[0]
    for y, x in ((0, 0), (5, 10), (2, 7), (4, 1)):
        expected = as_the_format_says(levels, y, x, height, width)
        np.testing.assert_allclose(found[:, y, x], expected, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 2), (3, 1)])
@pytest.mark.parametrize("price", [FREE, 1e-4])
def test_thin_pictures_are_put_right_once(size, price):
    x_hat = np.full((*size, 3), 100, np.uint8)
    x = np.full((*size, 3), 130, np.uint8)
    tint = Tint.between(x, x_hat, price)
    assert np.abs(added(tint, x_hat) - x).max() < 1.5
    assert np.abs(tint.levels).sum() == tint.levels[0, 0]


def test_values_stay_in_their_range():
    x_hat = np.full((20, 20, 3), 250, np.uint8)
    tint = Tint.between(x_hat, np.full((20, 20, 3), 100, np.uint8), FREE)
    assert tint.added(to_float(x_hat), 0, 0).max() == 1


@pytest.mark.parametrize("size", [(4, 4), (4, 1), (1, 4), (1, 1)])
def test_the_strongest_tint_fits_a_file(size):
    blue, yellow = (np.full((*size, 3), color, np.uint8) for color in ((0, 0, 255), (255, 255, 0)))
    for x, x_hat in ((blue, yellow), (yellow, blue)):
        tint = Tint.between(x, x_hat, FREE)
        assert np.abs(tint.levels).max() == 384
        np.testing.assert_array_equal(decode_tint(encode_tint(tint.levels)), tint.levels)
