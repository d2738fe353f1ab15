"""The tint of a picture to bytes and back: a few small numbers.

A tint is what is added to the colours of a whole picture: slow cosines along its height and width,
each of luma and of two chromas. Their levels are Exp-Golomb numbers (ITU-T H.265, 9.2).
"""

import numpy as np
from numpy.typing import NDArray

from gcdemo.bits import BitReader, BitWriter, ue_bits
from gcdemo.errors import Corrupt

COSINES = ((0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (2, 0))
"""Half periods along the picture's height and along its width, in the order of coding."""

# RGB to Y'CbCr, ITU-R BT.601. Cb and Cr count twice: CIEDE2000 sees about as much in a step of
# theirs as in two of Y'.
LUMA_AND_CHROMA = ((0.299, 0.587, 0.114), (-0.338, -0.662, 1.0), (1.0, -0.838, -0.162))
"""What the three levels of a cosine are of; files depend on it."""

STEP = 1 / 96
"""The root mean square of a cosine whose level is 1, of pictures in [-1, 1]."""

MAX_LEVEL = 511
"""No two pictures differ by as much: no mean of a chroma times a cosine is beyond 4."""


def num_bits(level: int) -> int:
    """Give the bits of a level in a file: 1 for 0, 3 for 1 and -1, and so on."""
    return ue_bits(_unsigned(level))


def encode_tint(levels: NDArray[np.integer]) -> bytes:
    """Give the bytes of a tint.

    Args:
        levels: Integers (len(COSINES), 3), of luma, Cb and Cr, not all 0, none beyond MAX_LEVEL.

    Raises:
        ValueError: They are not so.
    """
    if not 0 < np.abs(levels).max() <= MAX_LEVEL:
        raise ValueError(f"levels up to {np.abs(levels).max()} are not those of a tint")
    last = int(np.flatnonzero(levels.any(axis=1))[-1])
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
    if not levels.any() or encode_tint(levels) != data:
        raise Corrupt("The file is damaged: its tint is coded in another way than it is written.")
    return levels


def _unsigned(level: int) -> int:
    """Give 0, 1, -1, 2, -2 as 0, 1, 2, 3, 4, as HEVC's se(v) does."""
    return 2 * level - 1 if level > 0 else -2 * level


def _signed(number: int) -> int:
    return (number + 1) // 2 if number % 2 else -(number // 2)
