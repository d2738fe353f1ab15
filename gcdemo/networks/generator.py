"""The generator G: quantised latent to picture."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from gcdemo.networks.blocks import (
    EdgeBlock,
    Normalization,
    ResidualBlock,
    Upsampling,
    conv,
    make_upsampling,
)


class Generator(nn.Module):
    """G: c3s1-960, R960 x 9, u480, u240, u120, u60, c7s1-3, tanh in the paper's preset."""

    def __init__(
        self,
        input_channels: int,
        widths: tuple[int, ...],
        num_blocks: int,
        *,
        patch: int,
        edge_kernel: int,
        normalization: Normalization,
        edge_normalization: Normalization | None,
        upsampling: Upsampling,
        code_length: int,
    ) -> None:
        """Make G; `widths` are the filters from the picture's end to the latent's, as in E."""
        super().__init__()
        self.stem = EdgeBlock(input_channels, widths[-1], 3, edge_normalization)
        self.blocks = nn.ModuleList(
            ResidualBlock(widths[-1], normalization, code_length) for _ in range(num_blocks)
        )
        self.up = nn.Sequential(
            *(make_upsampling(a, b, upsampling, normalization) for a, b in pairwise(widths[::-1]))
        )
        self.head = nn.Sequential(
            conv(widths[0], 3 * patch * patch, edge_kernel),
            nn.PixelShuffle(patch) if patch > 1 else nn.Identity(),
        )

    def forward(self, z: Tensor, rate_code: Tensor) -> Tensor:
        """Give pictures.

        Args:
            z: What G reads, w_hat and optionally noise v, float (B, input_channels, h, w).
            rate_code: Float (B, code_length), see `model.rate_code`.

        Returns:
            Float (B, 3, 16 h, 16 w) in [-1, 1].
        """
        y = self.stem(z)
        for block in self.blocks:
            y = block(y, rate_code)
        return torch.tanh(self.head(self.up(y)))
