"""Colors: known values, gray that stays gray, and what goes there comes back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.codecs.bpg import planes as module
from gcdemo.codecs.bpg.container import ColorSpace, PixelFormat
from gcdemo.codecs.bpg.planes import PlaneFormat, divide_by_alpha, from_rgb, to_gray, to_rgb

BT601, YCGCO = ColorSpace.YCBCR_BT601, ColorSpace.YCGCO
YUV_420, YUV_444, GRAY = PixelFormat.YUV_420, PixelFormat.YUV_444, PixelFormat.GRAY


def pixel(*samples, form):
    """The pixel of one sample for each plane."""
    kind = np.uint8 if form.bit_depth == 8 else np.uint16
    return to_rgb([np.array([[sample]], kind) for sample in samples], form)[0, 0].tolist()


@pytest.mark.parametrize(
    ("rgb", "eight", "ten"),
    [
        # The matrix of JPEG (JFIF 1.02), worked out by hand: red's Cr is 255.5, which does not fit.
        ((255, 0, 0), (76, 85, 255), (306, 339, 1023)),
        ((0, 255, 0), (150, 44, 21), (601, 173, 84)),
        ((0, 0, 255), (29, 255, 107), (117, 1023, 429)),
        ((255, 255, 255), (255, 128, 128), (1023, 512, 512)),
        ((0, 0, 0), (0, 128, 128), (0, 512, 512)),
        ((100, 150, 200), (141, 161, 99), (565, 646, 395)),
    ],
)
def test_colors_become_these_samples(rgb, eight, ten):
    image = np.array([[rgb]], np.uint8)
    for bit_depth, expected in ((8, eight), (10, ten)):
        found = from_rgb(image, PlaneFormat(YUV_444, bit_depth))
        assert tuple(int(plane[0, 0]) for plane in found) == expected


@pytest.mark.parametrize(
    ("samples", "form", "expected"),
    [
        ((77,), PlaneFormat(GRAY, 8), [77, 77, 77]),
        ((1023,), PlaneFormat(GRAY, 10), [255, 255, 255]),
        ((2048,), PlaneFormat(GRAY, 12), [128, 128, 128]),  # 127.53
        ((16,), PlaneFormat(GRAY, 8, limited_range=True), [0, 0, 0]),
        ((235,), PlaneFormat(GRAY, 8, limited_range=True), [255, 255, 255]),
        ((940,), PlaneFormat(GRAY, 10, limited_range=True), [255, 255, 255]),
        ((1, 2, 3), PlaneFormat(YUV_444, 8, ColorSpace.RGB), [3, 1, 2]),
        ((100, 118, 133), PlaneFormat(YUV_444, 8, YCGCO), [115, 90, 105]),
        ((76, 85, 255), PlaneFormat(YUV_444, 8), [254, 0, 0]),
        ((81, 90, 240), PlaneFormat(YUV_444, 8, limited_range=True), [254, 0, 0]),
        # 100 + 1.5748 * 20 | 100 - 0.18733 * 10 - 0.46812 * 20 | 100 + 1.8556 * 10
        ((100, 138, 148), PlaneFormat(YUV_444, 8, ColorSpace.YCBCR_BT709), [131, 89, 119]),
        # 100 + 1.4746 * 20 | 100 - 0.16455 * 10 - 0.57135 * 20 | 100 + 1.8814 * 10
        ((100, 138, 148), PlaneFormat(YUV_444, 8, ColorSpace.YCBCR_BT2020), [129, 87, 119]),
        # Out of range, where 32 bits would not do: 255 * (3839 / 3504 - 1.402 * 2048 / 3584)
        ((4095, 4095, 0), PlaneFormat(YUV_444, 12, limited_range=True), [75, 255, 255]),
    ],
)
def test_samples_become_these_colors(samples, form, expected):
    assert pixel(*samples, form=form) == expected


@given(st.integers(0, 255), st.sampled_from([8, 10]), st.sampled_from([YUV_420, YUV_444]))
def test_gray_stays_exactly_gray(value, bit_depth, pixel_format):
    form = PlaneFormat(pixel_format, bit_depth)
    image = np.full((3, 5, 3), value, np.uint8)
    found = from_rgb(image, form)
    assert (found[1] == 128 << bit_depth - 8).all()
    assert (to_rgb(found, form) == image).all()


@pytest.mark.parametrize(("bit_depth", "largest"), [(8, 2), (10, 1)])
def test_colors_come_back_within_the_rounding(rng, bit_depth, largest):
    image = rng.integers(0, 256, (60, 50, 3)).astype(np.uint8)
    form = PlaneFormat(YUV_444, bit_depth)
    back = to_rgb(from_rgb(image, form), form)
    assert np.abs(back.astype(int) - image).max() <= largest


@pytest.mark.parametrize("pixel_format", [YUV_420, YUV_444])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 4), (20, 9)])
def test_bands_leave_no_trace(monkeypatch, make_photo, pixel_format, height, width):
    image = make_photo(height, width)
    form = PlaneFormat(pixel_format, 8)
    whole = from_rgb(image, form)
    pixels = to_rgb(whole, form)
    alpha = image[..., 0]
    divided = divide_by_alpha(image, alpha)
    monkeypatch.setattr(module, "_BAND_PIXELS", 2)  # two rows at a time
    for one, other in zip(from_rgb(image, form), whole, strict=True):
        assert (one == other).all()
    assert (to_rgb(whole, form) == pixels).all()
    assert (divide_by_alpha(image, alpha) == divided).all()


def test_chroma_planes_are_half_as_large_rounded_up():
    shapes = [
        plane.shape for plane in from_rgb(np.zeros((5, 8, 3), np.uint8), PlaneFormat(YUV_420, 10))
    ]
    assert shapes == [(5, 8), (3, 4), (3, 4)]


def test_alpha_is_of_full_range():
    assert to_gray(np.array([[0, 512, 1023]], np.uint16), 10).tolist() == [[0, 128, 255]]


def test_premultiplied_colors_are_divided():
    rgb = np.array([[[0, 50, 100], [0, 50, 100], [9, 9, 9], [4, 5, 6]]], np.uint8)
    alpha = np.array([[100, 80, 0, 255]], np.uint8)
    # 50 * 255 / 100 = 127.5; 50 * 255 / 80 = 159.4; 100 of 80 is more than white
    assert divide_by_alpha(rgb, alpha)[0].tolist() == [
        [0, 128, 255],
        [0, 159, 255],
        [255, 255, 255],
        [4, 5, 6],
    ]
