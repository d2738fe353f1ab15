"""How far a reconstruction is from its picture, with a gradient: what training and search share."""

from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from gcdemo.backbones import unit_normalize
from gcdemo.bitstream.tint import LUMA_AND_CHROMA
from gcdemo.config import STRIDE

# In pixels: of a trunk's coarsest tap, and the side of what texture is averaged over.
_TRUNK_STRIDE, _WINDOW = 16, 24


def block_color(error: Tensor, block: int = 16) -> Tensor:
    """Give how far the means over `block` x `block` pixels are off: colour, no texture.

    Args:
        error: Of RGB, float (B, 3, H, W), 0 where it does not count.
        block: Side in pixels.

    Returns:
        Mean of the squares of luma's error and of twice those of chroma, float ().
    """
    weights = error.new_tensor(LUMA_AND_CHROMA)
    return F.conv2d(F.avg_pool2d(error, block), weights[..., None, None]).square().sum(1).mean()


def unit_features(taps: Sequence[Tensor]) -> list[Tensor]:
    """Scale a trunk's activations, each (B, C, h, w), to unit length at each position: float32."""
    return [unit_normalize(tap.float()) for tap in taps]


def offsets(real: Sequence[Tensor], fake: Sequence[Tensor]) -> list[Tensor]:
    """Give how far features are off, each (B, C, h, w) of a length from 0 to 2; see LPIPS.

    Args:
        real: `unit_features` of pictures.
        fake: A trunk's activations of their reconstructions.
    """
    return [r - f for r, f in zip(real, unit_features(fake), strict=True)]


def over_taps(distances: Iterable[Tensor], weight: Tensor | None) -> Tensor:
    """Average each tap's distances, and sum the averages.

    Args:
        distances: Of each tap, float (B, 1, h, w).
        weight: How much each place counts, float (B, 1, H, W), what counts nothing being a place
            too; None for all alike.

    Returns:
        Float ().
    """
    return torch.stack([_weighted_mean(tap, weight) for tap in distances]).sum()


def _weighted_mean(distances: Tensor, weight: Tensor | None) -> Tensor:
    if weight is None:
        return distances.mean()
    return (distances * F.interpolate(weight, distances.shape[2:], mode="area")).mean()


def repetition(x: Tensor, x_hat: Tensor) -> Tensor:
    """Give how much is one pattern said again in every cell, and how much is needless grain.

    Where symbols are alike, a G that reads nothing else draws the same texture in every cell of 16
    pixels: a weave. The mean of 3 x 3 cells keeps what they share; of texture that differs from
    cell to cell a third is left. What the picture itself repeats, a straight edge or a fence, may
    be repeated. Grain makes up for a weave, so there may be no more of it than the picture has.

    Args:
        x: Float (B, 3, H, W), sides multiples of 16; below 48 there are fewer cells to average.
        x_hat: As `x`.

    Returns:
        By how much the deviation within the mean cell is above the share that it has in x of that
        within all cells, and what is not shared above what is not in x; on average, float ().
    """
    shared, varied = _deviations(x)
    shared_hat, varied_hat = _deviations(x_hat)
    share = shared / torch.hypot(shared, varied)
    again = F.relu(shared_hat - share * torch.hypot(shared_hat, varied_hat))
    return (again + F.relu(varied_hat - varied)).mean()


def _deviations(x: Tensor) -> tuple[Tensor, Tensor]:
    """Give the deviation within the mean of 3 x 3 cells, and what is left: (B, h - 2, w - 2)."""
    cells = F.pixel_unshuffle(x, STRIDE).unflatten(1, (3, -1))
    cells = (cells - cells.mean(2, keepdim=True)).flatten(1, 2)
    window = [min(3, side) for side in cells.shape[2:]]
    shared = F.avg_pool2d(cells, window, 1).square().mean(1)
    everything = F.avg_pool2d(cells.square().mean(1, keepdim=True), window, 1)[:, 0]
    # Added is far below a step of 8 bits: a root has no gradient at 0.
    return (shared + 1e-6).sqrt(), (everything - shared + 1e-6).sqrt()


def feature_difference(off: Sequence[Tensor], weight: Tensor | None = None) -> Tensor:
    """Give the mean squared distance of features, summed over taps: LPIPS without its weights.

    Args:
        off: The `offsets` of each tap.
        weight: How much each place counts, float (B, 1, H, W); None for all alike.

    Returns:
        Float () in [0, 4 taps].
    """
    return over_taps((o.square().sum(1, keepdim=True) for o in off), weight)


def texture_difference(off: Sequence[Tensor], weight: Tensor | None = None) -> Tensor:
    """Give how far features are off on average: what is there, not exactly where.

    The nearest picture to one of which too little is known is a blurred one. Its texture is missing
    everywhere, so the averages are off too, and here they alone count. They are over windows of 24
    pixels that overlap by half; in a tap of too large a stride for that, positions count singly.

    Args:
        off: The `offsets` of each tap, the last the coarsest: of stride 16.
        weight: How much each place counts, float (B, 1, H, W); None for all alike.

    Returns:
        Mean of the squared differences of the averages, summed over taps; float () in [0, 4 taps].
    """
    distances = []
    for o in off:
        # Unpadded taps are a little smaller than the picture by their stride.
        stride = round(_TRUNK_STRIDE * off[-1].shape[2] / o.shape[2])
        window = min(max(_WINDOW // stride, 1), *o.shape[2:])
        averages = F.avg_pool2d(o, window, max(window // 2, 1))
        distances.append(averages.square().sum(1, keepdim=True))
    return over_taps(distances, weight)
