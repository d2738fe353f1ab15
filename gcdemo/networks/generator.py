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
from gcdemo.networks.transform import HEAD_GAIN, Synthesis


class Generator(nn.Module):
    """G: c3s1-960, R960 x 9, u480, u240, u120, u60, c7s1-3, tanh in the paper's preset."""

    def __init__(
        self,
        latent_channels: int,
        noise_channels: int,
        widths: tuple[int, ...],
        num_blocks: int,
        *,
        scale_blocks: tuple[int, ...] = (),
        patch: int,
        edge_kernel: int,
        normalization: Normalization,
        edge_normalization: Normalization | None,
        upsampling: Upsampling,
        code_length: int,
        linear_path: bool,
        context_channels: int = 0,
    ) -> None:
        """Make G; `widths` are the filters from the picture's end to the latent's, as in E.

        `scale_blocks` are the residual blocks behind each doubling, from the latent's end on.
        `context_channels` are features that the first layer reads beside z, as SC's generator does.
        """
        super().__init__()
        input_channels = latent_channels + noise_channels
        self.stem = EdgeBlock(input_channels + context_channels, widths[-1], 3, edge_normalization)
        self.blocks = nn.ModuleList(
            ResidualBlock(widths[-1], normalization, code_length) for _ in range(num_blocks)
        )
        self.up = nn.Sequential(
            *(make_upsampling(a, b, upsampling, normalization) for a, b in pairwise(widths[::-1]))
        )
        self.scale_blocks = nn.ModuleList(
            nn.ModuleList(ResidualBlock(width, normalization, code_length) for _ in range(count))
            for width, count in zip(
                widths[-2::-1], scale_blocks or (0,) * len(self.up), strict=True
            )
        )
        last = conv(widths[0], 3 * patch * patch, edge_kernel)
        self.head = nn.Sequential(last, nn.PixelShuffle(patch) if patch > 1 else nn.Identity())
        self.linear = Synthesis(input_channels, latent_channels) if linear_path else None
        if linear_path:
            nn.init.normal_(last.weight, std=HEAD_GAIN / (widths[0] * edge_kernel**2) ** 0.5)

    def forward(self, z: Tensor, rate_code: Tensor) -> Tensor:
        """Give pictures.

        Args:
            z: What G reads, w_hat and then noise v, float (B, latent + noise channels, h, w).
            rate_code: Float (B, code_length), see `model.rate_code`.

        Returns:
            Float (B, 3, 16 h, 16 w) in [-1, 1].
        """
        y = self.stem(z)
        for block in self.blocks:
            y = block(y, rate_code)
        for scale in range(len(self.up)):
            y = self._double(y, rate_code, scale)
        x_hat = self.head(y)
        if self.linear is not None:
            x_hat = x_hat + self.linear(z)
        return torch.tanh(x_hat)

    def _double(self, y: Tensor, rate_code: Tensor, scale: int) -> Tensor:
        """Give features of twice the size; `scale` counts from the latent's end."""
        y = self.up[scale](y)
        blocks = self.scale_blocks[scale]
        assert isinstance(blocks, nn.ModuleList)
        for block in blocks:
            y = block(y, rate_code)
        return y
