"""The terms of the training objective, as pure functions of tensors."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from gcdemo.networks.discriminator import Verdict
from gcdemo.networks.quantizer import soft_assignment


def lsgan_discriminator(real: Sequence[Verdict], fake: Sequence[Verdict]) -> Tensor:
    """Give D's loss (D(x)-1)^2 + D(x_hat)^2 (Mao et al. 2017), averaged over patches and scales."""
    terms = [
        (r.logits - 1).square().mean() + f.logits.square().mean()
        for r, f in zip(real, fake, strict=True)
    ]
    return torch.stack(terms).mean()


def lsgan_generator(fake: Sequence[Verdict]) -> Tensor:
    """Give G's loss (D(x_hat)-1)^2, averaged over patches and scales."""
    return torch.stack([(f.logits - 1).square().mean() for f in fake]).mean()


def feature_matching(real: Sequence[Verdict], fake: Sequence[Verdict]) -> Tensor:
    """Give the mean absolute difference of D's activations (pix2pixHD, Wang et al. 2018)."""
    terms = [
        F.l1_loss(fake_features, real_features.detach())
        for r, f in zip(real, fake, strict=True)
        for real_features, fake_features in zip(r.features, f.features, strict=True)
    ]
    return torch.stack(terms).mean()


def block_color(x: Tensor, x_hat: Tensor, block: int = 16) -> Tensor:
    """Give the MSE between the means of `block` x `block` pixels: colour without texture."""
    return F.mse_loss(F.avg_pool2d(x_hat, block), F.avg_pool2d(x, block))


def symbol_entropy(w: Tensor, kept: Tensor, centers: Tensor, sharpness: float) -> Tensor:
    """Give the differentiable first-order entropy of the symbols, in bits per symbol.

    Each channel's histogram is taken from the soft assignments over the batch, as Mentzer et al.
    2018 do; it needs no learned model and falls when a channel uses its symbols unevenly.

    Args:
        w: Latent before q, (B, C, h, w).
        kept: Bool (B, C, 1, 1), the channels that are coded; the others do not count.
        centers: (L,).
        sharpness: Of the soft assignment.
    """
    soft = soft_assignment(w, centers, sharpness)
    weight = kept.to(soft.dtype).expand(w.shape).unsqueeze(-1)
    counts = (soft * weight).sum(dim=(0, 2, 3))
    coded = weight.sum(dim=(0, 2, 3))
    p = counts / coded.clamp(min=1)
    bits = -(p * p.clamp(min=1e-9).log2()).sum(dim=-1, keepdim=True)
    return (bits * coded).sum() / coded.sum()


def out_of_range(w: Tensor, centers: Tensor) -> Tensor:
    """Give the mean squared distance of latents from the range that the centers serve.

    Far outside it the soft assignment is flat, so a latent that strays there gets no gradient and
    never returns; this term leads it back.
    """
    reach = centers[-1] + 0.5
    return (w.abs() - reach).clamp(min=0).square().mean()
