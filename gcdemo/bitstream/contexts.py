"""How likely each symbol is, given those coded before it: in integers, so the same on any machine.

Symbols are coded in steps. Step t holds the cells with x + 2 y + 4 c = t; none of them depends on
another, so a step is computed at once. Where a side is above 512 cells, x and y begin again at 0
and nothing is seen beyond: that bounds the number of steps, whatever the picture.

A context is a pair of places, each some channels back, rows down and columns right of the cell, and
coded in an earlier step. The symbols found at a context's two places choose a row of its table; the
rows of all contexts and a bias are added up. The first `num_centers` sums are logits. Each further
sum, a summary of the surroundings, is cut into levels, and its level chooses one more row of
logits. A table of exponentials turns logits into counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from gcdemo.errors import CheckpointError

COUNT_BITS = 16
"""The counts of the values that a symbol can have sum to 2**COUNT_BITS."""

LOGIT_UNIT = 256
"""A logit of 1 is stored as this."""

SUMMARY_STEP = 16
"""A summary's level k holds the sums from 16 k to 16 k + 15; the end levels all beyond as well."""

MAX_CENTERS = 16
MAX_CHANNELS = 16

_STEP_OF_ROW, _STEP_OF_CHANNEL = 2, 4
_TILE = 512  # cells per side
MAX_REACH = 7  # rows or columns from a cell to its places
_NUM_EXPONENTIALS = 4096  # e**-16 of the most likely value leaves the one count that all have


def exponentials() -> NDArray[np.int64]:
    """Give floor(2**24 e**(-i / LOGIT_UNIT)) for i from 0 to 4095, by integer arithmetic.

    Returns:
        int64 (4096,), from 2**24 down to 1.
    """
    # e**(-1/256) from its series, then its powers, all as multiples of 2**-96.
    ratio = term = 1 << 96
    for k in range(1, 16):
        term = -term // (LOGIT_UNIT * k)
        ratio += term
    values, value = [], 1 << 96
    for _ in range(_NUM_EXPONENTIALS):
        values.append(value >> 72)
        value = value * ratio >> 96
    return np.array(values, np.int64)


_EXPONENTIALS = exponentials()


def logits_to_counts(logits: NDArray[np.int32]) -> NDArray[np.int64]:
    """Turn logits into counts: a softmax in integers.

    Args:
        logits: In units of 1 / LOGIT_UNIT, int32 (L, n).

    Returns:
        int64 (n, L); each at least 1, each row's sum 2**COUNT_BITS.
    """
    below_top = logits.max(0) - logits
    weights = _EXPONENTIALS.take(np.minimum(below_top, _NUM_EXPONENTIALS - 1))
    # One count is kept for every value, so that none is impossible.
    shared = (1 << COUNT_BITS) - len(logits)
    counts = 1 + weights * shared // weights.sum(0)
    # What rounding down left over goes to the most likely value, the first one of equals.
    top = logits.argmax(0)
    counts[top, np.arange(len(top))] += (1 << COUNT_BITS) - counts.sum(0)
    return np.ascontiguousarray(counts.T)


@dataclass(frozen=True, slots=True, eq=False)
class ContextTables:
    """The probability model that is stored with the weights.

    C is the largest number of latent channels, L the number of centers, m that of contexts, H that
    of summaries and K that of levels. Rows hold L logits, then H terms of the summaries.
    """

    places: NDArray[np.int8]  # (C, m, 2, 3): channels back, rows down, columns right
    rows: NDArray[np.int16]  # (C, m, (L + 1)**2, L + H): by first symbol * (L + 1) + second
    bias: NDArray[np.int16]  # (C, C, L + H): by channels coded - 1, then by channel
    responses: NDArray[np.int16]  # (C, H, K, L): by summary and level

    def __post_init__(self) -> None:
        """Check shapes, types and that every place is coded before its cell.

        Raises:
            CheckpointError: They are not as described.
        """
        if self.places.ndim != 4 or self.responses.ndim != 4:
            raise CheckpointError("The context tables have arrays of a wrong rank.")
        channels, contexts = self.places.shape[:2]
        summaries, levels, centers = self.responses.shape[1:]
        if not (1 <= channels <= MAX_CHANNELS and 2 <= centers <= MAX_CENTERS and levels >= 1):
            raise CheckpointError(
                f"The context tables are for {channels} channels, {centers} centers and "
                f"{levels} levels; at most {MAX_CHANNELS} channels and {MAX_CENTERS} centers fit."
            )
        width = centers + summaries
        for name, dtype, shape in (
            ("places", np.int8, (channels, contexts, 2, 3)),
            ("rows", np.int16, (channels, contexts, (centers + 1) ** 2, width)),
            ("bias", np.int16, (channels, channels, width)),
            ("responses", np.int16, (channels, summaries, levels, centers)),
        ):
            array = getattr(self, name)
            if array.dtype != dtype or array.shape != shape:
                raise CheckpointError(
                    f"The context table {name!r} is {array.dtype} {array.shape}; "
                    f"it must be {np.dtype(dtype)} {shape}."
                )
        back, down, right = np.moveaxis(self.places.astype(np.int64), -1, 0)
        steps_back = _STEP_OF_CHANNEL * back - _STEP_OF_ROW * down - right
        if (
            (steps_back <= 0).any()
            or (back < 0).any()
            or (back >= MAX_CHANNELS).any()
            or max(np.abs(down).max(initial=0), np.abs(right).max(initial=0)) > MAX_REACH
        ):
            raise CheckpointError("The context tables look at places not yet coded or too far.")

    @property
    def latent_channels(self) -> int:
        """The largest number of channels that the tables code."""
        return int(self.places.shape[0])

    @property
    def num_centers(self) -> int:
        """Number of values of a symbol."""
        return int(self.responses.shape[3])

    def to_arrays(self) -> dict[str, NDArray[np.integer]]:
        """Give the arrays by name, to be stored."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.integer]]) -> Self:
        """Take back what `to_arrays` gave.

        Raises:
            CheckpointError: An array is missing, unknown or not as it must be.
        """
        names = [field.name for field in fields(cls)]
        if set(arrays) != set(names):
            raise CheckpointError(
                f"The context tables are {sorted(arrays)}; they must be {sorted(names)}."
            )
        return cls(*(np.ascontiguousarray(arrays[name]) for name in names))


class Step(NamedTuple):
    """The cells that are coded at once, by channel, then row by row."""

    channels: NDArray[np.intp]  # (n,)
    positions: NDArray[np.intp]  # (n,): in the flattened symbols (C, h, w)
    inside: NDArray[np.intp]  # (n,): in the predictor's flattened array with borders


class Predictor:
    """Gives the counts of each step's symbols from the symbols of the steps before."""

    def __init__(
        self,
        tables: ContextTables,
        shape: tuple[int, int, int],
        kept: NDArray[np.bool_] | None = None,
    ) -> None:
        """Start with no symbol known.

        Args:
            tables: For at least C channels.
            shape: Of the symbols: C, h, w.
            kept: bool (h, w), which cells are coded; None for all. The others stay unknown.

        Raises:
            ValueError: `kept` is of another size.
        """
        channels, height, width = shape
        if kept is not None and kept.shape != shape[1:]:
            raise ValueError(f"kept cells {kept.shape} do not fit symbols {shape}")
        self._shape, self._kept = shape, kept
        self._centers = tables.num_centers
        num_places = 2 * tables.places.shape[1]
        places = tables.places[:channels].reshape(channels, num_places, 3).astype(np.intp)
        back, down, right = np.moveaxis(places, -1, 0)
        # Blank channels in front, blank borders around tiles: places outside need no test.
        self._blanks = int(back.max(initial=0))
        self._border = int(max(np.abs(down).max(initial=0), np.abs(right).max(initial=0)))
        # One border in front of each tile, and one after the last.
        rows = height + self._border * (1 - -height // _TILE)
        stride = width + self._border * (1 - -width // _TILE)
        self._padded = np.full((self._blanks + channels, rows, stride), self._centers, np.uint8)
        self._offsets = (right + stride * (down - rows * back)).T
        self._rows, self._first_row = _flatten(tables.rows[:channels])
        self._bias = tables.bias[channels - 1, :channels]
        self._responses, self._first_response = _flatten(tables.responses[:channels])
        self._top_level = tables.responses.shape[2] - 1

    def steps(self) -> Iterator[Step]:
        """Give the steps in the order of coding; every kept cell is in one of them."""
        channels, height, width = self._shape
        # Steps are few enough for int16, which numpy sorts in linear time.
        times = (
            _STEP_OF_CHANNEL * np.arange(channels, dtype=np.int16)[:, None, None]
            + _STEP_OF_ROW * (np.arange(height) % _TILE).astype(np.int16)[:, None]
            + (np.arange(width) % _TILE).astype(np.int16)
        ).reshape(-1)
        if self._kept is None:
            order = times.argsort(kind="stable")
        else:
            kept = np.flatnonzero(np.broadcast_to(self._kept, self._shape))
            order = kept[times[kept].argsort(kind="stable")]
        bounds = np.flatnonzero(np.diff(times[order], prepend=-1, append=-1))
        for start, end in pairwise(bounds.tolist()):
            positions = order[start:end]
            c, y, x = np.unravel_index(positions, self._shape)
            inside = np.ravel_multi_index(
                (c + self._blanks, self._pad(y), self._pad(x)), self._padded.shape
            )
            yield Step(c, positions, inside)

    def _pad(self, coordinate: NDArray[np.intp]) -> NDArray[np.intp]:
        """Give where an x or y lies among the borders."""
        return coordinate + self._border * (1 + coordinate // _TILE)

    def counts(self, step: Step) -> NDArray[np.int64]:
        """Give the counts of the step's symbols.

        Args:
            step: The next step; the symbols of those before have been stored.

        Returns:
            int64 (n, L), as `logits_to_counts` gives them.
        """
        # Contexts come first and cells second: numpy adds long rows many times faster.
        c = step.channels
        found = self._padded.reshape(-1).take(self._offsets.take(c, 1) + step.inside)
        pairs = found[::2].astype(np.intp) * (self._centers + 1) + found[1::2]
        chosen = self._rows.take(self._first_row.take(c, 1) + pairs, 0)
        sums = chosen.sum(0, np.int32) + self._bias.take(c, 0)
        logits, summaries = sums[:, : self._centers].T, sums[:, self._centers :].T
        levels = np.minimum(np.maximum(summaries // SUMMARY_STEP, 0), self._top_level)
        chosen = self._responses.take(self._first_response.take(c, 1) + levels, 0)
        return logits_to_counts(logits + chosen.sum(0, np.int32).T)

    def store(self, step: Step, symbols: NDArray[np.integer]) -> None:
        """Make the step's symbols known to the steps after it."""
        self._padded.reshape(-1)[step.inside] = symbols


def _flatten(tables: NDArray[np.int16]) -> tuple[NDArray[np.int16], NDArray[np.intp]]:
    """Give tables (C, n, k, width) as rows of `width`, and the first row (n, C) of each table."""
    channels, number, length, width = tables.shape
    first = np.arange(channels * number).reshape(channels, number) * length
    return tables.reshape(-1, width), first.T
