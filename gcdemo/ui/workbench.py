"""Photos opened and coded of late: what was seen once comes back at once."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from gcdemo.codecs.base import Codec, GradualCodec, Image, Partial
from gcdemo.codecs.matching import Match, match_size, reconstruct
from gcdemo.errors import CodecUnavailable, GCDemoError, InputError
from gcdemo.images import encode_png, load_image
from gcdemo.ui.context import AppContext, FileReport
from gcdemo.ui.recent import Recent
from gcdemo.ui.render import number_text
from gcdemo.ui.view import Photo, Stat

KEPT_PIXELS = 60_000_000
"""Of opened photos, together: 180 MB."""

KEPT_RESULTS = 256
"""Of a few kilobytes each; their pictures are on disk."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A photo that was read."""

    key: str  # of the pixels: equal pictures share it
    stem: str
    image: Image
    png_bytes: int
    view: Path  # PNG to show, reduced where the photo is very large
    view_size: tuple[int, int]  # width, height

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the photo in pixels."""
        height, width = self.image.shape[:2]
        return width, height


@dataclass(frozen=True, slots=True)
class Coded:
    """A photo that came back from its file."""

    data: bytes
    file: Path
    view: Path
    report: FileReport
    stats: tuple[Stat, ...]


@dataclass(frozen=True, slots=True)
class Rivalled:
    """A photo that came back from a rival's file."""

    codec: Codec
    match: Match
    file: Path
    view: Path
    stats: tuple[Stat, ...]


class Workbench:
    """Opens photos, codes them and remembers both."""

    def __init__(self, context: AppContext, folder: Path) -> None:
        """Work for one page.

        Args:
            context: Its codec, metrics and limits.
            folder: Where files to show and to download are put, named by their content.
        """
        self.context = context
        self._folder = folder
        self._opened: Recent[Opened] = Recent(KEPT_PIXELS, lambda opened: opened.image.size // 3)
        self._coded: Recent[Coded] = Recent(KEPT_RESULTS)
        self._rivalled: Recent[Rivalled] = Recent(KEPT_RESULTS)

    def open(self, photo: Photo) -> Opened:
        """Read a photo.

        Raises:
            InputError: It cannot be used, or is no longer there.
        """
        try:
            stat = photo.path.stat()
        except OSError:
            raise InputError(
                "The photo is no longer on the server. Please choose it again."
            ) from None
        self._touch(photo.path)
        # Photos that visitors bring are stored by their content: another one has another path.
        key = f"{photo.path}:{stat.st_size}"
        opened = self._opened.get(key)
        if opened is None or not self._touch(opened.view):
            opened = self._read(photo)
            self._opened.put(key, opened)
        return opened

    def codec(self, *, searched: bool) -> Codec:
        """Give ours, looking longer for a better file where that is asked for and can be had."""
        return (self.context.searching if searched else None) or self.context.codec

    def remembered(self, opened: Opened, quality: int, *, searched: bool = False) -> Coded | None:
        """Give what coding this photo gave before, if that is still here."""
        coded = self._coded.get(f"{opened.key}:{quality}:{self.codec(searched=searched).name}")
        if coded is None or not self._touch(coded.view, coded.file):
            return None
        return coded

    def code(self, opened: Opened, quality: int, *, searched: bool = False) -> Coded:
        """Give what comes back of a photo, made now or remembered.

        Raises:
            GCDemoError: The codec cannot run here, or failed.
        """
        if known := self.remembered(opened, quality, searched=searched):
            return known
        *_, last = self.encode(opened, quality, searched=searched)
        return self.finish(opened, quality, last.data, searched=searched)

    def encode(self, opened: Opened, quality: int, *, searched: bool = False) -> Iterator[Partial]:
        """Make the file of a photo; the last step has it. Whoever stops asking ends the work.

        Raises:
            CodecUnavailable: The codec cannot run here.
        """
        codec = self.codec(searched=searched)
        reason = codec.available()
        if reason is not None:
            raise CodecUnavailable(reason)
        if isinstance(codec, GradualCodec):
            yield from codec.encode_gradually(opened.image, quality)
        else:
            yield Partial(1.0, codec.encode(opened.image, quality))

    def finish(self, opened: Opened, quality: int, data: bytes, *, searched: bool = False) -> Coded:
        """Decode a file, measure the picture against the photo, and remember all of it."""
        codec = self.codec(searched=searched)
        image = codec.decode(data)
        coded = Coded(
            data=data,
            file=self.store(data, f"{opened.stem}{codec.extension}"),
            view=self.show(image)[0],
            report=self.context.reader.describe(data),
            stats=self._measure(opened.image, image),
        )
        self._coded.put(f"{opened.key}:{quality}:{codec.name}", coded)
        return coded

    def rival(self, opened: Opened, codec: Codec, num_bytes: int, *, scaled: bool) -> Rivalled:
        """Give a rival's smallest file of at least `num_bytes` and what comes back of it.

        Args:
            opened: The photo.
            codec: The rival.
            num_bytes: What its file is to be matched to.
            scaled: Whether it may code a smaller picture where it cannot be that small.

        Raises:
            CodecError: It cannot run here, or failed.
        """
        key = f"{opened.key}:{codec.name}:{num_bytes}:{scaled}"
        known = self._rivalled.get(key)
        if known is not None and self._touch(known.view, known.file):
            return known
        reason = codec.available()
        if reason is not None:
            raise CodecUnavailable(reason)
        match = match_size(codec, opened.image, num_bytes, scaled=scaled)
        image = reconstruct(codec, match.data, *opened.size)
        made = Rivalled(
            codec=codec,
            match=match,
            file=self.store(match.data, f"{opened.stem}{codec.extension}"),
            view=self.show(image)[0],
            stats=self._measure(opened.image, image),
        )
        self._rivalled.put(key, made)
        return made

    def rivalled(self, opened: Opened) -> list[Rivalled]:
        """Give what rivals made of a photo of late."""
        return self._rivalled.starting_with(f"{opened.key}:")

    def show(self, image: Image) -> tuple[Path, tuple[int, int]]:
        """Put a picture where the page can show it: lossless, reduced only if very large.

        Returns:
            A PNG, and its width and height.
        """
        reduced = self._reduced(image)
        return self.store(encode_png(reduced), "picture.png"), (reduced.shape[1], reduced.shape[0])

    def store_png(self, image: Image, name: str) -> Path:
        """Put a whole picture where it can be taken away, as a PNG."""
        return self.store(encode_png(image), name)

    def store(self, data: bytes, name: str) -> Path:
        """Put a file under the hash of its content, whole or not at all."""
        folder = self._folder / hashlib.sha256(data).hexdigest()[:40]
        path = folder / name
        if self._touch(path):
            return path
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
        return path

    def _touch(self, *paths: Path) -> bool:
        """Begin the time anew after which visitors' files are cleared away; tell if all are there.

        Samples, which lie elsewhere, stay as they are.
        """
        try:
            for path in paths:
                if path.is_relative_to(self._folder):
                    os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def _read(self, photo: Photo) -> Opened:
        image = load_image(photo.path)
        png = encode_png(image)
        reduced = self._reduced(image)
        small = reduced.shape == image.shape
        return Opened(
            key=hashlib.sha256(png).hexdigest(),
            stem=photo.stem,
            image=image,
            png_bytes=len(png),
            view=self.store(png if small else encode_png(reduced), "picture.png"),
            view_size=(reduced.shape[1], reduced.shape[0]),
        )

    def _reduced(self, image: Image) -> Image:
        pixels = image.shape[0] * image.shape[1]
        factor = 1
        while pixels > self.context.limits.view_pixels * factor**2:
            factor += 1
        if factor == 1:
            return image
        return np.asarray(PillowImage.fromarray(image).reduce(factor))

    def _measure(self, image: Image, image_hat: Image) -> tuple[Stat, ...]:
        stats = []
        for metric in self.context.metrics:
            try:
                value = metric.measure(image, image_hat)
            except GCDemoError:
                continue  # a number that this picture does not have is left out
            text = number_text(value, metric.decimals, metric.unit)
            stats.append(Stat(metric.label, text, value))
        return tuple(stats)
