"""The .bpg file: a header, metadata, and an HEVC picture without what can be rebuilt.

    42 50 47 FB · formats and flags · width · height · lengths · metadata
    · short parameters of the alpha plane · short parameters of the colors · NAL units

After the BPG specification 0.9.5 of Fabrice Bellard (libbpg, doc/bpg_spec.txt). Nothing here knows
what parameters and NAL units hold, and nothing is allocated from a size that a file states.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from gcdemo.codecs.bpg.bits import pack_ue7, unpack_ue7
from gcdemo.errors import Corrupt, NotOurFormat, Truncated, UnsupportedVersion
from gcdemo.limits import MAX_PIXELS

SIGNATURE = b"BPG\xfb"
"""First bytes of every file."""

ANIMATION_TAG = 5
"""Tag of the metadata that says how fast pictures follow each other."""

_LARGEST_BIT_DEPTH = 14


class PixelFormat(IntEnum):
    """Where the chroma samples are; the numbers are stored."""

    GRAY = 0
    YUV_420 = 1  # one for 2 x 2 pixels, in their middle
    YUV_422 = 2  # one for two pixels, between them
    YUV_444 = 3
    YUV_420_VIDEO = 4  # one for 2 x 2 pixels, between the two on the left
    YUV_422_VIDEO = 5  # one for two pixels, on the left one

    @property
    def chroma_format_idc(self) -> int:
        """What HEVC calls it."""
        return self.value if self < PixelFormat.YUV_420_VIDEO else self.value - 3

    @property
    def chroma_steps(self) -> tuple[int, int]:
        """How many pixels (down, right) lie between chroma samples."""
        return {0: (1, 1), 1: (2, 2), 2: (1, 2), 3: (1, 1)}[self.chroma_format_idc]


class ColorSpace(IntEnum):
    """What the three planes mean; the numbers are stored."""

    YCBCR_BT601 = 0
    RGB = 1  # planes in the order green, blue, red
    YCGCO = 2
    YCBCR_BT709 = 3
    YCBCR_BT2020 = 4


class Alpha(IntEnum):
    """What the fourth plane means; the numbers are the two stored flags, alpha1 and alpha2."""

    NONE = 0
    WHITE = 1  # of CMYK
    STRAIGHT = 2
    PREMULTIPLIED = 3


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself before its lengths."""

    pixel_format: PixelFormat
    bit_depth: int  # 8 to 14
    color_space: ColorSpace
    alpha: Alpha
    limited_range: bool  # black is 16 and white 235, at 8 bits
    animation: bool
    width: int  # in pixels
    height: int  # in pixels


@dataclass(frozen=True, slots=True)
class Metadata:
    """One piece of EXIF, color profile and the like."""

    tag: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """A file taken apart."""

    header: Header
    metadata: tuple[Metadata, ...]
    alpha_parameters: bytes | None  # there is none without a fourth plane
    parameters: bytes
    nal_units: (
        bytes  # of the fourth plane and the colors, interleaved; without the first start code
    )

    @property
    def metadata_bytes(self) -> int:
        """Bytes of the metadata with its tags and lengths."""
        return len(_pack_metadata(self.metadata))

    @property
    def parameter_bytes(self) -> int:
        """Bytes of the short parameters with their lengths."""
        return len(_pack_parameters(self))


def pack(contents: Contents) -> bytes:
    """Give the file of what `unpack` gives.

    The length of the picture is stated, though zero ("to the end") would be allowed: for a byte
    or two, a file that was cut or has something behind it is noticed.
    """
    header = contents.header
    alpha1, alpha2 = divmod(header.alpha, 2)
    metadata = _pack_metadata(contents.metadata)
    picture = _pack_parameters(contents) + contents.nal_units
    formats = header.pixel_format << 5 | alpha1 << 4 | header.bit_depth - 8
    flags = bool(metadata) << 3 | alpha2 << 2 | header.limited_range << 1 | header.animation
    return b"".join(
        (
            SIGNATURE,
            bytes((formats, header.color_space << 4 | flags)),
            pack_ue7(header.width),
            pack_ue7(header.height),
            pack_ue7(len(picture)),
            pack_ue7(len(metadata)) if metadata else b"",
            metadata,
            picture,
        )
    )


def unpack(data: bytes) -> Contents:
    """Take a file apart: the inverse of `pack`.

    Args:
        data: The whole file.

    Raises:
        NotOurFormat: It is empty or begins like another kind of file.
        UnsupportedVersion: It has a format that is not known here.
        Truncated: It ends too early.
        Corrupt: Its fields contradict each other, or it states too large a picture.
    """
    if not data:
        raise NotOurFormat("The file is empty.")
    if not SIGNATURE.startswith(data[:4]):
        raise NotOurFormat("This is not a .bpg file.")
    if len(data) < 6:
        raise Truncated("The file ends within its header.")
    width, position = unpack_ue7(data, 6)
    height, position = unpack_ue7(data, position)
    header = _unpack_header(data[4], data[5], width, height)
    num_bytes, position = unpack_ue7(data, position)
    metadata: tuple[Metadata, ...] = ()
    if data[5] >> 3 & 1:
        length, position = unpack_ue7(data, position)
        metadata = _unpack_metadata(_take(data, position, length))
        position += length
    if header.animation and all(item.tag != ANIMATION_TAG for item in metadata):
        raise Corrupt("The file is damaged: it is an animation that does not say how fast.")
    picture = _take(data, position, num_bytes) if num_bytes else data[position:]
    if position + len(picture) < len(data):
        raise Corrupt("The file is damaged: something follows its picture.")
    return _unpack_picture(header, metadata, picture)


def _unpack_header(formats: int, flags: int, width: int, height: int) -> Header:
    try:
        pixel_format, color_space = PixelFormat(formats >> 5), ColorSpace(flags >> 4)
    except ValueError as error:
        raise UnsupportedVersion(
            f"The file has pixel format {formats >> 5} and color space {flags >> 4}; "
            "this program does not know both."
        ) from error
    header = Header(
        pixel_format=pixel_format,
        bit_depth=8 + (formats & 15),
        color_space=color_space,
        alpha=Alpha((formats >> 4 & 1) * 2 + (flags >> 2 & 1)),
        limited_range=bool(flags >> 1 & 1),
        animation=bool(flags & 1),
        width=width,
        height=height,
    )
    if header.bit_depth > _LARGEST_BIT_DEPTH:
        raise Corrupt(f"The file is damaged: it states {header.bit_depth} bits a sample.")
    if pixel_format is PixelFormat.GRAY and (color_space or header.alpha is Alpha.WHITE):
        raise Corrupt("The file is damaged: it is gray and has a color space.")
    if not 1 <= width * height <= MAX_PIXELS:
        raise Corrupt(
            f"The file states a picture of {width} x {height}; "
            f"1 to {MAX_PIXELS:,} pixels are allowed."
        )
    return header


def _pack_metadata(metadata: Sequence[Metadata]) -> bytes:
    return b"".join(pack_ue7(item.tag) + pack_ue7(len(item.data)) + item.data for item in metadata)


def _unpack_metadata(data: bytes) -> tuple[Metadata, ...]:
    items = []
    position = 0
    try:
        while position < len(data):
            tag, position = unpack_ue7(data, position)
            length, position = unpack_ue7(data, position)
            items.append(Metadata(tag, _take(data, position, length)))
            position += length
    except Truncated as error:
        raise Corrupt("The file is damaged: its metadata is longer than stated.") from error
    return tuple(items)


def _pack_parameters(contents: Contents) -> bytes:
    short = (contents.alpha_parameters, contents.parameters)
    return b"".join(pack_ue7(len(data)) + data for data in short if data is not None)


def _unpack_picture(header: Header, metadata: tuple[Metadata, ...], data: bytes) -> Contents:
    short = []
    position = 0
    for _ in range(1 if header.alpha is Alpha.NONE else 2):
        length, position = unpack_ue7(data, position)
        short.append(_take(data, position, length))
        position += length
    return Contents(
        header=header,
        metadata=metadata,
        alpha_parameters=short[0] if len(short) > 1 else None,
        parameters=short[-1],
        nal_units=data[position:],
    )


def _take(data: bytes, position: int, length: int) -> bytes:
    """Give `length` bytes from `position` on."""
    if length > len(data) - position:
        raise Truncated("The file ends too early: it states more bytes than it has.")
    return data[position : position + length]
