"""Parameter sets as HEVC has them."""

import pytest
from bpg_strategies import CODING_TOOLS
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.bits import BitWriter
from gcdemo.codecs.bpg.bits import unescape
from gcdemo.codecs.bpg.coding_tools import CodingTools
from gcdemo.codecs.bpg.parameter_sets import (
    PictureFormat,
    build_sps,
    build_vps,
    coded_format,
    parse_sps,
)
from gcdemo.errors import BitstreamError, UnsupportedVersion

FORMATS = st.builds(
    PictureFormat,
    st.integers(0, 3),
    st.integers(1, 70000),
    st.integers(1, 70000),
    st.integers(8, 14),
)


@given(CODING_TOOLS, FORMATS)
def test_the_whole_form_comes_back(tools, form):
    assert parse_sps(build_sps(tools, form)) == (tools, form)


# H.265, 7.3.3: profile 4, and compatible with it; progressive, frames alone; level 8.5.
PROFILE = "00 0 00100" + "00001" + "0" * 27 + "1 0 0 1" + "0" * 44 + "11111111"


def payload(digits):
    """The bytes of some bits, from the first byte after a NAL unit's header on."""
    digits = digits.replace(" ", "")
    assert len(digits) % 8 == 0
    return int(digits, 2).to_bytes(len(digits) // 8, "big")


def test_the_video_parameter_set_is_these_bits():
    # Written out by hand from H.265, 7.3.2.1; x265's differs in profile and level alone.
    head = "0000 11 000000 000 1" + "1" * 16  # one layer, one sub-layer
    tail = "1 1 1 1 000000 1 0 0 1 00"  # one picture; one layer set; no timing; stop
    assert unescape(build_vps()) == b"\x40\x01" + payload(head + PROFILE + tail)


def test_a_sequence_parameter_set_is_these_bits():
    # Written out by hand from H.265, 7.3.2.2 with what the BPG specification asks for.
    tools = CodingTools(3, 6, 2, 5, 2, True, None, True)
    head = "0000 000 1" + PROFILE + "1 010 0000001000001 00000110001 0 1 1"  # 4:2:0, 64 x 48
    tail = "00101 1 1 1 1"  # counts of 8 bits; one picture
    tail += "1 00100 1 00100 011 011 0 1 1 0"  # blocks, depth twice; no lists, amp, sao, no PCM
    tail += "1 0 1 1 0 0 1"  # no references, temporal motion, smoothing, no VUI, no more; stop
    digits = (head + tail).replace(" ", "")
    digits += "0" * (-len(digits) % 8)
    assert unescape(build_sps(tools, PictureFormat(1, 64, 48, 8))) == b"\x42\x01" + payload(digits)


@given(st.binary(max_size=20))
def test_any_bytes_give_parameters_or_a_bitstream_error(data):
    try:
        parse_sps(data)
    except BitstreamError:
        return


def test_what_bpg_cannot_hold_is_refused():
    # 4:2:0 of 16 x 16 with a conformance window.
    writer = BitWriter().bits(8, 0x42).bits(8, 1).bits(8, 1).bits(96, 1)
    writer.ue(0, 1, 16, 16).flag(True)
    with pytest.raises(UnsupportedVersion, match="cannot hold"):
        parse_sps(writer.to_bytes() + bytes(8))


@pytest.mark.parametrize(
    ("block_log2", "width", "height", "coded"),
    [(3, 8, 9, (8, 16)), (4, 1, 17, (16, 32)), (6, 64, 65, (64, 128))],
)
def test_a_picture_is_coded_in_whole_blocks(block_log2, width, height, coded):
    tools = CodingTools(block_log2, 6, 2, 5, 0, True, None, True)
    assert coded_format(tools, 1, width, height, 8) == PictureFormat(1, *coded, 8)
