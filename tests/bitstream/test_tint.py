"""A tint's bytes: exact, of one spelling, and a typed error for everything else."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gcdemo.bitstream.tint import COSINES, MAX_LEVEL, decode_tint, encode_tint, num_bits
from gcdemo.errors import Corrupt

LEVELS = st.integers(-4, 4) | st.integers(-MAX_LEVEL, MAX_LEVEL)
TINTS = st.lists(LEVELS, min_size=3 * len(COSINES), max_size=3 * len(COSINES)).map(
    lambda levels: np.reshape(levels, (len(COSINES), 3))
)


def tint(*levels):
    """The first levels of a tint whose others are 0."""
    return np.pad(levels, (0, 3 * len(COSINES) - len(levels))).reshape(len(COSINES), 3)


@given(TINTS)
def test_decoding_inverts_encoding(levels):
    assume(levels.any())
    np.testing.assert_array_equal(decode_tint(encode_tint(levels)), levels)


@pytest.mark.parametrize(
    ("levels", "data"),
    [
        ((1, 0, 0), "ac"),
        ((-1, 0, 4), "b880"),
        ((0, 0, 0, 0, 0, -2), "5f28"),
        ((0, 0, 511), "e00ff8"),
    ],
)
def test_these_are_the_bytes_for_ever(levels, data):
    assert encode_tint(tint(*levels)).hex() == data


def test_cosines_and_their_order_never_change():
    assert COSINES == ((0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (2, 0))


@given(TINTS)
def test_the_bits_of_a_level_are_those_it_takes(levels):
    assume(levels.any())
    last = int(np.flatnonzero(levels.any(axis=1))[-1])
    count = 2 * (last + 1).bit_length() - 1
    bits = count + sum(map(num_bits, levels[: last + 1].flatten().tolist()))
    assert len(encode_tint(levels)) == -(-bits // 8)


@given(st.binary(max_size=12))
def test_any_bytes_are_one_tints_or_damaged(data):
    try:
        levels = decode_tint(data)
    except Corrupt:
        return
    # Unlike bytes are unlike tints.
    with pytest.raises(Corrupt):
        decode_tint(data + b"\0")
    assert levels.any()


@pytest.mark.parametrize(
    "data",
    [
        "",
        "00",
        "f0",  # no level but 0
        "ac00",  # a byte left over
        "ad",  # a bit left over
        "a8",  # cut short
        "38",  # cosines that there are not
        "e00400",  # a level of 512
        "00000000ff",
    ],
)
def test_bytes_that_are_never_written_are_refused(data):
    with pytest.raises(Corrupt):
        decode_tint(bytes.fromhex(data))


@pytest.mark.parametrize("levels", [(0, -512), (0, 0)])
def test_levels_beyond_the_largest_and_none_are_a_mistake_of_the_program(levels):
    with pytest.raises(ValueError, match="not those of a tint"):
        encode_tint(tint(*levels))
