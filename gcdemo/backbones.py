"""Frozen features for perceptual distances, those of SqueezeNet first of all.

SqueezeNet 1.1 carries LPIPS in training and measuring, and is one of those that searches judge by;
SqueezeNet 1.0 is kept for measuring alone. But for the searches' weights come from a local folder
when one is given (argument or GCDEMO_BACKBONES), else from torchvision's download, whose file name
pins its hash.
"""

import os
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Literal

import torch
import torchvision
from torch import Tensor, nn

from gcdemo.errors import CheckpointError
from gcdemo.torch_files import load_values

BackboneVersion = Literal["1_0", "1_1"]

# Ends (exclusive) of the slices of `features` whose outputs are tapped. 1.1: the seven taps of
# LPIPS (Zhang et al. 2018); 1.0: relu of conv1, fire4, fire8 and fire9, as d10 is defined.
TAPS: dict[BackboneVersion, tuple[int, ...]] = {
    "1_0": (2, 6, 11, 13),
    "1_1": (2, 5, 8, 10, 11, 12, 13),
}
_BUILDERS: dict[BackboneVersion, Callable[..., torchvision.models.SqueezeNet]] = {
    "1_0": torchvision.models.squeezenet1_0,
    "1_1": torchvision.models.squeezenet1_1,
}
# LPIPS's scaling of pictures in [-1, 1] to the ImageNet statistics the trunk was trained with.
INPUT_SHIFT = (-0.030, -0.088, -0.188)
INPUT_SCALE = (0.458, 0.448, 0.450)


class FeatureTaps(nn.Module):
    """The activations of a frozen network after its tapped modules."""

    shift: Tensor
    scale: Tensor

    def __init__(self, features: nn.Sequential, taps: tuple[int, ...]) -> None:
        """Cut `features` at `taps` and freeze it."""
        super().__init__()
        self.slices = nn.ModuleList(
            nn.Sequential(*features[start:stop]) for start, stop in pairwise((0, *taps))
        )
        self.register_buffer("shift", torch.tensor(INPUT_SHIFT).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(INPUT_SCALE).view(1, 3, 1, 1))
        self.requires_grad_(False)
        self.eval()

    def forward(self, x: Tensor) -> list[Tensor]:
        """Give the tapped activations of pictures.

        Args:
            x: Pictures, float32 (B, 3, H, W) in [-1, 1]; H and W at least 17.

        Returns:
            One tensor (B, channels, h, w) per tap, all non-negative.
        """
        x = (x - self.shift) / self.scale
        taps = []
        for part in self.slices:
            x = part(x)
            taps.append(x)
        return taps


class SqueezeNetTaps(FeatureTaps):
    """Those of a SqueezeNet."""


def unit_normalize(features: Tensor, eps: float = 1e-10) -> Tensor:
    """Scale the feature vector at each position to length one over the channels."""
    return features / (features.square().sum(dim=1, keepdim=True).sqrt() + eps)


def find_backbone(name: str, folder: Path | None) -> Path | None:
    """Give the local file `name` in `folder`, or in that of GCDEMO_BACKBONES, or None.

    Raises:
        CheckpointError: There is such a folder, and the file is not in it.
    """
    if folder is None and os.environ.get("GCDEMO_BACKBONES"):
        folder = Path(os.environ["GCDEMO_BACKBONES"])
    if folder is None:
        return None
    path = folder / name
    if not path.is_file():
        raise CheckpointError(f"The folder {folder} holds no {name}.")
    return path


def _load_state(path: Path) -> dict[str, Tensor]:
    return {name: value.float() for name, value in load_values(path).items()}


def squeezenet_taps(version: BackboneVersion, state: Mapping[str, Tensor]) -> SqueezeNetTaps:
    """Build the tapped trunk of weights that are named as torchvision's; it needs features.* alone.

    Raises:
        CheckpointError: They are of another network.
    """
    # The meta device draws no first values, which the weights would replace.
    with torch.device("meta"):
        features = _BUILDERS[version](weights=None).features
    prefix = "features."
    values = {n.removeprefix(prefix): t.float() for n, t in state.items() if n.startswith(prefix)}
    try:
        features.load_state_dict(values, assign=True)
    except RuntimeError as error:
        raise CheckpointError(f"SqueezeNet {version} could not be loaded: {error}") from error
    return SqueezeNetTaps(features, TAPS[version])


def load_squeezenet(version: BackboneVersion, folder: Path | None = None) -> SqueezeNetTaps:
    """Load the tapped trunk of torchvision's SqueezeNet.

    Args:
        version: "1_1" for LPIPS, "1_0" for the distance d10.
        folder: Where squeezenet<version>.pth lies (torchvision's names); None takes
            GCDEMO_BACKBONES; unset, torchvision downloads its pinned ImageNet weights.

    Raises:
        CheckpointError: The weights are missing, or do not fit.
    """
    path = find_backbone(f"squeezenet{version}.pth", folder)
    if path is not None:
        return squeezenet_taps(version, _load_state(path))
    try:
        network = _BUILDERS[version](weights="IMAGENET1K_V1", progress=False)
    except (OSError, RuntimeError) as error:
        raise CheckpointError(f"SqueezeNet {version} could not be loaded: {error}") from error
    return SqueezeNetTaps(network.features, TAPS[version])


def load_lpips_linear(folder: Path | None = None) -> list[Tensor]:
    """Load the non-negative channel weights of LPIPS v0.1 (SqueezeNet), one (1, C, 1, 1) per tap.

    Args:
        folder: Where lpips_squeeze_lin.pth lies; None takes GCDEMO_BACKBONES, and where that is
            unset the installed `lpips` package, which carries the same weights.

    Raises:
        CheckpointError: The weights are found nowhere.
    """
    path = find_backbone("lpips_squeeze_lin.pth", folder)
    if path is None:
        from importlib.util import find_spec

        spec = find_spec("lpips")
        if spec is None or spec.origin is None:
            raise CheckpointError(
                "LPIPS needs lpips_squeeze_lin.pth (set GCDEMO_BACKBONES) or the lpips package."
            )
        path = Path(spec.origin).parent / "weights" / "v0.1" / "squeeze.pth"
    state = _load_state(path)
    return [state[f"lin{index}.model.1.weight"] for index in range(len(TAPS["1_1"]))]
