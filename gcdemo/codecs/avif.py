"""AVIF, by libaom."""

import io

from PIL import Image as PillowImage

from gcdemo.codecs.pillow import PillowCodec


class AvifCodec(PillowCodec):
    """AVIF at speed 4: slower ones take several times as long for files as large."""

    name = "avif"
    label = "AVIF"
    extension = ".avif"
    qualities = range(101)
    max_side = 65_536
    pillow_name = "AVIF"
    pillow_feature = "avif"

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as an AVIF file does."""
        return data[4:12] in (b"ftypavif", b"ftypavis")

    def _save(self, picture: PillowImage.Image, file: io.BytesIO, quality: int) -> None:
        # One thread: with several, the file would depend on how many cores a machine has.
        picture.save(
            file, "AVIF", quality=quality, speed=4, subsampling="4:2:0", codec="aom", max_threads=1
        )
