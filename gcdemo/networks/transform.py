"""A linear path beside E and around G: lapped cosines that carry brightness and colour.

Transform coding gives in closed form what networks take hours to find: which few numbers of a block
matter most, in which order, and at which scale. E's latent starts as those numbers and G's
picture as their smooth interpolation; both paths are trained like every other weight. GC has blocks
of 16x16 pixels; SC's details are blocks of 8x8 of what these leave over.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gcdemo.config import FINE_STRIDE, STRIDE


class Wave(NamedTuple):
    """One basis function of a block."""

    color: tuple[float, float, float]  # unit vector over R, G, B
    rows: int  # half periods along y
    columns: int  # half periods along x
    deviation: float  # of its coefficient over photographs in [-1, 1]


_GRAY = (0.577, 0.577, 0.577)
_WARM = (0.707, 0.0, -0.707)  # orange against blue: most of what colour varies by
_GREEN = (-0.408, 0.816, -0.408)  # green against magenta

# In the order of how much each adds to a picture; a rate C codes the first C.
WAVES = (
    Wave(_GRAY, 0, 0, 0.710),
    Wave(_WARM, 0, 0, 0.360),
    Wave(_GRAY, 1, 0, 0.180),
    Wave(_GRAY, 0, 1, 0.160),
    Wave(_GREEN, 0, 0, 0.110),
    Wave(_GRAY, 1, 1, 0.087),
    Wave(_GRAY, 2, 0, 0.100),
    Wave(_GRAY, 0, 2, 0.088),
    Wave(_GRAY, 2, 1, 0.061),
    Wave(_GRAY, 1, 2, 0.059),
    Wave(_GRAY, 3, 0, 0.069),
    Wave(_GRAY, 0, 3, 0.057),
    Wave(_GRAY, 2, 2, 0.046),
    Wave(_WARM, 1, 0, 0.052),
    Wave(_WARM, 0, 1, 0.051),
    Wave(_GREEN, 1, 0, 0.023),
)
# The same for blocks of 8x8 of a photograph less its coarse picture at C = 2 to 4.
FINE_WAVES = (
    Wave(_GRAY, 0, 0, 0.210),
    Wave(_WARM, 0, 0, 0.140),
    Wave(_GRAY, 1, 0, 0.115),
    Wave(_GRAY, 0, 1, 0.105),
    Wave(_GREEN, 0, 0, 0.080),
    Wave(_GRAY, 2, 0, 0.077),
    Wave(_GRAY, 0, 2, 0.068),
    Wave(_GRAY, 1, 1, 0.065),
    Wave(_GRAY, 3, 0, 0.052),
    Wave(_GRAY, 2, 1, 0.047),
    Wave(_GRAY, 1, 2, 0.046),
    Wave(_GRAY, 0, 3, 0.045),
    Wave(_GRAY, 2, 2, 0.036),
    Wave(_WARM, 1, 0, 0.035),
    Wave(_WARM, 0, 1, 0.034),
)


class Basis(NamedTuple):
    """Waves and the side of their blocks in pixels."""

    waves: tuple[Wave, ...]
    block: int


COARSE, FINE = Basis(WAVES, STRIDE), Basis(FINE_WAVES, FINE_STRIDE)

# Deviation with which the heads of E and G start beside this path.
HEAD_GAIN = 0.1
# Symbols then fall on all five centers.
SPREAD = 1.2


def _cosine(half_periods: int, block: int, length: int) -> Tensor:
    """Sample a cosine of unit mean square over a block, continued to `length` around its middle."""
    positions = torch.arange(length) - (length - block) / 2 + 0.5
    wave = torch.cos(math.pi * half_periods * positions / block)
    return wave * (math.sqrt(2) if half_periods else 1.0)


def _kernels(basis: Basis, length: int) -> Tensor:
    """Give the waves as float (number, 3, length, length)."""
    return torch.stack(
        [
            torch.tensor(wave.color)[:, None, None]
            * _cosine(wave.rows, basis.block, length)[:, None]
            * _cosine(wave.columns, basis.block, length)
            for wave in basis.waves
        ]
    )


class Analysis(nn.Conv2d):
    """Picture to coefficients, (B, 3, H, W) -> (B, C, H/block, W/block), each of deviation 1.2."""

    def __init__(self, latent_channels: int, basis: Basis = COARSE) -> None:
        """Make the first `latent_channels` waves."""
        super().__init__(3, latent_channels, basis.block, stride=basis.block, bias=False)
        scale = torch.tensor([SPREAD / wave.deviation for wave in basis.waves])
        kernels = _kernels(basis, basis.block) * scale[:, None, None, None] / basis.block**2
        with torch.no_grad():
            self.weight.copy_(kernels[:latent_channels])


class Synthesis(nn.ConvTranspose2d):
    """Coefficients to picture, (B, C, h, w) -> (B, 3, block h, block w).

    A wave reaches half a block beyond its own under a raised-cosine window, so that neighbours fade
    into each other without edges; around the picture its outermost coefficients repeat.
    """

    def __init__(self, input_channels: int, latent_channels: int, basis: Basis = COARSE) -> None:
        """Make the first `latent_channels` waves; further inputs start without effect."""
        block = basis.block
        super().__init__(input_channels, 3, 2 * block, stride=block, bias=False)
        self.block = block
        window = 0.5 - 0.5 * torch.cos(math.pi * (torch.arange(2 * block) + 0.5) / block)
        scale = torch.tensor([wave.deviation / SPREAD for wave in basis.waves])
        kernels = _kernels(basis, 2 * block) * scale[:, None, None, None]
        kernels = kernels * window[:, None] * window
        with torch.no_grad():
            self.weight.zero_()
            self.weight[:latent_channels] = kernels[:latent_channels]

    def forward(self, z: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Give the picture of coefficients; `output_size` is of the base class and not used."""
        # A block of pixels is a sum over the four cells whose waves reach it: a convolution from
        # cells to channels, many times faster than a transposed one of so large a stride.
        quarters = self.weight.unflatten(3, (2, -1)).unflatten(2, (2, -1)).flip(2, 4)
        kernels = quarters.permute(1, 3, 5, 0, 2, 4).flatten(0, 2)
        blocks = F.conv2d(F.pad(z, (1, 1, 1, 1), mode="replicate"), kernels)
        margin = self.block // 2
        return F.pixel_shuffle(blocks, self.block)[:, :, margin:-margin, margin:-margin]
