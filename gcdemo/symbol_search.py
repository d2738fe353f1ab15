"""Symbols found by looking: an encoder that sees what G makes of its symbols before it writes.

E answers at once, and in the same way for all pictures. For this one picture its answer can be
improved on: the latent is moved down the gradient of what the symbols cost, the difference between
x and G(q(w)) as well as their bits, a few times, and the best symbols seen are kept (Campos et al.
2019, arXiv 1906.01223; Yang, Bamler and Mandt 2020, arXiv 2006.04240). They are symbols as any
others; a decoder knows nothing of the search.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from gcdemo.config import STRIDE
from gcdemo.devices import autocast
from gcdemo.distances import block_color, feature_difference, offsets, texture_difference
from gcdemo.model import GenerativeCompressor
from gcdemo.networks.quantizer import nearest_center, soft_assignment
from gcdemo.search_trunks import TRUNK_FILES, load_trunks, seen_by
from gcdemo.soft_rate import SoftRate
from gcdemo.tiling import Precision, Span, draw_noise, padded_part, tiles, to_tensor
from gcdemo.tint import Tint

ROUNDS = 16
# Adam's, falling linearly to 0: the first rounds move many symbols, the last ones few.
LEARNING_RATE = 0.2
BETAS = (0.0, 0.99)
# A file's bits beside those of its symbols: a picture of one cell has nothing to save.
_OTHER_BITS = 100
# Cells per side of the part that is improved at a time, and cells around it that are looked at too:
# gradients of a whole large picture would take many gigabytes.
TILE_CELLS, HALO_CELLS = 32, 4
# How far E's latent may lie from the center of its symbol: closer than to the next one's.
_WITHIN = 0.45


@dataclass(frozen=True, slots=True)
class SearchWeights:
    """What makes up the cost of symbols; the defaults are GC's."""

    distortion: float = 240.0  # of the squared error: with less d10 is lower still, and PSNR too
    means: float = 240.0  # of the squared error of 16x16 means
    features: float = 0.5  # of the difference of each trunk's features
    texture: float = 4.5  # of that of their averages
    rate: float = 21.0  # of the logarithm of the bits: from C = 4 on a percent is worth as much
    kept: float = 1.0  # SC: how much more a place that is kept counts than one that is thin
    # GC: of the logarithm of the bits, against the mean square that a tint takes away.
    tint: float = 0.03
    # The powers of 4 / C by which GC's means and rate grow below C = 4.
    means_of_few: float = 2.85
    rate_of_few: float = 2.0

    def at(self, channels: int) -> Self:
        """Give the weights at C: where symbols are few, hues are lost first and bits are dear."""
        few = max(1.0, 4 / channels)
        return dataclasses.replace(
            self,
            means=self.means * few**self.means_of_few,
            rate=self.rate * few**self.rate_of_few,
        )


GC_WEIGHTS = SearchWeights()


class Progress(NamedTuple):
    """How far a search has come."""

    done: int  # rounds, over all parts of the picture
    total: int
    symbols: NDArray[np.uint8]  # (C, h, w), the best so far


class Look(NamedTuple):
    """What latents come to, as they are."""

    cost: Tensor  # float (), with a gradient
    symbols: tuple[Tensor, ...]  # of what is improved, one of each latent


class TrunkSearch:
    """What judges by trunks, for so many rounds."""

    default_weights: ClassVar[SearchWeights] = GC_WEIGHTS

    def __init__(
        self,
        trunks: Sequence[nn.Module],
        device: torch.device,
        rounds: int = ROUNDS,
        weights: SearchWeights | None = None,
    ) -> None:
        """Judge by the features of `trunks`, on `device`; each part gets so many rounds."""
        self._trunks = tuple(trunk.to(device) for trunk in trunks)
        self.rounds = rounds
        self.weights = weights or self.default_weights

    @classmethod
    def load(
        cls, device: torch.device, rounds: int = ROUNDS, weights: SearchWeights | None = None
    ) -> Self:
        """Load the released trunks; without `weights` a search has the default ones of its kind.

        Raises:
            CheckpointError: One is missing or altered.
        """
        return cls(load_trunks(), device, rounds, weights)


class SymbolSearch(TrunkSearch):
    """Improves on symbols; safe to share between requests."""

    @property
    def version(self) -> str:
        """What tells its results from those of another search."""
        trunks = " ".join(trunk.sha256[:12] for trunk in TRUNK_FILES)
        return f"{self.rounds} rounds, {self.weights}, trunks {trunks}"

    def improve(
        self,
        network: GenerativeCompressor,
        rate: SoftRate,
        image: NDArray[np.uint8],
        symbols: NDArray[np.uint8],
        precision: Precision,
        tint: Tint | None = None,
    ) -> Iterator[Progress]:
        """Give better and better symbols of a picture; every round gives those found so far.

        Args:
            network: In evaluation mode, on the device of `precision`.
            rate: What its symbols cost, on the same device.
            image: uint8 (H, W, 3), any size from 1x1.
            symbols: E's, uint8 (C, h, w).
            precision: Where and how the networks run.
            tint: What is added to what G makes; None: nothing.
        """
        found = symbols.copy()
        _, rows, columns = symbols.shape
        parts = list(tiles(rows, columns, HALO_CELLS, TILE_CELLS))
        total, done = len(parts) * (self.rounds + 1), 0
        noise = draw_noise(network, rows, columns)
        for y, x in parts:
            for best in self._improve_part(
                network, rate, image, found, noise, y, x, precision, tint
            ):
                found[:, y.start : y.stop, x.start : x.stop] = best
                done += 1
                yield Progress(done, total, found.copy())

    def _improve_part(
        self,
        network: GenerativeCompressor,
        rate: SoftRate,
        image: NDArray[np.uint8],
        symbols: NDArray[np.uint8],
        noise: Tensor | None,
        y: Span,
        x: Span,
        precision: Precision,
        tint: Tint | None,
    ) -> Iterator[NDArray[np.uint8]]:
        """Give the best symbols of a part after each look; around it they stay as they are."""
        device, channels = precision.device, len(symbols)
        weights = self.weights.at(channels)
        outer = (slice(y.outer_start, y.outer_stop), slice(x.outer_start, x.outer_stop))
        inner = inside(y, x, 1)
        rates = torch.tensor([channels], device=device)
        picture = to_tensor(padded_part(image, y, x), device)
        v = None if noise is None else noise[..., *outer].to(device)
        with torch.no_grad(), autocast(device, precision.bf16):
            real = seen_by(self._trunks, picture)
            w, _ = network.latent(picture, rates)
        start = network.centers[torch.tensor(symbols[:, *outer], device=device).long()]
        w = around(start[None], w)
        movable = torch.zeros_like(w)
        movable[:, :channels, *inner] = 1

        def look() -> Look:
            with autocast(device, precision.bf16):
                x_hat = network.reconstruct(w, rates, v)
            if tint is not None:
                x_hat = tint.added(x_hat, y.outer_start * STRIDE, x.outer_start * STRIDE)
            with autocast(device, precision.bf16):
                cost = difference(self._trunks, picture, x_hat, real, weights)
            chosen = choose(w[0, :channels], network.centers, network.config.sharpness)
            cost = cost + rate_cost(rate.bits(chosen), weights.rate)
            return Look(cost, (chosen.argmax(-1)[:, *inner],))

        for (best,) in descend((w,), (movable,), look, self.rounds):
            yield best.byte().cpu().numpy()


def around(start: Tensor, latent: Tensor) -> Tensor:
    """Give a latent that has the given symbols, as near to the encoder's as these allow.

    Args:
        start: The centers of the symbols, float (B, C, h, w).
        latent: The encoder's, float (B, at least C, h, w); it is changed.
    """
    number = start.shape[1]
    latent[:, :number] = start + (latent[:, :number] - start).clamp(-_WITHIN, _WITHIN)
    return latent


def inside(y: Span, x: Span, cells: int) -> tuple[slice, slice]:
    """Give where a part itself lies in what is cut out around it, of so many cells a coarse one."""
    rows, columns = (
        slice(cells * (span.start - span.outer_start), cells * (span.stop - span.outer_start))
        for span in (y, x)
    )
    return rows, columns


def descend(
    latents: Sequence[Tensor], movable: Sequence[Tensor], look: Callable[[], Look], rounds: int
) -> Iterator[tuple[Tensor, ...]]:
    """Move latents down the gradient; after each look give the symbols of the least cost so far.

    Args:
        latents: Float, of any shapes; they are changed.
        movable: Ones and zeros, shaped as the latents: what may move.
        look: Gives what the latents come to.
        rounds: How often they are moved; there is one look more.
    """
    for latent in latents:
        latent.requires_grad_()
    optimizer = torch.optim.Adam(latents, betas=BETAS)
    least, best = float("inf"), None
    for round_ in range(rounds + 1):
        with torch.enable_grad():
            cost, symbols = look()
        if best is None or cost.item() < least:
            least, best = cost.item(), symbols
        yield best
        if round_ == rounds:
            break
        gradients = torch.autograd.grad(cost, latents)
        for latent, gradient, moves in zip(latents, gradients, movable, strict=True):
            latent.grad = gradient * moves
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * (1 - round_ / rounds)
        optimizer.step()


def rate_cost(bits: Tensor, weight: float) -> Tensor:
    """Give what bits add to the cost: a share of them counts as much at any rate."""
    return weight * (bits + _OTHER_BITS).log()


def difference(
    trunks: Sequence[nn.Module],
    x: Tensor,
    x_hat: Tensor,
    real: Sequence[Sequence[Tensor]],
    weights: SearchWeights = GC_WEIGHTS,
    places: Tensor | None = None,
) -> Tensor:
    """Give how far pictures are from theirs, as a search judges it.

    Args:
        trunks: What features are of.
        x: Float (B, 3, H, W) in [-1, 1].
        x_hat: As `x`.
        real: What the trunks have `seen_by` them in `x`.
        weights: Of what it is made up of.
        places: How much each place counts, float (B, 1, H, W) of mean 1; None for all alike.

    Returns:
        Float ().
    """
    error = x_hat - x
    if places is not None:
        error = error * places.sqrt()
    cost = weights.distortion * error.square().mean() + weights.means * block_color(error)
    for trunk, features in zip(trunks, real, strict=True):
        off = offsets(features, trunk(x_hat))
        cost = cost + weights.features * feature_difference(off, places)
        cost = cost + weights.texture * texture_difference(off, places)
    return cost


def choose(w: Tensor, centers: Tensor, sharpness: float) -> Tensor:
    """Give which center each value is nearest to: (...) -> (..., L), with q's soft gradient."""
    hard = F.one_hot(nearest_center(w.detach(), centers), len(centers)).float()
    soft = soft_assignment(w, centers, sharpness)
    return soft + (hard - soft).detach()
