"""The network that says what is where: EfficientNet-Lite0 with a feature pyramid on top.

The encoder's taps at 1/4, 1/8, 1/16 and 1/32 of the picture are brought to one width and joined
from the coarsest to the finest (feature pyramid, Lin et al. 2017).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gcdemo.efficientnet import ALL_TAP_CHANNELS, EfficientNetTaps
from gcdemo.label_classes import NUM_CLASSES

# The last tap of each size from a quarter of the picture down.
LEVELS = (1, 2, 4, 6)
# Sides of its input are multiples of it.
SEGMENTER_STRIDE = 32
# Sides of its output are so many times smaller than those of its input.
OUTPUT_STRIDE = 4


def _separable(filters: int) -> nn.Sequential:
    """Filter each channel by itself, then mix them: a ninth of the work of a full convolution."""
    return nn.Sequential(
        nn.Conv2d(filters, filters, 3, padding=1, groups=filters, bias=False),
        nn.Conv2d(filters, filters, 1, bias=False),
        nn.BatchNorm2d(filters),
        nn.ReLU(),
    )


class SegmentationNetwork(nn.Module):
    """Pictures to one score for each class and place."""

    def __init__(self, encoder: EfficientNetTaps, width: int) -> None:
        """Put a fresh pyramid of `width` channels on an encoder of all seven stages."""
        super().__init__()
        self.width = width
        self.encoder = encoder
        self.lateral = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(ALL_TAP_CHANNELS[level], width, 1, bias=False), nn.BatchNorm2d(width)
            )
            for level in LEVELS
        )
        self.refine = nn.ModuleList(_separable(width) for _ in LEVELS)
        self.mix = _separable(width)
        self.head = nn.Conv2d(width, NUM_CLASSES, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Score every class.

        Args:
            x: Pictures, float32 (B, 3, H, W) in [-1, 1]; H and W multiples of 32.

        Returns:
            float32 (B, NUM_CLASSES, H / 4, W / 4), the logarithms of probabilities up to a
            constant; those of id 0 are for "none of the others".
        """
        taps = self.encoder(x)
        y: Tensor | None = None
        parts = []
        for index in reversed(range(len(LEVELS))):
            z = self.lateral[index](taps[LEVELS[index]])
            y = z if y is None else z + F.interpolate(y, scale_factor=2.0, mode="nearest")
            y = self.refine[index](y)
            parts.append(y)
        size = parts[-1].shape[2:]
        joined = torch.stack(
            [F.interpolate(part, size, mode="bilinear", align_corners=False) for part in parts]
        ).sum(0)
        scores: Tensor = self.head(self.mix(joined))
        return scores
