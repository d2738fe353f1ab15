"""Colours put right: what all of a picture lacks is found, priced, and added alike by tiles."""

import numpy as np
import pytest
import torch

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
    assert not Tint.between(x_hat, x_hat, FREE)
    # Noise of mean 0 is no tint either.
    assert not Tint.between(picture(seed=1), x_hat, 1e-5)
    x = (x_hat + 20).astype(np.uint8)
    assert Tint.between(x, x_hat, 1e-5)
    assert not Tint.between(x, x_hat, DEAR)


def test_dearer_bits_say_less():
    x_hat = picture()
    sums = [
        np.abs(Tint.between(shaded(x_hat), x_hat, price).levels).sum()
        for price in (1e-7, 1e-4, 1e-3, 1e-2)
    ]
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
    monkeypatch.setattr("gcdemo.tint._STRIP", 16)
    np.testing.assert_array_equal(Tint.between(shaded(x_hat), x_hat, FREE).levels, whole.levels)


def test_values_stay_in_their_range_and_no_tint_changes_nothing():
    x_hat = np.full((20, 20, 3), 250, np.uint8)
    tint = Tint.between(x_hat, np.full((20, 20, 3), 100, np.uint8), FREE)
    assert tint.added(to_float(x_hat), 0, 0).max() == 1
    x = to_float(x_hat)
    assert tint.none(20, 20).added(x, 0, 0) is x


def test_black_against_white_fits_a_file():
    black, white = (np.full((4, 4, 3), value, np.uint8) for value in (0, 255))
    for x, x_hat in ((black, white), (white, black)):
        assert np.abs(Tint.between(x, x_hat, FREE).levels).max() == 192
