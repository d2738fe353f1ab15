"""From a .bpg file to its pixels."""

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.bpg.coding_tools import RangeExtension, unpack_tools
from gcdemo.codecs.bpg.container import Alpha, Contents, Header, unpack
from gcdemo.codecs.bpg.hevc import BIT_DEPTHS, LONGEST_SIDE, decode_planes
from gcdemo.codecs.bpg.nal_units import first_picture
from gcdemo.codecs.bpg.parameter_sets import build_sps, build_vps, coded_format
from gcdemo.codecs.bpg.planes import Plane, PlaneFormat, divide_by_alpha, to_gray, to_rgb
from gcdemo.errors import CodecFailed, Corrupt, UnsupportedVersion

# FFmpeg decodes the first wrongly and says nothing; the other two BPG itself forbids.
_REFUSED_TOOLS = (
    RangeExtension.IMPLICIT_RDPCM
    | RangeExtension.EXTENDED_PRECISION
    | RangeExtension.CABAC_BYPASS_ALIGNMENT
)


def decode_pixels(data: bytes) -> NDArray[np.uint8]:
    """Give the pixels of a .bpg file: exactly those of libbpg's decoder.

    Args:
        data: The whole file; of an animation, the first picture is given.

    Returns:
        uint8 (H, W, 3), RGB, or (H, W, 4), RGBA, the colors not multiplied by alpha.

    Raises:
        BitstreamError: The file is foreign, damaged, or of a kind that is not read here.
        CodecUnavailable: PyAV is missing.
        CodecFailed: It needs more memory than there is.
    """
    try:
        return _decode_pixels(unpack(data))
    except MemoryError as error:
        raise CodecFailed("The file's picture needs more memory than there is.") from error


def _decode_pixels(contents: Contents) -> NDArray[np.uint8]:
    header = contents.header
    _check(header)
    alpha_units, color_units = first_picture(
        contents.nal_units,
        alpha=contents.alpha_parameters is not None,
        animation=header.animation,
    )
    form = PlaneFormat(
        header.pixel_format, header.bit_depth, header.color_space, header.limited_range
    )
    idc = header.pixel_format.chroma_format_idc
    rgb = to_rgb(_decode(header, contents.parameters, color_units, idc), form)
    if contents.alpha_parameters is None:
        return rgb
    (plane,) = _decode(header, contents.alpha_parameters, alpha_units, 0)
    alpha = to_gray(plane, header.bit_depth)
    if header.alpha is Alpha.PREMULTIPLIED:
        rgb = divide_by_alpha(rgb, alpha)
    return np.dstack([rgb, alpha])


def _check(header: Header) -> None:
    """Refuse what is sound but not read here."""
    if header.bit_depth not in BIT_DEPTHS:
        raise UnsupportedVersion(
            f"The file has {header.bit_depth} bits a sample; this program reads "
            f"{', '.join(map(str, BIT_DEPTHS))}."
        )
    if header.alpha is Alpha.WHITE:
        raise UnsupportedVersion("The file holds CMYK colors, which this program does not read.")
    # Narrow pictures are coded up to 64 samples wide, and it is those that take memory and time.
    if max(header.width, header.height) > LONGEST_SIDE:
        raise UnsupportedVersion(
            f"The file holds a picture of {header.width:,} x {header.height:,} pixels; this "
            f"program reads sides of up to {LONGEST_SIDE:,}."
        )


def _decode(header: Header, parameters: bytes, units: list[bytes], idc: int) -> list[Plane]:
    """Give the planes of one layer, of the picture's size."""
    tools = unpack_tools(parameters)
    if tools.range_extension & _REFUSED_TOOLS:
        raise UnsupportedVersion(
            "The file is coded in a way that this program's HEVC decoder does not decode rightly "
            "(losslessly, most likely)."
        )
    coded = coded_format(tools, idc, header.width, header.height, header.bit_depth)
    complete = [build_vps(), build_sps(tools, coded), *units]
    planes = decode_planes(complete, header.height, header.width, header.bit_depth)
    if len(planes) != (3 if idc else 1):
        raise Corrupt("The file is damaged: its picture is not what its header states.")
    return planes
