"""What symbols cost, with a gradient: the probabilities of bitstream.contexts, in floats.

A file's bytes never depend on it; a search does, that weighs what symbols cost against what they
are good for (rate and distortion, Shannon 1959).
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from gcdemo.bitstream.contexts import LOGIT_UNIT, SUMMARY_STEP, ContextTables


class SoftRate:
    """The cost of symbols under context tables; safe to share."""

    def __init__(self, tables: ContextTables, device: torch.device) -> None:
        """Take the tables to a device, in units of nats and of levels."""
        self._places = tables.places.tolist()
        self._centers = tables.num_centers
        units = torch.full((tables.rows.shape[3],), float(SUMMARY_STEP))
        units[: self._centers] = LOGIT_UNIT
        self._rows = (torch.tensor(tables.rows) / units).to(device)
        self._bias = (torch.tensor(tables.bias) / units).to(device)
        self._responses = (torch.tensor(tables.responses) / LOGIT_UNIT).to(device)
        self._border = int(np.abs(tables.places[..., 1:]).max(initial=0))

    def bits(self, chosen: Tensor, kept: Tensor | None = None) -> Tensor:
        """Give the bits that symbols take, but for a fraction of a percent.

        Args:
            chosen: Which center each symbol is, float (C, h, w, L): ones and zeros, or shares.
            kept: The cells that are coded, float (h, w) of ones and zeros; None for all.

        Returns:
            Float ().
        """
        channels, height, width, _ = chosen.shape
        coded = chosen.new_ones(height, width) if kept is None else kept
        # As in the coder, one more value says that nothing is known: it stands around the picture.
        border = self._border
        around = (border,) * 4
        unknown = F.pad(1 - coded[None], around, value=1.0)[..., None]
        known = F.pad((chosen * coded[..., None]).movedim(-1, 1), around).movedim(1, -1)
        known = torch.cat((known, unknown.expand(channels, -1, -1, -1)), -1)
        nothing = F.pad(torch.ones_like(unknown[0]), (self._centers, 0))
        cost = chosen.new_zeros(())
        for channel in range(channels):
            sums = self._bias[channels - 1, channel].expand(height * width, -1)
            for places, rows in zip(self._places[channel], self._rows[channel], strict=True):
                first, second = (
                    (known[channel - back] if back <= channel else nothing)[
                        border + down : border + down + height,
                        border + right : border + right + width,
                    ].flatten(0, 1)
                    for back, down, right in places
                )
                sums = sums + (first[:, :, None] * second[:, None, :]).flatten(1) @ rows
            logits = sums[:, : self._centers] + self._respond(channel, sums[:, self._centers :])
            likely = chosen[channel].flatten(0, 1) * logits.log_softmax(1)
            cost = cost - (likely.sum(1) * coded.flatten()).sum()
        return cost / math.log(2)

    def _respond(self, channel: int, summaries: Tensor) -> Tensor:
        """Give what summaries (n, H), in levels, add to logits (n, L): between levels, linear."""
        responses = self._responses[channel]  # (H, K, L)
        top = responses.shape[1] - 1
        level = (summaries - 0.5).clamp(0, top)
        below = level.detach().long()
        which = torch.arange(len(responses), device=level.device)
        low, high = responses[which, below], responses[which, (below + 1).clamp(max=top)]
        return (low + (level - below)[..., None] * (high - low)).sum(1)
