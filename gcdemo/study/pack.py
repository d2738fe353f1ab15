"""Builds study packs: every picture by our codec and by rivals at multiples of our bytes.

Files of a pair tell nothing apart: names are random, both have the same number of bytes and the
same date, and no file is used twice.
"""

import hashlib
import logging
import math
import os
import random
import secrets
import shutil
import struct
import uuid
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage
from tqdm import tqdm

from gcdemo.codecs.base import Codec, Image, bpp
from gcdemo.codecs.matching import match_size, reconstruct
from gcdemo.images import encode_png, load_image
from gcdemo.study.contenders import Contender
from gcdemo.study.faults import PackError
from gcdemo.study.manifest import (
    BROKEN,
    IMAGES,
    ORIGINAL,
    Manifest,
    Pack,
    Pair,
    Picture,
    Rendition,
    Settings,
    Stored,
    save_manifest,
)

logger = logging.getLogger(__name__)

# Length, name and checksum of a PNG chunk; the last chunk of a file, IEND, has nothing else.
_CHUNK_BYTES = 12
# The name says: may be ignored, private, may be copied.
_PADDING = b"paDd"
_LEAST_PADDING = 16
# Of every file: the year 2000. When a file was made could tell what it is.
_DATE = 946_684_800
# A broken picture has so many cells along its longer side.
_BROKEN_CELLS = 8


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a pack is made of."""

    quality: int = 4  # of ours: C
    factors: tuple[float, ...] = (1.0, 1.5, 2.0, 3.0)  # rivals' bytes as multiples of ours
    max_side: int = 1024  # larger pictures are reduced to it before all else, in pixels
    scaled: bool = False  # whether a rival may code the picture smaller to reach few bytes
    title: str = "Which is closer to the original?"
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            PackError: One is out of range.
        """
        if not self.factors or not all(0 < factor < math.inf for factor in self.factors):
            raise PackError("Rivals' sizes are multiples of ours, greater than 0.")
        if self.max_side < 16:
            raise PackError("Pictures of less than 16 pixels a side show nothing.")


def build_pack(
    paths: Sequence[Path],
    out: Path,
    ours: Codec,
    rivals: Sequence[Codec],
    recipe: Recipe,
    version: str,
    *,
    contenders: Sequence[Contender] = (),
    rng: random.Random | None = None,
    progress: bool = False,
) -> Pack:
    """Code pictures and put originals and reconstructions into a new pack.

    For every picture there is a pair with each rival at each factor, unless the rival's file is the
    same as at the factor before, one with each contender, and one obvious check: the original
    beside a mosaic in wrong colors.

    Args:
        paths: Picture files.
        out: The pack's folder; it must not exist or be empty, and appears when all is done.
        ours: The codec that the others are compared with.
        rivals: Those it is compared with.
        recipe: The rest.
        version: Of this program, for the manifest.
        contenders: What ours is compared with besides, at whatever size it has.
        rng: Draws file names and padding; None takes the system's.
        progress: Whether to show a progress bar.

    Raises:
        PackError: There is nothing to do, a codec cannot run here, or `out` is not empty.
        GCDemoError: A picture cannot be used, or a codec failed.
    """
    _refuse_filled(out)
    if not paths or not (rivals or contenders):
        raise PackError("A pack needs at least one picture and one rival.")
    for codec in (ours, *rivals):
        if reason := codec.available():
            raise PackError(f"{codec.label} cannot run here: {reason}")
    for contender in contenders:
        if reason := contender.available():
            raise PackError(f"{contender.name} cannot run here: {reason}")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{uuid.uuid4().hex}.part")
    (part / IMAGES).mkdir(parents=True)
    try:
        builder = _Builder(
            part / IMAGES, ours, rivals, contenders, recipe, rng or secrets.SystemRandom()
        )
        for path in tqdm(paths, unit="picture", disable=not progress):
            builder.add(path)
        manifest = Manifest(
            title=recipe.title,
            version_of_program=version,
            settings=recipe.settings,
            pictures=tuple(builder.pictures),
            pairs=tuple(builder.pairs),
        )
        save_manifest(part, manifest)
        _refuse_filled(out)  # another process may have been quicker
        if out.exists():
            out.rmdir()
        part.rename(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return Pack(out, manifest)


def _refuse_filled(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise PackError(f'"{out}" is not empty; a pack gets a folder of its own.')


class _Builder:
    """A pack that is being made."""

    def __init__(
        self,
        folder: Path,
        ours: Codec,
        rivals: Sequence[Codec],
        contenders: Sequence[Contender],
        recipe: Recipe,
        rng: random.Random,
    ) -> None:
        self.pictures: list[Picture] = []
        self.pairs: list[Pair] = []
        self._folder = folder
        self._ours = ours
        self._rivals = rivals
        self._contenders = contenders
        self._recipe = recipe
        self._rng = rng

    def add(self, path: Path) -> None:
        """Take in a picture with all its pairs."""
        image = _reduced(load_image(path), self._recipe.max_side)
        height, width = image.shape[:2]
        name = self._free_name(path.stem)
        (original,) = self._save(image)
        self.pictures.append(Picture(name, width, height, original))
        quality = self._recipe.quality
        data = self._ours.encode(image, quality)
        image_hat = self._ours.decode(data)
        for coded in (*self._rivals_files(image, len(data)), *self._contenders_files(image)):
            first, second = self._save(image_hat, coded.image_hat)
            self.pairs.append(
                Pair(
                    id=f"{name}/{coded.codec}/{coded.setting}",
                    picture=name,
                    check=False,
                    factor=coded.factor,
                    first=Rendition(
                        codec=self._ours.name,
                        setting=f"C = {quality}",
                        quality=quality,
                        scale=1.0,
                        num_bytes=len(data),
                        bpp=bpp(len(data), width, height),
                        floor=False,
                        stored=first,
                    ),
                    second=coded.rendition(second),
                )
            )
        good, broken = self._save(image, _broken(image))
        self.pairs.append(
            Pair(
                id=f"{name}/check",
                picture=name,
                check=True,
                factor=0.0,
                first=_uncoded(ORIGINAL, good),
                second=_uncoded(BROKEN, broken),
            )
        )

    def _rivals_files(self, image: Image, num_bytes: int) -> Iterator["_Coded"]:
        height, width = image.shape[:2]
        for rival in self._rivals:
            before = b""
            for factor in sorted(set(self._recipe.factors)):
                wanted = math.ceil(factor * num_bytes)
                match = match_size(rival, image, wanted, scaled=self._recipe.scaled)
                if match.data == before:
                    logger.info("%s has no other file at %g times.", rival.label, factor)
                    continue
                before = match.data
                yield _Coded(
                    codec=rival.name,
                    setting=f"x {factor:g}",
                    factor=factor,
                    quality=match.quality,
                    scale=match.scale,
                    num_bytes=match.num_bytes,
                    bpp=match.bpp,
                    floor=match.floor,
                    image_hat=reconstruct(rival, match.data, width, height),
                )

    def _contenders_files(self, image: Image) -> Iterator["_Coded"]:
        height, width = image.shape[:2]
        for contender in self._contenders:
            data, image_hat = contender.render(image)
            yield _Coded(
                codec=contender.name,
                setting=contender.setting,
                factor=0.0,
                quality=0,
                scale=1.0,
                num_bytes=len(data),
                bpp=bpp(len(data), width, height),
                floor=False,
                image_hat=image_hat,
            )

    def _free_name(self, stem: str) -> str:
        taken = {picture.name for picture in self.pictures}
        name, number = stem, 2
        while name in taken:
            name, number = f"{stem}-{number}", number + 1
        return name

    def _save(self, *images: Image) -> list[Stored]:
        """Write pictures as PNG files of the same number of bytes."""
        files = [encode_png(image) for image in images]
        num_bytes = max(map(len, files)) + _CHUNK_BYTES + _LEAST_PADDING
        stored = []
        for data in files:
            padding = self._rng.randbytes(num_bytes - len(data) - _CHUNK_BYTES)
            padded = _with_chunk(data, padding)
            name = f"{self._rng.getrandbits(128):032x}.png"
            (self._folder / name).write_bytes(padded)
            os.utime(self._folder / name, (_DATE, _DATE))
            stored.append(Stored(name, hashlib.sha256(padded).hexdigest()))
        return stored


@dataclass(frozen=True, slots=True)
class _Coded:
    """What a rival or a contender made of a picture."""

    codec: str
    setting: str
    factor: float
    quality: int
    scale: float
    num_bytes: int
    bpp: float
    floor: bool
    image_hat: Image

    def rendition(self, stored: Stored) -> Rendition:
        """Give what the manifest says of it."""
        return Rendition(
            codec=self.codec,
            setting=self.setting,
            quality=self.quality,
            scale=self.scale,
            num_bytes=self.num_bytes,
            bpp=self.bpp,
            floor=self.floor,
            stored=stored,
        )


def _uncoded(what: str, stored: Stored) -> Rendition:
    return Rendition(
        codec=what,
        setting="",
        quality=0,
        scale=1.0,
        num_bytes=0,
        bpp=0.0,
        floor=False,
        stored=stored,
    )


def _with_chunk(png: bytes, padding: bytes) -> bytes:
    """Put bytes that every reader ignores before the end of a PNG file."""
    body = _PADDING + padding
    chunk = struct.pack(">I", len(padding)) + body + struct.pack(">I", zlib.crc32(body))
    return png[:-_CHUNK_BYTES] + chunk + png[-_CHUNK_BYTES:]


def _reduced(image: Image, max_side: int) -> Image:
    height, width = image.shape[:2]
    share = max_side / max(height, width)
    if share >= 1:
        return image
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(PillowImage.fromarray(image).resize(size, PillowImage.Resampling.LANCZOS))


def _broken(image: Image) -> Image:
    """Give a mosaic of few cells with the colors exchanged."""
    height, width = image.shape[:2]
    cell = max(1, max(height, width) // _BROKEN_CELLS)
    cells = PillowImage.fromarray(np.ascontiguousarray(image[..., [1, 2, 0]])).resize(
        (-(-width // cell), -(-height // cell)), PillowImage.Resampling.BOX
    )
    return np.asarray(cells.resize((width, height), PillowImage.Resampling.NEAREST))
