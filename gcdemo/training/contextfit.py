"""Fit the context tables of a trained encoder's symbols.

Each channel is fitted by itself, in float32: choose the places in earlier channels that say most,
minimise the cross-entropy of what bitstream.contexts computes, keep the state that is best on
pictures held out, round. A summary's response is max(0, summary) times weights while it is fitted,
and becomes a table of that function's values.
"""

import logging
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import trange

from gcdemo.bitstream.contexts import LOGIT_UNIT, SUMMARY_STEP, ContextTables
from gcdemo.errors import TrainingError

logger = logging.getLogger(__name__)

Place = tuple[int, int, int]
"""Channels back, rows down, columns right of a cell."""

Context = tuple[Place, Place]

_W, _N, _NW, _NE = (0, 0, -1), (0, -1, 0), (0, -1, -1), (0, -1, 1)
SPATIAL_CONTEXTS: tuple[Context, ...] = (
    (_W, _N),
    (_W, _NW),
    (_N, _NE),
    (_W, _NE),
    (_W, (0, 0, -2)),
    (_N, (0, -2, 0)),
    (_NW, (0, -2, -2)),
    ((0, -1, -2), (0, -2, -1)),
    ((0, -2, 1), (0, -2, 2)),
    ((0, 0, -3), (0, -3, 0)),
)
"""Contexts within a channel: pairs that make a corner, an edge or a gradient at the cell."""

# Places to choose from in each earlier channel, rows down and columns right.
_EARLIER = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (1, 1))
_BORDER = 3
_CHOSEN_AT_ONCE = 4  # places added before the gains of the others are computed again
_MIN_GAIN = 3e-4  # nats a symbol, below which a place is not worth its time
_CHOICE_CELLS, _CHECK_CELLS, _ROUNDING_CELLS = 150_000, 50_000, 100_000
_MIN_CELLS = 1000  # below them there is nothing to learn but frequencies
_LEVELS = 32
_BATCH, _LARGE_BATCH = 1024, 1 << 16
_LEARNING_RATE = 0.012
_MAX_PASSES = 20
_NUM_CHECKS = 8
_HELD_OUT_EVERY, _HELD_OUT_RUN = 20, 8  # one array in 20, by runs: a picture's stay together


class Cells:
    """The cells of many symbol arrays of any sizes and channels, under one index."""

    def __init__(self, symbols: Sequence[NDArray[np.uint8]], num_centers: int) -> None:
        """Lay out the arrays.

        Args:
            symbols: uint8 (C, h, w), in [0, num_centers).
            num_centers: Also the symbol that is found outside of an array.
        """
        self._outside = num_centers
        arrays, columns, start = [], [], 0
        for array in symbols:
            padded = np.pad(array, ((0, 0), *[(_BORDER, _BORDER)] * 2), constant_values=num_centers)
            channels, rows, stride = padded.shape
            y, x = np.indices(array.shape[1:]).reshape(2, -1) + _BORDER
            fixed = np.array([[stride], [rows * stride], [channels]])
            columns.append(np.vstack([start + y * stride + x, fixed.repeat(y.size, 1)]))
            arrays.append(padded.reshape(-1))
            start += padded.size
        self._values = np.concatenate(arrays)
        self._address, self._stride, self._plane, self._channels = np.concatenate(columns, 1)

    def coding(self, channel: int) -> NDArray[np.int64]:
        """Give the index of every cell whose array has the channel."""
        return np.flatnonzero(self._channels > channel)

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


class _Sums:
    """The sums of a channel in float32: logits in nats, then summaries."""

    def __init__(
        self,
        examples: Examples,
        channels: int,
        num_centers: int,
        num_summaries: int,
        generator: torch.Generator,
    ) -> None:
        side, contexts = num_centers + 1, examples.rows.shape[1] - 2
        self.first_context, self.num_centers = 1 + channels, num_centers
        lengths = torch.tensor([0, 1, channels] + [side**2] * contexts)
        self._first_rows = lengths.cumsum(0)[: 2 + contexts].int()
        counts = torch.bincount(examples.symbols, minlength=num_centers) + 1
        # Every summary begins as a random linear function of the symbols that it sees.
        values = torch.arange(side) - (num_centers - 1) / 2
        values[num_centers] = 0
        slopes = torch.randn(2, contexts, 1, num_summaries, generator=generator) * 0.25
        first, second = slopes * values[:, None]
        planes = first[:, :, None] + second[:, None]
        self.table = torch.zeros(1 + channels + contexts * side**2, num_centers + num_summaries)
        self.table[0, :num_centers] = (counts / counts.sum()).log()
        self.table[0, num_centers:] = torch.randn(num_summaries, generator=generator) * 0.5
        self.table[self.first_context :, num_centers:] = planes.flatten(0, 2)
        self.weights = torch.zeros(num_summaries, num_centers)

    def sums(self, rows: Tensor) -> Tensor:
        """Give the sums, float32 (n, L + H)."""
        return functional.embedding_bag(rows + self._first_rows, self.table, mode="sum")

    def logits(self, rows: Tensor) -> Tensor:
        """Give the logits with the summaries' responses, float32 (n, L)."""
        sums = self.sums(rows)
        return sums[:, : self.num_centers] + sums[:, self.num_centers :].relu() @ self.weights

    @torch.no_grad()
    def cost(self, examples: Examples) -> float:
        """Give the mean cost of a symbol, in nats."""
        total = 0.0
        for rows, symbols in zip(*(part.split(_LARGE_BATCH) for part in examples), strict=True):
            total += functional.cross_entropy(self.logits(rows), symbols, reduction="sum").item()
        return total / max(len(examples.symbols), 1)


def _minimise(
    model: _Sums, examples: Examples, check: Examples, budget: int, generator: torch.Generator
) -> float:
    """Fit the model to at most `budget` examples; give the cost of `check` at its best state.

    With nothing to judge a state by, the first one stays: frequencies without contexts.
    """
    best = model.cost(check)
    if not len(check.symbols):
        return best
    parameters = [model.table.requires_grad_(), model.weights.requires_grad_()]
    optimizer = torch.optim.Adam(parameters, _LEARNING_RATE, betas=(0.9, 0.99))
    count = len(examples.symbols)
    per_pass = math.ceil(count / _BATCH)
    steps = max(1, min(budget, _MAX_PASSES * count) // _BATCH)
    kept = [parameter.detach().clone() for parameter in parameters]
    for step in range(steps):
        if step % per_pass == 0:
            batches = torch.randperm(count, generator=generator).split(_BATCH)
        batch = batches[step % per_pass]
        optimizer.param_groups[0]["lr"] = _LEARNING_RATE * (1 - step / steps)
        loss = functional.cross_entropy(model.logits(examples.rows[batch]), examples.symbols[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        is_checked = (step + 1) * _NUM_CHECKS // steps > step * _NUM_CHECKS // steps
        if is_checked and (cost := model.cost(check)) < best:
            best, kept = cost, [parameter.detach().clone() for parameter in parameters]
    model.table, model.weights = kept
    return best


class _Sizes(NamedTuple):
    """What the tables are made for."""

    latent_channels: int
    num_centers: int
    num_contexts: int
    num_summaries: int


class _Channel(NamedTuple):
    """One channel's part of ContextTables."""

    contexts: tuple[Context, ...]
    rows: NDArray[np.int16]  # (m, (L + 1)**2, L + H)
    bias: NDArray[np.int16]  # (C, L + H)
    responses: NDArray[np.int16]  # (H, K, L)


class _Fitter:
    """What the fits of all channels share."""

    def __init__(
        self,
        symbols: Sequence[NDArray[np.uint8]],
        sizes: _Sizes,
        budget: int,
        seed: int,
    ) -> None:
        self.sizes, self.budget = sizes, budget
        self.generator = torch.Generator().manual_seed(seed)
        self.cells = Cells(symbols, self.sizes.num_centers)
        run = min(max(len(symbols) // (2 * _HELD_OUT_EVERY), 1), _HELD_OUT_RUN)
        is_held_out = [i // run % _HELD_OUT_EVERY == 1 for i in range(len(symbols))]
        self.is_held_out = np.repeat(is_held_out, [array[0].size for array in symbols])

    def fit(self, channel: int) -> _Channel:
        """Fit a channel that at least one array has."""
        cells, held_out = self._split(channel)
        contexts = self._choose_contexts(channel, cells, held_out)
        examples = self.cells.examples(cells, channel, contexts)
        check = self.cells.examples(held_out, channel, contexts)
        model = self._sums(examples, self.sizes.num_summaries)
        start = model.cost(check)
        cost = _minimise(model, examples, check, self.budget, self.generator)
        logger.info(
            "Channel %d: %.4f bits a symbol held out, %.4f without contexts, %.4f at most; %s",
            channel,
            cost / math.log(2),
            start / math.log(2),
            math.log2(self.sizes.num_centers),
            contexts[len(SPATIAL_CONTEXTS) :],
        )
        return self._round(model, examples, contexts)

    def _sums(self, examples: Examples, num_summaries: int) -> _Sums:
        return _Sums(
            examples,
            self.sizes.latent_channels,
            self.sizes.num_centers,
            num_summaries,
            self.generator,
        )

    def _split(self, channel: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give the cells to fit a channel to, and those to judge the fit by, in random order."""
        cells = self.cells.coding(channel)
        order = torch.randperm(cells.size, generator=self.generator).numpy()
        cells = cells[order]
        if cells.size < _MIN_CELLS:
            return cells, cells[:0]
        is_held_out = self.is_held_out[cells]
        if not 0.02 < is_held_out.mean() < 0.25:
            # The arrays held out do not have the channel, or have most of it.
            is_held_out = np.arange(cells.size) % _HELD_OUT_EVERY == 0
        return cells[~is_held_out][: self.budget], cells[is_held_out][:_CHECK_CELLS]

    def _choose_contexts(
        self, channel: int, cells: NDArray[np.int64], held_out: NDArray[np.int64]
    ) -> tuple[Context, ...]:
        """Give the spatial contexts, then pairs of places of earlier channels found to help."""
        cells = cells[:_CHOICE_CELLS]
        left = [(back, *place) for back in range(1, channel + 1) for place in _EARLIER]
        contexts = SPATIAL_CONTEXTS
        while left and held_out.size and len(contexts) < self.sizes.num_contexts:
            examples = self.cells.examples(cells, channel, contexts)
            check = self.cells.examples(held_out, channel, contexts)
            model = self._sums(examples, num_summaries=0)
            _minimise(model, examples, check, cells.size, self.generator)
            with torch.no_grad():
                likely = model.logits(examples.rows).softmax(1)
            missing = functional.one_hot(examples.symbols, self.sizes.num_centers) - likely
            curvature = (likely * (1 - likely)).mean(0) + 1e-6
            gains = {
                place: _gain(self.cells.symbols(cells, channel, place), missing, curvature)
                for place in left
            }
            best = sorted(left, key=lambda place: -gains[place])[:_CHOSEN_AT_ONCE]
            if gains[best[0]] < _MIN_GAIN:
                break
            left = [place for place in left if place not in best]
            contexts = (*contexts, *zip(best[::2], best[1::2], strict=True))
        return contexts[: self.sizes.num_contexts]

    def _round(self, model: _Sums, examples: Examples, contexts: tuple[Context, ...]) -> _Channel:
        """Turn a fitted model into integers, with responses by level."""
        centers, side = self.sizes.num_centers, self.sizes.num_centers + 1
        summaries = model.sums(examples.rows[:_ROUNDING_CELLS])[:, centers:].relu()
        # Levels are spread from 0 to what one cell in a thousand exceeds.
        top = summaries.sort(0).values[-1 - len(summaries) // 1000].clamp(min=1e-3)
        scale = SUMMARY_STEP * _LEVELS / top
        units = torch.cat([torch.full((centers,), float(LOGIT_UNIT)), scale])
        table = _to_int16(model.table * units)
        bias = _to_int16((model.table[0] + model.table[1 : model.first_context]) * units)
        middles = (torch.arange(_LEVELS) + 0.5) * SUMMARY_STEP / scale[:, None]
        # The first level holds all the sums below 0 too, and these respond with 0.
        is_first = summaries < SUMMARY_STEP / scale
        middles[:, 0] = (summaries * is_first).sum(0) / is_first.sum(0).clamp(min=1)
        responses = _to_int16(middles[:, :, None] * model.weights[:, None] * LOGIT_UNIT)
        rows = table[model.first_context :].reshape(len(contexts), side**2, -1)
        return _Channel(contexts, rows, bias, responses)


def _gain(found: NDArray[np.uint8], missing: Tensor, curvature: Tensor) -> float:
    """Estimate the nats a symbol that a place's own table would save: one Newton step's."""
    values = torch.from_numpy(found.astype(np.int64))
    size = int(values.max()) + 1
    sums = torch.zeros(size, missing.shape[1]).index_add_(0, values, missing)
    counts = torch.bincount(values, minlength=size).clamp(min=1)
    gains = sums**2 / (2 * counts[:, None] * curvature)
    # An example's L residuals sum to 0: one of them is no news.
    return float(gains.sum() / found.size * (1 - 1 / missing.shape[1]))


def _to_int16(values: Tensor) -> NDArray[np.int16]:
    limits = np.iinfo(np.int16)
    rounded: NDArray[np.int16] = (
        values.round().clamp(limits.min, limits.max).to(torch.int16).numpy()
    )
    return rounded


def _empty_tables(sizes: _Sizes) -> ContextTables:
    """Give tables of zeros, as they stay for channels never seen and contexts not needed."""
    channels, centers, contexts, summaries = sizes
    width = centers + summaries
    return ContextTables(
        places=np.tile(np.array(_W, np.int8), (channels, contexts, 2, 1)),
        rows=np.zeros((channels, contexts, (centers + 1) ** 2, width), np.int16),
        bias=np.zeros((channels, channels, width), np.int16),
        responses=np.zeros((channels, summaries, _LEVELS, centers), np.int16),
    )


def fit_tables(
    symbols: Sequence[NDArray[np.uint8]],
    latent_channels: int = 16,
    num_centers: int = 5,
    *,
    num_contexts: int = 16,
    num_summaries: int = 24,
    num_examples: int = 2_000_000,
    seed: int = 0,
) -> ContextTables:
    """Fit the tables to symbols of many pictures.

    One array in 20 is held out: the state of a fit that codes these best is kept, so few pictures
    give poor tables but not worse ones than none. Takes about 15 seconds a channel on one core.

    Args:
        symbols: uint8 (C, h, w), in [0, num_centers), of differing C; a picture's arrays in a row.
        latent_channels: The largest C.
        num_centers: L.
        num_contexts: Contexts of each channel, at least the spatial ones.
        num_summaries: Summaries of each channel.
        num_examples: Symbols of each channel that are looked at, counting repetitions.
        seed: Of all random choices; equal seeds and symbols give equal tables.

    Returns:
        Tables for up to `latent_channels` channels.

    Raises:
        TrainingError: There are no symbols, or they do not fit `latent_channels`, `num_centers`.
    """
    symbols = [array for array in symbols if array.size]
    if not symbols:
        raise TrainingError("There are no symbols to fit the context tables to.")
    for array in symbols:
        if len(array) > latent_channels or array.max() >= num_centers:
            raise TrainingError(
                f"Symbols of {len(array)} channels, up to {array.max()}, do not fit tables for "
                f"{latent_channels} channels and {num_centers} centers."
            )
    num_contexts = max(num_contexts, len(SPATIAL_CONTEXTS))
    sizes = _Sizes(latent_channels, num_centers, num_contexts, num_summaries)
    fitter = _Fitter(symbols, sizes, num_examples, seed)
    tables = _empty_tables(sizes)
    for c in trange(max(map(len, symbols)), desc="Fitting context tables", unit="channel"):
        fitted = fitter.fit(c)
        tables.places[c, : len(fitted.contexts)] = fitted.contexts
        tables.rows[c, : len(fitted.contexts)] = fitted.rows
        tables.bias[:, c] = fitted.bias
        tables.responses[c] = fitted.responses
    return ContextTables.from_arrays(tables.to_arrays())
