"""A codec, metrics and samples that stand in for the real ones; no network, no weights."""

import io
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from gcdemo.codecs.base import Codec, Image, Partial
from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.errors import Corrupt, NotOurFormat
from gcdemo.label_classes import LABEL_CLASSES, class_named
from gcdemo.selection.base import Selector
from gcdemo.selection.classical import ClassicalSelector
from gcdemo.ui.context import AppContext, FileReport, Limits, Metric, StudySource, channel_rates
from gcdemo.ui.curves import Benchmark, Curve, CurvePoint, Measure
from gcdemo.ui.reports import gci_report, picture_report
from gcdemo.ui.selective_context import KeptPicture, Known, Selective, Wish

SIGNATURE = b"\xc6FAKE"


@dataclass(frozen=True)
class FakeInfo:
    """The fields of a fake file."""

    num_bytes: int
    width: int
    height: int
    latent_channels: int
    version: int = 1
    model_name: str = "fake"
    weight_hash: str = "0f1e"
    header_bytes: int = 14
    checksum_bytes: int = 4
    tint_bytes: int = 0

    @property
    def latent_bytes(self) -> int:
        return self.num_bytes - self.header_bytes - self.checksum_bytes - self.tint_bytes

    @property
    def bpp(self) -> float:
        return 8 * self.num_bytes / (self.width * self.height)

    @property
    def bound_bpp(self) -> float:
        return self.latent_channels * math.log2(5) / 256

    @property
    def saved_percent(self) -> float:
        return 100 * (1 - self.bpp / self.bound_bpp)


class FakeCodec:
    """Keeps a tiny WebP of the picture; the fewer channels, the smaller."""

    name = "gc"
    label = "GC"
    extension = ".gci"
    qualities = tuple(range(2, 17))

    def __init__(self, seconds: float = 0.0, reason: str | None = None) -> None:
        self.seconds = seconds
        self.reason = reason
        self.encoded = 0

    def encode(self, image: Image, quality: int) -> bytes:
        self.encoded += 1
        time.sleep(self.seconds)
        height, width = image.shape[:2]
        share = max(1, round(0.045 * math.sqrt(quality) * min(width, height)))
        scale = share / min(width, height)
        small = PillowImage.fromarray(image).resize(
            (max(1, round(width * scale)), max(1, round(height * scale))),
            PillowImage.Resampling.BOX,
        )
        file = io.BytesIO()
        small.save(file, "WEBP", quality=30)
        head = SIGNATURE + bytes([quality]) + width.to_bytes(4, "big") + height.to_bytes(4, "big")
        body = head + file.getvalue()
        return body + (sum(body) % 2**32).to_bytes(4, "big")

    def decode(self, data: bytes) -> Image:
        time.sleep(self.seconds)
        info = self.describe_fields(data)
        small = PillowImage.open(io.BytesIO(data[info.header_bytes : -info.checksum_bytes]))
        large = small.convert("RGB").resize(
            (info.width, info.height), PillowImage.Resampling.BICUBIC
        )
        return np.asarray(large)

    def recognizes(self, data: bytes) -> bool:
        return data.startswith(SIGNATURE)

    def available(self) -> str | None:
        return self.reason

    def describe_fields(self, data: bytes) -> FakeInfo:
        if not data.startswith(SIGNATURE):
            raise NotOurFormat("This is not a .gci file.")
        if sum(data[:-4]) % 2**32 != int.from_bytes(data[-4:], "big"):
            raise Corrupt("This .gci file is damaged or cut short.")
        return FakeInfo(
            num_bytes=len(data),
            width=int.from_bytes(data[6:10], "big"),
            height=int.from_bytes(data[10:14], "big"),
            latent_channels=data[5],
        )

    def describe(self, data: bytes) -> FileReport:
        return gci_report(self.describe_fields(data))


class FakeReader:
    """Reads the files of a fake codec and JPEG's."""

    endings = (".gci", ".bpg", ".jpg")

    def __init__(self, codec: FakeCodec) -> None:
        self.codec = codec

    def describe(self, data: bytes) -> FileReport:
        if JpegCodec().recognizes(data):
            return picture_report("JPEG", ".jpg", JpegCodec().describe(data))
        return self.codec.describe(data)

    def decode(self, data: bytes) -> Image:
        return (JpegCodec() if JpegCodec().recognizes(data) else self.codec).decode(data)


class FakeSelective:
    """Codes everything alike, and remembers what it was asked for; every map is of a street."""

    label = "SC"
    extension = ".gci"
    details = range(2, 13)
    start_detail = 8
    classes = LABEL_CLASSES
    reason = "It stands in."

    def __init__(self, codec: FakeCodec, labels: NDArray[np.uint8] | None = None) -> None:
        self.codec = codec
        self.labels = labels
        self.wishes: list[Wish] = []
        self.prepared = 0
        self.beforehand: Known | None = None

    @property
    def selector(self) -> Selector:
        return ClassicalSelector()

    def prepare(self, image: Image) -> None:
        self.prepared += 1

    def known(self, image: Image) -> Known | None:
        return self.beforehand

    def label_map(self, image: Image) -> NDArray[np.uint8]:
        if self.labels is not None:
            return self.labels
        labels = np.full(image.shape[:2], class_named("building").id, np.uint8)
        labels[: len(labels) // 2] = class_named("sky").id
        return labels

    def suits_invention(self, labels: NDArray[np.uint8]) -> bool:
        return bool((labels == class_named("building").id).any())

    def predict_bytes(self, image: Image, wish: Wish) -> int:
        return 100 + int(wish.kept.sum()) * wish.detail // 100

    def encode(self, image: Image, wish: Wish) -> Iterator[Partial]:
        self.wishes.append(wish)
        if wish.searched:
            yield Partial(0.5)
        yield Partial(1.0, self.codec.encode(image, wish.detail))

    def decode(self, data: bytes) -> KeptPicture:
        wish = self.wishes[-1]
        image = self.codec.decode(data)
        return KeptPicture(image, wish.kept, wish.labels, wish.synthesised)


@dataclass(frozen=True)
class FakeSample:
    """A picture to choose."""

    name: str
    title: str
    path: Path
    credit: str = "our own, CC0"


def psnr_db(image: Image, image_hat: Image) -> float:
    error = np.square(image.astype(float) - image_hat).mean()
    return math.inf if error == 0 else float(10 * math.log10(255**2 / error))


def similarity(image: Image, image_hat: Image) -> float:
    return float(np.corrcoef(image.ravel(), image_hat.ravel())[0, 1])


METRICS = (Metric("PSNR", psnr_db, "dB", 2), Metric("MS-SSIM", similarity, "", 3))


BENCHMARK = Benchmark(
    title="Two invented codecs.",
    measures=(Measure("PSNR", "PSNR (dB)", 2, True), Measure("MS-SSIM", "MS-SSIM", 3, True)),
    curves=(
        Curve(
            "gc",
            "GC (ours)",
            "#d55e00",
            (
                CurvePoint("C = 2", 533, 0.011, (20.8, 0.69)),
                CurvePoint("C = 4", 1023, 0.021, (21.9, 0.75)),
            ),
        ),
        Curve(
            "jpeg", "JPEG", "#4d4d4d", (CurvePoint("its smallest files", 4771, 0.1, (21.5, None)),)
        ),
    ),
)


class FakeSearching(FakeCodec):
    """The same, in steps and with some bytes more."""

    name = "gc-search"
    label = "GC, searched"
    steps = 4

    def encode_gradually(self, image: Image, quality: int) -> Iterator[Partial]:
        for step in range(self.steps):
            time.sleep(self.seconds)
            yield Partial(step / self.steps)
        yield Partial(1.0, self.encode(image, quality))

    def encode(self, image: Image, quality: int) -> bytes:
        return super().encode(image, min(quality + 1, self.qualities[-1]))


def fake_context(
    samples: tuple[FakeSample, ...] = (),
    codec: FakeCodec | None = None,
    limits: Limits | None = None,
    rivals: tuple[Codec, ...] = (),
    study: StudySource | None = None,
    selective: Selective | None = None,
) -> AppContext:
    """Give a whole context of fakes."""
    codec = codec or FakeCodec()
    return AppContext(
        codec=codec,
        rates=channel_rates(codec.qualities),
        reader=FakeReader(codec),
        metrics=METRICS,
        samples=samples,
        limits=limits or Limits(),
        rivals=rivals,
        rate_rival=rivals[0].name if rivals else "",
        benchmark=BENCHMARK,
        study=study,
        searching=FakeSearching(codec.seconds) if isinstance(codec, FakeCodec) else None,
        selective=selective,
    )


def draw_photo(width: int, height: int, seed: int = 0) -> Image:
    """Give a picture with a horizon, a sun and texture."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(width, height)
    sky = np.stack([0.95 - 0.5 * y, 0.65 - 0.1 * y, 0.55 + 0.5 * y], axis=-1)
    ground = np.stack([0.15 + 0.3 * x, 0.35 - 0.2 * y, 0.2 + 0 * x], axis=-1)
    ridge = 0.38 + 0.05 * np.sin(9 * x + seed) + 0.02 * np.sin(31 * x)
    image = np.where((y > ridge)[..., None], ground, sky)
    sun = np.hypot(x - 0.25 - 0.1 * seed, y - 0.18) < 0.07
    image[sun] = (1.0, 0.93, 0.7)
    grain = generator.normal(0, 0.05, image.shape) * (y > ridge)[..., None]
    return (255 * np.clip(image + grain, 0, 1)).astype(np.uint8)
