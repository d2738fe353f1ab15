"""How large a rival's file is made: the smallest that is at least as large as ours.

A rival never gets fewer bytes than our file has. Where it has no file that small, it gets its
smallest one, and the result says so.
"""

import time
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PIL import Image as PillowImage

from gcdemo.codecs.base import Codec, Image, SizedCodec, bpp
from gcdemo.codecs.search import find_passing
from gcdemo.errors import InputError

SCALES = (1.0, 0.75, 0.5, 1 / 3, 0.25)
"""How much of each side may be coded, where the whole picture has no file that small."""

# About what the largest file of a codec has, in bits per pixel: it tells the search where to aim.
_TOP_BPP = 12.0
# By how much another size is asked for where a codec that takes sizes has missed the wanted one.
_MARGINS = (0, 1 / 128, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)
# How far above the wanted size its file must be for the question whether it has a smaller one.
_FAR = 1 + 1 / 64


@dataclass(frozen=True, slots=True)
class Match:
    """A rival's file and how it came about."""

    data: bytes
    quality: int  # one of the codec's own
    scale: float  # of the sides that were coded, one of `SCALES`
    floor: bool  # even the codec's smallest file is larger than was asked for
    encodes: int  # how many files were made to find it
    seconds: float  # for all of them
    width: int  # of the picture as it was given, in pixels
    height: int
    ceiling: bool = False  # even the codec's largest file is smaller than was asked for

    @property
    def num_bytes(self) -> int:
        """Size of the file, everything counted."""
        return len(self.data)

    @property
    def bpp(self) -> float:
        """Bits per pixel of the picture as it was given, at whatever scale it was coded."""
        return bpp(len(self.data), self.width, self.height)

    @property
    def remark(self) -> str:
        """What must be said beside a picture that was coded smaller, else ""."""
        if self.scale == 1:
            return ""
        return f"coded at {Fraction(self.scale).limit_denominator(4)} size"


@dataclass(frozen=True, slots=True)
class _Tried:
    """One of the files that were made on the way."""

    data: bytes
    quality: int
    is_smallest: bool  # the codec has no smaller one


def match_size(codec: Codec, image: Image, num_bytes: int, *, scaled: bool = False) -> Match:
    """Give a codec's smallest file that is at least as large as another one.

    Args:
        codec: Any, ours too.
        image: uint8 (H, W, 3).
        num_bytes: Size of the other file, times what the codec is granted; 1 or more.
        scaled: Where no file of the whole picture is that small, code it smaller, at the largest
            of `SCALES` that has one.

    Returns:
        The file; the codec's smallest with `floor` set where that is larger than `num_bytes`, its
        largest with `ceiling` set where that is smaller. A codec whose sizes do not grow steadily
        may have a smaller one that is still as large; a codec that takes a size gives the first
        that is as large, which is some bytes more.

    Raises:
        GCDemoError: The codec cannot encode the picture.
    """
    started = time.perf_counter()
    height, width = image.shape[:2]
    encodes = 0
    for scale in SCALES if scaled else SCALES[:1]:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        tried = _try(codec, _resized(image, *size), num_bytes, reaching=True)
        encodes += len(tried)
        floor = any(file.is_smallest and len(file.data) > num_bytes for file in tried)
        if not floor:
            break
    enough = [file for file in tried if len(file.data) >= num_bytes]
    best = min(enough, key=_size_of) if enough else max(tried, key=_size_of)
    return Match(
        data=best.data,
        quality=best.quality,
        scale=scale,
        floor=floor,
        encodes=encodes,
        seconds=time.perf_counter() - started,
        width=width,
        height=height,
        ceiling=not enough,
    )


def fit_size(codec: Codec, image: Image, num_bytes: int) -> Match:
    """Give a codec's largest file of at most a size.

    Args:
        codec: Any, ours too.
        image: uint8 (H, W, 3).
        num_bytes: The limit.

    Raises:
        InputError: Even the smallest file is larger.
        GCDemoError: The codec cannot encode the picture.
    """
    started = time.perf_counter()
    tried = _try(codec, image, num_bytes, reaching=False)
    fitting = [file for file in tried if len(file.data) <= num_bytes]
    if not fitting:
        raise InputError(
            f"{num_bytes} bytes are too few; the smallest {codec.label} file of this picture has "
            f"{min(map(_size_of, tried))}."
        )
    best = max(fitting, key=_size_of)
    return Match(
        data=best.data,
        quality=best.quality,
        scale=1.0,
        floor=False,
        encodes=len(tried),
        seconds=time.perf_counter() - started,
        width=image.shape[1],
        height=image.shape[0],
    )


def reconstruct(codec: Codec, data: bytes, width: int, height: int) -> Image:
    """Decode a file, and enlarge a picture that was coded smaller.

    Args:
        codec: The one that made it.
        data: The whole file.
        width: Of the picture as it was given, in pixels.
        height: Likewise.

    Returns:
        uint8 (height, width, 3).

    Raises:
        GCDemoError: The data cannot be read.
    """
    return _resized(codec.decode(data), width, height)


def _try(codec: Codec, image: Image, num_bytes: int, *, reaching: bool) -> list[_Tried]:
    """Make files around a size, among them the first that reaches it and the last below it.

    Args:
        codec: What makes them.
        image: uint8 (H, W, 3).
        num_bytes: The size.
        reaching: Which of the two is wanted: a codec that takes a size makes that one alone.
    """
    if isinstance(codec, SizedCodec):
        return _try_sizes(codec, image, num_bytes, reaching=reaching)
    tried = []

    def size_of(setting: int) -> int:
        quality = codec.qualities[setting]
        tried.append(_Tried(codec.encode(image, quality), quality, is_smallest=setting == 0))
        return len(tried[-1].data)

    top_bytes = _TOP_BPP * image.shape[0] * image.shape[1] / 8
    find_passing(size_of, len(codec.qualities), max(1, num_bytes), max(1, top_bytes))
    return tried


def _try_sizes(codec: SizedCodec, image: Image, num_bytes: int, *, reaching: bool) -> list[_Tried]:
    """Ask for a size, for more (or less) while it is missed, and for the utmost where that is."""
    height, width = image.shape[:2]
    tried: list[_Tried] = []

    def ask(size: float) -> int:
        data = codec.encode_to_size(image, size)
        quality = round(1000 * bpp(len(data), width, height))
        quality = min(max(quality, codec.qualities[0]), codec.qualities[-1])
        tried.append(_Tried(data, quality, is_smallest=size == 1))
        return len(data)

    for margin in _MARGINS:
        size = ask(max(1, num_bytes * (1 + margin if reaching else 1 - margin)))
        if size >= num_bytes if reaching else size <= num_bytes:
            break
    if reaching and size < num_bytes:
        ask(codec.qualities[-1] * height * width / 8000)
    elif reaching and size > num_bytes * _FAR:
        ask(1)
    return tried


def _size_of(file: _Tried) -> int:
    return len(file.data)


def _resized(image: Image, width: int, height: int) -> Image:
    """Give a picture in another size, by Lanczos; itself where it has that size."""
    if image.shape[:2] == (height, width):
        return image
    picture = PillowImage.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize((width, height), PillowImage.Resampling.LANCZOS))
