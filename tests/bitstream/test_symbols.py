"""Coding of symbols: exact bytes, exact return, and nothing else accepted."""

import contextlib

import constriction
import numpy as np
import pytest
from bitstream import plain_coder
from bitstream.random_tables import (
    make_tables,
    tables_and_symbols,
    tables_symbols_and_kept,
)
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.bitstream.contexts import Predictor
from gcdemo.bitstream.symbols import decode_symbols, encode_symbols
from gcdemo.errors import Corrupt, InputError

SYMBOLS = np.random.default_rng(0).integers(0, 5, (3, 5, 4)).astype(np.uint8)
TABLES = make_tables(0)


@st.composite
def counted_symbols(draw):
    """A few values, their number of possible values, and counts that sum to 2**16."""
    centers = draw(st.integers(2, 8))
    counted = []
    for _ in range(draw(st.integers(0, 30))):
        cuts = draw(
            st.lists(
                st.integers(1, 2**16 - 1), min_size=centers - 1, max_size=centers - 1, unique=True
            )
        )
        counted.append(np.diff([0, *sorted(cuts), 2**16]).tolist())
    symbols = [draw(st.integers(0, centers - 1)) for _ in counted]
    return symbols, np.array(counted, np.int64).reshape(-1, centers)


def bits_of(symbols, tables):
    """What the symbols cost under the tables, in bits."""
    predictor, bits = Predictor(tables, symbols.shape), 0.0
    for step in predictor.steps():
        values = symbols.reshape(-1)[step.positions]
        chosen = np.take_along_axis(predictor.counts(step), values[:, None].astype(int), 1)
        bits -= np.log2(chosen / 2**16).sum()
        predictor.store(step, values)
    return bits


@given(tables_and_symbols())
def test_decoding_inverts_encoding(case):
    tables, symbols = case
    decoded = decode_symbols(encode_symbols(symbols, tables), symbols.shape, tables)
    np.testing.assert_array_equal(decoded, symbols, strict=True)


@given(tables_and_symbols())
def test_the_bytes_are_those_of_the_coder_in_plain_integers(case):
    tables, symbols = case
    assert encode_symbols(symbols, tables) == plain_coder.encode(symbols, tables)


@given(tables_symbols_and_kept())
def test_kept_symbols_are_restored_and_dropped_ones_are_zero(case):
    tables, symbols, kept = case
    decoded = decode_symbols(encode_symbols(symbols, tables, kept), symbols.shape, tables, kept)
    np.testing.assert_array_equal(decoded, symbols * kept, strict=True)


@given(tables_symbols_and_kept())
def test_the_bytes_of_kept_symbols_are_those_of_the_coder_in_plain_integers(case):
    tables, symbols, kept = case
    assert encode_symbols(symbols, tables, kept) == plain_coder.encode(symbols, tables, kept)


@given(tables_symbols_and_kept(), st.integers(0, 2**32))
def test_nothing_of_a_dropped_symbol_reaches_the_bytes(case, seed):
    tables, symbols, kept = case
    anything = np.random.default_rng(seed).integers(0, 256, symbols.shape).astype(np.uint8)
    other = np.where(kept, symbols, anything)
    assert encode_symbols(other, tables, kept) == encode_symbols(symbols, tables, kept)


@given(tables_and_symbols())
def test_to_keep_every_cell_is_to_say_nothing_of_cells(case):
    tables, symbols = case
    kept = np.ones(symbols.shape[1:], bool)
    assert encode_symbols(symbols, tables, kept) == encode_symbols(symbols, tables)


@given(tables_symbols_and_kept(), st.binary(max_size=40))
def test_any_bytes_are_refused_or_the_only_bytes_of_kept_symbols(case, data):
    tables, symbols, kept = case
    try:
        decoded = decode_symbols(data, symbols.shape, tables, kept)
    except Corrupt:
        return
    assert encode_symbols(decoded, tables, kept) == data
    assert not decoded[:, ~kept].any()


@pytest.mark.parametrize("shape", [(3, 5, 4), (0, 5, 4)])
def test_where_no_cell_is_kept_there_are_no_bytes(shape):
    kept = np.zeros(shape[1:], bool)
    assert encode_symbols(np.full(shape, 255, np.uint8), TABLES, kept) == b""
    assert not decode_symbols(b"", shape, TABLES, kept).any()
    with pytest.raises(Corrupt):
        decode_symbols(b"\1", shape, TABLES, kept)


def test_no_channels_have_no_bytes_whatever_is_kept():
    assert encode_symbols(np.zeros((0, 5, 4), np.uint8), TABLES, np.ones((5, 4), bool)) == b""
    with pytest.raises(Corrupt):
        decode_symbols(b"\1", (0, 5, 4), TABLES, np.ones((5, 4), bool))


@pytest.mark.parametrize("shape", [(5, 3), (1, 4), (1, 1), (3, 5, 4)])
def test_a_mask_of_another_shape_is_a_programming_error(shape):
    kept = np.ones(shape, bool)
    with pytest.raises(ValueError, match=r"fit|broadcast"):
        encode_symbols(SYMBOLS, TABLES, kept)
    with pytest.raises(ValueError, match="fit"):
        decode_symbols(b"", SYMBOLS.shape, TABLES, kept)


@given(counted_symbols())
def test_constriction_takes_counts_as_exact_integers(case):
    symbols, counts = case
    family = constriction.stream.model.Categorical(perfect=False)
    encoder = constriction.stream.queue.RangeEncoder()
    for symbol, count in zip(symbols, counts, strict=True):
        before = encoder.pos()
        encoder.encode(np.array([symbol], np.int32), family, count[None] / 2**16)
        (_, (low, span)), (_, (next_low, next_span)) = before, encoder.pos()
        left, right = plain_coder.bounds(count.tolist(), symbol)
        renormalized = (span >> 24) * (right - left) < 2**32
        assert next_span == (span >> 24) * (right - left) << 32 * renormalized
        assert next_low == (low + (span >> 24) * left << 32 * renormalized) % 2**64


@pytest.mark.parametrize("length", range(1, 60))
def test_a_carry_runs_through_words_already_coded(length):
    # As long as the interval holds the middle of all numbers, the first digits may become 7fff...
    # or 8000...: only the last symbol decides.
    tables = make_tables(0, channels=1, centers=3, contexts=0, summaries=0)
    counts = np.array([plain_coder.counts({}, (0, 0, 0), 1, tables)] * length)
    decoder = constriction.stream.queue.RangeDecoder(np.array([0x80000000], np.uint32))
    family = constriction.stream.model.Categorical(perfect=False)
    symbols = decoder.decode(family, counts / 2**16).astype(np.uint8).reshape(1, 1, -1)
    for last in range(3):
        symbols[0, 0, -1] = last
        coded = encode_symbols(symbols, tables)
        assert coded == plain_coder.encode(symbols, tables)
        np.testing.assert_array_equal(decode_symbols(coded, symbols.shape, tables), symbols)


def test_bytes_cut_off_or_altered_are_refused_or_the_only_bytes_of_other_symbols():
    coded = encode_symbols(SYMBOLS, TABLES)
    wrong = [coded[:end] for end in range(len(coded))]
    for i in range(len(coded)):
        wrong += [coded[:i] + bytes((coded[i] ^ 1 << bit,)) + coded[i + 1 :] for bit in (0, 3, 7)]
    num_refused = 0
    for data in wrong:
        try:
            decoded = decode_symbols(data, SYMBOLS.shape, TABLES)
        except Corrupt:
            num_refused += 1
        else:
            assert encode_symbols(decoded, TABLES) == data
            assert (decoded != SYMBOLS).any()
    assert num_refused > len(wrong) // 2


@given(tables_and_symbols(), st.binary(max_size=40))
def test_any_bytes_are_refused_or_the_only_bytes_of_their_symbols(case, data):
    tables, symbols = case
    try:
        decoded = decode_symbols(data, symbols.shape, tables)
    except Corrupt:
        return
    assert encode_symbols(decoded, tables) == data


@pytest.mark.parametrize("more", [b"\0", b"\1", bytes(4), bytes(100)])
def test_bytes_left_over_are_refused(more):
    with pytest.raises(Corrupt):
        decode_symbols(encode_symbols(SYMBOLS, TABLES) + more, SYMBOLS.shape, TABLES)


def test_bytes_that_the_coder_never_writes_are_refused():
    with pytest.raises(Corrupt, match="cannot be decoded"):
        decode_symbols(b"\xff" * 12, SYMBOLS.shape, TABLES)


@pytest.mark.parametrize("shape", [(1, 0, 0), (3, 0, 5), (3, 5, 0)])
def test_no_symbols_are_no_bytes(shape):
    empty = np.zeros(shape, np.uint8)
    assert encode_symbols(empty, TABLES) == b""
    assert decode_symbols(b"", shape, TABLES).shape == shape
    with pytest.raises(Corrupt):
        decode_symbols(b"\1", shape, TABLES)


def test_no_more_than_two_bytes_are_added_to_the_cost():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        symbols = rng.integers(0, 5, (3, *rng.integers(1, 30, 2))).astype(np.uint8)
        limit = bits_of(symbols, TABLES) + 16
        assert 8 * len(encode_symbols(symbols, TABLES)) < limit


def test_the_layout_of_the_array_in_memory_does_not_matter():
    turned = np.ascontiguousarray(SYMBOLS.transpose(2, 1, 0)).transpose(2, 1, 0)
    assert encode_symbols(turned, TABLES) == encode_symbols(SYMBOLS, TABLES)
    assert encode_symbols(SYMBOLS[::-1], TABLES) == encode_symbols(SYMBOLS[::-1].copy(), TABLES)


def test_more_channels_or_larger_symbols_than_the_tables_have_are_refused():
    with pytest.raises(InputError, match="4 channels"):
        encode_symbols(np.zeros((4, 1, 1), np.uint8), TABLES)
    with pytest.raises(InputError, match="up to 5"):
        encode_symbols(np.full((1, 1, 1), 5, np.uint8), TABLES)
    with pytest.raises(InputError, match="up to 5"):
        encode_symbols(np.full((1, 1, 2), 5, np.uint8), TABLES, np.array([[True, False]]))
    with pytest.raises(Corrupt, match="4 latent channels"):
        decode_symbols(b"", (4, 1, 1), TABLES)


@pytest.mark.timeout(60)
def test_a_byte_that_states_a_large_latent_is_read_in_time_that_grows_with_the_latent():
    # Finishing the check of it once took quadratic time: seconds here, hours for the largest.
    with contextlib.suppress(Corrupt):
        decode_symbols(b"\x80", (2, 640, 640), TABLES)
