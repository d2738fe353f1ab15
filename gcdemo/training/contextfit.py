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
from gcdemo.training.context_cells import Cells, Context, Examples
from gcdemo.training.context_sums import Sums, minimise

logger = logging.getLogger(__name__)

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
_CHOSEN_AT_ONCE = 4  # places added before the gains of the others are computed again
_MIN_GAIN = 3e-4  # nats a symbol, below which a place is not worth its time
_CHOICE_CELLS, _CHECK_CELLS, _ROUNDING_CELLS = 150_000, 50_000, 100_000
_MIN_CELLS = 1000  # below them there is nothing to learn but frequencies
_LEVELS = 32
_HELD_OUT_EVERY, _HELD_OUT_RUN = 20, 8  # one array in 20, by runs of at most 8
_OF_A_PICTURE = 2  # arrays in a row that stay on one side, or the fit is judged by what it saw


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
        spatial: Sequence[Context],
        budget: int,
        seed: int,
    ) -> None:
        self.sizes, self.spatial, self.budget = sizes, tuple(spatial), budget
        self.generator = torch.Generator().manual_seed(seed)
        self.cells = Cells(symbols, self.sizes.num_centers)
        sizes_of_arrays = [array[0].size for array in symbols]
        self.is_held_out = np.repeat(_held_out(len(symbols)), sizes_of_arrays)

    def fit(self, channel: int) -> _Channel:
        """Fit a channel that at least one array has."""
        cells, held_out = self._split(channel)
        contexts = self._choose_contexts(channel, cells, held_out)
        examples = self.cells.examples(cells, channel, contexts)
        check = self.cells.examples(held_out, channel, contexts)
        model = self._sums(examples, self.sizes.num_summaries)
        start = model.cost(check)
        cost = minimise(model, examples, check, self.budget, self.generator)
        logger.info(
            "Channel %d: %.4f bits a symbol held out, %.4f without contexts, %.4f at most; %s",
            channel,
            cost / math.log(2),
            start / math.log(2),
            math.log2(self.sizes.num_centers),
            contexts[len(self.spatial) :],
        )
        return self._round(model, examples, contexts)

    def _sums(self, examples: Examples, num_summaries: int) -> Sums:
        return Sums(
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
        contexts = self.spatial
        while left and held_out.size and len(contexts) < self.sizes.num_contexts:
            examples = self.cells.examples(cells, channel, contexts)
            check = self.cells.examples(held_out, channel, contexts)
            model = self._sums(examples, num_summaries=0)
            minimise(model, examples, check, cells.size, self.generator)
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

    def _round(self, model: Sums, examples: Examples, contexts: tuple[Context, ...]) -> _Channel:
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


def _held_out(num_arrays: int) -> list[bool]:
    """Choose the arrays that a fit is judged by: whole pictures, from all over the sequence."""
    run = num_arrays // (2 * _HELD_OUT_EVERY) // _OF_A_PICTURE * _OF_A_PICTURE
    run = min(max(run, _OF_A_PICTURE), _HELD_OUT_RUN)
    return [i // run % _HELD_OUT_EVERY == 1 for i in range(num_arrays)]


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
    spatial: Sequence[Context] = SPATIAL_CONTEXTS,
    num_contexts: int = 16,
    num_summaries: int = 48,
    num_examples: int = 6_000_000,
    seed: int = 0,
) -> ContextTables:
    """Fit the tables to symbols of many pictures.

    One array in 20 is held out: the state of a fit that codes these best is kept, so few pictures
    give poor tables but not worse ones than none. Takes about 40 seconds a channel on one core.

    Args:
        symbols: uint8 (C, h, w), in [0, num_centers), of differing C; a picture's arrays in a row.
            num_centers marks cells that are not coded: others see them as they see the outside.
        latent_channels: The largest C.
        num_centers: L.
        spatial: Contexts within each channel.
        num_contexts: Contexts of each channel, at least the spatial ones.
        num_summaries: Summaries of each channel.
        num_examples: Symbols of each channel that are looked at, counting repetitions.
        seed: Of all random choices; equal seeds and symbols give equal tables.

    Returns:
        Tables for up to `latent_channels` channels.

    Raises:
        TrainingError: There are no symbols, or they do not fit `latent_channels`, `num_centers`.
    """
    symbols = [array for array in symbols if (array != num_centers).any()]
    if not symbols:
        raise TrainingError("There are no symbols to fit the context tables to.")
    for array in symbols:
        if len(array) > latent_channels or array.max() > num_centers:
            raise TrainingError(
                f"Symbols of {len(array)} channels, up to {array.max()}, do not fit tables for "
                f"{latent_channels} channels and {num_centers} centers."
            )
    num_contexts = max(num_contexts, len(spatial))
    sizes = _Sizes(latent_channels, num_centers, num_contexts, num_summaries)
    fitter = _Fitter(symbols, sizes, spatial, num_examples, seed)
    tables = _empty_tables(sizes)
    for c in trange(max(map(len, symbols)), desc="Fitting context tables", unit="channel"):
        fitted = fitter.fit(c)
        tables.places[c, : len(fitted.contexts)] = fitted.contexts
        tables.rows[c, : len(fitted.contexts)] = fitted.rows
        tables.bias[:, c] = fitted.bias
        tables.responses[c] = fitted.responses
    return ContextTables.from_arrays(tables.to_arrays())
