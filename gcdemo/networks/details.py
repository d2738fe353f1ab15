"""SC's details: the encoder of what is kept, and the layers that read it back for G."""

from itertools import pairwise

from torch import Tensor, nn

from gcdemo.networks.blocks import DownBlock, EdgeBlock, Normalization, ResidualBlock, conv
from gcdemo.networks.transform import FINE, HEAD_GAIN, Analysis


class DetailEncoder(nn.Module):
    """SC's image encoder: c7s1-60, d120, d240, d480, c3s1-C in the paper's preset.

    Its latent lies on the fine grid, H/8 x W/8. It is shown the picture with everything dropped
    blanked out, so a file holds nothing of what was dropped.
    """

    def __init__(
        self,
        input_channels: int,
        widths: tuple[int, ...],
        num_blocks: int,
        detail_channels: int,
        *,
        patch: int,
        edge_kernel: int,
        normalization: Normalization,
        edge_normalization: Normalization | None,
        code_length: int,
        linear_path: bool,
    ) -> None:
        """Make the encoder; `widths` are the filters from the picture's end to the latent's."""
        super().__init__()
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(patch) if patch > 1 else nn.Identity(),
            EdgeBlock(input_channels * patch * patch, widths[0], edge_kernel, edge_normalization),
        )
        self.down = nn.Sequential(*(DownBlock(a, b, normalization) for a, b in pairwise(widths)))
        self.blocks = nn.ModuleList(
            ResidualBlock(widths[-1], normalization, code_length) for _ in range(num_blocks)
        )
        self.head = conv(widths[-1], detail_channels, 3)
        self.linear = Analysis(detail_channels, FINE) if linear_path else None
        if linear_path:
            nn.init.normal_(self.head.weight, std=HEAD_GAIN / (9 * widths[-1]) ** 0.5)

    def forward(self, seen: Tensor, residual: Tensor | None, rate_code: Tensor) -> Tensor:
        """Give the fine latent, before q.

        Args:
            seen: What is kept of the picture and what else it may know, float (B, inputs, H, W).
            residual: The kept picture less its coarse one, float (B, 3, H, W), for the linear path;
                None without one.
            rate_code: Float (B, code_length).

        Returns:
            Float (B, detail_channels, H/8, W/8).
        """
        y = self.down(self.stem(seen))
        for block in self.blocks:
            y = block(y, rate_code)
        w: Tensor = self.head(y)
        if self.linear is not None and residual is not None:
            w = w + self.linear(residual)
        return w


class DetailReader(nn.Sequential):
    """c3s1-480, d960: quantised details (B, C, H/8, W/8) to features (B, filters, H/16, W/16)."""

    def __init__(
        self,
        input_channels: int,
        width: int,
        filters: int,
        normalization: Normalization,
        edge_normalization: Normalization | None,
    ) -> None:
        """Make the two layers with `width` and `filters` outputs."""
        super().__init__(
            EdgeBlock(input_channels, width, 3, edge_normalization),
            DownBlock(width, filters, normalization),
        )
