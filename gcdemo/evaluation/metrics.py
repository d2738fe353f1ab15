"""How far a reconstruction is from its original, one number at a time.

All metrics take two uint8 (H, W, 3) pictures of the same size, any size from 1x1, original first.

| metric | unit | better | what it sees |
|---|---|---|---|
| `psnr_db` | dB | higher | every pixel's error alike |
| `ms_ssim` | 0 to 1 | higher | structure at five scales |
| `LpipsSqueeze` | from 0 | lower | learned features; training and searches see this trunk too |
| `load_lpips` | from 0 | lower | learned features of AlexNet or VGG16; never trained on |
| `D10` | from 0 | lower | learned features of a trunk that no training and no search sees |
| `color_error` (in `color`) | CIEDE2000 | lower | drift of the mean color of 16x16 blocks |

A network that is trained on LPIPS learns to please its trunk: LPIPS of our own reconstructions
proves nothing, and `D10` is what counts.

The trunks see at most `TILE_SIDE` pixels on a side, so their memory does not grow with the picture:
it stays below 1 GB, that of VGG16 below 2 GB. MS-SSIM takes large pictures channel by
channel, at about 140 bytes a pixel: 7 GB at 50 megapixels.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_msssim import ms_ssim as _ms_ssim_of_batches
from torch import Tensor, nn

from gcdemo.backbones import load_lpips_linear, load_squeezenet
from gcdemo.distances import offsets, unit_features
from gcdemo.evaluation.pictures import TILE_SIDE, check_pair, measured_in_tiles, mirror_tile, to_x
from gcdemo.lpips_trunks import LpipsTrunk, load_linear, load_trunk

MS_SSIM_SIDE = 161
"""Smallest side on which MS-SSIM's five scales are defined with its window of 11 pixels."""

TRUNK_SIDE = 64
"""Smallest side shown to a trunk; its poolings leave nothing of less than about 20 pixels."""


def psnr_db(image: NDArray[np.uint8], image_hat: NDArray[np.uint8]) -> float:
    """Give the peak signal-to-noise ratio over all pixels and channels, in dB.

    Args:
        image: Original, uint8 (H, W, 3).
        image_hat: Reconstruction, uint8 (H, W, 3).

    Returns:
        20 log10(255 / rms error); infinity where the two are equal.

    Raises:
        InputError: The two are not RGB pictures of the same size.
    """
    check_pair(image, image_hat)
    # int32 holds the difference and its square, which uint8 would wrap.
    squared = np.square(image.astype(np.int32) - image_hat)
    mean = float(squared.mean(dtype=np.float64))
    return math.inf if mean == 0 else 10 * math.log10(255**2 / mean)


def ms_ssim(image: NDArray[np.uint8], image_hat: NDArray[np.uint8]) -> float:
    """Give the multi-scale structural similarity of Wang et al. 2003, mean of R, G and B.

    From a smallest side of 161 pixels on this is the usual value: five scales, Gaussian window of
    11 pixels, negative terms set to 0. A shorter side has no fifth scale; there both pictures are
    first continued by whole mirror images of themselves (`mirror_tile`), so every pixel still
    counts alike, no edge appears, and the value keeps its scale.

    Args:
        image: Original, uint8 (H, W, 3).
        image_hat: Reconstruction, uint8 (H, W, 3).

    Returns:
        In [0, 1]; 1 where the two are equal; symmetric in its arguments.

    Raises:
        InputError: The two are not RGB pictures of the same size.
    """
    check_pair(image, image_hat)
    x, x_hat = (
        torch.from_numpy(mirror_tile(array, MS_SSIM_SIDE)).permute(2, 0, 1)[None]
        for array in (image, image_hat)
    )
    at_once = 3 if x.shape[2] * x.shape[3] <= TILE_SIDE**2 else 1  # channels
    with torch.inference_mode():
        values = [
            float(_ms_ssim_of_batches(a.float(), b.float(), data_range=255))
            for a, b in zip(x.split(at_once, dim=1), x_hat.split(at_once, dim=1), strict=True)
        ]
    return min(math.fsum(values) / len(values), 1.0)  # float32 can end a rounding error above


class D10:
    """Distance in the features of SqueezeNet 1.0, which no network of ours is trained on.

    The activations of four layers (relu of conv1, fire4, fire8, fire9) are scaled to unit length
    over channels at every position; squared differences are summed over channels, averaged over
    positions and summed over the layers. Pictures with a side under 64 pixels are first continued
    by mirror images, those with one over 1024 pixels measured in tiles.
    """

    def __init__(self, trunk: nn.Module, device: torch.device | str = "cpu") -> None:
        """Measure in the given trunk.

        Args:
            trunk: Maps x, float32 (B, 3, H, W) in [-1, 1], to a list of activations.
            device: Where to compute.
        """
        self._device = torch.device(device)
        self._trunk = trunk.eval().to(self._device)

    @classmethod
    def load(cls, folder: Path | None = None, device: torch.device | str = "cpu") -> Self:
        """Build the metric from stored weights.

        Args:
            folder: Where squeezenet1_0.pth is; None looks where `backbones` does.
            device: Where to compute.

        Raises:
            CheckpointError: The weights cannot be found or are not the published ones.
        """
        return cls(load_squeezenet("1_0", folder), device)

    @property
    def weights_hash(self) -> str:
        """Of all weights that take part: 12 hexadecimal digits."""
        return hash_tensors(self._trunk.state_dict().values())

    def __call__(self, image: NDArray[np.uint8], image_hat: NDArray[np.uint8]) -> float:
        """Give the distance of two pictures.

        Args:
            image: Original, uint8 (H, W, 3).
            image_hat: Reconstruction, uint8 (H, W, 3).

        Returns:
            At least 0; 0 where the two are equal; symmetric in its arguments.

        Raises:
            InputError: The two are not RGB pictures of the same size.
        """
        return measured_in_tiles(self._distance, image, image_hat)

    def _distance(self, image: NDArray[np.uint8], image_hat: NDArray[np.uint8]) -> float:
        layers = _squared_differences(self._trunk, image, image_hat, self._device)
        return math.fsum(float(layer.sum(dim=1).mean()) for layer in layers)


class Lpips:
    """LPIPS 0.1 in any of its trunks (Zhang et al. 2018, arXiv 1801.03924).

    Pictures with a side under 64 pixels are first continued by mirror images, those with one over
    1024 pixels measured in tiles.
    """

    def __init__(
        self, trunk: nn.Module, linear: Sequence[Tensor], device: torch.device | str = "cpu"
    ) -> None:
        """Measure in the given trunk.

        Args:
            trunk: Maps x, float32 (B, 3, H, W) in [-1, 1], to a list of activations.
            linear: For each activation the weights of its channels, as many values as channels.
            device: Where to compute.
        """
        self._device = torch.device(device)
        self._trunk = trunk.eval().to(self._device)
        self._linear = [weights.to(self._device).reshape(1, -1, 1, 1) for weights in linear]

    @property
    def weights_hash(self) -> str:
        """Of all weights that take part: 12 hexadecimal digits."""
        return hash_tensors([*self._trunk.state_dict().values(), *self._linear])

    def __call__(self, image: NDArray[np.uint8], image_hat: NDArray[np.uint8]) -> float:
        """Give the distance of two pictures.

        Args:
            image: Original, uint8 (H, W, 3).
            image_hat: Reconstruction, uint8 (H, W, 3).

        Returns:
            At least 0; 0 where the two are equal; symmetric in its arguments.

        Raises:
            InputError: The two are not RGB pictures of the same size.
        """
        return measured_in_tiles(self._distance, image, image_hat)

    def _distance(self, image: NDArray[np.uint8], image_hat: NDArray[np.uint8]) -> float:
        layers = _squared_differences(self._trunk, image, image_hat, self._device)
        return math.fsum(
            float((weights * layer).sum(dim=1).mean())
            for weights, layer in zip(self._linear, layers, strict=True)
        )


class LpipsSqueeze(Lpips):
    """LPIPS in SqueezeNet 1.1."""

    @classmethod
    def load(cls, folder: Path | None = None, device: torch.device | str = "cpu") -> Self:
        """Build the metric from stored weights.

        Args:
            folder: Where squeezenet1_1.pth and lpips_squeeze_lin.pth are; None looks where
                `backbones` does.
            device: Where to compute.

        Raises:
            CheckpointError: The weights cannot be found or are not the published ones.
        """
        return cls(load_squeezenet("1_1", folder), load_lpips_linear(folder), device)


def load_lpips(
    trunk: LpipsTrunk,
    folder: Path | None = None,
    device: torch.device | str = "cpu",
    *,
    download: bool = False,
) -> Lpips:
    """Build LPIPS in another trunk from stored weights.

    Args:
        trunk: Which one.
        folder: Looked into first; None looks where `lpips_trunks` does.
        device: Where to compute.
        download: Whether weights that are not on this machine may be fetched.

    Raises:
        CheckpointError: The weights cannot be had or are not the published ones.
    """
    return Lpips(load_trunk(trunk, folder, download=download), load_linear(trunk, folder), device)


def hash_tensors(tensors: Iterable[Tensor]) -> str:
    """Give the first 12 hexadecimal digits of the SHA-256 of values, wherever they are."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


@torch.inference_mode()
def _squared_differences(
    trunk: nn.Module,
    image: NDArray[np.uint8],
    image_hat: NDArray[np.uint8],
    device: torch.device,
) -> list[Tensor]:
    """Give, per layer, squared differences (1, K, h, w) of activations of unit length."""
    features, features_hat = (
        trunk(to_x(mirror_tile(array, TRUNK_SIDE)[None], device)) for array in (image, image_hat)
    )
    return [off.square() for off in offsets(unit_features(features), features_hat)]
