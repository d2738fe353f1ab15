"""What better symbols are judged by: the features of two trunks that are built differently.

Whoever looks for what one trunk likes finds what it overlooks. SqueezeNet 1.1, which carries LPIPS,
and EfficientNet-Lite0 have little in common but the pictures that they were trained on.
"""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from gcdemo.backbones import squeezenet_taps
from gcdemo.checkpoints import find_weights, read_tensors
from gcdemo.distances import unit_features
from gcdemo.efficientnet import EfficientNetTaps


class TrunkFile(NamedTuple):
    """The weights of a trunk as they are released."""

    name: str
    file: str  # in the folder of weights
    sha256: str


SQUEEZENET = TrunkFile(
    "squeezenet1-1",
    "squeezenet1-1.safetensors",
    "2d51519c9c589e747301109efd0e8f6d36bc9e29c4d322f6d8efdfeaba4354ab",
)
EFFICIENTNET = TrunkFile(
    "efficientnet-lite0",
    "efficientnet-lite0.safetensors",
    "a213b542da41c24d9da086b6fcb3fdd58427fd07342f5feffa6fdf781fa762f9",
)
TRUNK_FILES = (SQUEEZENET, EFFICIENTNET)


def load_trunks() -> tuple[nn.Module, ...]:
    """Load both, frozen: SqueezeNet 1.1 and the first five stages of EfficientNet-Lite0.

    Raises:
        CheckpointError: One is missing or altered.
    """
    squeezenet, efficientnet = (
        {n: t.float() for n, t in read_tensors(find_weights(file, sha256))[1].items()}
        for _, file, sha256 in TRUNK_FILES
    )
    return squeezenet_taps("1_1", squeezenet), EfficientNetTaps(efficientnet)


def seen_by(trunks: Sequence[nn.Module], x: Tensor) -> list[list[Tensor]]:
    """Give what each trunk makes of pictures, float (B, 3, H, W) in [-1, 1]: `unit_features`."""
    return [unit_features(trunk(x)) for trunk in trunks]
