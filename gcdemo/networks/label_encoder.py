"""The label-map encoder F of SC: what is where, as features for G."""

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from gcdemo.config import FINE_STRIDE
from gcdemo.networks.blocks import DownBlock, EdgeBlock, Normalization


class LabelEncoder(nn.Module):
    """F: c7s1-60, d120, d240, d480, d960 in the paper's preset; its output is not quantised.

    The map itself is what a file stores. It comes on the fine grid and is enlarged to `stride`, the
    paper's is as large as the picture.
    """

    def __init__(
        self,
        num_classes: int,
        widths: tuple[int, ...],
        *,
        stride: int,
        kernel: int,
        normalization: Normalization,
        edge_normalization: Normalization | None,
    ) -> None:
        """Make F; `widths` are the filters from the map's end to the latent's."""
        super().__init__()
        self.factor = FINE_STRIDE // stride
        self.stem = EdgeBlock(num_classes, widths[0], kernel, edge_normalization)
        self.down = nn.Sequential(*(DownBlock(a, b, normalization) for a, b in pairwise(widths)))

    def forward(self, maps: Tensor) -> Tensor:
        """Give features of label maps.

        Args:
            maps: One-hot, float (B, classes, H/8, W/8).

        Returns:
            Float (B, widths[-1], H/16, W/16).
        """
        if self.factor > 1:
            maps = F.interpolate(maps, scale_factor=self.factor, mode="nearest")
        features: Tensor = self.down(self.stem(maps))
        return features
