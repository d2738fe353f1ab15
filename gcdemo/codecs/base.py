"""What every codec can do, ours and the ones it is compared with."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gcdemo.config import STRIDE
from gcdemo.errors import InputError

Image: TypeAlias = NDArray[np.uint8]
"""A picture at the package's edges: uint8 (H, W, 3), RGB."""


class Encoded(NamedTuple):
    """A whole compressed file and how long it took to make."""

    data: bytes
    seconds: float

    @property
    def num_bytes(self) -> int:
        """Size of the file, everything counted."""
        return len(self.data)


class Partial(NamedTuple):
    """A file that is being made."""

    share: float  # of the work done, 0 to 1
    data: bytes = b""  # the whole file, once it is there


class Codec(Protocol):
    """Turns a picture into the bytes of a file and back; safe to share between requests."""

    @property
    def name(self) -> str:
        """Stable id in tables and votes, as in "gc", "bpg", "jpeg"; never shown, never reused."""
        ...

    @property
    def label(self) -> str:
        """What people call it."""
        ...

    @property
    def extension(self) -> str:
        """End of its files' names with the dot, as in ".gci"."""
        ...

    @property
    def qualities(self) -> Sequence[int]:
        """Every setting, from the smallest file to the largest; what a number means is its own."""
        ...

    def encode(self, image: Image, quality: int) -> bytes:
        """Give the whole file that holds a picture.

        Args:
            image: uint8 (H, W, 3).
            quality: One of `qualities`.

        Raises:
            InputError: The picture or the quality is not one it takes.
            CodecError: It failed on a good picture.
        """
        ...

    def decode(self, data: bytes) -> Image:
        """Give the picture that a file holds, uint8 (H, W, 3), of the size that was encoded.

        Args:
            data: The whole file.

        Raises:
            GCDemoError: The data cannot be read; BitstreamError where the file is one of ours.
        """
        ...

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as its files do; the rest may still be damaged."""
        ...

    def available(self) -> str | None:
        """Say in a sentence why it cannot run here; None where it can."""
        ...


@runtime_checkable
class GradualCodec(Codec, Protocol):
    """A codec that takes its time and can be watched meanwhile."""

    def encode_gradually(self, image: Image, quality: int) -> Iterator[Partial]:
        """Make the file that `encode` gives; the last step has it. Whoever stops asking ends it.

        Raises:
            InputError: The picture or the quality is not one it takes.
        """
        ...


@runtime_checkable
class SizedCodec(Codec, Protocol):
    """A codec that takes a size; its qualities are thousandths of a bit per pixel."""

    def encode_to_size(self, image: Image, num_bytes: float) -> bytes:
        """Give the file of a picture of about a size: some bytes more or less.

        Args:
            image: uint8 (H, W, 3).
            num_bytes: Size that the whole file is to have; more than 0.

        Raises:
            InputError: The picture is not one it takes.
            CodecError: It failed on a good picture.
        """
        ...


def bpp(num_bytes: int, width: int, height: int) -> float:
    """Give the rate of a file in bits per pixel of the picture as it was given.

    Args:
        num_bytes: Size of the whole file.
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.
    """
    return 8 * num_bytes / (width * height)


def bytes_within(rate: float, image: Image) -> int:
    """Give the size of the largest file of a picture at a rate.

    Args:
        rate: Bits per pixel that the whole file may have at most.
        image: uint8 (H, W, 3).

    Raises:
        InputError: The rate is no number above 0.
    """
    if not 0 < rate < math.inf:
        raise InputError(f"A rate is a number of bits per pixel above 0, not {rate:g}.")
    return int(rate * image.shape[0] * image.shape[1] / 8)


def bound_bpp(channels: int, num_centers: int) -> float:
    """Give the rate of a latent without entropy coding, in bits per pixel: C log2(L) / 256.

    One vector of C symbols stands for every 16x16 pixels (Agustsson et al. 2019, section 4).

    Args:
        channels: Latent channels C.
        num_centers: Symbols L that each value of the latent can take.
    """
    return channels * math.log2(num_centers) / STRIDE**2
