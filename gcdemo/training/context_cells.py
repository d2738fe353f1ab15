"""What the context tables are fitted to: symbols, each with what its contexts show."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gcdemo.bitstream.contexts import MAX_REACH

Place = tuple[int, int, int]
"""Channels back, rows down, columns right of a cell."""

Context = tuple[Place, Place]
"""Two places; what is found at both chooses a row of the context's table."""


class Cells:
    """The cells of many symbol arrays of any sizes and channels, under one index."""

    def __init__(self, symbols: Sequence[NDArray[np.uint8]], num_centers: int) -> None:
        """Lay out the arrays.

        Args:
            symbols: uint8 (C, h, w), in [0, num_centers]; num_centers itself marks what is not
                coded, and is what is found outside of an array.
            num_centers: L.
        """
        self._outside = num_centers
        arrays, columns, start = [], [], 0
        for array in symbols:
            border = ((0, 0), *[(MAX_REACH, MAX_REACH)] * 2)
            padded = np.pad(array, border, constant_values=num_centers)
            channels, rows, stride = padded.shape
            y, x = np.indices(array.shape[1:]).reshape(2, -1) + MAX_REACH
            fixed = np.array([[stride], [rows * stride], [channels]])
            columns.append(np.vstack([start + y * stride + x, fixed.repeat(y.size, 1)]))
            arrays.append(padded.reshape(-1))
            start += padded.size
        self._values = np.concatenate(arrays)
        self._address, self._stride, self._plane, self._channels = np.concatenate(columns, 1)

    def coding(self, channel: int) -> NDArray[np.int64]:
        """Give the index of every cell that has a symbol in the channel."""
        cells = np.flatnonzero(self._channels > channel)
        return cells[self.symbols(cells, channel) < self._outside]

    def symbols(
        self, cells: NDArray[np.int64], channel: int, place: Place = (0, 0, 0)
    ) -> NDArray[np.uint8]:
        """Give the symbols found at a place of each cell."""
        back, down, right = place
        if back > channel:
            return np.full(cells.size, self._outside, np.uint8)
        address = self._address[cells] + (channel - back) * self._plane[cells]
        found: NDArray[np.uint8] = self._values[address + down * self._stride[cells] + right]
        return found

    def examples(
        self, cells: NDArray[np.int64], channel: int, contexts: Sequence[Context]
    ) -> "Examples":
        """Give the symbols of the cells with what their contexts show."""
        columns = [np.zeros(cells.size, np.int64), self._channels[cells] - 1]
        for first, second in contexts:
            found = self.symbols(cells, channel, first).astype(np.int64)
            columns.append(found * (self._outside + 1) + self.symbols(cells, channel, second))
        rows = torch.from_numpy(np.stack(columns, 1).astype(np.int32))
        return Examples(rows, torch.from_numpy(self.symbols(cells, channel).astype(np.int64)))


class Examples(NamedTuple):
    """What the sums of a channel are fitted to."""

    rows: Tensor  # int32 (n, 2 + m): 0; channels coded - 1; the row of each context's table
    symbols: Tensor  # int64 (n,)
