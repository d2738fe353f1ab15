"""Measures one picture at every rate, from real files."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import Codec, bpp
from gcdemo.config import STRIDE, ModelConfig
from gcdemo.errors import CheckpointError
from gcdemo.evaluation.color import color_error
from gcdemo.evaluation.metrics import D10, LpipsSqueeze, ms_ssim, psnr_db
from gcdemo.evaluation.patches import PatchFeatures
from gcdemo.evaluation.report import Row

PairMetric = Callable[[NDArray[np.uint8], NDArray[np.uint8]], float]
"""A number for (original, reconstruction), both uint8 (H, W, 3)."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics that need trained weights, each built once; None where they are missing."""

    lpips_squeeze: PairMetric | None = None
    d10: PairMetric | None = None
    patch_features: Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None = None
    """What the kernel distance of sets compares, see `patches`."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """For each metric that is None, why."""


class Reconstruction(NamedTuple):
    """What came back of a picture at one rate."""

    row: Row
    image_hat: NDArray[np.uint8]
    """uint8 (H, W, 3)."""
    features: NDArray[np.float32] | None
    """Of its patches; None without that metric."""


def load_metrics(folder: Path | None = None, device: str = "cpu") -> Metrics:
    """Build the metrics whose weights can be found.

    Args:
        folder: Where the trunks' weights are; None looks where `backbones` does.
        device: Where to compute.
    """
    absent: dict[str, str] = {}

    def build(name: str, load: Callable[[], _T]) -> _T | None:
        try:
            return load()
        except CheckpointError as error:
            absent[name] = str(error)
            return None

    return Metrics(
        lpips_squeeze=build("lpips_squeeze", lambda: LpipsSqueeze.load(folder, device)),
        d10=build("d10", lambda: D10.load(folder, device)),
        patch_features=build("kid", lambda: PatchFeatures.load(folder, device=device)),
        absent=absent,
    )


def measure_picture(
    codec: Codec,
    image: NDArray[np.uint8],
    channels: Sequence[int],
    metrics: Metrics,
    stem: Path,
) -> list[Reconstruction]:
    """Code a picture at every rate into a file, decode that file and measure.

    Args:
        codec: Ours; its qualities are the latent channels C.
        image: Original, uint8 (H, W, 3).
        channels: The rates C.
        metrics: Those that need trained weights.
        stem: The files' path up to "_c4.gci"; its name is the picture's in the rows.

    Raises:
        GCDemoError: The codec failed, or gave back a picture of another size.
        OSError: A file cannot be written.
    """
    return [_measure_at(codec, image, rate, metrics, stem) for rate in channels]


def bound_bpp(channels: int) -> float:
    """Give the rate of C latent channels without entropy coding, C log2(L) / 256."""
    return channels * math.log2(ModelConfig().num_centers) / STRIDE**2


def _measure_at(
    codec: Codec, image: NDArray[np.uint8], channels: int, metrics: Metrics, stem: Path
) -> Reconstruction:
    start = perf_counter()
    data = codec.encode(image, channels)
    encode_seconds = perf_counter() - start
    path = stem.with_name(f"{stem.name}_c{channels}{codec.extension}")
    path.write_bytes(data)
    stored = path.read_bytes()
    start = perf_counter()
    image_hat = codec.decode(stored)
    decode_seconds = perf_counter() - start
    height, width = image.shape[:2]
    row = Row(
        picture=stem.name,
        codec=codec.name,
        channels=channels,
        width=width,
        height=height,
        num_bytes=len(stored),
        bpp=bpp(len(stored), width, height),
        bound_bpp=bound_bpp(channels),
        psnr_db=psnr_db(image, image_hat),
        ms_ssim=ms_ssim(image, image_hat),
        lpips_squeeze=metrics.lpips_squeeze and metrics.lpips_squeeze(image, image_hat),
        d10=metrics.d10 and metrics.d10(image, image_hat),
        color_error=color_error(image, image_hat),
        encode_seconds=encode_seconds,
        decode_seconds=decode_seconds,
    )
    features = metrics.patch_features and metrics.patch_features(image_hat)
    return Reconstruction(row, image_hat, features)
