"""Bit fields and numbers as HEVC writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.bits import BitReader, BitWriter
from gcdemo.errors import Corrupt


@pytest.mark.parametrize(
    ("value", "bits"),
    [(0, "1"), (1, "010"), (2, "011"), (3, "00100"), (6, "00111"), (7, "0001000")],
)
def test_exponential_golomb_numbers_are_these_bits(value, bits):
    expected = int(bits.ljust(8, "0"), 2)
    assert BitWriter().ue(value).to_bytes() == bytes((expected,))
    assert BitReader(bytes((expected,))).ue() == value


@given(st.lists(st.integers(0, 2**32 - 2), max_size=20), st.integers(0, 9))
def test_reading_inverts_writing(values, shift):
    data = BitWriter().bits(shift, 0).ue(*values).flag(True).to_bytes()
    reader = BitReader(data)
    assert reader.bits(shift) == 0
    assert [reader.ue() for _ in values] == values
    assert reader.flag()
    assert reader.bits_left < 8


@pytest.mark.parametrize("data", [b"", b"\0", bytes(4), bytes(5) + b"\xff" * 5])
def test_numbers_without_an_end_are_refused(data):
    with pytest.raises(Corrupt):
        BitReader(data).ue()


def test_a_value_that_does_not_fit_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="does not fit"):
        BitWriter().bits(3, 8)
