"""Bytes of BPG and HEVC: the numbers ue7, and payloads that never look like a start code."""

from gcdemo.errors import Corrupt, Truncated

_MAX_UE7_BITS = 32


def pack_ue7(value: int) -> bytes:
    """Give `value` as ue7: seven bits a byte, highest first; the top bit says that more follow."""
    groups = [value & 127]
    while value := value >> 7:
        groups.append(value & 127 | 128)
    return bytes(reversed(groups))


def unpack_ue7(data: bytes, position: int) -> tuple[int, int]:
    """Give the ue7 at `position` and the position after it.

    Raises:
        Truncated: The data ends before it does.
        Corrupt: It is not of the shortest form, or does not fit 32 bits.
    """
    value = 0
    for i in range(position, len(data)):
        byte = data[i]
        if i == position and byte == 128:
            raise Corrupt(
                "The file is damaged: a number in its header is not of the shortest form."
            )
        value = value << 7 | byte & 127
        if value >= 1 << _MAX_UE7_BITS:
            raise Corrupt("The file is damaged: a number in its header is larger than any allowed.")
        if byte < 128:
            return value, i + 1
    raise Truncated("The file ends within its header.")


def escape(payload: bytes) -> bytes:
    """Put a 3 before every byte below 4 that follows two zeros (HEVC, 7.4.2)."""
    escaped = bytearray()
    zeros = 0
    for byte in payload:
        if zeros == 2 and byte < 4:
            escaped.append(3)
            zeros = 0
        escaped.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(escaped)


def unescape(data: bytes) -> bytes:
    """Take away what `escape` put in."""
    return data.replace(b"\0\0\3", b"\0\0")
