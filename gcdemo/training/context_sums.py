"""The model behind the context tables, in float32, and its fit by gradient descent."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from gcdemo.training.context_cells import Examples

_BATCH, _LARGE_BATCH = 1024, 1 << 16
_LEARNING_RATE = 0.012
_MAX_PASSES = 20
_NUM_CHECKS = 8


class Sums:
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


def minimise(
    model: Sums, examples: Examples, check: Examples, budget: int, generator: torch.Generator
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
