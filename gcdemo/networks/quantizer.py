"""The finite quantiser q: L fixed centers, hard forward, soft backward."""

from typing import NamedTuple

import torch
from torch import Tensor


class Quantized(NamedTuple):
    """What q makes of a latent."""

    w_hat: Tensor  # shaped as w; every value is one of the centers
    symbols: Tensor  # int64 shaped as w, in [0, L)


def make_centers(num_centers: int) -> Tensor:
    """Give the L centers, integers around zero: L = 5 gives {-2, -1, 0, 1, 2}, as the paper."""
    half = (num_centers - 1) / 2
    return torch.linspace(-half, half, num_centers)


def soft_assignment(w: Tensor, centers: Tensor, sharpness: float) -> Tensor:
    """Give the probability of each center for each value (Mentzer et al. 2018, arXiv 1801.04260).

    Args:
        w: Latent, float (...).
        centers: Increasing values, float (L,).
        sharpness: Factor of the squared distance; large is close to the hard choice.

    Returns:
        Float (..., L), summing to one over the last axis.
    """
    return torch.softmax(-sharpness * (w.unsqueeze(-1) - centers).square(), dim=-1)


def nearest_center(w: Tensor, centers: Tensor) -> Tensor:
    """Give the index of the nearest center, int64 shaped as `w`; a tie goes to the lower one."""
    midpoints = (centers[1:] + centers[:-1]) / 2
    return torch.bucketize(w.contiguous(), midpoints)


def quantize(w: Tensor, centers: Tensor, sharpness: float = 1.0) -> Quantized:
    """Replace each latent value by its nearest center, keeping a gradient for training.

    Forward is the hard choice, backward the softmax-weighted one (Agustsson et al. 2019; soft
    assignment of Mentzer et al. 2018, arXiv 1801.04260).

    Args:
        w: Latent, float (B, C, h, w) or any other shape.
        centers: Increasing values, float (L,).
        sharpness: Of the soft assignment.

    Returns:
        w_hat, shaped as w; symbols, int64 shaped as w, in [0, L).
    """
    symbols = nearest_center(w.detach(), centers)
    w_hard = centers[symbols]
    if not (torch.is_grad_enabled() and w.requires_grad):
        return Quantized(w_hard, symbols)
    w_soft = (soft_assignment(w, centers, sharpness) * centers).sum(dim=-1)
    return Quantized(w_soft + (w_hard - w_soft).detach(), symbols)
