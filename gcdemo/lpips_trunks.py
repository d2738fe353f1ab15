"""AlexNet and VGG16 as LPIPS 0.1 reads them (Zhang et al. 2018, arXiv 1801.03924).

Weights are looked for in the folder of trunks (argument or GCDEMO_BACKBONES), then in torch's own
cache, and are fetched into that cache only where that was asked for: VGG16's file has half a
gigabyte. The layers that LPIPS adds come with its authors' package, `pip install lpips`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
import torchvision
from torch import Tensor, nn

from gcdemo.backbones import FeatureTaps
from gcdemo.errors import CheckpointError
from gcdemo.pinned_files import PinnedFile, fetch, find
from gcdemo.torch_files import load_values

PUBLISHED_AT = "https://download.pytorch.org/models/"


@dataclass(frozen=True, slots=True)
class LpipsTrunk:
    """A network that LPIPS can look through."""

    label: str
    """What people call it."""
    build: Callable[[], nn.Sequential]
    """Makes its layers up to those that classify."""
    taps: tuple[int, ...]
    """Ends (exclusive) of the slices of `features` whose outputs are compared."""
    features: PinnedFile
    """Torchvision's ImageNet weights."""
    linear: PinnedFile
    """LPIPS's weights of the channels, as the package has them."""

    @property
    def linear_in_folder(self) -> str:
        """What those weights are called in a folder of trunks."""
        return f"lpips_{self.linear.name.removesuffix('.pth')}_lin.pth"


ALEXNET = LpipsTrunk(
    label="AlexNet",
    build=lambda: torchvision.models.alexnet().features,
    taps=(2, 5, 8, 10, 12),
    features=PinnedFile(
        name="alexnet-owt-7be5be79.pth",
        num_bytes=244_408_911,
        sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    ),
    linear=PinnedFile(
        name="alex.pth",
        num_bytes=6009,
        sha256="df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",
    ),
)
VGG16 = LpipsTrunk(
    label="VGG16",
    build=lambda: torchvision.models.vgg16().features,
    taps=(4, 9, 16, 23, 30),
    features=PinnedFile(
        name="vgg16-397923af.pth",
        num_bytes=553_433_881,
        sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    ),
    linear=PinnedFile(
        name="vgg.pth",
        num_bytes=7289,
        sha256="a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868",
    ),
)


def load_trunk(
    trunk: LpipsTrunk, folder: Path | None = None, *, download: bool = False
) -> FeatureTaps:
    """Load what LPIPS compares.

    Args:
        trunk: Which network.
        folder: Looked into first; None looks in GCDEMO_BACKBONES.
        download: Whether weights that are not on this machine may be fetched.

    Raises:
        CheckpointError: The weights are not here and may not or cannot be fetched, or what is
            here is something else.
    """
    cache = Path(torch.hub.get_dir()) / "checkpoints"
    name = trunk.features.name
    path = find(trunk.features, [*_in_folder(name, folder), cache / name])
    if path is None and not download:
        raise CheckpointError(
            f"{trunk.label} needs {name} ({trunk.features.num_bytes / 1e6:.0f} MB) among the "
            f"trunks' weights or in {cache}; --download fetches it."
        )
    path = path or fetch(trunk.features, PUBLISHED_AT + name, cache)
    values = load_values(path)
    # The meta device gives every layer its shape and none its memory: the layers that classify
    # are most of these networks, and are built besides.
    with torch.device("meta"):
        features = trunk.build()
    state = {
        key.removeprefix("features."): value.float()
        for key, value in values.items()
        if key.startswith("features.")
    }
    try:
        features.load_state_dict(state, assign=True)
    except RuntimeError as error:
        raise CheckpointError(f"{trunk.label} could not be loaded: {error}") from error
    return FeatureTaps(features, trunk.taps)


def load_linear(trunk: LpipsTrunk, folder: Path | None = None) -> list[Tensor]:
    """Load LPIPS's non-negative weights of the channels, one (1, C, 1, 1) per tap.

    Args:
        trunk: Which network's.
        folder: Looked into first; None looks in GCDEMO_BACKBONES.

    Raises:
        CheckpointError: They are not on this machine, or what is here is something else.
    """
    places = _in_folder(trunk.linear_in_folder, folder)
    spec = find_spec("lpips")
    if spec is not None and spec.origin is not None:
        places.append(Path(spec.origin).parent / "weights" / "v0.1" / trunk.linear.name)
    path = find(trunk.linear, places)
    if path is None:
        raise CheckpointError(
            f"LPIPS of {trunk.label} needs its authors' package: pip install lpips."
        )
    state = load_values(path)
    return [state[f"lin{index}.model.1.weight"].float() for index in range(len(trunk.taps))]


def _in_folder(name: str, folder: Path | None) -> list[Path]:
    """Give where a file is in the folder of trunks, if there is such a folder."""
    named = folder or os.environ.get("GCDEMO_BACKBONES")
    return [Path(named) / name] if named else []
