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


def symbol_entropy(w: Tensor, kept: Tensor, centers: Tensor, sharpness: float) -> Tensor:
    """Give the differentiable first-order entropy of the symbols, in bits per symbol.

    Each channel's histogram is taken from the soft assignments over the batch, as Mentzer et al.
    2018 do; it needs no learned model and falls when a channel uses its symbols unevenly.

    Args:
        w: Latent before q, (B, C, h, w).
        kept: Bool (B, C, 1, 1) or (B, C, h, w), what is coded; the rest does not count.
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


def latent_spread(w: Tensor, kept: Tensor, centers: Tensor) -> Tensor:
    """Give how far coded channels are from using the centers' range, 0 when each spans it.

    q has no gradient to offer in two places: a channel that stays within one center's reach sends
    the same symbol everywhere, so G never learns to read it; and far beyond the outermost center
    the soft assignment is flat. The first is led out by asking for a deviation of one center's
    width around a mean of zero, the second by a penalty on the excess.

    Args:
        w: Latent before q, (B, C, h, w).
        kept: Bool (B, C, 1, 1) or (B, C, h, w), what is coded; the rest does not count.
        centers: (L,).
    """
    weight = kept.to(w.dtype).expand(w.shape)
    count = weight.sum(dim=(0, 2, 3)).clamp(min=1)
    mean = (w * weight).sum(dim=(0, 2, 3)) / count
    variance = ((w - mean[:, None, None]).square() * weight).sum(dim=(0, 2, 3)) / count
    missing = (centers[1] - centers[0] - (variance + 1e-6).sqrt()).clamp(min=0)
    excess = (w.abs() - centers[-1] - 0.5).clamp(min=0)
    used = weight.amax(dim=(0, 2, 3))
    return ((missing.square() + 0.1 * mean.square()) * used).mean() + excess.square().mean()
