"""The short form of HEVC's parameters, bit by bit."""

import pytest
from bpg_strategies import CODING_TOOLS
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.codecs.bpg.coding_tools import (
    CodingTools,
    PcmTools,
    RangeExtension,
    pack_tools,
    unpack_tools,
)
from gcdemo.errors import BitstreamError, Corrupt, UnsupportedVersion

PLAIN = CodingTools(3, 6, 2, 5, 2, True, None, True)


@given(CODING_TOOLS)
def test_the_short_form_comes_back(tools):
    assert unpack_tools(pack_tools(tools)) == tools


@pytest.mark.parametrize(
    ("tools", "bits"),
    [
        # blocks 8..64, transforms 4..32, depth 2, offsets, no PCM, smoothing, no extension
        pytest.param(PLAIN, "1 00100 1 00100 011 1 0 1 0", id="as most files have"),
        pytest.param(
            CodingTools(4, 4, 2, 4, 0, False, None, False), "010 1 1 011 1 0 0 0 0", id="small"
        ),
        pytest.param(
            CodingTools(3, 5, 2, 3, 1, False, PcmTools(8, 7, 3, 5, True), True),
            "1 011 1 010 010 0 1 0111 0110 1 011 1 1 0",
            id="plain samples",
        ),
        pytest.param(
            CodingTools(3, 6, 2, 5, 2, True, None, True, RangeExtension.IMPLICIT_RDPCM),
            "1 00100 1 00100 011 1 0 1 1 1 0000000 001000000",
            id="extension",
        ),
    ],
)
def test_short_forms_are_these_bits(tools, bits):
    digits = bits.replace(" ", "")
    digits += "0" * (-len(digits) % 8)
    assert pack_tools(tools) == int(digits, 2).to_bytes(len(digits) // 8, "big")


@pytest.mark.parametrize(
    "tools",
    [
        pytest.param((3, 7, 2, 5, 0), id="blocks of 128"),
        pytest.param((3, 6, 3, 5, 0), id="transforms as large as the smallest block"),
        pytest.param((3, 4, 2, 5, 0), id="transforms larger than blocks"),
        pytest.param((3, 6, 2, 6, 0), id="transforms of 64"),
        pytest.param((3, 6, 2, 5, 5), id="too deep"),
    ],
)
def test_blocks_that_make_no_sense_are_refused(tools):
    with pytest.raises(Corrupt, match="blocks"):
        CodingTools(*tools, True, None, True)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param(lambda data: data[:-1], Corrupt, id="cut"),
        pytest.param(lambda data: data + b"\0", Corrupt, id="a byte more"),
        pytest.param(lambda data: data[:-1] + b"\x41", Corrupt, id="a bit more"),
        pytest.param(lambda data: b"", Corrupt, id="empty"),
        pytest.param(
            lambda data: data[:2] + b"\x68\x00", UnsupportedVersion, id="another extension"
        ),
        pytest.param(lambda data: bytes(8), Corrupt, id="endless number"),
    ],
)
def test_short_forms_that_are_damaged_are_refused(change, error):
    assert pack_tools(PLAIN).hex() == "924740"
    with pytest.raises(error):
        unpack_tools(change(pack_tools(PLAIN)))


@given(st.binary(max_size=20))
def test_any_bytes_give_tools_or_a_bitstream_error(data):
    try:
        tools = unpack_tools(data)
    except BitstreamError:
        return
    assert unpack_tools(pack_tools(tools)) == tools
