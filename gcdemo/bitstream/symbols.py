"""Symbols to bytes and back, by constriction's range coder and integer contexts."""

import constriction
import numpy as np
from numpy.typing import NDArray

from gcdemo.bitstream.contexts import COUNT_BITS, ContextTables, Predictor
from gcdemo.errors import Corrupt


def encode_symbols(symbols: NDArray[np.uint8], tables: ContextTables) -> bytes:
    predictor = Predictor(tables, symbols.shape)
    flat = symbols.reshape(-1)
    family = constriction.stream.model.Categorical(perfect=False)
    encoder = constriction.stream.queue.RangeEncoder()
    for step in predictor.steps():
        values = flat[step.positions]
        encoder.encode(values.astype(np.int32), family, predictor.counts(step) / (1 << COUNT_BITS))
        predictor.store(step, values)
    return _shortest(encoder)


def decode_symbols(
    data: bytes, shape: tuple[int, int, int], tables: ContextTables
) -> NDArray[np.uint8]:
    predictor = Predictor(tables, shape)
    flat = np.empty(shape[0] * shape[1] * shape[2], np.uint8)
    family = constriction.stream.model.Categorical(perfect=False)
    encoder = constriction.stream.queue.RangeEncoder()
    words = np.frombuffer(data + bytes(-len(data) % 4), ">u4").astype(np.uint32)
    decoder = constriction.stream.queue.RangeDecoder(words)
    for step in predictor.steps():
        p = predictor.counts(step) / (1 << COUNT_BITS)
        values = decoder.decode(family, p)
        encoder.encode(values, family, p)
        flat[step.positions] = values
        predictor.store(step, values)
    if _shortest(encoder) != data:
        raise Corrupt("x")
    return flat.reshape(shape)


def _shortest(encoder: constriction.stream.queue.RangeEncoder) -> bytes:
    words = encoder.get_compressed()
    num_words, (lower, span) = encoder.pos()
    total = 4 * num_words + 8
    v = int.from_bytes(words.astype(">u4").tobytes().ljust(total, b"\0")[:total], "big")
    low = v - ((v - lower) % 2**64)
    best = b""
    k = total
    while k >= 0:
        unit = 1 << 8 * (total - k)
        u = -(-low // unit) * unit
        if u >= low + span:
            break
        best = u.to_bytes(total, "big")[:k]
        k -= 1
    return best
