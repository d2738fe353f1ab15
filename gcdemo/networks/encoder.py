"""The encoder E: picture to latent; SC's encoder of details is another of its kind."""

from itertools import pairwise

from torch import Tensor, nn

from gcdemo.networks.blocks import DownBlock, EdgeBlock, Normalization, ResidualBlock, conv
from gcdemo.networks.transform import COARSE, HEAD_GAIN, Analysis, Basis


class Encoder(nn.Module):
    """E: c7s1-60, d120, d240, d480, d960, c3s1-C in the paper's preset; SC's stops at d480.

    Smaller presets rearrange patches of the picture into channels first (`patch` 2) and add
    residual blocks, which are told the rate, before the last layer. That layer has neither
    normalisation nor ReLU: with them some symbols could never occur.
    """

    def __init__(
        self,
        widths: tuple[int, ...],
        num_blocks: int,
        latent_channels: int,
        *,
        patch: int,
        edge_kernel: int,
        normalization: Normalization,
        edge_normalization: Normalization | None,
        code_length: int,
        linear_path: bool,
        input_channels: int = 3,
        basis: Basis = COARSE,
    ) -> None:
        """Make E; `widths` are the filters from the picture's end to the latent's.

        `input_channels` are those of the picture and of what else it is shown, and `basis` is of
        the linear path: its blocks are as large as a cell of the latent.
        """
        super().__init__()
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(patch) if patch > 1 else nn.Identity(),
            EdgeBlock(input_channels * patch * patch, widths[0], edge_kernel, edge_normalization),
        )
        self.down = nn.Sequential(*(DownBlock(a, b, normalization) for a, b in pairwise(widths)))
        self.blocks = nn.ModuleList(
            ResidualBlock(widths[-1], normalization, code_length) for _ in range(num_blocks)
        )
        self.head = conv(widths[-1], latent_channels, 3)
        self.linear = Analysis(latent_channels, basis) if linear_path else None
        if linear_path:
            nn.init.normal_(self.head.weight, std=HEAD_GAIN / (9 * widths[-1]) ** 0.5)

    def forward(self, x: Tensor, rate_code: Tensor, carried: Tensor | None = None) -> Tensor:
        """Give the latent w, before q.

        Args:
            x: Pictures, float (B, input_channels, H, W) in [-1, 1]; H and W multiples of 16, at
                least 32.
            rate_code: Float (B, code_length), see `model.rate_code`.
            carried: What the linear path carries, float (B, 3, H, W); the picture when None.

        Returns:
            Float (B, latent_channels, H/stride, W/stride).
        """
        y = self.down(self.stem(x))
        for block in self.blocks:
            y = block(y, rate_code)
        w: Tensor = self.head(y)
        return w if self.linear is None else w + self.linear(x if carried is None else carried)
