"""Measures one picture by one codec at its points, from real files."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import Codec, bound_bpp, bpp
from gcdemo.codecs.generative import NUM_CENTERS
from gcdemo.codecs.matching import Match, match_size, reconstruct
from gcdemo.errors import CheckpointError
from gcdemo.evaluation.color import color_error
from gcdemo.evaluation.metrics import D10, Lpips, LpipsSqueeze, load_lpips, ms_ssim, psnr_db
from gcdemo.evaluation.patches import PatchFeatures
from gcdemo.evaluation.points import Point, Setting, Size
from gcdemo.evaluation.remembering import RememberingCodec, remembering
from gcdemo.evaluation.rows import Row
from gcdemo.lpips_trunks import ALEXNET, VGG16, LpipsTrunk

PairMetric = Callable[[NDArray[np.uint8], NDArray[np.uint8]], float]
"""A number for (original, reconstruction), both uint8 (H, W, 3)."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics that need trained weights, each built once; None where they are missing."""

    lpips_squeeze: PairMetric | None = None
    lpips_alex: PairMetric | None = None
    lpips_vgg: PairMetric | None = None
    d10: PairMetric | None = None
    patch_features: Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None = None
    """What the kernel distance of sets compares, see `patches`."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """For each metric that is None, why."""
    weights: Mapping[str, str] = field(default_factory=dict)
    """For each metric that is there, the hash of its weights."""


class NamedPicture(NamedTuple):
    """A picture as the rows call it."""

    name: str
    file_hash: str
    image: NDArray[np.uint8]
    """uint8 (H, W, 3)."""


class Measured(NamedTuple):
    """What came back of a picture at one point."""

    row: Row
    data: bytes
    """The file."""
    features: NDArray[np.float32] | None
    """Of its patches; None without that metric, and at a codec's own settings."""


class _Scores(NamedTuple):
    """What a file is worth, whichever points it was made for."""

    psnr_db: float
    ms_ssim: float
    lpips_squeeze: float | None
    lpips_alex: float | None
    lpips_vgg: float | None
    d10: float | None
    color_error: float
    decode_seconds: float
    features: NDArray[np.float32] | None


def load_metrics(
    folder: Path | None = None, device: str = "cpu", *, download: bool = False
) -> Metrics:
    """Build the metrics whose weights can be had.

    Args:
        folder: Where the trunks' weights are; None looks where `backbones` does.
        device: Where to compute.
        download: Whether AlexNet's and VGG16's weights may be fetched.
    """
    absent: dict[str, str] = {}

    def build(name: str, load: Callable[[], _T]) -> _T | None:
        try:
            return load()
        except CheckpointError as error:
            absent[name] = str(error)
            return None

    def lpips(trunk: LpipsTrunk) -> Lpips:
        return load_lpips(trunk, folder, device, download=download)

    lpips_squeeze = build("lpips_squeeze", lambda: LpipsSqueeze.load(folder, device))
    lpips_alex = build("lpips_alex", lambda: lpips(ALEXNET))
    lpips_vgg = build("lpips_vgg", lambda: lpips(VGG16))
    d10 = build("d10", lambda: D10.load(folder, device))
    loaded = {
        "lpips_squeeze": lpips_squeeze,
        "lpips_alex": lpips_alex,
        "lpips_vgg": lpips_vgg,
        "d10": d10,
    }
    return Metrics(
        lpips_squeeze=lpips_squeeze,
        lpips_alex=lpips_alex,
        lpips_vgg=lpips_vgg,
        d10=d10,
        patch_features=build("kid", lambda: PatchFeatures.load(folder, device=device)),
        absent=absent,
        weights={name: metric.weights_hash for name, metric in loaded.items() if metric},
    )


def measure_picture(
    codec: Codec,
    version: str,
    picture: NamedPicture,
    points: Sequence[Point],
    targets: Mapping[int, int],
    metrics: Metrics,
) -> list[Measured]:
    """Code a picture at every point, decode what was made and measure.

    No file is made or measured twice. Times are those of a file's own encoding and decoding.

    Args:
        codec: Ours or a rival.
        version: What makes its files.
        picture: The original.
        points: What the codec is asked for.
        targets: For each anchor that the points name, its bytes on this picture.
        metrics: Those that need trained weights.

    Raises:
        GCDemoError: The codec failed, or gave back a picture of another size.
    """
    maker = remembering(codec)
    known: dict[tuple[bytes, bool], _Scores] = {}
    measured = []
    for point in points:
        match = _code(maker, picture.image, point, targets)
        key = (match.data, in_a_set(point))
        if key not in known:
            known[key] = _score(codec, match, picture.image, metrics, key[1])
        row = _row(maker, version, picture, point, targets, match, known[key])
        measured.append(Measured(row, match.data, known[key].features))
    return measured


def in_a_set(point: Point) -> bool:
    """Tell whether a point has a distance of sets: all but the settings of a rival's own curve."""
    return isinstance(point, Size) or point.own


def _code(
    codec: RememberingCodec, image: NDArray[np.uint8], point: Point, targets: Mapping[int, int]
) -> Match:
    if isinstance(point, Size):
        return match_size(codec, image, _target_bytes(point, targets), scaled=point.scaled)
    data = codec.encode(image, point.quality)
    height, width = image.shape[:2]
    return Match(
        data,
        point.quality,
        scale=1.0,
        floor=False,
        encodes=1,
        seconds=codec.seconds(data),
        width=width,
        height=height,
    )


def _target_bytes(size: Size, targets: Mapping[int, int]) -> int:
    return math.ceil(size.factor * targets[size.anchor])


def _score(
    codec: Codec,
    match: Match,
    image: NDArray[np.uint8],
    metrics: Metrics,
    with_features: bool,
) -> _Scores:
    height, width = image.shape[:2]
    start = perf_counter()
    if match.scale == 1:  # not enlarged: another size than the original's is an error
        image_hat = codec.decode(match.data)
    else:
        image_hat = reconstruct(codec, match.data, width, height)
    seconds = perf_counter() - start
    describe = metrics.patch_features if with_features else None
    return _Scores(
        psnr_db=psnr_db(image, image_hat),
        ms_ssim=ms_ssim(image, image_hat),
        lpips_squeeze=metrics.lpips_squeeze and metrics.lpips_squeeze(image, image_hat),
        lpips_alex=metrics.lpips_alex and metrics.lpips_alex(image, image_hat),
        lpips_vgg=metrics.lpips_vgg and metrics.lpips_vgg(image, image_hat),
        d10=metrics.d10 and metrics.d10(image, image_hat),
        color_error=color_error(image, image_hat),
        decode_seconds=seconds,
        features=describe and describe(image_hat),
    )


def _row(
    codec: RememberingCodec,
    version: str,
    picture: NamedPicture,
    point: Point,
    targets: Mapping[int, int],
    match: Match,
    scores: _Scores,
) -> Row:
    height, width = picture.image.shape[:2]
    own = isinstance(point, Setting) and point.own
    anchor = factor = target = None
    if isinstance(point, Size):
        anchor, factor, target = point.anchor, point.factor, _target_bytes(point, targets)
    return Row(
        picture=picture.name,
        picture_hash=picture.file_hash,
        codec=codec.name,
        codec_version=version,
        point=point.name,
        quality=match.quality,
        anchor=anchor,
        factor=factor,
        target_bytes=target,
        scale=match.scale,
        floor=match.floor,
        width=width,
        height=height,
        num_bytes=match.num_bytes,
        bpp=bpp(match.num_bytes, width, height),
        bound_bpp=bound_bpp(match.quality, NUM_CENTERS) if own else None,
        psnr_db=scores.psnr_db,
        ms_ssim=scores.ms_ssim,
        lpips_squeeze=scores.lpips_squeeze,
        lpips_alex=scores.lpips_alex,
        lpips_vgg=scores.lpips_vgg,
        d10=scores.d10,
        color_error=scores.color_error,
        encodes=match.encodes,
        encode_seconds=codec.seconds(match.data),
        decode_seconds=scores.decode_seconds,
    )
