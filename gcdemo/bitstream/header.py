"""What a .gci file says of itself before its sections: fields and their bytes.

signature · version, mode, size form, model id · channels · weight hash · size · fields of SC
"""

from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from gcdemo.errors import Corrupt, InputError, UnsupportedVersion
from gcdemo.limits import MAX_PIXELS, MAX_SIDE, too_large

SIGNATURE = 0xC6
"""First byte of every file. No ASCII text and no common picture format begins with it."""

VERSION = 1
"""The version that is written, and the only one that is read."""

_ALLOWED = f"at most {MAX_PIXELS // 10**6} million pixels and {MAX_SIDE:,} a side are allowed"
_SMALL_SIDE = 1 << 12  # the longest side that the small form of the size holds
_MAX_MODEL_ID = 63
_MAX_CHANNELS = 16
_MAX_DETAIL_CHANNELS = 15
_MAX_VARINT_BYTES = 5  # lengths below 2**35: far beyond any file of MAX_PIXELS


class Mode(IntEnum):
    """What a file holds; the number is stored, so it never changes."""

    GC = 0  # the whole picture is coded
    SC = 1  # a label map, the cells that are kept, and their symbols
    TINTED = 2  # as GC, and what is added to the colours of the whole picture


# No header is shorter, small and large; only that of a large SC file can be longer.
_LEAST_BYTES = MappingProxyType({Mode.GC: (8, 13), Mode.SC: (9, 8), Mode.TINTED: (8, 13)})


class Background(IntEnum):
    """What SC holds of cells not kept, beside labels; the number is stored, so it never changes."""

    SYNTHESISED = 0  # nothing
    THIN = 1  # thin symbols


@dataclass(frozen=True, slots=True)
class SelectiveFields:
    """What the header of an SC file says besides, in one byte."""

    background: Background
    detail_channels: int  # of the symbols that kept cells alone have, 0 to 15; 0: none is kept

    def __post_init__(self) -> None:
        """Check that the fields fit their place in the file.

        Raises:
            InputError: The number of detail channels is out of range.
        """
        if not 0 <= self.detail_channels <= _MAX_DETAIL_CHANNELS:
            raise InputError(
                f"{self.detail_channels} detail channels were asked for; "
                f"0 to {_MAX_DETAIL_CHANNELS} are possible."
            )


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself before its sections."""

    model_id: int  # 0 to 63, from the table of models
    weight_hash: bytes  # first two bytes of the SHA-256 of the weight file
    width: int  # of the picture, in pixels
    height: int  # of the picture, in pixels
    latent_channels: int  # C, 1 to 16; in SC of the thin symbols
    selective: SelectiveFields | None = None  # of SC; a file without them is GC
    tinted: bool = False  # GC whose colours are put right; SC never is

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
        if too_large(self.width, self.height):
            raise InputError(f"The picture is {self.width} x {self.height}; {_ALLOWED}.")
        if not 1 <= self.latent_channels <= _MAX_CHANNELS:
            raise InputError(
                f"{self.latent_channels} latent channels were asked for; "
                f"1 to {_MAX_CHANNELS} are possible."
            )
        if not 0 <= self.model_id <= _MAX_MODEL_ID or len(self.weight_hash) != 2:
            raise ValueError(f"model id {self.model_id} or hash {self.weight_hash!r} does not fit")
        if self.tinted and self.selective is not None:
            raise ValueError("a file of SC has no tint")

    @property
    def mode(self) -> Mode:
        """What the file holds."""
        if self.selective is not None:
            return Mode.SC
        return Mode.TINTED if self.tinted else Mode.GC

    @property
    def num_bytes(self) -> int:
        """Bytes of it: 8, or 13 when a side is above 4096; in SC 9, or up to 11."""
        return len(pack_header(self))


def least_bytes(front: bytes) -> int:
    """Give how many bytes a header has at least that begins with these two."""
    # A mode to come is named once the checksum holds; until then it is measured as GC.
    mode = Mode.SC if front[1] >> 3 & 3 == Mode.SC else Mode.GC
    return _LEAST_BYTES[mode][front[1] >> 2 & 1]


def pack_header(header: Header) -> bytes:
    """Give the header's bytes."""
    large = max(header.width, header.height) > _SMALL_SIDE
    front = (
        SIGNATURE,
        VERSION << 5 | header.mode << 3 | large << 2 | header.model_id >> 4,
        (header.model_id & 15) << 4 | header.latent_channels - 1,
        *header.weight_hash,
    )
    x, y = header.width - 1, header.height - 1
    if not large:
        size = (x << 12 | y).to_bytes(3, "big")
    elif header.selective is None:
        size = x.to_bytes(4, "big") + y.to_bytes(4, "big")
    else:
        size = pack_varint(x) + pack_varint(y)
    return bytes(front) + size + _pack_selective(header.selective)


def unpack_header(body: bytes) -> tuple[Header, int]:
    """Give the header at the beginning of a file, and the position after it.

    Args:
        body: All bytes before a checksum that matches; at least `least_bytes`.

    Raises:
        UnsupportedVersion: The mode is unknown here.
        Corrupt: The fields contradict each other.
    """
    mode = body[1] >> 3 & 3
    if mode not in _LEAST_BYTES:
        raise UnsupportedVersion(f"The file has mode {mode}, which this program does not know.")
    x, y, position = _unpack_size(body, Mode(mode))
    selective = None
    if mode == Mode.SC:
        selective = _unpack_selective(body[position : position + 1])
        position += 1
    header = Header(
        model_id=(body[1] & 3) << 4 | body[2] >> 4,
        weight_hash=body[3:5],
        width=x + 1,
        height=y + 1,
        latent_channels=(body[2] & 15) + 1,
        selective=selective,
        tinted=mode == Mode.TINTED,
    )
    return header, position


def _unpack_size(body: bytes, mode: Mode) -> tuple[int, int, int]:
    """Give W - 1, H - 1 and the position after them."""
    large = body[1] >> 2 & 1
    if not large:
        x, y = divmod(int.from_bytes(body[5:8], "big"), _SMALL_SIDE)
        position = 8
    elif mode is not Mode.SC:
        x, y = int.from_bytes(body[5:9], "big"), int.from_bytes(body[9:13], "big")
        position = 13
    else:
        x, position = unpack_varint(body, 5)
        y, position = unpack_varint(body, position)
    if large and max(x, y) < _SMALL_SIDE:
        raise Corrupt("The file is damaged: it states a small size in the large form.")
    if too_large(x + 1, y + 1):
        raise Corrupt(f"The file states a picture of {x + 1} x {y + 1}; {_ALLOWED}.")
    return x, y, position


def _pack_selective(fields: SelectiveFields | None) -> bytes:
    return b"" if fields is None else bytes((fields.background << 7 | fields.detail_channels,))


def _unpack_selective(data: bytes) -> SelectiveFields:
    if not data or data[0] & 0x70:
        raise Corrupt("The file is damaged: its background and detail channels cannot be read.")
    return SelectiveFields(Background(data[0] >> 7), data[0] & 15)


def pack_varint(value: int) -> bytes:
    """Give `value` as LEB128: seven bits a byte, lowest first; bit 7 says that more follow."""
    groups = bytearray()
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def unpack_varint(data: bytes, position: int) -> tuple[int, int]:
    """Give the number at `position` and the position after it; only the shortest form is taken."""
    value = 0
    for i, byte in enumerate(data[position : position + _MAX_VARINT_BYTES]):
        value |= (byte & 127) << 7 * i
        if byte < 128:
            if byte == 0 and i > 0:
                break
            return value, position + i + 1
    raise Corrupt("The file is damaged: a size or a length cannot be read.")
