"""Better symbols for SC: symbol_search's way, for the details and the thin latent together.

What counts is what a file knows of: where the background is synthesised that is what is kept, and
where it is thin all of the picture, what is kept more than the rest.
"""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray

from gcdemo.bitstream.contexts import ContextTables
from gcdemo.devices import autocast
from gcdemo.search_trunks import seen_by
from gcdemo.selective_model import (
    FINE_PER_COARSE,
    Noise,
    SelectiveCompressor,
    coarse_cells,
    enlarge,
)
from gcdemo.selective_tiling import Plan, Planes, cut, cut_selection, draw_noise
from gcdemo.soft_rate import SoftRate
from gcdemo.symbol_search import (
    HALO_CELLS,
    TILE_CELLS,
    Look,
    SearchWeights,
    TrunkSearch,
    around,
    choose,
    descend,
    difference,
    inside,
    rate_cost,
)
from gcdemo.tiling import Precision, Span, padded_part, tiles, to_tensor

# What is kept is to stay as it is: more of the squared error and less of the bits than in GC, and
# what is kept counts as much more than what is thin as in training.
SC_WEIGHTS = SearchWeights(distortion=400.0, rate=9.5, kept=3.0)


class SoftRates(NamedTuple):
    """What the symbols of both planes cost."""

    thin: SoftRate
    details: SoftRate

    @classmethod
    def of(cls, thin: ContextTables, details: ContextTables, device: torch.device) -> Self:
        """Take the tables of both planes to a device."""
        return cls(SoftRate(thin, device), SoftRate(details, device))


class Progress(NamedTuple):
    """How far a search has come."""

    done: int  # rounds, over all parts of the picture
    total: int
    planes: Planes  # the best so far


class SelectiveSearch(TrunkSearch):
    """Improves on SC's symbols; safe to share between requests."""

    default_weights: ClassVar[SearchWeights] = SC_WEIGHTS

    def improve(
        self,
        network: SelectiveCompressor,
        rates: SoftRates,
        image: NDArray[np.uint8],
        plan: Plan,
        planes: Planes,
        precision: Precision,
    ) -> Iterator[Progress]:
        """Give better and better symbols of a picture; every round gives those found so far.

        Args:
            network: In evaluation mode, on the device of `precision`.
            rates: What its symbols cost, on the same device.
            image: uint8 (H, W, 3), any size from 1x1.
            plan: What is kept.
            planes: The encoders' symbols.
            precision: Where and how the networks run.
        """
        found = Planes(planes.thin.copy(), planes.details.copy())
        rows, columns = planes.thin.shape[1:]
        parts = [
            (y, x)
            for y, x in tiles(rows, columns, HALO_CELLS, TILE_CELLS)
            if plan.stored[y.start : y.stop, x.start : x.stop].any()
        ]
        total, done = len(parts) * (self.rounds + 1), 0
        for y, x in parts:
            improved = self._improve_part(network, rates, image, plan, found, y, x, precision)
            for thin, details in improved:
                _paste(found.thin, thin, y, x, 1)
                _paste(found.details, details, y, x, FINE_PER_COARSE)
                done += 1
                yield Progress(done, total, Planes(found.thin.copy(), found.details.copy()))

    def _improve_part(
        self,
        network: SelectiveCompressor,
        rates: SoftRates,
        image: NDArray[np.uint8],
        plan: Plan,
        planes: Planes,
        y: Span,
        x: Span,
        precision: Precision,
    ) -> Iterator[Planes]:
        """Give the best symbols of a part after each look; around it they stay as they are."""
        device, centers = precision.device, network.centers
        selection = cut_selection(plan, y, x, precision)
        # A file holds nothing of what is dropped: the search never sees it either.
        seen = enlarge(selection.known)
        picture = to_tensor(padded_part(image, y, x), device) * seen
        channels, detail_channels = (torch.tensor([len(plane)], device=device) for plane in planes)
        # Networks without a thin latent, as the paper's, have none to improve.
        planes = planes._replace(thin=planes.thin[: network.latent_channels])
        thin, details = (
            centers[cut(plane, y, x, cells, precision).long()]
            for plane, cells in zip(planes, (1, FINE_PER_COARSE), strict=True)
        )
        coarse, fine = draw_noise(network.config.noise_channels, *planes.thin.shape[1:])
        noise = Noise(cut(coarse, y, x, 1, precision), cut(fine, y, x, FINE_PER_COARSE, precision))
        stored, kept = coarse_cells(selection.known).float(), selection.kept.float()
        with torch.no_grad(), autocast(device, precision.bf16):
            real = seen_by(self._trunks, picture)
            w = around(thin, network.thin_latent(picture, channels, selection))
            w_hat = torch.zeros_like(w)
            w_hat[:, : thin.shape[1]] = thin * stored
            d = around(details, network.details_latent(picture, w_hat, selection, detail_channels))
        places = seen + (self.weights.kept - 1) * enlarge(selection.kept)
        places = places / places.mean()
        inner = inside(y, x, 1), inside(y, x, FINE_PER_COARSE)
        movable = torch.zeros_like(w), torch.zeros_like(d)
        for moves, where in zip(movable, inner, strict=True):
            moves[..., *where] = 1

        def look() -> Look:
            with autocast(device, precision.bf16):
                x_hat = network.reconstruct(w, d, selection, channels, detail_channels, noise)
                cost = difference(self._trunks, picture, x_hat * seen, real, self.weights, places)
            bits, symbols = [], []
            for latent, like, cells, rate, where in zip(
                (w, d), (thin, details), (stored, kept), rates, inner, strict=True
            ):
                chosen = choose(latent[0, : like.shape[1]], centers, network.config.sharpness)
                bits.append(rate.bits(chosen, cells[0, 0]))
                symbols.append(chosen.argmax(-1)[:, *where])
            return Look(
                cost + rate_cost(torch.stack(bits).sum(), self.weights.rate), tuple(symbols)
            )

        for best in descend((w, d), movable, look, self.rounds):
            yield Planes(*(plane.byte().cpu().numpy() for plane in best))


def _paste(plane: NDArray[np.uint8], part: NDArray[np.uint8], y: Span, x: Span, cells: int) -> None:
    rows, columns = (slice(cells * span.start, cells * span.stop) for span in (y, x))
    plane[: len(part), rows, columns] = part
