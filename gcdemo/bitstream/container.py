"""The .gci file: a header of 8 bytes, sections, a checksum of 4 (FORMAT.md has every field).

    signature · version, mode, size form, model id · channels · weight hash · size
    · section lengths · sections · CRC-32

Nothing here knows what the sections hold, and nothing is allocated from a size that a file states.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from gcdemo.errors import Corrupt, InputError, NotOurFormat, Truncated, UnsupportedVersion

SIGNATURE = 0xC6
"""First byte of every file. No ASCII text and no common picture format begins with it."""

VERSION = 1
"""The version that is written, and the only one that is read."""

MAX_PIXELS = 50_000_000
"""The largest picture, in pixels; a file that states a larger one is refused."""

CHECKSUM_BYTES = 4

_FIXED_BYTES = 5  # signature to weight hash
_SMALL_SIZE_BYTES, _LARGE_SIZE_BYTES = 3, 8
_SMALL_SIDE = 1 << 12  # the longest side that the small form of the size holds
_MAX_MODEL_ID = 63
_MAX_CHANNELS = 16
_MAX_VARINT_BYTES = 5  # lengths below 2**35: far beyond any file of MAX_PIXELS


class Mode(IntEnum):
    """What a file holds; the number is stored, so it never changes."""

    GC = 0  # the whole picture is coded
    SC = 1  # a label map, and the symbols of the cells that are kept


SECTIONS = MappingProxyType(
    {Mode.GC: ("symbols",), Mode.SC: ("label map", "kept cells", "symbols")}
)
"""The sections of each mode, in the file's order."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself before its sections."""

    mode: Mode
    model_id: int  # 0 to 63, from the table of models
    weight_hash: bytes  # first two bytes of the SHA-256 of the weight file
    width: int  # of the picture, in pixels
    height: int  # of the picture, in pixels
    latent_channels: int  # C, 1 to 16

    def __post_init__(self) -> None:
        """Check that every field fits its place in the file.

        Raises:
            InputError: The picture is empty or too large, or C is out of range.
            ValueError: Another field is out of range, which no picture or choice can cause.
        """
        if self.width < 1 or self.height < 1:
            raise InputError(
                f"The picture is {self.width} x {self.height}; both sides must be at least 1 pixel."
            )
        if self.width * self.height > MAX_PIXELS:
            raise InputError(
                f"The picture is {self.width} x {self.height}; "
                f"at most {MAX_PIXELS // 10**6} million pixels are allowed."
            )
        if not 1 <= self.latent_channels <= _MAX_CHANNELS:
            raise InputError(
                f"{self.latent_channels} latent channels were asked for; "
                f"1 to {_MAX_CHANNELS} are possible."
            )
        if not 0 <= self.model_id <= _MAX_MODEL_ID or len(self.weight_hash) != 2:
            raise ValueError(f"model id {self.model_id} or hash {self.weight_hash!r} does not fit")

    @property
    def num_bytes(self) -> int:
        """Bytes from the signature to the size: 8, or 13 when a side is above 4096."""
        return _FIXED_BYTES + (_LARGE_SIZE_BYTES if _is_large(self) else _SMALL_SIZE_BYTES)


@dataclass(frozen=True, slots=True)
class Contents:
    """A file taken apart."""

    header: Header
    sections: tuple[bytes, ...]  # as SECTIONS names them


def pack(header: Header, sections: Sequence[bytes]) -> bytes:
    """Give the file that holds `sections`.

    Args:
        header: What the file says of itself.
        sections: As `SECTIONS[header.mode]` names them.

    Returns:
        The whole file; for a GC picture of up to 4096 x 4096, the symbols and 12 bytes.

    Raises:
        ValueError: The number of sections is not the mode's.
    """
    if len(sections) != len(SECTIONS[header.mode]):
        raise ValueError(f"{header.mode.name} has the sections {SECTIONS[header.mode]}")
    lengths = b"".join(_pack_varint(len(section)) for section in sections[:-1])
    body = b"".join((_pack_header(header), lengths, *sections))
    return body + zlib.crc32(body).to_bytes(CHECKSUM_BYTES, "big")


def unpack(data: bytes) -> Contents:
    """Take a file apart: the inverse of `pack`.

    Args:
        data: The whole file.

    Returns:
        Its header and sections, such that `pack` of them gives `data` again.

    Raises:
        NotOurFormat: It is empty or begins like another kind of file.
        UnsupportedVersion: Its version or mode is unknown here.
        Truncated: It ends within the header.
        Corrupt: Its checksum does not match, or its fields contradict each other.
    """
    body = _checked_body(data)
    header = _unpack_header(body)
    position = header.num_bytes
    lengths = []
    for _ in SECTIONS[header.mode][:-1]:
        length, position = _unpack_varint(body, position)
        lengths.append(length)
    sections = []
    for length in lengths:
        if length > len(body) - position:
            raise Corrupt("The file is damaged: a section is longer than the file.")
        sections.append(body[position : position + length])
        position += length
    return Contents(header, (*sections, body[position:]))


def _is_large(header: Header) -> bool:
    return max(header.width, header.height) > _SMALL_SIDE


def _pack_header(header: Header) -> bytes:
    large = _is_large(header)
    x, y = header.width - 1, header.height - 1
    size = (
        x.to_bytes(4, "big") + y.to_bytes(4, "big") if large else (x << 12 | y).to_bytes(3, "big")
    )
    return (
        bytes(
            (
                SIGNATURE,
                VERSION << 5 | header.mode << 3 | large << 2 | header.model_id >> 4,
                (header.model_id & 15) << 4 | header.latent_channels - 1,
            )
        )
        + header.weight_hash
        + size
    )


def _checked_body(data: bytes) -> bytes:
    """Give all bytes before the checksum, once signature, version and checksum are as they must be.

    The order matters: a file of a later version may have another checksum, and a foreign or a
    short file should be named as what it is.
    """
    if not data:
        raise NotOurFormat("The file is empty.")
    if data[0] != SIGNATURE:
        raise NotOurFormat("This is not a .gci file.")
    if len(data) < 2:
        raise Truncated("The file ends within its header.")
    version = data[1] >> 5
    if version != VERSION:
        raise UnsupportedVersion(
            f"The file has format version {version}; this program reads version {VERSION}."
        )
    size_bytes = _LARGE_SIZE_BYTES if data[1] >> 2 & 1 else _SMALL_SIZE_BYTES
    if len(data) < _FIXED_BYTES + size_bytes + CHECKSUM_BYTES:
        raise Truncated("The file ends within its header.")
    body = data[:-CHECKSUM_BYTES]
    if zlib.crc32(body) != int.from_bytes(data[-CHECKSUM_BYTES:], "big"):
        raise Corrupt("The file is damaged or cut short: its checksum does not match.")
    return body


def _unpack_header(body: bytes) -> Header:
    mode = body[1] >> 3 & 3
    if mode not in SECTIONS:
        raise UnsupportedVersion(f"The file has mode {mode}, which this program does not know.")
    if body[1] >> 2 & 1:
        x, y = int.from_bytes(body[5:9], "big"), int.from_bytes(body[9:13], "big")
        if max(x, y) < _SMALL_SIDE:
            raise Corrupt("The file is damaged: it states a small size in the large form.")
    else:
        x, y = divmod(int.from_bytes(body[5:8], "big"), _SMALL_SIDE)
    if (x + 1) * (y + 1) > MAX_PIXELS:
        raise Corrupt(
            f"The file states a picture of {x + 1} x {y + 1}; "
            f"at most {MAX_PIXELS // 10**6} million pixels are allowed."
        )
    return Header(
        mode=Mode(mode),
        model_id=(body[1] & 3) << 4 | body[2] >> 4,
        weight_hash=body[3:5],
        width=x + 1,
        height=y + 1,
        latent_channels=(body[2] & 15) + 1,
    )


def _pack_varint(value: int) -> bytes:
    """Give `value` as LEB128: seven bits a byte, lowest first; bit 7 says that more follow."""
    groups = bytearray()
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def _unpack_varint(data: bytes, position: int) -> tuple[int, int]:
    """Give the number at `position` and the position after it; only the shortest form is taken."""
    value = 0
    for i, byte in enumerate(data[position : position + _MAX_VARINT_BYTES]):
        value |= (byte & 127) << 7 * i
        if byte < 128:
            if byte == 0 and i > 0:
                break
            return value, position + i + 1
    raise Corrupt("The file is damaged: the length of a section cannot be read.")
