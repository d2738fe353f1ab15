"""The tint of a picture to bytes and back: few small numbers, mostly none.

A tint is what is added to the colours of a whole picture: slow cosines along its height and width,
each of luma and of two chromas. Their levels are Exp-Golomb numbers (ITU-T H.265, 9.2).
"""

import numpy as np
from numpy.typing import NDArray

from gcdemo.bits import BitReader, BitWriter
from gcdemo.errors import Corrupt

COSINES = ((0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (2, 0))
"""Half periods along the picture's height and along its width, in the order of coding."""

STEP = 1 / 96
"""What a level of 1 means: the cosine's root mean square, of pictures in [-1, 1]."""

MAX_LEVEL = 511
"""No two pictures differ by more."""


def num_bits(level: int) -> int:
    """Give the bits of a level in a file: 1 for 0, 3 for 1 and -1, and so on."""
    return 2 * (_unsigned(level) + 1).bit_length() - 1


def encode_tint(levels: NDArray[np.integer]) -> bytes:
    """Give the bytes of a tint; of one without effect there are none, nor is it ever decoded.

    Args:
        levels: Integers (len(COSINES), 3), of luma, Cb and Cr, none beyond MAX_LEVEL.

    Raises:
        ValueError: One is.
    """
    if np.abs(levels).max() > MAX_LEVEL:
        raise ValueError(f"levels up to {np.abs(levels).max()} do not fit a file")
    used = np.flatnonzero(levels.any(axis=1))
    if not used.size:
        return b""
    last = int(used[-1])
    return BitWriter().ue(last, *map(_unsigned, levels[: last + 1].flatten().tolist())).to_bytes()


def decode_tint(data: bytes) -> NDArray[np.int64]:
    """Restore a tint: the inverse of `encode_tint`.

    Returns:
        int64 (len(COSINES), 3).

    Raises:
        Corrupt: No tint has exactly these bytes.
    """
    reader = BitReader(data)
    if (last := reader.ue()) >= len(COSINES):
        raise Corrupt("The file is damaged: its tint has more cosines than there are.")
    numbers = [reader.ue() for _ in range(3 * (last + 1))]
    if max(numbers) > 2 * MAX_LEVEL:
        raise Corrupt("The file is damaged: its tint is stronger than any.")
    levels = np.zeros((len(COSINES), 3), np.int64)
    levels[: last + 1] = np.reshape([_signed(number) for number in numbers], (-1, 3))
    if encode_tint(levels) != data:
        raise Corrupt("The file is damaged: its tint is coded in another way than it is written.")
    return levels


def _unsigned(level: int) -> int:
    """Give 0, 1, -1, 2, -2 as 0, 1, 2, 3, 4, as HEVC's se(v) does."""
    return 2 * level - 1 if level > 0 else -2 * level


def _signed(number: int) -> int:
    return (number + 1) // 2 if number % 2 else -(number // 2)
