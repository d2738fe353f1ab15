"""Symbols as a search leaves them, for G to learn from: E's latent, moved a little before q.

A search gives G symbols that E never would. A few coarse rounds of it inside each training step,
without the price of bits, are enough for G to meet their kind.
"""

import torch
from torch import Tensor

from gcdemo.efficientnet import EfficientNetTaps
from gcdemo.model import GenerativeCompressor
from gcdemo.symbol_search import BETAS, difference

# Adam's, falling to 0 over the rounds: larger than a whole search's, for there are fewer.
LEARNING_RATE = 0.3


def look_ahead(
    model: GenerativeCompressor,
    trunk: EfficientNetTaps,
    x: Tensor,
    w: Tensor,
    channels: Tensor,
    rounds: int,
) -> Tensor:
    """Move latents down the gradient of what a search looks at.

    Args:
        model: E, q and G; their weights get no gradient.
        trunk: The one that searches judge by.
        x: Pictures, float (B, 3, H, W) in [-1, 1].
        w: E's latents of them, float (B, latent_channels, h, w).
        channels: The rate C of each, int64 (B,).
        rounds: How often they are moved.

    Returns:
        Shaped as `w`; a gradient passes to `w` as if nothing had been added.
    """
    moved = w.detach().clone().requires_grad_()
    with torch.no_grad():
        real = trunk(x)
    optimizer = torch.optim.Adam([moved], betas=BETAS)
    for round_ in range(rounds):
        with torch.enable_grad():
            cost = difference(trunk, x, model.reconstruct(moved, channels), real)
        (moved.grad,) = torch.autograd.grad(cost, moved)
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * (1 - round_ / rounds)
        optimizer.step()
    return w + (moved - w).detach()
