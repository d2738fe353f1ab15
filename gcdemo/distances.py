"""How far a reconstruction is from its picture, with a gradient: what training and search share."""

import torch.nn.functional as F
from torch import Tensor

from gcdemo.backbones import unit_normalize


def block_color(error: Tensor, block: int = 16) -> Tensor:
    """Give the mean square of an error's means over `block` x `block` pixels: colour, no texture.

    Args:
        error: Float (B, 3, H, W), 0 where it does not count.
        block: Side in pixels.
    """
    return F.avg_pool2d(error, block).square().mean()


def feature_difference(real: Tensor, fake: Tensor) -> Tensor:
    """Give the squared distance of a trunk's activations, scaled to unit length at each position.

    Args:
        real: Float (B, C, h, w).
        fake: As `real`.

    Returns:
        Float (B, 1, h, w) in [0, 4].
    """
    return (unit_normalize(real) - unit_normalize(fake)).square().sum(1, keepdim=True)
