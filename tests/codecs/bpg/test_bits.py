"""Numbers and bytes as the specifications of BPG and HEVC write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.codecs.bpg.bits import escape, pack_ue7, unescape, unpack_ue7
from gcdemo.errors import Corrupt, Truncated

FEW_VALUES = st.lists(st.sampled_from([0, 1, 2, 3, 4, 255]), max_size=40).map(bytes)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (8, "08"),  # this and the next two are the specification's own examples
        (542, "841e"),
        (728855, "acbe17"),
        (127, "7f"),
        (128, "8100"),
        (2**32 - 1, "8fffffff7f"),
    ],
)
def test_ue7_numbers_are_these_bytes(value, data):
    assert pack_ue7(value).hex() == data
    assert unpack_ue7(b"\xff" + bytes.fromhex(data) + b"\xff", 1) == (value, 1 + len(data) // 2)


@given(st.binary(min_size=1, max_size=7))
def test_a_ue7_number_has_one_form(data):
    try:
        value, end = unpack_ue7(data, 0)
    except (Corrupt, Truncated):
        return
    assert pack_ue7(value) == data[:end]


@pytest.mark.parametrize("data", ["8001", "80", "9080808000", "ffffffffff7f"])
def test_longer_forms_and_larger_numbers_are_refused(data):
    with pytest.raises(Corrupt):
        unpack_ue7(bytes.fromhex(data), 0)


@pytest.mark.parametrize("data", ["", "81", "ffff"])
def test_a_ue7_number_that_does_not_end_is_cut_short(data):
    with pytest.raises(Truncated):
        unpack_ue7(bytes.fromhex(data), 0)


@given(FEW_VALUES)
def test_escaped_bytes_hold_no_start_code_and_come_back(payload):
    escaped = escape(payload)
    assert all(bytes((0, 0, i)) not in escaped for i in range(3))
    assert unescape(escaped) == payload


def test_escaping_is_as_in_hevc():
    assert escape(bytes.fromhex("000000000001000003 0004")).hex() == "0000030000030001000003030004"
