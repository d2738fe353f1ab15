"""Tint: what the colours of a whole picture lack once it was decoded, as a few slow cosines.

Two symbols a cell say how bright it is and how orange or blue, not how green or violet, and where
all cells err alike, a dozen bits for the picture say it once. A search adds a tint to a file;
bitstream.tint writes and reads its bytes.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gcdemo.bitstream.tint import COSINES, LUMA_AND_CHROMA, STEP, num_bits

# Pixels of a picture that are looked at together, as far as rows are not longer.
_STRIP_PIXELS = 1 << 20
# Of a section of a file: its length, the number of cosines, and up to a whole byte.
_SECTION_BITS = 16
_ORDERS = 1 + max(max(pair) for pair in COSINES)


@dataclass(frozen=True, slots=True, eq=False)
class Tint:
    """A picture's tint."""

    levels: NDArray[np.int64]  # (len(COSINES), 3), of luma, Cb and Cr
    height: int  # of the picture, in pixels
    width: int  # of the picture, in pixels

    @classmethod
    def between(cls, x: NDArray[np.uint8], x_hat: NDArray[np.uint8], price: float) -> Self | None:
        """Give what x_hat lacks of x, as far as it is worth its bits.

        Args:
            x: uint8 (H, W, 3).
            x_hat: As `x`.
            price: Of a bit, in the units of the mean square of luma and twice chroma of pictures
                in [-1, 1].

        Returns:
            None where nothing is worth its bits.
        """
        height, width = x.shape[:2]
        along_y, along_x = _cosines(0, height, height), _cosines(0, width, width)
        sums = np.zeros((_ORDERS, _ORDERS, 3))
        strip = max(1, _STRIP_PIXELS // width)
        for top in range(0, height, strip):
            rows = slice(top, top + strip)
            error = (x[rows].astype(np.float32) - x_hat[rows]) / 127.5
            slow = np.einsum("yxc,vx->yvc", error, along_x.astype(np.float32))
            sums += np.einsum("yvc,uy->uvc", slow, along_y[:, rows])
        wanted = (sums / (height * width)) @ np.array(LUMA_AND_CHROMA).T
        # Where a side has no more pixels than a cosine half periods, another cosine says the same.
        amounts = np.array(
            [wanted[u, v] if u < height and v < width else np.zeros(3) for u, v in COSINES]
        )
        levels = _worth_their_bits(amounts / STEP, price / STEP**2)
        return cls(levels, height, width) if levels.any() else None

    def added(self, x_hat: Tensor, top: int, left: int) -> Tensor:
        """Give a part of a picture with its colours put right.

        Args:
            x_hat: Float (B, 3, h, w) in [-1, 1]; it may reach beyond the lower and right end.
            top: Rows of the picture above it, in pixels.
            left: Columns of the picture before it, in pixels.

        Returns:
            As `x_hat`.
        """
        along_y = _cosines(top, top + x_hat.shape[2], self.height)
        along_x = _cosines(left, left + x_hat.shape[3], self.width)
        amounts = np.zeros((_ORDERS, _ORDERS, 3))
        for pair, levels in zip(COSINES, self.levels, strict=True):
            amounts[pair] = levels * STEP
        rgb = amounts @ np.linalg.inv(LUMA_AND_CHROMA).T
        # Products of sides: the whole picture's waves are never held.
        slow = x_hat.new_tensor(np.einsum("uvc,vx->cux", rgb, along_x))
        return (x_hat + x_hat.new_tensor(along_y).T @ slow).clamp(-1, 1)


def _cosines(start: int, stop: int, length: int) -> NDArray[np.float64]:
    """Sample cosines of unit mean square over a side, at the middles of its pixels.

    Returns:
        float64 (number, stop - start).
    """
    phase = math.pi * (np.arange(start, stop) + 0.5) / length
    waves = np.cos(np.arange(_ORDERS)[:, None] * phase)
    waves[1:] *= math.sqrt(2)
    return np.asarray(waves)


def _worth_their_bits(wanted: NDArray[np.float64], price: float) -> NDArray[np.int64]:
    """Give the levels near those wanted, (number, 3), that err and cost least together."""
    levels = np.zeros(wanted.shape, np.int64)
    best, least = levels.copy(), 0.0
    # What is gained by saying so much, less what it costs; nothing said has a gain of 0.
    total = price * _SECTION_BITS
    for index, row in enumerate(wanted.tolist()):
        for color, amount in enumerate(row):
            level = min(
                (0, math.floor(amount), math.ceil(amount)),
                key=lambda level: (amount - level) ** 2 + price * num_bits(level),
            )
            levels[index, color] = level
            total += (amount - level) ** 2 - amount**2 + price * num_bits(level)
        if total < least:
            best, least = levels.copy(), total
    return best
