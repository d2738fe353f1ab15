"""Label maps and masks to bytes and back: one channel of symbols, by tables of their own.

A map that is all one value takes no coder: value 0 has no bytes, value v > 0 the one byte v. Every
other map has the bytes of bitstream.symbols, with zeros appended up to two bytes, so that its
length tells it apart.
"""

import numpy as np
from numpy.typing import NDArray

from gcdemo.bitstream.contexts import ContextTables
from gcdemo.bitstream.symbols import decode_symbols, encode_symbols
from gcdemo.errors import Corrupt, InputError

_LEAST_CODED_BYTES = 2


def encode_map(labels: NDArray[np.uint8], tables: ContextTables) -> bytes:
    """Give the bytes of a label map.

    Args:
        labels: uint8 (rows, columns), below `tables.num_centers`; not empty.
        tables: For one channel.

    Raises:
        InputError: An id is not below `tables.num_centers`.
    """
    if (highest := labels.max()) >= tables.num_centers:
        raise InputError(
            f"The map holds the id {highest}; the model knows ids below {tables.num_centers}."
        )
    if (labels == highest).all():
        return bytes((highest,)) if highest else b""
    return encode_symbols(labels[None], tables).ljust(_LEAST_CODED_BYTES, b"\0")


def decode_map(data: bytes, shape: tuple[int, int], tables: ContextTables) -> NDArray[np.uint8]:
    """Restore a label map: the inverse of `encode_map`.

    Args:
        data: What `encode_map` gave for a map of this shape, under these tables.
        shape: Rows and columns.
        tables: As for encoding.

    Returns:
        uint8 (rows, columns), below `tables.num_centers`.

    Raises:
        Corrupt: No map of this shape has exactly these bytes.
    """
    if len(data) < _LEAST_CODED_BYTES:
        value = int.from_bytes(data, "big")
        if value >= tables.num_centers or data == b"\0":
            raise Corrupt("The file is damaged: its map is of a value that there is not.")
        return np.full(shape, value, np.uint8)
    # The coder's own bytes never end with a zero.
    coded = data.rstrip(b"\0") if len(data) == _LEAST_CODED_BYTES else data
    labels: NDArray[np.uint8] = decode_symbols(coded, (1, *shape), tables)[0]
    if (labels == labels[0, 0]).all():
        raise Corrupt("The file is damaged: its map is coded in another way than it is written.")
    return labels


def encode_mask(kept: NDArray[np.bool_], tables: ContextTables) -> bytes:
    """Give the bytes of a mask: no bytes where nothing is kept, one where everything is.

    Args:
        kept: bool (rows, columns); not empty.
        tables: For one channel of two values.
    """
    return encode_map(kept.astype(np.uint8), tables)


def decode_mask(data: bytes, shape: tuple[int, int], tables: ContextTables) -> NDArray[np.bool_]:
    """Restore a mask: the inverse of `encode_mask`.

    Returns:
        bool (rows, columns).

    Raises:
        Corrupt: No mask of this shape has exactly these bytes.
    """
    return decode_map(data, shape, tables).astype(np.bool_)
