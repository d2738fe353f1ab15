"""BPG behind the codec protocol: what the paper compares itself with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.bpg import hevc
from gcdemo.codecs.bpg.coding_tools import pack_tools
from gcdemo.codecs.bpg.container import (
    SIGNATURE,
    Alpha,
    Contents,
    Header,
    PixelFormat,
    pack,
)
from gcdemo.codecs.bpg.nal_units import parameters_of, stored
from gcdemo.codecs.bpg.parameter_sets import coded_format, parse_sps
from gcdemo.codecs.bpg.planes import PlaneFormat, from_rgb
from gcdemo.codecs.bpg.reader import decode_pixels
from gcdemo.errors import BitstreamError, CodecFailed, InputError
from gcdemo.images import load_image
from gcdemo.limits import MAX_PIXELS


@dataclass(frozen=True, slots=True)
class BpgCodec:
    """BPG; a quality is 51 - QP of HEVC. Safe to share."""

    pixel_format: Literal[PixelFormat.YUV_420, PixelFormat.YUV_444] = PixelFormat.YUV_420
    bit_depth: Literal[8, 10] = 8

    @property
    def name(self) -> str:
        """Stable id."""
        return "bpg"

    @property
    def label(self) -> str:
        """What people call it."""
        return "BPG"

    @property
    def extension(self) -> str:
        """End of its files' names."""
        return ".bpg"

    @property
    def qualities(self) -> Sequence[int]:
        """0 to 51, from the smallest file to the largest."""
        return range(hevc.LARGEST_QP + 1)

    def available(self) -> str | None:
        """Say in a sentence what it lacks; None where it can run."""
        return hevc.available()

    def recognizes(self, data: bytes) -> bool:
        """Say whether data begins as a .bpg file does."""
        return data.startswith(SIGNATURE)

    def encode(self, image: NDArray[np.uint8], quality: int) -> bytes:
        """Give the .bpg file of a picture, uint8 (H, W, 3), at QP = 51 - `quality`.

        Raises:
            InputError: The quality is not one of `qualities`, or the picture is too large.
            CodecUnavailable: PyAV or x265 is missing.
            CodecFailed: x265 failed.
        """
        if quality not in self.qualities:
            raise InputError(f"BPG has qualities from 0 to {hevc.LARGEST_QP}, not {quality}.")
        height, width = image.shape[:2]
        if not 1 <= height * width <= MAX_PIXELS or max(height, width) > hevc.LONGEST_SIDE:
            raise InputError(
                f"The picture is {width} x {height}; BPG takes 1 to {MAX_PIXELS:,} pixels, and "
                f"sides of up to {hevc.LONGEST_SIDE:,}."
            )
        form = PlaneFormat(self.pixel_format, self.bit_depth)
        units = hevc.encode_planes(from_rgb(image, form), form, hevc.LARGEST_QP - quality)
        header = Header(
            pixel_format=form.pixel_format,
            bit_depth=form.bit_depth,
            color_space=form.color_space,
            alpha=Alpha.NONE,
            limited_range=form.limited_range,
            animation=False,
            width=width,
            height=height,
        )
        return pack(Contents(header, (), None, _parameters(units, header), stored(units)))

    def decode(self, data: bytes) -> NDArray[np.uint8]:
        """Give the picture of a .bpg file, uint8 (H, W, 3), laid over white.

        Raises:
            BitstreamError: The file is foreign, damaged, or of a kind that is not read here.
            CodecUnavailable: PyAV is missing.
            CodecFailed: It needs more memory than there is.
        """
        pixels = decode_pixels(data)
        return pixels if pixels.shape[2] == 3 else load_image(pixels)


def _parameters(units: Sequence[bytes], header: Header) -> bytes:
    """Give the short form of a stream's parameters, once a reader will rebuild the same of it."""
    try:
        tools, found = parse_sps(parameters_of(units))
    except BitstreamError as error:
        raise CodecFailed(f"x265 wrote what BPG cannot hold: {error}") from error
    idc = header.pixel_format.chroma_format_idc
    expected = coded_format(tools, idc, header.width, header.height, header.bit_depth)
    if found != expected:
        raise CodecFailed(f"x265 coded a picture of {found}, not of {expected}.")
    return pack_tools(tools)
