"""Symbols as a search leaves them, for G to learn from: E's latent, moved a little before q.

A search gives G symbols that E never would. A few coarse rounds of it inside each training step,
without the price of bits, are enough for G to meet their kind.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gcdemo.model import GenerativeCompressor
from gcdemo.search_trunks import seen_by
from gcdemo.symbol_search import BETAS, difference
from gcdemo.training.data import Batch

# Adam's, falling to 0 over the rounds: larger than a whole search's, for there are fewer.
LEARNING_RATE = 0.3


def look_ahead(
    model: GenerativeCompressor,
    trunks: Sequence[nn.Module],
    batch: Batch,
    w: Tensor,
    rounds: int,
) -> Tensor:
    """Move latents down the gradient of what a search looks at.

    Args:
        model: E, q and G; their weights get no gradient.
        trunks: Those that searches judge by.
        batch: Pictures, the rate of each, and what G reads beside.
        w: E's latents of them, float (B, latent_channels, h, w).
        rounds: How often they are moved.

    Returns:
        Shaped as `w`; a gradient passes to `w` as if nothing had been added.
    """
    moved = w.detach().clone().requires_grad_()
    with torch.no_grad():
        real = seen_by(trunks, batch.x)
    optimizer = torch.optim.Adam([moved], betas=BETAS)
    for round_ in range(rounds):
        with torch.enable_grad():
            x_hat = model.reconstruct(moved, batch.channels, batch.noise)
            cost = difference(trunks, batch.x, x_hat, real)
        (moved.grad,) = torch.autograd.grad(cost, moved)
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * (1 - round_ / rounds)
        optimizer.step()
    return w + (moved - w).detach()
