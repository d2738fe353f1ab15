"""Symbols to bytes and back: constriction's range coder on the counts of bitstream.contexts.

The coder is told probabilities as floats, yet none is ever rounded. A probability is count / 2**16,
exact in float64. constriction (`Categorical`, perfect=False) sums those before a symbol, multiplies
by 2**24 - L over their total, which is exactly 1, and drops the fraction: sums are multiples of
2**-16 and products need 40 bits of float64's 53, so each is exact in any order and on any IEEE
machine, and the interval of a symbol starts at floor(before * (2**24 - L) / 2**16) + symbol.
From there on the coder itself works in integers. tests/bitstream/plain_coder.py is a coder in
plain Python integers that writes the same bytes.
"""

import bisect

import constriction
import numpy as np
from numpy.typing import NDArray

from gcdemo.bitstream.contexts import COUNT_BITS, ContextTables, Predictor
from gcdemo.errors import Corrupt, InputError

_WORD_BYTES, _STATE_BYTES = 4, 8  # of constriction's range coder


def encode_symbols(
    symbols: NDArray[np.uint8], tables: ContextTables, kept: NDArray[np.bool_] | None = None
) -> bytes:
    """Give the shortest bytes from which `decode_symbols` restores the symbols.

    Args:
        symbols: uint8 (C, h, w), below `tables.num_centers`; may be empty.
        tables: For at least C channels.
        kept: bool (h, w), the cells whose symbols are coded, None for all; no bit of the bytes
            depends on the symbols of the others, which may be anything.

    Returns:
        The bytes: at most 2 more than the symbols' cost under the tables; none where none is kept.

    Raises:
        InputError: There are more channels or larger symbols than the tables have.
    """
    highest = symbols.max(initial=0, where=True if kept is None else kept)
    if len(symbols) > tables.latent_channels or highest >= tables.num_centers:
        raise InputError(
            f"The latent has {len(symbols)} channels and symbols up to {highest}; the "
            f"model codes {tables.latent_channels} channels of symbols below {tables.num_centers}."
        )
    predictor = Predictor(tables, symbols.shape, kept)
    coder = _Encoder()
    flat = symbols.reshape(-1)
    for step in predictor.steps():
        values = flat[step.positions]
        coder.encode(values, predictor.counts(step))
        predictor.store(step, values)
    return coder.finish()


def decode_symbols(
    data: bytes,
    shape: tuple[int, int, int],
    tables: ContextTables,
    kept: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """Restore the symbols: the inverse of `encode_symbols`.

    Args:
        data: What `encode_symbols` gave for symbols of this shape, under these tables.
        shape: Of the symbols: C, h, w.
        tables: As for encoding.
        kept: As for encoding.

    Returns:
        uint8 (C, h, w), in [0, L); 0 in cells that are not kept.

    Raises:
        Corrupt: No symbols have exactly these bytes, or the tables have fewer channels.
    """
    if shape[0] > tables.latent_channels:
        raise Corrupt(
            f"The file states {shape[0]} latent channels; its model has {tables.latent_channels}."
        )
    predictor = Predictor(tables, shape, kept)
    family = constriction.stream.model.Categorical(perfect=False)
    words = np.frombuffer(data + bytes(-len(data) % _WORD_BYTES), ">u4").astype(np.uint32)
    decoder = constriction.stream.queue.RangeDecoder(words)
    check = _Encoder()
    symbols = np.zeros(shape, np.uint8)
    flat = symbols.reshape(-1)
    for step in predictor.steps():
        counts = predictor.counts(step)
        try:
            values = decoder.decode(family, _probabilities(counts)).astype(np.uint8)
        except AssertionError as error:  # how constriction reports bytes that it never writes
            raise Corrupt("The file is damaged: its symbols cannot be decoded.") from error
        check.encode(values, counts)
        predictor.store(step, values)
        flat[step.positions] = values
    # Any bytes decode to something. Coding it again finds bytes cut off, left over or altered.
    if check.finish() != data:
        raise Corrupt("The file is damaged: its symbols are not what was written.")
    return symbols


def _probabilities(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return counts / (1 << COUNT_BITS)


class _Encoder:
    """constriction's range encoder with a shorter end."""

    def __init__(self) -> None:
        self._family = constriction.stream.model.Categorical(perfect=False)
        self._coder = constriction.stream.queue.RangeEncoder()

    def encode(self, values: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
        self._coder.encode(values.astype(np.int32), self._family, _probabilities(counts))

    def finish(self) -> bytes:
        """Give the shortest bytes that decode; of equally short ones, the least.

        Bytes are the digits of a fraction, read as if zeros followed without end, and decode if it
        lies in the coder's last interval. constriction writes whole words, and so that any bytes
        may follow; here nothing does.
        """
        num_words, (low_digits, span) = self._coder.pos()
        num_digits = num_words * _WORD_BYTES + _STATE_BYTES
        written = self._coder.get_compressed().astype(">u4").tobytes()
        inside = int.from_bytes(written.ljust(num_digits, b"\0"), "big")
        # `written` lies in the interval, of whose lower end the state holds the last 64 bits.
        low: int = inside - (inside - low_digits) % (1 << 8 * _STATE_BYTES)

        def rounded(dropped: int) -> int:
            """Round up to what has zeros in the last `dropped` digits."""
            unit = 1 << 8 * dropped
            return -(-low // unit) * unit

        # With more zeros a number is never smaller, so the roundings inside come first. One by one
        # they would take hours for a short file that stands for a long latent.
        dropped = bisect.bisect_left(
            range(1, num_digits + 1), True, key=lambda count: rounded(count) >= low + span
        )
        return rounded(dropped).to_bytes(num_digits, "big")[: num_digits - dropped]
