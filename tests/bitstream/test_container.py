"""The container: exact bytes, round trips, and a typed error for everything else."""

import dataclasses
import zlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gcdemo.bitstream.container import SECTIONS, Contents, pack, unpack
from gcdemo.bitstream.header import Background, Header, Mode, SelectiveFields
from gcdemo.errors import (
    BitstreamError,
    Corrupt,
    InputError,
    NotOurFormat,
    Truncated,
    UnsupportedVersion,
)
from gcdemo.limits import MAX_PIXELS, MAX_SIDE

KODAK = Header(1, b"\xab\xcd", 768, 512, 4)
SYNTHESISED = SelectiveFields(Background.SYNTHESISED, 6)
SELECTIVE = dataclasses.replace(KODAK, selective=SYNTHESISED)
TINTED = dataclasses.replace(KODAK, tinted=True)

SIDES = st.one_of(st.integers(1, 5000), st.integers(1, MAX_SIDE))
HEADERS = st.builds(
    lambda *fields: fields,
    st.integers(0, 63),
    st.binary(min_size=2, max_size=2),
    SIDES,
    SIDES,
    st.integers(1, 16),
    st.none() | st.builds(SelectiveFields, st.sampled_from(Background), st.integers(0, 15)),
)


@st.composite
def files(draw: st.DrawFn) -> tuple[Header, tuple[bytes, ...]]:
    """Draw a header and the sections of its mode, some of them longer than one varint byte."""
    fields = draw(HEADERS)
    assume(fields[2] * fields[3] <= MAX_PIXELS)
    header = Header(*fields, tinted=fields[-1] is None and draw(st.booleans()))
    section = st.one_of(st.binary(max_size=40), st.binary(min_size=120, max_size=300))
    return header, tuple(draw(section) for _ in SECTIONS[header.mode])


def seal(body: bytes) -> bytes:
    """Append the right checksum, so that what is inside is judged."""
    return body + zlib.crc32(body).to_bytes(4, "big")


@given(files())
def test_unpacking_inverts_packing(file: tuple[Header, tuple[bytes, ...]]) -> None:
    assert unpack(pack(*file)) == Contents(*file)


@given(st.binary(max_size=60))
def test_whatever_unpacks_is_the_only_file_of_its_contents(tail: bytes) -> None:
    data = seal(bytes.fromhex("c6281babcd2ff1ff06") + tail)
    try:
        contents = unpack(data)
    except BitstreamError:
        return
    assert pack(contents.header, contents.sections) == data


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(KODAK, "c6 20 13 abcd 2ff1ff", id="kodak"),
        pytest.param(Header(63, b"\0\1", 1, 1, 16), "c6 23 ff 0001 000000", id="1x1"),
        pytest.param(
            Header(16, b"\xff\xff", 4096, 4096, 1), "c6 21 00 ffff ffffff", id="4096x4096"
        ),
        pytest.param(
            Header(5, b"\x12\x34", 4097, 3, 2),
            "c6 24 51 1234 00001000 00000002",
            id="4097x3",
        ),
        pytest.param(
            Header(5, b"\x12\x34", 3, 5000, 2),
            "c6 24 51 1234 00000002 00001387",
            id="3x5000",
        ),
        pytest.param(TINTED, "c6 30 13 abcd 2ff1ff", id="tinted"),
        pytest.param(
            dataclasses.replace(TINTED, width=4097, height=3),
            "c6 34 13 abcd 00001000 00000002",
            id="tinted, 4097x3",
        ),
        pytest.param(Header(33, b"\0\0", 2, 1, 8, SYNTHESISED), "c6 2a 17 0000 001000 06", id="sc"),
        pytest.param(
            Header(0, b"\0\0", 4096, 1, 16, SelectiveFields(Background.THIN, 15)),
            "c6 28 0f 0000 fff000 8f",
            id="sc, 4096x1",
        ),
        pytest.param(
            Header(0, b"\0\0", 4097, 3, 1, SelectiveFields(Background.THIN, 0)),
            "c6 2c 00 0000 8020 02 80",
            id="sc, 4097x3",
        ),
        pytest.param(
            Header(0, b"\0\0", 20_000, 2_500, 1, SYNTHESISED),
            "c6 2c 00 0000 9f9c01 c313 06",
            id="sc, 20000x2500",
        ),
    ],
)
def test_header_bytes_are_these(header: Header, expected: str) -> None:
    front = bytes.fromhex(expected)
    data = pack(header, [b""] * len(SECTIONS[header.mode]))
    assert data.startswith(front)
    assert header.num_bytes == len(front)


def test_a_whole_file_is_these_bytes() -> None:
    # The checksum was worked out bit by bit from the polynomial, without zlib.
    assert pack(KODAK, [b"\1\2"]).hex() == "c62013abcd2ff1ff01023af28592"


def test_a_picture_within_4096_pixels_costs_twelve_bytes() -> None:
    assert len(pack(KODAK, [bytes(1000)])) == 1012


def test_lengths_of_all_sections_but_the_last_are_stored() -> None:
    header = Header(0, b"\0\0", 1, 1, 1, SYNTHESISED)
    data = pack(header, [bytes(300), b"\7", b"", b"\x09\x09"])
    assert data[9:-4] == bytes.fromhex("ac02 01 00") + bytes(300) + b"\7\x09\x09"


@pytest.mark.parametrize("width", [1, 127, 128, 4096, 4097, 16_385, MAX_SIDE])
def test_before_its_sections_an_sc_file_has_at_most_twenty_bytes(width: int) -> None:
    # The map and the mask are of 781,250 cells, and no symbol costs more than 16 bits.
    height = min(MAX_PIXELS // width, MAX_SIDE)
    longest = [bytes(length) for length in (2 * 781_250, 2 * 781_250, 2**21 - 1, 0)]
    for size in ((width, height), (height, width)):
        data = pack(Header(0, b"\0\0", *size, 1, SYNTHESISED), longest)
        assert len(data) - 4 - sum(map(len, longest)) <= 20


def test_the_number_of_sections_is_the_modes() -> None:
    with pytest.raises(ValueError, match="symbols"):
        pack(KODAK, [b"", b""])


@given(files(), st.data())
def test_every_flipped_byte_is_noticed(
    file: tuple[Header, tuple[bytes, ...]], data: st.DataObject
) -> None:
    packed = bytearray(pack(*file))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BitstreamError):
        unpack(bytes(packed))


@pytest.mark.parametrize(
    ("header", "sections"),
    [
        (KODAK, [b""]),
        (KODAK, [b"\0\0\0\0"]),
        (KODAK, [bytes(range(40))]),
        (SELECTIVE, [b"", b"", b"", b""]),
        (SELECTIVE, [b"\1", b"\0\2", b"", bytes(range(40))]),
        (dataclasses.replace(SELECTIVE, width=5000), [bytes(30), b"\1", b"\2\3", b""]),
        (TINTED, [b"\x5a", bytes(range(40))]),
    ],
)
def test_every_prefix_and_every_flip_of_a_file_is_refused(
    header: Header, sections: list[bytes]
) -> None:
    packed = pack(header, sections)
    for end in range(len(packed)):
        with pytest.raises(BitstreamError):
            unpack(packed[:end])
    for i in range(len(packed)):
        for flip in range(1, 256):
            with pytest.raises(BitstreamError):
                unpack(packed[:i] + bytes((packed[i] ^ flip,)) + packed[i + 1 :])


@given(st.binary(max_size=80))
def test_any_bytes_give_contents_or_a_bitstream_error(data: bytes) -> None:
    fronts = (bytes((0xC6, 0x20 | mode << 3 | large << 2)) for mode in Mode for large in (0, 1))
    for candidate in (data, b"\xc6" + data, *(seal(front + data) for front in fronts)):
        try:
            contents = unpack(candidate)
        except BitstreamError:
            continue
        assert pack(contents.header, contents.sections) == candidate


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0",
        b"RIFF\0\0\0\0WEBP",
        b"II*\0",
        b"BM",
        b"a text",
        "\N{BYTE ORDER MARK}text".encode(),
    ],
)
def test_other_kinds_of_files_are_named_as_such(data: bytes) -> None:
    with pytest.raises(NotOurFormat):
        unpack(data)


@pytest.mark.parametrize("version", [0, 2, 3, 4, 5, 6, 7])
def test_another_version_is_named_even_when_the_rest_is_unreadable(version: int) -> None:
    with pytest.raises(UnsupportedVersion, match=f"version {version}"):
        unpack(bytes((0xC6, version << 5)))


def test_a_mode_to_come_is_refused() -> None:
    data = bytearray(pack(KODAK, [b""])[:-4])
    data[1] |= 3 << 3
    with pytest.raises(UnsupportedVersion, match="mode 3"):
        unpack(seal(bytes(data)))


@pytest.mark.parametrize(
    "front",
    [
        "c6",
        "c620",
        "c62013abcd2ff1ff aabbcc",
        "c624" + "00" * 14,
        "c628" + "00" * 10,
        "c62c" + "00" * 9,
    ],
)
def test_a_file_that_ends_within_its_header_is_truncated(front: str) -> None:
    with pytest.raises(Truncated):
        unpack(bytes.fromhex(front))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("c6 24 13 abcd 00000fff 00000fff", "large form", id="small size, large form"),
        pytest.param("c6 24 13 abcd ffffffff ffffffff", "million pixels", id="2**64 pixels"),
        pytest.param("c6 24 13 abcd 0000270f 00001388", "million pixels", id="50,010,000 pixels"),
        pytest.param("c6 24 13 abcd 0000ffff 00000000", "65,535 a side", id="a line"),
        pytest.param("c6 30 13 abcd 2ff1ff 05 ff", "longer", id="a tint beyond the end"),
        pytest.param("c6 34 13 abcd 00000fff 00000fff", "large form", id="tinted, small size"),
        pytest.param("c6 2c 13 abcd 00 ffff03 06", "65,535 a side", id="a line in SC"),
        pytest.param("c6 28 13 abcd 2ff1ff 06", "length", id="no length"),
        pytest.param("c6 28 13 abcd 2ff1ff 06 8000 00 00", "length", id="not the shortest form"),
        pytest.param("c6 28 13 abcd 2ff1ff 06 8080808080", "length", id="endless length"),
        pytest.param("c6 28 13 abcd 2ff1ff 06 00 01 01 ff", "longer", id="beyond the end"),
        pytest.param("c6 28 13 abcd 2ff1ff 06 00 00 ffffffff7f 00", "longer", id="32 GiB"),
        pytest.param("c6 28 13 abcd 2ff1ff 16 00 00 00", "background", id="reserved bit 4"),
        pytest.param("c6 28 13 abcd 2ff1ff 26 00 00 00", "background", id="reserved bit 5"),
        pytest.param("c6 28 13 abcd 2ff1ff 46 00 00 00", "background", id="reserved bit 6"),
        pytest.param("c6 2c 13 abcd 8020 02", "background", id="no field of SC"),
        pytest.param("c6 2c 13 abcd ff1f ff1f 06 00 00 00", "large form", id="small size in SC"),
        pytest.param("c6 2c 13 abcd 8020 8000 06 00 00 00", "size", id="a size not the shortest"),
        pytest.param("c6 2c 13 abcd 808080", "size", id="an endless size"),
        pytest.param("c6 2c 13 abcd ffffffff7f ffffffff7f 06", "million", id="2**70 pixels"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(body: str, message: str) -> None:
    with pytest.raises(Corrupt, match=message):
        unpack(seal(bytes.fromhex(body)))


def test_the_largest_picture_is_taken() -> None:
    header = Header(0, b"\0\0", 10_000, 5_000, 16)
    assert unpack(pack(header, [b""])).header == header


@pytest.mark.parametrize(
    ("width", "height", "channels", "message"),
    [
        (0, 5, 1, "at least 1"),
        (5, 0, 1, "at least 1"),
        (10_000, 5_001, 1, "50 million"),
        (65_536, 1, 1, "65,535 a side"),
        (1, 65_536, 1, "65,535 a side"),
        (1, 1, 0, "1 to 16"),
        (1, 1, 17, "1 to 16"),
    ],
)
def test_what_cannot_be_stored_is_refused(
    width: int, height: int, channels: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Header(0, b"\0\0", width, height, channels)


@pytest.mark.parametrize("channels", [-1, 16])
def test_more_detail_channels_than_fit_are_refused(channels: int) -> None:
    with pytest.raises(InputError, match="0 to 15"):
        SelectiveFields(Background.THIN, channels)


def test_sc_has_no_tint() -> None:
    with pytest.raises(ValueError, match="no tint"):
        dataclasses.replace(SELECTIVE, tinted=True)


@pytest.mark.parametrize(("model_id", "weight_hash"), [(64, b"ab"), (-1, b"ab"), (0, b"abc")])
def test_a_wrong_id_or_hash_is_a_programming_error(model_id: int, weight_hash: bytes) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Header(model_id, weight_hash, 1, 1, 1)


def test_numbers_of_modes_and_backgrounds_never_change() -> None:
    assert {mode.name: mode.value for mode in Mode} == {"GC": 0, "SC": 1, "TINTED": 2}
    assert {form.name: form.value for form in Background} == {"SYNTHESISED": 0, "THIN": 1}
