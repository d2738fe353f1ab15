"""What the formats in Pillow share: pixels to a file without metadata, and back with care."""

import io
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image as PillowImage
from PIL import features

from gcdemo.codecs.base import Image, bpp
from gcdemo.errors import CodecFailed, CodecUnavailable, InputError
from gcdemo.images import load_image
from gcdemo.limits import MAX_PIXELS
from gcdemo.pixels import DECODER_ERRORS


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What the header of a file says."""

    width: int
    height: int
    num_bytes: int
    bpp: float


def picture_info(data: bytes, width: int, height: int) -> PictureInfo:
    """Give the facts of a file that holds a picture of a size."""
    return PictureInfo(width, height, len(data), bpp(len(data), width, height))


class PillowCodec(ABC):
    """A format of Pillow's behind the codec protocol; each subclass says how it is saved."""

    name: str
    label: str
    extension: str
    qualities: Sequence[int]
    max_side: int
    """The longest side that the format or its library takes, in pixels."""
    pillow_name: str
    """What Pillow calls the format."""
    pillow_feature: str
    """What Pillow calls the library behind it."""

    @abstractmethod
    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as its files do; the rest may still be damaged."""

    @abstractmethod
    def _save(self, picture: PillowImage.Image, file: io.BytesIO, quality: int) -> None:
        """Write a file; the library's errors go up."""

    def available(self) -> str | None:
        """Say in a sentence why it cannot run here; None where it can."""
        if features.check(self.pillow_feature):
            return None
        return f"Pillow was built without {self.label} on this machine."

    def encode(self, image: Image, quality: int) -> bytes:
        """Give the whole file of a picture, without metadata.

        Args:
            image: uint8 (H, W, 3).
            quality: One of `qualities`.

        Raises:
            InputError: The quality is not offered, or a side is too long for the format.
            CodecError: The library is missing or failed.
        """
        if quality not in self.qualities:
            raise InputError(
                f"Quality {quality} is not offered; {self.label} takes "
                f"{self.qualities[0]} to {self.qualities[-1]}."
            )
        return self._written(image, partial(self._save, quality=quality))

    def decode(self, data: bytes) -> Image:
        """Give the picture of one of its files, uint8 (H, W, 3), upright, in sRGB, on white.

        Raises:
            InputError: It is another kind of file, is damaged, or states too many pixels.
            CodecError: The library is missing.
        """
        with self._opened(data) as picture:
            return load_image(picture)

    def describe(self, data: bytes) -> PictureInfo:
        """Read what a file's header says, without decoding it.

        Raises:
            InputError: It is another kind of file, or its header is damaged.
            CodecError: The library is missing.
        """
        with self._opened(data) as picture:
            return picture_info(data, picture.width, picture.height)

    def _written(
        self, image: Image, save: Callable[[PillowImage.Image, io.BytesIO], None]
    ) -> bytes:
        """Give what `save` writes of a picture that the format can hold."""
        self._require()
        if max(image.shape) > self.max_side:
            raise InputError(
                f"The picture has {image.shape[1]:,} x {image.shape[0]:,} pixels; "
                f"{self.label} takes at most {self.max_side:,} on a side."
            )
        file = io.BytesIO()
        try:
            save(PillowImage.fromarray(np.ascontiguousarray(image)), file)
        except (MemoryError, *DECODER_ERRORS) as error:
            raise CodecFailed(f"{self.label} could not encode the picture: {error}.") from error
        return file.getvalue()

    def _opened(self, data: bytes) -> PillowImage.Image:
        """Read a file's header, as this format and no other."""
        self._require()
        if not self.recognizes(data):
            raise InputError(f"The file is no {self.label} picture.")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # on odd metadata; the size is checked at once
                return PillowImage.open(io.BytesIO(data), formats=(self.pillow_name,))
        except PillowImage.DecompressionBombError as error:
            raise InputError(f"The picture has more than {MAX_PIXELS:,} pixels.") from error
        except (MemoryError, *DECODER_ERRORS) as error:
            raise InputError(f"The {self.label} file is damaged or cut short.") from error

    def _require(self) -> None:
        if reason := self.available():
            raise CodecUnavailable(reason)
