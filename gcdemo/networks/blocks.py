"""Building blocks in the paper's notation: c, d, R and u layers, and their normalisation."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Normalization = Literal["channel", "instance"]
Upsampling = Literal["transposed", "subpixel"]

# A residual branch starts at this share of its identity: the networks begin nearly shallow and
# pass brightness and colour through within a few hundred steps.
BRANCH_GAIN = 0.1


class ChannelNorm(nn.Module):
    """Normalise over the channels at each position (HiFiC, Mentzer et al. 2020, section 3.4).

    Unlike InstanceNorm its result at a position does not depend on the rest of the picture, so
    tiles agree with the whole and nothing darkens when the size differs from training's.
    """

    def __init__(self, num_channels: int) -> None:
        """Make the affine normalisation of `num_channels` channels."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(num_channels))
        self.bias = nn.Parameter(torch.zeros(num_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (B, C, H, W)."""
        last = x.permute(0, 2, 3, 1)
        y = F.layer_norm(last, self.weight.shape, self.weight, self.bias, eps=1e-3)
        return y.permute(0, 3, 1, 2)


def make_norm(normalization: Normalization, num_channels: int) -> ChannelNorm | nn.InstanceNorm2d:
    """Make the normalisation layer of that name."""
    if normalization == "channel":
        return ChannelNorm(num_channels)
    return nn.InstanceNorm2d(num_channels, affine=True)


def conv(inputs: int, filters: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    """Make a convolution with reflection padding that divides the size by exactly `stride`."""
    return nn.Conv2d(inputs, filters, kernel, stride, kernel // 2, padding_mode="reflect")


class DownBlock(nn.Sequential):
    """dk: 3x3 stride-2 convolution, normalisation, ReLU."""

    def __init__(self, inputs: int, filters: int, normalization: Normalization) -> None:
        """Make the layer with `filters` outputs."""
        super().__init__(
            conv(inputs, filters, 3, stride=2),
            make_norm(normalization, filters),
            nn.ReLU(),
        )


class EdgeBlock(nn.Sequential):
    """cKs1-k where pixels or symbols enter: convolution, ReLU, and normalisation only if asked.

    ChannelNorm right behind the input would divide out its magnitude, the brightness of a flat
    patch or the difference between the symbols 1 and 2. Biases drawn widely instead give every
    filter its own threshold from the start.
    """

    def __init__(
        self, inputs: int, filters: int, kernel: int, normalization: Normalization | None
    ) -> None:
        """Make the layer with `filters` outputs; `normalization` None leaves it out."""
        first = conv(inputs, filters, kernel)
        if normalization is None:
            super().__init__(first, nn.ReLU())
            nn.init.kaiming_uniform_(first.weight, nonlinearity="relu")
            nn.init.uniform_(first.bias, -1, 1)  # type: ignore[arg-type]
        else:
            super().__init__(first, make_norm(normalization, filters), nn.ReLU())


class ResidualBlock(nn.Module):
    """Rk: two 3x3 convolutions around an identity; optionally told the rate.

    The rate enters as a shift of every channel, a linear function of the rate code.
    """

    def __init__(self, filters: int, normalization: Normalization, code_length: int = 0) -> None:
        """Make the block; `code_length` 0 leaves out the rate."""
        super().__init__()
        self.conv1 = conv(filters, filters, 3)
        self.norm1 = make_norm(normalization, filters)
        self.conv2 = conv(filters, filters, 3)
        self.norm2 = make_norm(normalization, filters)
        nn.init.constant_(self.norm2.weight, BRANCH_GAIN)
        self.shift = nn.Linear(code_length, filters, bias=False) if code_length else None
        if self.shift is not None:
            nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, rate_code: Tensor) -> Tensor:
        """Refine features.

        Args:
            x: (B, filters, h, w).
            rate_code: (B, code_length); ignored by a block made without one.
        """
        y = self.norm1(self.conv1(x))
        if self.shift is not None:
            y = y + self.shift(rate_code)[:, :, None, None]
        refined: Tensor = self.norm2(self.conv2(F.relu(y)))
        return x + refined


def make_upsampling(
    inputs: int, filters: int, kind: Upsampling, normalization: Normalization
) -> nn.Sequential:
    """uk: double the size to `filters` channels, normalisation, ReLU.

    "transposed" is the paper's 3x3 stride-1/2 convolution; "subpixel" (Shi et al. 2016) computes
    at the smaller size and has no overlaps that could print a checkerboard.
    """
    if kind == "transposed":
        up: nn.Module = nn.ConvTranspose2d(inputs, filters, 3, 2, padding=1, output_padding=1)
    else:
        up = nn.Sequential(conv(inputs, 4 * filters, 3), nn.PixelShuffle(2))
    return nn.Sequential(up, make_norm(normalization, filters), nn.ReLU())
