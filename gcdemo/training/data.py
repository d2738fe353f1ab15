"""Training pictures: held in memory, cropped by a rule that depends on seed and step alone."""

import logging
import tarfile
import zlib
from collections.abc import Collection, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from gcdemo.config import STRIDE, TrainConfig
from gcdemo.errors import InputError, TrainingError
from gcdemo.images import SUFFIXES, load_image

logger = logging.getLogger(__name__)

# Workers that decode and crop; Pillow frees the interpreter while it resizes.
LOADER_THREADS = 8
BATCHES_AHEAD = 4
# One picture in this many is kept apart, by its name, and shown in the sample grids.
HOLDOUT_EVERY = 50
# Members of a shard that start so are scenes: they keep their folder, which their name has too.
SCENES_PREFIX = "scenes/"


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture and the name it is weighted by."""

    name: str
    image: NDArray[np.uint8]  # (H, W, 3)
    labels: NDArray[np.uint8] | None = None  # (H, W), class ids; None: unlabelled, all zero


class Choices(NamedTuple):
    """What SC keeps of each crop, and what it knows of the rest."""

    kept: Tensor  # bool (B, 1, crop/8, crop/8)
    labels: Tensor  # int64 (B, crop/8, crop/8), as a file would hold them
    thin: Tensor  # bool (B,)
    detail_channels: Tensor  # int64 (B,)
    coarse_noise: Tensor  # float32 (B, n, crop/16, crop/16)
    fine_noise: Tensor  # float32 (B, n, crop/8, crop/8)


class Batch(NamedTuple):
    """One step's input on one process."""

    x: Tensor  # float32 (B, 3, crop, crop) in [-1, 1]
    channels: Tensor  # int64 (B,), the rate C of each crop
    labels: Tensor | None = None  # int64 (B, crop, crop), where D is shown label maps
    choices: Choices | None = None  # in SC
    noise: Tensor | None = None  # v of GC, float32 (B, n, crop/16, crop/16); None without


def _picture_files(folder: Path, without: Collection[Path]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and not any(p in path.parents for p in without):
            yield path


def picture_bytes(source: Path, without: Collection[Path] = ()) -> Iterator[tuple[str, bytes]]:
    """Give the name and the file of every picture of a folder or a tar shard.

    Args:
        source: A folder, searched deeply, or a .tar file.
        without: Folders, itself or below it, that are not searched.

    Raises:
        TrainingError: It does not exist or is neither.
    """
    if not source.exists():
        raise TrainingError(f"There is no {source}.")
    if source.is_dir():
        for path in _picture_files(source, without):
            yield path.name, path.read_bytes()
    elif tarfile.is_tarfile(source):
        with tarfile.open(source) as shard:
            for member in shard:
                file = shard.extractfile(member)
                if file is not None and Path(member.name).suffix.lower() in SUFFIXES:
                    yield _name_in_shard(member.name), file.read()
    else:
        raise TrainingError(f"{source} is neither a folder nor a tar file of pictures.")


def _name_in_shard(member: str) -> str:
    if member.startswith(SCENES_PREFIX):
        return member.removeprefix(SCENES_PREFIX)
    return Path(member).name


def is_large_enough(picture: Picture, min_side: int) -> bool:
    """Tell whether no side of a picture is shorter than that; the log says of others so."""
    if min(picture.image.shape[:2]) >= min_side:
        return True
    logger.warning("%s is left out: a side is under %d pixels.", picture.name, min_side)
    return False


def read_pictures(
    sources: Sequence[Path], min_side: int, without: Collection[Path] = ()
) -> list[Picture]:
    """Decode every picture of folders (searched deeply) and tar shards.

    A file that cannot be used is reported by name in the log and left out.

    Args:
        sources: Folders or .tar files, each in a fixed order.
        min_side: Pictures with a shorter side are left out.
        without: Folders, sources or below them, that are not searched. Where there are any,
            nothing but these may be there.

    Raises:
        TrainingError: A source does not exist, or no picture is left.
    """
    pictures = []
    for source in sources:
        if source in without:
            continue
        files = picture_bytes(source, without)
        for name, data in tqdm(files, desc=f"Reading {source.name}", unit=""):
            try:
                image = load_image(data)
            except InputError as error:
                logger.warning("%s is left out: %s", name, error)
                continue
            if is_large_enough(picture := Picture(name, image), min_side):
                pictures.append(picture)
    if not pictures and not without:
        raise TrainingError("No usable training picture was found.")
    return pictures


def is_held_out(name: str) -> bool:
    """Tell whether a picture is kept from training, by its name alone."""
    return zlib.crc32(name.encode()) % HOLDOUT_EVERY == 0


def choose_pictures(pictures: Sequence[Picture], count: int, seed: int = 0) -> list[Picture]:
    """Give `count` pictures drawn without replacement, or all of them when there are fewer."""
    if count >= len(pictures):
        return list(pictures)
    chosen = np.random.default_rng(seed).choice(len(pictures), count, replace=False)
    return [pictures[index] for index in sorted(chosen)]


def picture_weights(pictures: Sequence[Picture], rules: Sequence[str]) -> NDArray[np.float64]:
    """Give each picture's chance to be drawn, from rules "prefix=weight" (else 1), summing to 1.

    Raises:
        TrainingError: A rule is not of that form.
    """
    weights = np.ones(len(pictures))
    for rule in rules:
        prefix, _, value = rule.partition("=")
        try:
            weight = float(value)
        except ValueError as error:
            raise TrainingError(f"'{rule}' is not of the form prefix=weight.") from error
        weights[[picture.name.startswith(prefix) for picture in pictures]] = weight
    chances: NDArray[np.float64] = weights / weights.sum()
    return chances


def draw_channels(rng: np.random.Generator, count: int, largest: int) -> NDArray[np.int64]:
    """Draw rates: three times in four a power of two up to `largest`, else any C from 2.

    Args:
        rng: Of the batch.
        count: How many to draw.
        largest: The largest C, at least 2.
    """
    powers = 2 ** np.arange(1, largest.bit_length())
    anywhere = rng.integers(2, largest + 1, count)
    return np.where(rng.random(count) < 0.75, rng.choice(powers, count), anywhere)


class CropBox(NamedTuple):
    """A square of a picture, in its pixels, and whether it is mirrored."""

    left: float
    top: float
    side: float
    mirrored: bool


def draw_box(
    height: int, width: int, crop: int, min_scale: float, rng: np.random.Generator
) -> CropBox:
    """Draw the square that gives `crop` pixels when the picture is shrunk by a random factor."""
    scale = max(rng.uniform(min_scale, 1.0), crop / min(height, width))
    side = min(crop / scale, height, width)
    left, top = rng.uniform(0, width - side), rng.uniform(0, height - side)
    return CropBox(left, top, side, bool(rng.random() < 0.5))


def cut_crop(
    image: NDArray[np.uint8],
    box: CropBox,
    crop: int,
    resampling: Image.Resampling = Image.Resampling.BICUBIC,
) -> NDArray[np.uint8]:
    """Cut a square and resize it: (H, W, 3) or (H, W) gives `crop` x `crop` pixels."""
    x0, y0 = int(box.left), int(box.top)
    x1, y1 = int(box.left + box.side) + 2, int(box.top + box.side) + 2
    part = Image.fromarray(np.ascontiguousarray(image[y0:y1, x0:x1]))
    left, top = box.left - x0, box.top - y0
    corners = (left, top, min(left + box.side, part.width), min(top + box.side, part.height))
    result = np.asarray(part.resize((crop, crop), resampling, box=corners))
    return result[:, ::-1] if box.mirrored else result


class BatchSource:
    """Batches as a function of the step: what resumes at step n sees what it would have seen."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        config: TrainConfig,
        latent_channels: int,
        *,
        nested_rates: bool,
        noise_channels: int = 0,
        rank: int = 0,
    ) -> None:
        """Serve crops of `pictures`; processes of different `rank` see different ones."""
        self.pictures = pictures
        self.config = config
        self.latent_channels = latent_channels
        self.nested_rates = nested_rates
        self.noise_channels = noise_channels
        self.rank = rank
        self.weights = picture_weights(pictures, config.source_weights)

    def batch(self, index: int) -> Batch:
        """Give the batch of that index, always the same."""
        rng = np.random.default_rng((self.config.seed, self.rank, index))
        crop = self.config.crop
        chosen = rng.choice(len(self.pictures), self.config.batch, p=self.weights)
        pictures = [self.pictures[index] for index in chosen]
        boxes = [
            draw_box(height, width, crop, self.config.min_scale, rng)
            for height, width, _ in (picture.image.shape for picture in pictures)
        ]
        crops = [cut_crop(p.image, box, crop) for p, box in zip(pictures, boxes, strict=True)]
        x = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 127.5 - 1
        if self.nested_rates:
            channels = draw_channels(rng, self.config.batch, self.latent_channels)
        else:
            channels = np.full(self.config.batch, self.latent_channels)
        labels = self._labels(pictures, boxes) if self.config.label_classes else None
        noise = None
        if self.noise_channels:
            shape = (self.config.batch, self.noise_channels, crop // STRIDE, crop // STRIDE)
            noise = torch.from_numpy(rng.standard_normal(shape, np.float32))
        return Batch(x, torch.from_numpy(channels), labels, noise=noise)

    def _labels(self, pictures: Sequence[Picture], boxes: Sequence[CropBox]) -> Tensor:
        crop = self.config.crop
        maps = [
            np.zeros((crop, crop), np.uint8)
            if picture.labels is None
            else cut_crop(picture.labels, box, crop, Image.Resampling.NEAREST)
            for picture, box in zip(pictures, boxes, strict=True)
        ]
        return torch.from_numpy(np.stack(maps)).long()

    def batches(self, first: int) -> Generator[Batch, None, None]:
        """Give the batches from index `first` on, for ever, prepared ahead by threads."""
        with ThreadPoolExecutor(LOADER_THREADS) as pool:
            pending: list[Future[Batch]] = []
            index = first
            try:
                while True:
                    while len(pending) < BATCHES_AHEAD * LOADER_THREADS // 2:
                        pending.append(pool.submit(self.batch, index))
                        index += 1
                    yield pending.pop(0).result()
            finally:
                for future in pending:
                    future.cancel()
