"""The .gci file: a header, sections, a checksum of 4 bytes (FORMAT.md has every field).

    header · section lengths · sections · CRC-32

Nothing here knows what the sections hold, and nothing is allocated from a size that a file states.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gcdemo.bitstream.header import (
    SIGNATURE,
    VERSION,
    Header,
    Mode,
    least_bytes,
    pack_header,
    pack_varint,
    unpack_header,
    unpack_varint,
)
from gcdemo.errors import Corrupt, NotOurFormat, Truncated, UnsupportedVersion

CHECKSUM_BYTES = 4

SECTIONS = MappingProxyType(
    {
        Mode.GC: ("symbols",),
        Mode.SC: ("label map", "kept cells", "detail symbols", "thin symbols"),
        Mode.TINTED: ("tint", "symbols"),
    }
)
"""The sections of each mode, in the file's order."""


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
        The whole file; for a GC picture of up to 4096 x 4096, the symbols and 12 bytes, and a
        tint with its length if there is one.

    Raises:
        ValueError: The number of sections is not the mode's.
    """
    if len(sections) != len(SECTIONS[header.mode]):
        raise ValueError(f"{header.mode.name} has the sections {SECTIONS[header.mode]}")
    lengths = b"".join(pack_varint(len(section)) for section in sections[:-1])
    body = b"".join((pack_header(header), lengths, *sections))
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
    header, position = unpack_header(body)
    lengths = []
    for _ in SECTIONS[header.mode][:-1]:
        length, position = unpack_varint(body, position)
        lengths.append(length)
    sections = []
    for length in lengths:
        if length > len(body) - position:
            raise Corrupt("The file is damaged: a section is longer than the file.")
        sections.append(body[position : position + length])
        position += length
    return Contents(header, (*sections, body[position:]))


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
    if len(data) < least_bytes(data) + CHECKSUM_BYTES:
        raise Truncated("The file ends within its header.")
    body = data[:-CHECKSUM_BYTES]
    if zlib.crc32(body) != int.from_bytes(data[-CHECKSUM_BYTES:], "big"):
        raise Corrupt("The file is damaged or cut short: its checksum does not match.")
    return body
