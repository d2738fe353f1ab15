"""Label maps and masks: exact return, few bytes for what is dull, nothing else accepted."""

import numpy as np
import pytest
from bitstream import plain_coder
from bitstream.random_tables import make_tables
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.bitstream.contexts import ContextTables
from gcdemo.bitstream.maps import decode_map, decode_mask, encode_map, encode_mask
from gcdemo.errors import Corrupt, InputError

LABEL_TABLES = make_tables(0, channels=1, centers=11)
MASK_TABLES = make_tables(1, channels=1, centers=2)


def repeating_tables(centers=11):
    """Tables for maps of few edges: a cell most likely shows what its left neighbor does."""
    rows = np.zeros((1, 1, (centers + 1) ** 2, centers), np.int16)
    for value in range(centers):
        rows[0, 0, value * (centers + 1) : (value + 1) * (centers + 1), value] = 256 * 14
    return ContextTables(
        places=np.array([[[[0, 0, -1], [0, -1, 0]]]], np.int8),
        rows=rows,
        bias=np.zeros((1, 1, centers), np.int16),
        responses=np.zeros((1, 0, 1, centers), np.int16),
    )


@st.composite
def maps(draw, num_values=11):
    """Maps from one cell up, from all of one value to wild."""
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    values = draw(st.lists(st.integers(0, num_values - 1), min_size=1, max_size=3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.choice(values, shape).astype(np.uint8)


@given(maps())
def test_decoding_a_map_inverts_encoding(labels):
    data = encode_map(labels, LABEL_TABLES)
    decoded = decode_map(data, labels.shape, LABEL_TABLES)
    np.testing.assert_array_equal(decoded, labels, strict=True)


@given(maps(num_values=2))
def test_decoding_a_mask_inverts_encoding(values):
    kept = values.astype(bool)
    data = encode_mask(kept, MASK_TABLES)
    decoded = decode_mask(data, kept.shape, MASK_TABLES)
    np.testing.assert_array_equal(decoded, kept, strict=True)


@given(maps())
def test_the_bytes_are_as_described(labels):
    expected = plain_coder.encode(labels[None], LABEL_TABLES)
    expected += bytes(max(0, 2 - len(expected)))
    if (labels == labels[0, 0]).all():
        expected = bytes(labels[:1, :1][labels[:1, :1] > 0].tolist())
    assert encode_map(labels, LABEL_TABLES) == expected


@given(
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.one_of(st.binary(max_size=3), st.binary(max_size=20)),
)
def test_any_bytes_are_refused_or_the_only_bytes_of_their_map(shape, data):
    for tables in (LABEL_TABLES, MASK_TABLES, repeating_tables()):
        try:
            decoded = decode_map(data, shape, tables)
        except Corrupt:
            continue
        assert encode_map(decoded, tables) == data


@pytest.mark.parametrize("value", range(11))
def test_a_map_of_one_value_takes_at_most_a_byte_whatever_its_size(value):
    for shape in ((1, 1), (64, 128), (700, 1100)):
        labels = np.full(shape, value, np.uint8)
        data = encode_map(labels, LABEL_TABLES)
        assert data == (bytes([value]) if value else b"")
        np.testing.assert_array_equal(decode_map(data, shape, LABEL_TABLES), labels)


def test_to_keep_nothing_takes_no_byte_and_to_keep_everything_one():
    assert encode_mask(np.zeros((64, 128), bool), MASK_TABLES) == b""
    assert encode_mask(np.ones((64, 128), bool), MASK_TABLES) == b"\1"


def test_a_map_that_is_nearly_free_is_told_from_a_map_of_one_value():
    tables = repeating_tables()
    lengths = set()
    for y in range(5):
        labels = np.zeros((5, 7), np.uint8)
        labels[y:, 3:] = 1
        data = encode_map(labels, tables)
        lengths.add(len(data))
        np.testing.assert_array_equal(decode_map(data, (5, 7), tables), labels)
    assert min(lengths) >= 2


def test_a_coded_map_of_less_than_two_bytes_is_filled_up():
    tables = make_tables(3, channels=1, centers=2, contexts=0, summaries=0, reach=1)
    kept = np.array([[True, False]])
    coded = plain_coder.encode(kept[None].astype(np.uint8), tables)
    assert len(coded) == 1
    assert encode_mask(kept, tables) == coded + b"\0"
    np.testing.assert_array_equal(decode_mask(coded + b"\0", (1, 2), tables), kept)
    for wrong in (coded, coded + b"\0\0", coded + b"\1"):
        with pytest.raises(Corrupt):
            decode_mask(wrong, (1, 2), tables)


@pytest.mark.parametrize("data", [b"\0", b"\x0b", b"\xff", b"\0\0"])
def test_other_spellings_of_maps_of_one_value_are_refused(data):
    with pytest.raises(Corrupt, match="damaged"):
        decode_map(data, (4, 4), repeating_tables())


def test_ids_that_the_tables_do_not_know_are_refused():
    with pytest.raises(InputError, match="id 11"):
        encode_map(np.array([[0, 11]], np.uint8), LABEL_TABLES)
    with pytest.raises(Corrupt):
        decode_mask(b"\2", (2, 2), MASK_TABLES)
