"""SC's generator: G of the paper, told the label map and the details of what is kept."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gcdemo.config import ModelConfig
from gcdemo.networks.blocks import ResidualBlock, conv
from gcdemo.networks.generator import Generator
from gcdemo.networks.transform import FINE, Synthesis


class SelectiveGenerator(Generator):
    """G reading w_hat and further features side by side at 1/16, and details again at 1/8.

    The paper's preset does the first alone. With refinement blocks the sharpest of what is kept
    need not pass through 1/16, and with the linear path it reaches the picture directly.
    """

    def __init__(
        self,
        config: ModelConfig,
        *,
        latent_channels: int,
        context_channels: int,
        fine_channels: int,
        detail_channels: int,
        refinement_blocks: int,
        code_length: int,
    ) -> None:
        """Make G with the widths and blocks of GC's `config`."""
        super().__init__(
            latent_channels,
            0,
            config.generator_widths,
            config.generator_blocks,
            scale_blocks=config.scale_blocks,
            patch=config.patch,
            edge_kernel=config.edge_kernel,
            normalization=config.normalization,
            edge_normalization=config.normalization if config.normalize_edges else None,
            upsampling=config.upsampling,
            code_length=code_length,
            linear_path=config.linear_path,
            context_channels=context_channels,
        )
        width = config.generator_widths[-2]
        self.refinement = nn.ModuleList(
            ResidualBlock(width, config.normalization, code_length)
            for _ in range(refinement_blocks)
        )
        self.merge = conv(fine_channels, width, 3) if refinement_blocks else None
        self.fine_linear = (
            Synthesis(detail_channels, detail_channels, FINE) if config.linear_path else None
        )

    def forward_selective(
        self,
        z: Tensor,
        context: Sequence[Tensor],
        details: Tensor,
        guides: Sequence[Tensor],
        rate_code: Tensor,
    ) -> Tensor:
        """Give pictures.

        Args:
            z: The thin w_hat, zero where it is not stored, float (B, C, h, w).
            context: Features of map and details, float (B, k, h, w) each.
            details: The fine w_hat, zero where dropped, float (B, D, 2 h, 2 w).
            guides: What else the refinement is shown, float (B, k, 2 h, 2 w) each.
            rate_code: Float (B, code_length).

        Returns:
            Float (B, 3, 16 h, 16 w) in [-1, 1].
        """
        y = self.stem(torch.cat((z, *context), dim=1))
        for block in self.blocks:
            y = block(y, rate_code)
        y = self._double(y, rate_code, 0)
        if self.merge is not None:
            y = y + self.merge(torch.cat((details, *guides), dim=1))
            for block in self.refinement:
                y = block(y, rate_code)
        for scale in range(1, len(self.up)):
            y = self._double(y, rate_code, scale)
        x_hat = self.head(y)
        if self.linear is not None and self.fine_linear is not None:
            x_hat = x_hat + self.linear(z) + self.fine_linear(details)
        return torch.tanh(x_hat)
