"""JPEG XL, by libjxl, in a plug-in for Pillow that need not be installed."""

import importlib
import importlib.util
import io

from PIL import Image as PillowImage

from gcdemo.codecs.pillow import PictureInfo, PillowCodec, picture_info
from gcdemo.errors import InputError
from gcdemo.limits import MAX_PIXELS

_PLUGIN = "pillow_jxl"
_SIGNATURE = b"\xff\x0a"
_CONTAINER_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
# Width over height, where the file states the height alone.
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_SIDE_BITS = (9, 13, 18, 30)


class JxlCodec(PillowCodec):
    """JPEG XL at an effort beyond which files hardly get smaller.

    It writes bare codestreams and reads those in a container of boxes too.
    """

    name = "jxl"
    label = "JPEG XL"
    extension = ".jxl"
    qualities = range(100)  # 100 would be lossless, which is another format
    max_side = 2**30
    pillow_name = "JXL"

    def available(self) -> str | None:
        """Say in a sentence why it cannot run here; None where it can."""
        if importlib.util.find_spec(_PLUGIN):
            return None
        return "JPEG XL needs the package pillow-jxl-plugin, which is not installed."

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as a codestream or a container does."""
        return data.startswith((_SIGNATURE, _CONTAINER_SIGNATURE))

    def describe(self, data: bytes) -> PictureInfo:
        """Read what a file's header says, without decoding it and without the plug-in.

        Raises:
            InputError: It is another kind of file.
        """
        if not self.recognizes(data):
            raise InputError(f"The file is no {self.label} picture.")
        return picture_info(data, *_stated_size(_codestream(data)))

    def _save(self, picture: PillowImage.Image, file: io.BytesIO, quality: int) -> None:
        importlib.import_module(_PLUGIN)
        picture.save(file, "JXL", quality=quality, effort=8)

    def _opened(self, data: bytes) -> PillowImage.Image:
        self._require()
        # The plug-in decodes at once, so the size must be known to be small before.
        info = self.describe(data)
        if info.width * info.height > MAX_PIXELS:
            raise InputError(f"The picture has more than {MAX_PIXELS:,} pixels.")
        importlib.import_module(_PLUGIN)
        return super()._opened(data)


def _codestream(data: bytes) -> bytes:
    """Give a file's codestream, whole or in parts in a container (ISO/IEC 18181-2, boxes).

    Raises:
        InputError: A container holds none.
    """
    if data.startswith(_SIGNATURE):
        return data
    parts, position = [], 0
    while len(header := data[position : position + 16]) >= 8:
        length, kind, begin = int.from_bytes(header[:4], "big"), header[4:8], 8
        if length == 1:  # the length follows in 64 bits
            length, begin = int.from_bytes(header[8:], "big"), 16
        end = position + length if length else len(data)
        if end < position + begin:
            break
        if kind == b"jxlp":  # a part, which its number precedes
            begin += 4
        if kind in (b"jxlc", b"jxlp"):
            parts.append(data[position + begin : end])
        position = end
    if not parts:
        raise InputError("The JPEG XL file holds no picture.")
    return b"".join(parts)


def _stated_size(data: bytes) -> tuple[int, int]:
    """Give the width and height in a codestream's first bits (ISO/IEC 18181-1, SizeHeader)."""
    # Lowest bits first; a header that is cut short reads as zeros.
    bits = int.from_bytes(data[2:14], "little")

    def take(count: int) -> int:
        nonlocal bits
        value, bits = bits & (1 << count) - 1, bits >> count
        return value

    def take_side(is_small: int) -> int:
        return 8 * (take(5) + 1) if is_small else take(_SIDE_BITS[take(2)]) + 1

    is_small = take(1)
    height = take_side(is_small)
    if ratio := take(3):
        numerator, denominator = _RATIOS[ratio - 1]
        return height * numerator // denominator, height
    return take_side(is_small), height
