"""The layers that read SC's quantised details back for G."""

from torch import nn

from gcdemo.networks.blocks import DownBlock, EdgeBlock, Normalization


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
