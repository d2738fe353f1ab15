"""Fit the context tables of a trained encoder's symbols.

For each channel by itself: choose the places in earlier channels that say most, minimise the
cross-entropy of the sums of rows that bitstream.contexts describes (there in integers, here in
float32, a summary's response being max(0, sum) times weights), keep the state that is best on
pictures held out, round.
"""

import logging
import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from gcdemo.bitstream.contexts import LOGIT_UNIT, SUMMARY_STEP, ContextTables

logger = logging.getLogger(__name__)

Place = tuple[int, int, int]
"""Channels back, rows down, columns right."""

_W, _N, _NW, _NE = (0, 0, -1), (0, -1, 0), (0, -1, -1), (0, -1, 1)
SPATIAL_CONTEXTS: tuple[tuple[Place, Place], ...] = (
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
"""The contexts within a channel; most pairs meet in a corner, an edge or a line through the cell."""

# Places looked at in each earlier channel: the cell, what is around it and not yet coded in the
# cell's own channel, and its two nearest coded neighbours.
_EARLIER = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (1, 1))
_BORDER = 3
_LEVELS = 32
_SELECTION_CELLS = 150_000
_MIN_GAIN = 3e-4  # nats a symbol, for a place to be worth its time
_BATCH, _EVALUATION_BATCH = 1024, 1 << 16
_LEARNING_RATE = 0.012


class Cells:
    """All cells of many symbol arrays, addressed alike whatever the arrays' sizes."""

    def __init__(self, symbols: Sequence[NDArray[np.uint8]], num_centers: int) -> None:
        self.outside = num_centers
        sides, parts, start = ((0, 0), (_BORDER, _BORDER), (_BORDER, _BORDER)), [], 0
        columns: list[list[NDArray[np.int64]]] = []
        for array in symbols:
            padded = np.pad(array, sides, constant_values=num_centers)
            channels, rows, stride = padded.shape
            y, x = np.indices(array.shape[1:]).reshape(2, -1)
            address = start + (y + _BORDER) * stride + x + _BORDER
            columns.append(
                [address, *(np.full(address.size, v) for v in (stride, rows * stride, channels))]
            )
            parts.append(padded.reshape(-1))
            start += padded.size
        self._values = np.concatenate(parts)
        self._address, self._stride, self._plane, self.told = (
            np.concatenate(c) for c in zip(*columns, strict=True)
        )

    def coding(self, channel: int) -> NDArray[np.int64]:
        """Give the indices of the cells whose array has the channel."""
        return np.flatnonzero(self.told > channel)

    def at(
        self, cells: NDArray[np.int64], channel: int, place: Place = (0, 0, 0)
    ) -> NDArray[np.uint8]:
        """Give the symbols found at a place of each of `cells`."""
        back, down, right = place
        if back > channel:
            return np.full(cells.size, self.outside, np.uint8)
        return self._values[
            self._address[cells]
            + (channel - back) * self._plane[cells]
            + down * self._stride[cells]
            + right
        ]

    def pairs(self, cells, channel, contexts) -> Tensor:
        """Give the row of each context's table, int32 (n, m + 1); column 0 is the channels told."""
        columns = [(self.told[cells] - 1).astype(np.int32)]
        for first, second in contexts:
            columns.append(
                self.at(cells, channel, first).astype(np.int32) * (self.outside + 1)
                + self.at(cells, channel, second)
            )
        return torch.from_numpy(np.stack(columns, 1))


class ChannelModel:
    def __init__(self, latent_channels, num_contexts, num_centers, num_summaries, counts, gen):
        L, H = num_centers, num_summaries
        side = L + 1
        self.firsts = torch.tensor(
            [0] + [latent_channels + side * side * i for i in range(num_contexts)],
            dtype=torch.int32,
        )
        self.L, self.told, self.m = L, latent_channels, num_contexts
        T = torch.zeros(latent_channels + side * side * num_contexts, L + H)
        T[:latent_channels, :L] = torch.log((counts + 1) / (counts + 1).sum())
        values = torch.arange(side) - (L - 1) / 2
        values[L] = 0
        slope = torch.randn(num_contexts, 2, H, generator=gen) * 0.25
        T[latent_channels:, L:] = (
            slope[:, 0, None, None] * values[:, None, None]
            + slope[:, 1, None, None] * values[:, None]
        ).reshape(len(T) - latent_channels, H)
        T[:latent_channels, L:] = torch.randn(H, generator=gen) * 0.5
        self.table = T.requires_grad_()
        self.weights = (torch.randn(H, L, generator=gen) * 0.05).requires_grad_()

    def sums(self, rows):
        return functional.embedding_bag(rows + self.firsts, self.table, mode="sum")

    def logits(self, rows):
        z = self.sums(rows)
        return z[:, : self.L] + z[:, self.L :].relu() @ self.weights


def _loss(model, rows, y):
    with torch.no_grad():
        return sum(
            functional.cross_entropy(model.logits(r), t, reduction="sum").item()
            for r, t in zip(rows.split(1 << 16), y.split(1 << 16))
        ) / len(y)


def _train(model, rows, y, check, num_examples, gen, lr=_LEARNING_RATE, batch=_BATCH):
    opt = torch.optim.Adam([model.table, model.weights], lr, betas=(0.9, 0.99))
    steps = max(1, num_examples // batch)
    per = max(1, len(y) // batch)
    best = (_loss(model, *check), model.table.detach().clone(), model.weights.detach().clone())
    order = None
    hist = [best[0]]
    for step in range(steps):
        k = step % per
        if k == 0:
            order = torch.randperm(len(y), generator=gen)
        opt.param_groups[0]["lr"] = lr * (1 - step / steps)
        j = order[k * batch : (k + 1) * batch]
        loss = functional.cross_entropy(model.logits(rows[j]), y[j])
        opt.zero_grad()
        loss.backward()
        opt.step()
        if (step + 1) % max(1, steps // 4) == 0:
            v = _loss(model, *check)
            hist.append(v)
            if v < best[0]:
                best = (v, model.table.detach().clone(), model.weights.detach().clone())
    with torch.no_grad():
        model.table.copy_(best[1])
        model.weights.copy_(best[2])
    return hist


def _scores(cells, idx, channel, residual, num_centers, candidates, p):
    """Nats a symbol that one Newton step on a place's table would gain."""
    out = {}
    h = (p * (1 - p)).mean(0) + 1e-6
    for place in candidates:
        v = cells.at(idx, channel, place)
        n = np.bincount(v, minlength=num_centers + 1) + 1e-9
        g = np.stack(
            [np.bincount(v, residual[:, s], num_centers + 1) for s in range(num_centers)], 1
        )
        out[place] = (
            float((g**2 / (n[:, None] * h)).sum() / 2 / len(v)) * (num_centers - 1) / num_centers
        )
    return out


def _choose_earlier(cells, check_cells, channel, num_places, latent_channels, L, rng, gen):
    idx = cells.coding(channel)
    idx = rng.permutation(idx)[:_SELECTION_CELLS]
    cidx = check_cells.coding(channel)[:20000]
    cands = [(b, dy, dx) for b in range(1, channel + 1) for dy, dx in _EARLIER]
    y = torch.from_numpy(cells.at(idx, channel).astype(np.int64))
    cy = torch.from_numpy(check_cells.at(cidx, channel).astype(np.int64))
    chosen = []
    gains = []
    while len(chosen) < num_places and cands:
        contexts = SPATIAL_CONTEXTS + tuple(zip(chosen[::2], chosen[1::2]))
        rows = cells.pairs(idx, channel, contexts)
        m = ChannelModel(
            latent_channels, len(contexts), L, 0, torch.bincount(y, minlength=L).float(), gen
        )
        _train(m, rows, y, (check_cells.pairs(cidx, channel, contexts), cy), len(idx), gen, lr=0.03)
        with torch.no_grad():
            p = m.logits(rows).softmax(1).numpy()
        r = -p
        r[np.arange(len(y)), y] += 1
        sc = _scores(cells, idx, channel, r, L, cands, p)
        top = sorted(sc, key=sc.get, reverse=True)[:4]
        gains += [round(sc[t], 4) for t in top]
        if sc[top[0]] < _MIN_GAIN:
            break
        chosen += top
        cands = [c for c in cands if c not in top]
    return chosen, gains


def fit_tables(
    symbols,
    latent_channels=16,
    num_centers=5,
    *,
    held_out=(),
    num_summaries=16,
    earlier=12,
    num_examples=2_000_000,
    seed=0,
    max_channels=None,
):
    rng = np.random.default_rng(seed)
    gen = torch.Generator().manual_seed(seed)
    train, check = Cells(symbols, num_centers), Cells(held_out, num_centers)
    L, H, side = num_centers, num_summaries, num_centers + 1
    m = len(SPATIAL_CONTEXTS) + earlier // 2
    places = np.zeros((latent_channels, m, 2, 3), np.int8)
    places[..., 2] = -1
    rows_ = np.zeros((latent_channels, m, side * side, L + H), np.int16)
    bias = np.zeros((latent_channels, latent_channels, L + H), np.int16)
    resp = np.zeros((latent_channels, H, _LEVELS, L), np.int16)
    for c in range(max_channels or latent_channels):
        chosen, gains = (
            _choose_earlier(train, check, c, earlier, latent_channels, L, rng, gen)
            if earlier
            else ([], [])
        )
        contexts = SPATIAL_CONTEXTS + tuple(zip(chosen[::2], chosen[1::2]))
        idx, cidx = train.coding(c), check.coding(c)
        y = torch.from_numpy(train.at(idx, c).astype(np.int64))
        cy = torch.from_numpy(check.at(cidx, c).astype(np.int64))
        model = ChannelModel(
            latent_channels, len(contexts), L, H, torch.bincount(y, minlength=L).float(), gen
        )
        data = train.pairs(idx, c, contexts)
        hist = _train(model, data, y, (check.pairs(cidx, c, contexts), cy), num_examples, gen)
        logger.info(
            "channel %d: %s %s %s", c, [round(v / math.log(2), 4) for v in hist], chosen, gains
        )
        with torch.no_grad():
            z = torch.cat(
                [
                    model.sums(r)[:, L:]
                    for r in data[torch.randperm(len(y), generator=gen)[:100000]].split(1 << 16)
                ]
            )
            T, W = model.table.detach().double(), model.weights.detach().double()
            top = torch.quantile(z.relu().double()[:50000], 0.999, dim=0).clamp(min=1e-3)
            scale = SUMMARY_STEP * _LEVELS / top
            q = T.clone()
            q[:, :L] *= LOGIT_UNIT
            q[:, L:] *= scale
            q = q.round().clamp(-32768, 32767).to(torch.int16).numpy()
            lev = (z.double() * scale / SUMMARY_STEP).floor().clamp(0, _LEVELS - 1).long()
            for j in range(H):
                s = torch.bincount(lev[:, j], z[:, j].relu().double(), _LEVELS)
                n = torch.bincount(lev[:, j], minlength=_LEVELS)
                mid = (torch.arange(_LEVELS) + 0.5) * SUMMARY_STEP / scale[j]
                mid[0] = 0
                mean = torch.where(n > 20, s / n.clamp(min=1), mid)
                resp[c, j] = (
                    (mean[:, None] * W[j] * LOGIT_UNIT)
                    .round()
                    .clamp(-32768, 32767)
                    .to(torch.int16)
                    .numpy()
                )
            places[c, : len(contexts)] = contexts
            bias[:, c] = q[:latent_channels]
            rows_[c, : len(contexts)] = q[latent_channels:].reshape(
                len(contexts), side * side, L + H
            )
    return ContextTables(places, rows_, bias, resp)
