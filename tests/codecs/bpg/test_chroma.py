"""Chroma at half and full size, against sums written out sample by sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.codecs.bpg.chroma import HALVING_REACH, double, halve

# Taps of libbpg's filters, by their distance from the sample at or before the place.
AFTER = dict(zip(range(-3, 4), (-1, 4, -10, 57, 18, -6, 2), strict=True))
BEFORE = {-distance: tap for distance, tap in AFTER.items()}
MIDWAY = dict(zip(range(-3, 5), (-1, 4, -11, 40, 40, -11, 4, -1), strict=True))


def taps_at(place, centered):
    """The taps for a column or row at full size."""
    if centered:
        return AFTER if place % 2 else BEFORE
    return MIDWAY if place % 2 else {0: 64}


def doubled(plane, height, width, bit_depth, down, centered):
    """What `double` is to give, one sample at a time."""
    result = np.zeros((height, width), int)
    for y in range(height):
        row = [int(sample) for sample in plane[y if not down else 0]]
        shift = 6
        if down:
            keep = bit_depth - 8
            shift = 20 - bit_depth
            for x in range(plane.shape[1]):
                total = sum(
                    tap * int(plane[min(max(y // 2 + i, 0), len(plane) - 1), x])
                    for i, tap in taps_at(y, True).items()
                )
                row[x] = (total + (2 ** (keep - 1) if keep else 0)) // 2**keep
        for x in range(width):
            total = sum(
                tap * row[min(max(x // 2 + i, 0), len(row) - 1)]
                for i, tap in taps_at(x, centered).items()
            )
            value = (total + 2 ** (shift - 1)) // 2**shift
            result[y, x] = min(max(value, 0), 2**bit_depth - 1)
    return result


@pytest.mark.parametrize("down", [True, False])
@pytest.mark.parametrize("centered", [True, False])
@pytest.mark.parametrize("bit_depth", [8, 9, 12])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (11, 20)])
def test_doubling_is_the_sum_of_its_taps(rng, height, width, bit_depth, down, centered):
    rows = -(-height // 2) if down else height
    plane = rng.choice([0, 3, 2**bit_depth - 1], (rows, -(-width // 2))).astype(np.uint16)
    options = {"down": down, "centered": centered}
    whole = double(plane, range(height), width, bit_depth, **options)
    assert (whole == doubled(plane, height, width, bit_depth, down, centered)).all()
    last = double(plane, range(height - 1, height), width, bit_depth, **options)
    assert (last == whole[-1:]).all()


@given(st.integers(0, 255), st.integers(1, 9), st.integers(1, 9))
def test_flat_planes_stay_flat(value, height, width):
    plane = np.full((height, width), value, np.uint8)
    for down in (True, False):
        rows = range(2 * height if down else height)
        assert (double(plane, rows, 2 * width - 1, 8, down=down, centered=True) == value).all()
    assert (halve(np.full((2 * height + 8, width), value, np.int32)) == value).all()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 2), (3, 7), (4, 12)])
def test_halving_is_the_sum_of_its_taps(rng, height, width):
    samples = rng.integers(-600, 600, (2 * height + 2 * HALVING_REACH, width)).astype(np.int32)
    taps = dict(zip(range(-4, 6), (2, -4, -8, 17, 57, 57, 17, -8, -4, 2), strict=True))
    assert sum(taps.values()) == 128
    expected = [
        [
            sum(
                a * b * int(samples[2 * y + 4 + i, min(max(2 * x + j, 0), width - 1)])
                for i, a in taps.items()
                for j, b in taps.items()
            )
            for x in range(-(-width // 2))
        ]
        for y in range(height)
    ]
    assert (halve(samples) == (np.array(expected) + 2**13) // 2**14).all()


def test_doubling_what_was_halved_gives_smooth_planes_back():
    y, x = np.mgrid[-4:68, :64]
    smooth = (128 + 60 * np.sin(x / 9) + 50 * np.cos(y / 11)).round().astype(np.int32)
    small = halve(smooth).astype(np.uint8)
    back = double(small, range(64), 64, 8, down=True, centered=True)
    assert np.abs(back - smooth[4:-4])[8:-8, 8:-8].max() <= 2
