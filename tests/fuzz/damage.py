"""Damage to files: at random, and such that checksums hold, so that what lies behind is reached."""

import random
import struct
import zlib

from hypothesis import strategies as st

# Numbers at which programs go wrong.
_BYTES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
_PNG = b"\x89PNG\r\n\x1a\n"


def damaged(files, repair=lambda data: data):
    """Files that were changed in a few places, the front more often; and any bytes at all.

    Args:
        files: Sound ones.
        repair: Makes checksums hold again; it is asked for half of them.
    """

    def damage(case):
        index, seed = case
        chance = random.Random(seed)
        data = _damage(bytearray(files[index]), files, chance)
        return repair(data) if chance.random() < 0.5 else data

    cases = st.tuples(st.integers(0, len(files) - 1), st.integers(0, 2**48)).map(damage)
    return cases | cases | cases | st.binary(max_size=200)


def _damage(data, files, chance):
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        end = min(len(data), 40) if chance.random() < 0.3 else len(data)
        place = chance.randrange(end + 1)
        match chance.randrange(7):
            case 0:
                del data[place:]
            case 1:
                del data[place : place + chance.randrange(1, 9)]
            case 2:
                data[place:place] = chance.randbytes(chance.randrange(1, 9))
            case 3:
                data[place : place + 1] = bytes([chance.choice(_BYTES)])
            case 4:
                data[place : place + 4] = struct.pack(">I", chance.choice((0, 2**31, 2**32 - 1)))
            case 5:
                other = chance.choice(files)
                start = chance.randrange(len(other) + 1)
                data[place:] = other[start:]
            case _ if place < len(data):
                data[place] ^= 1 << chance.randrange(8)
    return bytes(data)


def with_crc_at_the_end(data):
    """Repair a .gci file."""
    body = data[:-4]
    return body + struct.pack(">I", zlib.crc32(body))


def with_png_checksums(data):
    """Repair the chunks of a PNG, as far as they are whole."""
    if not data.startswith(_PNG):
        return data
    repaired, place = bytearray(_PNG), len(_PNG)
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        body = data[place + 4 : place + 8 + length]
        if len(body) < 4 + length:
            break
        repaired += data[place : place + 4] + body + struct.pack(">I", zlib.crc32(body))
        place += 12 + length
    return bytes(repaired + data[place:])
