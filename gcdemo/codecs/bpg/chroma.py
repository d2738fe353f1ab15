"""Chroma planes at half and at full size, in whole numbers alone.

Doubling follows libbpg's decoder step by step, so that its pixels are met exactly: first down the
columns, keeping 14 bits, then along the rows. Beyond its edges, a plane goes on as it ends there.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.int32]

HALVING_REACH = 4
"""Rows that `halve` needs before and after those it halves."""

_BETWEEN = (-1, 4, -10, 57, 18, -6, 2)  # / 64: a quarter of a step after the fourth sample
_MIDWAY = (-1, 4, -11, 40, 40, -11, 4, -1)  # / 64: half a step after the fourth sample
_HALVING = (2, -4, -8, 17, 57, 57, 17, -8, -4, 2)  # / 128: midway between fifth and sixth
_BITS_BETWEEN = 14  # of a sample that has been doubled in one direction


def double(
    plane: NDArray[np.unsignedinteger],
    rows: range,
    width: int,
    bit_depth: int,
    *,
    down: bool,
    centered: bool,
) -> Samples:
    """Give some rows of a plane at twice its width, and height.

    Args:
        plane: (h, ceil(width / 2)).
        rows: Which, counted at full size.
        width: Columns at full size.
        bit_depth: Bits a sample.
        down: Whether the height is doubled too; then a sample lies between two rows.
        centered: Whether a sample lies between two columns; else it lies on the left one.

    Returns:
        In the range of `bit_depth` bits, (len(rows), width).
    """
    if down:
        samples = _round_shift(_double_rows(plane, np.array(rows)), bit_depth - 8)
        shift = 6 + _BITS_BETWEEN - bit_depth
    else:
        samples, shift = plane[rows.start : rows.stop].astype(np.int32), 6
    padded = np.pad(samples, ((0, 0), (3, 4)), mode="edge")
    stored = samples.shape[1]
    doubled = np.empty((len(rows), 2 * stored), np.int32)
    if centered:
        doubled[:, 0::2] = _filter(padded, _BETWEEN[::-1], stored)
        doubled[:, 1::2] = _filter(padded, _BETWEEN, stored)
    else:
        doubled[:, 0::2] = samples << 6
        doubled[:, 1::2] = _filter(padded, _MIDWAY, stored)
    return _round_shift(doubled[:, :width], shift).clip(0, (1 << bit_depth) - 1)


def halve(samples: Samples) -> Samples:
    """Give one sample, in the middle, for 2 x 2.

    Args:
        samples: (HALVING_REACH + 2 h + HALVING_REACH, w).

    Returns:
        Rounded, not clipped, (h, ceil(w / 2)).
    """
    height = len(samples) // 2 - HALVING_REACH
    width = (samples.shape[1] + 1) // 2
    reach = ((0, 0), (HALVING_REACH, HALVING_REACH + samples.shape[1] % 2))
    narrow = _filter(np.pad(samples, reach, mode="edge"), _HALVING, width, step=2)
    return _round_shift(_filter(narrow.T, _HALVING, height, step=2).T, 2 * 7)


def _double_rows(plane: NDArray[np.unsignedinteger], rows: NDArray[np.int_]) -> Samples:
    """Give rows at full size, 64 times as large."""
    result = np.zeros((len(rows), plane.shape[1]), np.int32)
    for parity, taps in ((0, _BETWEEN[::-1]), (1, _BETWEEN)):
        nearest = rows[rows % 2 == parity] // 2
        for i, tap in enumerate(taps):
            near = plane[(nearest + i - 3).clip(0, len(plane) - 1)]
            result[rows % 2 == parity] += tap * near.astype(np.int32)
    return result


def _filter(padded: Samples, taps: tuple[int, ...], count: int, step: int = 1) -> Samples:
    """Give the weighted sums along rows that begin at every `step`-th column."""
    result = np.zeros((len(padded), count), np.int32)
    for i, tap in enumerate(taps):
        result += tap * padded[:, i : i + step * (count - 1) + 1 : step]
    return result


def _round_shift(samples: Samples, bits: int) -> Samples:
    """Divide by 2**bits, rounding halves up."""
    return (samples + (1 << bits >> 1)) >> bits
