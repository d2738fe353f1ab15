"""What a worker has: codecs and metrics, each built once; and the work it is given."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from gcdemo.api import load_codec
from gcdemo.codecs.base import Codec
from gcdemo.codecs.generative import SEARCHED
from gcdemo.codecs.registry import RIVALS, rival
from gcdemo.devices import resolve_device
from gcdemo.evaluation.measure import (
    Measured,
    Metrics,
    NamedPicture,
    load_metrics,
    measure_picture,
)
from gcdemo.evaluation.points import Point
from gcdemo.evaluation.versions import codec_version
from gcdemo.images import load_image


@dataclass(frozen=True, slots=True)
class Setup:
    """How a worker builds its tools; small, and the same for all."""

    backbones: Path | None = None
    """Where the trunks' weights are; None looks where `backbones` does."""
    device: str = "auto"
    threads: int | None = None
    """Of torch, in each process; None leaves the choice to torch."""
    download: bool = False
    """Whether the large trunks' weights may be fetched."""


@dataclass(frozen=True, slots=True)
class Job:
    """One picture and one codec. Holds all that a worker needs, wherever it is."""

    picture: str
    """Its name in the rows."""
    contents: bytes
    """Its file."""
    codec: str
    points: tuple[Point, ...]
    targets: tuple[tuple[int, int], ...]
    """C and bytes of the anchor's files of this picture."""
    with_original: bool
    """Whether the original's own features are wanted too."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job gave."""

    measured: tuple[Measured, ...]
    """In the order of the job's points."""
    original: NDArray[np.float32] | None
    """Features of the original's patches, where they were wanted and can be had."""


def is_rival(name: str) -> bool:
    """Tell whether a codec is one that ours are compared with."""
    return any(codec.name == name for codec in RIVALS)


def file_hash(contents: bytes) -> str:
    """Give what tells a picture's file from others."""
    return hashlib.sha256(contents).hexdigest()[:12]


class Bench:
    """Codecs by name, and metrics."""

    def __init__(self, load: Callable[[str], Codec], metrics: Metrics, device: str = "cpu") -> None:
        """Keep what jobs are done with.

        Args:
            load: Gives the codec of a name, the same at every call; raises GCDemoError.
            metrics: Those that need trained weights.
            device: Where both compute.
        """
        self.load = load
        self.metrics = metrics
        self.device = device

    def measure(self, job: Job) -> Outcome:
        """Do a job.

        Raises:
            GCDemoError: The picture cannot be read, or the codec failed on it.
        """
        codec = self.load(job.codec)
        image = load_image(job.contents)
        picture = NamedPicture(job.picture, file_hash(job.contents), image)
        measured = measure_picture(
            codec, codec_version(codec), picture, job.points, dict(job.targets), self.metrics
        )
        features = self.metrics.patch_features if job.with_original else None
        return Outcome(tuple(measured), features and features(image))


@lru_cache(maxsize=1)
def bench_for(setup: Setup) -> Bench:
    """Build the tools once in each process.

    Raises:
        InputError: There is no such device.
    """
    if setup.threads is not None:
        torch.set_num_threads(setup.threads)
    device = str(resolve_device(setup.device))

    @cache
    def load(name: str) -> Codec:
        if is_rival(name):
            return rival(name)
        return load_codec(name.removesuffix(SEARCHED), device, search=name.endswith(SEARCHED))

    metrics = load_metrics(setup.backbones, device, download=setup.download)
    return Bench(load, metrics, device)


def do_job(setup: Setup, job: Job) -> Outcome:
    """Do a job with this process's own tools.

    Raises:
        GCDemoError: The picture cannot be read, or the codec failed on it.
    """
    return bench_for(setup).measure(job)
