"""What is kept of an HEVC stream, and what is taken of a file."""

import pytest

from gcdemo.codecs.bpg.nal_units import first_picture, join, parameters_of, split, stored
from gcdemo.errors import Corrupt

VPS, SPS, PPS = b"\x40\x01\1", b"\x42\x01\2", b"\x44\x01\3"
IDR, MORE_OF_IDR, NEXT = b"\x28\x01\x80\x09", b"\x26\x01\x40\x08", b"\x02\x01\x80\x07"
MESSAGE, MARK = b"\x4e\x01\5", b"\x46\x01\x50"
ALPHA_PPS, ALPHA_IDR = b"\x44\x09\x33", b"\x28\x09\x80\x99"
COLOR_PPS, COLOR_IDR = b"\x44\x01\x33", b"\x28\x01\x80\x99"


def stream(*units):
    """As a file holds them."""
    return b"\0\0\1".join(units)


def read(data, alpha=False, animation=False):
    return first_picture(data, alpha=alpha, animation=animation)


def test_start_codes_are_of_three_or_four_bytes():
    assert split(b"ab\0\0\1c\0\0\0\1d") == [b"ab", b"c", b"d"]
    assert join([b"ab", b"c"]) == b"\0\0\1ab\0\0\1c"


def test_a_file_keeps_picture_parameters_and_slices():
    units = [VPS, SPS, MARK, PPS, MESSAGE, IDR, MORE_OF_IDR]
    assert stored(units) == stream(PPS, IDR, MORE_OF_IDR)
    assert parameters_of(units) == SPS


@pytest.mark.parametrize("units", [[PPS, IDR], [SPS, SPS, PPS, IDR]])
def test_a_stream_has_one_sequence_parameter_set(units):
    with pytest.raises(Corrupt, match="sequence"):
        parameters_of(units)


def test_a_picture_is_taken_with_its_hash_and_without_marks():
    assert read(stream(MARK, PPS, IDR, MORE_OF_IDR, MESSAGE)) == (
        [],
        [PPS, IDR, MORE_OF_IDR, MESSAGE],
    )


def test_layers_are_told_apart_and_become_the_base_layer():
    data = stream(ALPHA_PPS, PPS, ALPHA_IDR, IDR)
    assert read(data, alpha=True) == ([COLOR_PPS, COLOR_IDR], [PPS, IDR])


@pytest.mark.parametrize("later", [[IDR], [NEXT], [PPS, NEXT]])
def test_of_an_animation_the_first_picture_is_taken(later):
    kept = [PPS, IDR, *later[:-1]]
    assert read(stream(PPS, IDR, *later), animation=True) == ([], kept)
    with pytest.raises(Corrupt, match="another picture"):
        read(stream(PPS, IDR, *later))


def test_of_an_animation_with_alpha_the_first_picture_is_taken():
    data = stream(ALPHA_PPS, PPS, ALPHA_IDR, IDR, ALPHA_IDR, IDR)
    assert read(data, alpha=True, animation=True) == ([COLOR_PPS, COLOR_IDR], [PPS, IDR])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(PPS, id="no picture"),
        pytest.param(stream(PPS, MORE_OF_IDR), id="no beginning"),
        pytest.param(stream(PPS, NEXT), id="no key picture"),
        pytest.param(stream(SPS, PPS, IDR), id="parameters of its own"),
        pytest.param(stream(VPS, PPS, IDR), id="video parameters of its own"),
        pytest.param(stream(PPS, IDR, b""), id="empty unit"),
        pytest.param(stream(PPS, IDR, b"\x44"), id="cut unit"),
        pytest.param(stream(PPS, IDR) + b"\0", id="a zero behind"),
        pytest.param(stream(PPS, IDR) + bytes(9), id="zeros behind"),
        pytest.param(stream(PPS, IDR + b"\0\0\2\1"), id="what must be escaped"),
        pytest.param(stream(PPS, IDR, b"\xa8\1\x80"), id="forbidden bit"),
        pytest.param(stream(PPS, IDR, b"\x7e\1\x80"), id="unknown kind"),
        pytest.param(b"\0\0\1" + stream(PPS, IDR), id="start code in front"),
    ],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(Corrupt):
        read(data)


def test_a_file_with_alpha_needs_both_layers():
    for units in ([PPS, IDR], [ALPHA_PPS, ALPHA_IDR]):
        with pytest.raises(Corrupt, match="missing"):
            read(stream(*units), alpha=True)
