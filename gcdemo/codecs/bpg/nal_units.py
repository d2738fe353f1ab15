"""The NAL units of a picture: told apart in a file, checked, and brought to where they belong."""

from collections.abc import Sequence

from gcdemo.errors import Corrupt

START_CODE = b"\0\0\1"

_IDR = (19, 20)
_OTHER_SLICES = frozenset(range(32)) - frozenset(_IDR)
_VPS, _SPS, _PPS = 32, 33, 34
_MESSAGES = (39, 40)  # one of them may carry a hash of the picture
_MARKS = (35, 36, 37, 38)  # beginnings, ends and filling: nothing to decode
_HEADER_BYTES = 2
_ALPHA_LAYER = 1


def split(data: bytes) -> list[bytes]:
    """Give the NAL units of a byte stream that lacks its first start code."""
    pieces = data.split(START_CODE)
    # A start code may be of four bytes, and the last byte of a NAL unit is never zero.
    return [piece.rstrip(b"\0") for piece in pieces[:-1]] + pieces[-1:]


def join(nal_units: Sequence[bytes]) -> bytes:
    """Give the byte stream of NAL units, with a start code before each."""
    return b"".join(START_CODE + unit for unit in nal_units)


def parameters_of(nal_units: Sequence[bytes]) -> bytes:
    """Give the one sequence parameter set of a stream.

    Raises:
        Corrupt: There is none, or there are several.
    """
    found = [unit for unit in nal_units if _type(unit) == _SPS]
    if len(found) != 1:
        raise Corrupt(f"The HEVC picture has {len(found)} sequence parameter sets, not one.")
    return found[0]


def stored(nal_units: Sequence[bytes]) -> bytes:
    """Give what a .bpg file keeps of a stream: picture parameters and slices."""
    kept = [unit for unit in nal_units if _type(unit) in (_PPS, *_IDR)]
    return join(kept).removeprefix(START_CODE)


def first_picture(data: bytes, *, alpha: bool, animation: bool) -> tuple[list[bytes], list[bytes]]:
    """Give the NAL units of a file's first picture.

    Args:
        data: All of the file's NAL units; the first start code is missing.
        alpha: Whether those of layer 1 are of a fourth plane.
        animation: Whether more pictures may follow.

    Returns:
        Those of the fourth plane, with the layer set to 0, and those of the colors.

    Raises:
        Corrupt: They are damaged, or not those of one picture.
    """
    layers: tuple[list[bytes], list[bytes]] = ([], [])
    begun = [not alpha, False]
    for unit in split(data):
        kind, is_color = _type(unit), not (alpha and _layer(unit) == _ALPHA_LAYER)
        begins = kind in _IDR and _begins_picture(unit)
        if kind in _OTHER_SLICES or (begins and begun[is_color]):
            if all(begun) and animation:
                break
            raise Corrupt("The file is damaged: another picture follows the first.")
        _check(unit)
        begun[is_color] |= begins
        if kind not in _MARKS:
            layers[is_color].append(
                unit if is_color else unit[:1] + bytes((unit[1] & 7,)) + unit[2:]
            )
    if not all(begun):
        raise Corrupt("The file is damaged or cut short: its picture is missing.")
    return layers


def _check(unit: bytes) -> None:
    """Refuse what no encoder writes into a .bpg file."""
    kind = _type(unit)
    known = kind in (*_IDR, _PPS, *_MESSAGES, *_MARKS)
    # No two zeros in a row but before a 3 that an encoder has put there, and none at the end.
    escaped = b"\0\0\0" not in unit and b"\0\0\2" not in unit and not unit.endswith(b"\0")
    if not known or not escaped or unit[0] >> 7:
        raise Corrupt("The file is damaged: it holds bytes that no HEVC picture has.")


def _type(unit: bytes) -> int:
    if len(unit) < _HEADER_BYTES:
        raise Corrupt("The file is damaged or cut short: a part of its picture is empty.")
    return unit[0] >> 1 & 63


def _layer(unit: bytes) -> int:
    return (unit[0] & 1) << 5 | unit[1] >> 3


def _begins_picture(unit: bytes) -> bool:
    return len(unit) > _HEADER_BYTES and unit[_HEADER_BYTES] >> 7 == 1
