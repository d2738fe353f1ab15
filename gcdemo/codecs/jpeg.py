"""JPEG, by libjpeg-turbo."""

import io

from PIL import Image as PillowImage

from gcdemo.codecs.pillow import PillowCodec


class JpegCodec(PillowCodec):
    """JPEG as small as the standard lets it be: progressive, with tables made for the picture."""

    name = "jpeg"
    label = "JPEG"
    extension = ".jpg"
    qualities = range(1, 96)  # above 95 files grow and pictures do not get better
    max_side = 65_500
    pillow_name = "JPEG"
    pillow_feature = "jpg"

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as a JPEG file does."""
        return data.startswith(b"\xff\xd8\xff")

    def _save(self, picture: PillowImage.Image, file: io.BytesIO, quality: int) -> None:
        picture.save(
            file, "JPEG", quality=quality, progressive=True, optimize=True, subsampling="4:2:0"
        )
