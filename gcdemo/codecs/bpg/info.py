"""What a .bpg file says of itself, told without decoding its picture."""

from dataclasses import dataclass

from gcdemo.codecs.base import bpp
from gcdemo.codecs.bpg.container import Alpha, ColorSpace, PixelFormat, unpack

_PIXEL_FORMATS = {
    PixelFormat.GRAY: "gray",
    PixelFormat.YUV_420: "4:2:0",
    PixelFormat.YUV_422: "4:2:2",
    PixelFormat.YUV_444: "4:4:4",
    PixelFormat.YUV_420_VIDEO: "4:2:0, chroma to the left",
    PixelFormat.YUV_422_VIDEO: "4:2:2, chroma to the left",
}
_COLOR_SPACES = {
    ColorSpace.YCBCR_BT601: "YCbCr, BT.601",
    ColorSpace.RGB: "RGB",
    ColorSpace.YCGCO: "YCgCo",
    ColorSpace.YCBCR_BT709: "YCbCr, BT.709",
    ColorSpace.YCBCR_BT2020: "YCbCr, BT.2020",
}
_ALPHA = {
    Alpha.NONE: "none",
    Alpha.WHITE: "white of CMYK",
    Alpha.STRAIGHT: "straight",
    Alpha.PREMULTIPLIED: "premultiplied",
}


@dataclass(frozen=True, slots=True)
class BpgInfo:
    """Every field of a .bpg file's header, and what its bytes are spent on."""

    pixel_format: str
    bit_depth: int
    color_space: str
    limited_range: bool
    alpha: str
    animation: bool
    width: int
    height: int
    num_bytes: int
    header_bytes: int  # from the signature to the lengths
    metadata_bytes: int
    hevc_header_bytes: int  # the short parameters of all planes
    picture_bytes: int  # the NAL units
    bpp: float


def describe(data: bytes) -> BpgInfo:
    """Read a .bpg file's fields without decoding it.

    Raises:
        BitstreamError: The data is not a whole .bpg file.
    """
    contents = unpack(data)
    header = contents.header
    rest = contents.metadata_bytes + contents.parameter_bytes + len(contents.nal_units)
    return BpgInfo(
        pixel_format=_PIXEL_FORMATS[header.pixel_format],
        bit_depth=header.bit_depth,
        color_space=_COLOR_SPACES[header.color_space],
        limited_range=header.limited_range,
        alpha=_ALPHA[header.alpha],
        animation=header.animation,
        width=header.width,
        height=header.height,
        num_bytes=len(data),
        header_bytes=len(data) - rest,
        metadata_bytes=contents.metadata_bytes,
        hevc_header_bytes=contents.parameter_bytes,
        picture_bytes=len(contents.nal_units),
        bpp=bpp(len(data), header.width, header.height),
    )
