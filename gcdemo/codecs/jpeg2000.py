"""JPEG 2000, by OpenJPEG: told how many bytes to spend, it comes within a few of them."""

import io
from functools import partial

from PIL import Image as PillowImage

from gcdemo.codecs.base import Image
from gcdemo.codecs.pillow import PillowCodec

_COMMENT_MARKER, _TILE_MARKER = b"\xff\x64", b"\xff\x90"
# OpenJPEG names itself in a comment unless it is given another; one of a letter takes 7 bytes.
_COMMENT, _COMMENT_BYTES = "-", 7


class Jpeg2000Codec(PillowCodec):
    """JPEG 2000 as a bare codestream, the smallest form there is of it.

    A quality is the rate that is asked for, in thousandths of a bit per pixel.
    """

    name = "jpeg2000"
    label = "JPEG 2000"
    extension = ".j2k"
    qualities = range(1, 24_001)  # up to as many bits as the pixels have
    max_side = 2**31 - 1
    pillow_name = "JPEG2000"
    pillow_feature = "jpg_2000"

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as a codestream does."""
        return data.startswith(b"\xff\x4f\xff\x51")

    def encode_to_size(self, image: Image, num_bytes: float) -> bytes:
        """Give the file of a picture of about a size: some bytes more or less.

        Args:
            image: uint8 (H, W, 3).
            num_bytes: Size that the whole file is to have; more than 0.

        Raises:
            InputError: A side is too long for the format.
            CodecError: The library is missing or failed.
        """
        return self._written(image, partial(self._save_sized, num_bytes=num_bytes))

    def _save(self, picture: PillowImage.Image, file: io.BytesIO, quality: int) -> None:
        self._save_sized(picture, file, quality * picture.width * picture.height / 8000)

    def _save_sized(self, picture: PillowImage.Image, file: io.BytesIO, num_bytes: float) -> None:
        file.write(_without_comment(_saved(picture, num_bytes, bare=True)))


class Jp2Codec(Jpeg2000Codec):
    """JPEG 2000 in the boxes of a .jp2 file, 85 bytes more, which more programs open."""

    name = "jp2"
    label = "JPEG 2000 (JP2)"
    extension = ".jp2"

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as a .jp2 file does."""
        return data.startswith(b"\0\0\0\x0cjP  \r\n\x87\n")

    def _save_sized(self, picture: PillowImage.Image, file: io.BytesIO, num_bytes: float) -> None:
        boxes, _, codestream = _saved(picture, num_bytes, bare=False).partition(b"jp2c")
        codestream = _without_comment(codestream)
        # The last box holds the codestream, and its length stands before its name.
        length = (len(codestream) + 8).to_bytes(4, "big")
        file.write(boxes[:-4] + length + b"jp2c" + codestream)


def _saved(picture: PillowImage.Image, num_bytes: float, *, bare: bool) -> bytes:
    """Give OpenJPEG's file of about a size, not counting a comment."""
    file = io.BytesIO()
    picture.save(
        file,
        "JPEG2000",
        quality_mode="rates",
        quality_layers=[3 * picture.width * picture.height / (num_bytes + _COMMENT_BYTES)],
        irreversible=True,
        no_jp2=bare,
        comment=_COMMENT,
    )
    return file.getvalue()


def _without_comment(codestream: bytes) -> bytes:
    """Leave the comments out of a codestream's main header; nothing refers to them."""
    kept, position = [codestream[:2]], 2
    while (marker := codestream[position : position + 2]) != _TILE_MARKER:
        length = int.from_bytes(codestream[position + 2 : position + 4], "big")
        if marker != _COMMENT_MARKER:
            kept.append(codestream[position : position + 2 + length])
        position += 2 + length
    return b"".join((*kept, codestream[position:]))
