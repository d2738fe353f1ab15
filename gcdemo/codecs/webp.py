"""Lossy WebP, by libwebp."""

import io

from PIL import Image as PillowImage

from gcdemo.codecs.pillow import PillowCodec


class WebpCodec(PillowCodec):
    """WebP at its slowest and best method."""

    name = "webp"
    label = "WebP"
    extension = ".webp"
    qualities = range(101)
    max_side = 16_383
    pillow_name = "WEBP"
    pillow_feature = "webp"

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as a WebP file does."""
        return data[:4] == b"RIFF" and data[8:12] == b"WEBP"

    def _save(self, picture: PillowImage.Image, file: io.BytesIO, quality: int) -> None:
        picture.save(file, "WEBP", quality=quality, method=6)
