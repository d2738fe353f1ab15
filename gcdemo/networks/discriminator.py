"""The discriminator D: is this patch a photograph? Used in training alone."""

from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class Verdict(NamedTuple):
    """What one scale of D says of a batch."""

    logits: Tensor  # (B, 1, h, w), one per patch; trained towards 1 for photographs, 0 for G
    features: list[Tensor]  # activations before it, for feature matching


class PatchDiscriminator(nn.Module):
    """PatchGAN (Isola et al. 2017): 4x4 stride-2 convolutions, LeakyReLU, one logit per patch."""

    def __init__(self, input_channels: int, widths: tuple[int, ...], spectral: bool) -> None:
        """Make one scale; `widths` are the filters of its layers (pix2pixHD: 64-128-256-512)."""
        super().__init__()
        # pix2pixHD's last wide layer keeps the size, so patches overlap.
        strides = (2,) * (len(widths) - 1) + (1,)
        self.layers = nn.ModuleList(
            self._layer(a, b, stride, spectral, first=index == 0)
            for index, ((a, b), stride) in enumerate(
                zip(pairwise((input_channels, *widths)), strides, strict=True)
            )
        )
        last = nn.Conv2d(widths[-1], 1, 4, 1, 2)
        self.logits = spectral_norm(last) if spectral else last

    @staticmethod
    def _layer(a: int, b: int, stride: int, spectral: bool, first: bool) -> nn.Sequential:
        conv = nn.Conv2d(a, b, 4, stride, 2)
        if spectral:
            return nn.Sequential(spectral_norm(conv), nn.LeakyReLU(0.2))
        norm = nn.Identity() if first else nn.InstanceNorm2d(b)
        return nn.Sequential(conv, norm, nn.LeakyReLU(0.2))

    def forward(self, x: Tensor) -> Verdict:
        """Judge (B, input_channels, H, W)."""
        features = []
        for layer in self.layers:
            x = layer(x)
            features.append(x)
        return Verdict(self.logits(x), features)


class Discriminator(nn.Module):
    """D: PatchGANs at x1, /2, /4 of the picture (pix2pixHD, Wang et al. 2018).

    With `num_classes` it also reads a label map, one-hot: the paper's GC(D+), where maps help in
    training and nothing extra is needed afterwards.
    """

    def __init__(
        self, widths: tuple[int, ...], num_scales: int, *, spectral: bool, num_classes: int = 0
    ) -> None:
        """Make the scales; `num_classes` 0 is D without label maps."""
        super().__init__()
        self.num_classes = num_classes
        self.scales = nn.ModuleList(
            PatchDiscriminator(3 + num_classes, widths, spectral) for _ in range(num_scales)
        )

    def forward(self, x: Tensor, labels: Tensor | None = None) -> list[Verdict]:
        """Judge pictures at every scale.

        Args:
            x: Float (B, 3, H, W) in [-1, 1].
            labels: int64 (B, H, W) in [0, num_classes); needed when num_classes > 0.

        Returns:
            One verdict per scale, the finest first.

        Raises:
            ValueError: Labels are missing or not expected.
        """
        if (labels is None) != (self.num_classes == 0):
            raise ValueError("D reads label maps exactly when it was made with num_classes > 0.")
        if labels is not None:
            maps = F.one_hot(labels, self.num_classes).permute(0, 3, 1, 2).to(x.dtype)
            x = torch.cat((x, maps), dim=1)
        verdicts = []
        for index, scale in enumerate(self.scales):
            if index > 0:
                x = F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)
            verdicts.append(scale(x))
        return verdicts


class FeatureDiscriminator(nn.Module):
    """Small heads on a frozen trunk's activations (Projected GAN, Sauer et al. 2021).

    The trunk already knows what pictures are made of, so its heads learn in minutes what a
    discriminator on pixels learns in hours, and cost almost nothing beside the trunk.
    """

    def __init__(self, tap_channels: tuple[int, ...], width: int) -> None:
        """Make one head of `width` filters for each tap."""
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(
                spectral_norm(nn.Conv2d(channels, width, 1)),
                nn.LeakyReLU(0.2),
                spectral_norm(nn.Conv2d(width, width, 3, padding=1)),
                nn.LeakyReLU(0.2),
                spectral_norm(nn.Conv2d(width, 1, 3, padding=1)),
            )
            for channels in tap_channels
        )

    def forward(self, taps: list[Tensor]) -> list[Verdict]:
        """Judge the activations, one (B, channels, h, w) per tap; verdicts have no features."""
        return [Verdict(head(tap), []) for head, tap in zip(self.heads, taps, strict=True)]
