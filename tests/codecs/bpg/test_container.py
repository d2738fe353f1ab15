"""The file around the picture: exact bytes, round trips, and a typed error for everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.codecs.bpg.container import (
    ANIMATION_TAG,
    Alpha,
    ColorSpace,
    Contents,
    Header,
    Metadata,
    PixelFormat,
    pack,
    unpack,
)
from gcdemo.errors import BitstreamError, Corrupt, NotOurFormat, Truncated, UnsupportedVersion

BT601, RGB = ColorSpace.YCBCR_BT601, ColorSpace.RGB
KODAK = Header(PixelFormat.YUV_420, 8, BT601, Alpha.NONE, False, False, 768, 512)


def contents(header, metadata=()):
    """Give a file whose picture is a few bytes that mean nothing."""
    alpha = b"\7" if header.alpha is not Alpha.NONE else None
    return Contents(header, tuple(metadata), alpha, b"\x92\x47\x40", b"\x44\x01\xc1")


@st.composite
def files(draw):
    animation = draw(st.booleans())
    pixel_format = draw(st.sampled_from(PixelFormat))
    gray = pixel_format is PixelFormat.GRAY
    header = Header(
        pixel_format=pixel_format,
        bit_depth=draw(st.integers(8, 14)),
        color_space=BT601 if gray else draw(st.sampled_from(ColorSpace)),
        alpha=draw(st.sampled_from([a for a in Alpha if not gray or a is not Alpha.WHITE])),
        limited_range=draw(st.booleans()),
        animation=animation,
        width=draw(st.integers(1, 7000)),
        height=draw(st.integers(1, 7000)),
    )
    short = st.binary(max_size=200)
    metadata = draw(st.lists(st.builds(Metadata, st.integers(1, 2**20), short), max_size=3))
    if animation:
        metadata.append(Metadata(ANIMATION_TAG, b"\0\1\2"))
    alpha = None if header.alpha is Alpha.NONE else draw(short)
    return Contents(header, tuple(metadata), alpha, draw(short), draw(st.binary(max_size=300)))


@given(files())
def test_unpacking_inverts_packing(file):
    assert unpack(pack(file)) == file


@given(files())
def test_every_cut_is_noticed(file):
    data = pack(file)
    for end in range(len(data)):
        with pytest.raises(BitstreamError):
            unpack(data[:end])


@given(files(), st.binary(min_size=1, max_size=9))
def test_what_follows_the_picture_is_noticed(file, rubbish):
    with pytest.raises(Corrupt, match="follows"):
        unpack(pack(file) + rubbish)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        # 001 0 0000 | 0000 0 0 0 0 | 768 = 6 * 128 | 512 = 4 * 128 | 7 bytes
        pytest.param(KODAK, "20 00 8600 8400 07", id="4:2:0"),
        # 011 0 0010 | 0001 0 0 1 0 | 1 | 127
        pytest.param(
            Header(PixelFormat.YUV_444, 10, RGB, Alpha.NONE, True, False, 1, 127),
            "62 12 01 7f 07",
            id="4:4:4, 10 bits, RGB, limited",
        ),
        # 010 1 0000 | 0011 0 0 0 0 | 128 | 16384 | 2 bytes more for the fourth plane
        pytest.param(
            Header(
                PixelFormat.YUV_422,
                8,
                ColorSpace.YCBCR_BT709,
                Alpha.STRAIGHT,
                False,
                False,
                128,
                3000,
            ),
            "50 30 8100 9738 09",
            id="4:2:2, BT.709, alpha",
        ),
        # 000 1 0100 | 0000 0 1 0 0
        pytest.param(
            Header(PixelFormat.GRAY, 12, BT601, Alpha.PREMULTIPLIED, False, False, 5, 4),
            "14 04 05 04 09",
            id="gray, 12 bits, premultiplied",
        ),
        # 100 0 0000 | 0010 0 1 0 0
        pytest.param(
            Header(PixelFormat.YUV_420_VIDEO, 8, ColorSpace.YCGCO, Alpha.WHITE, False, False, 5, 4),
            "80 24 05 04 09",
            id="video chroma, CMYK",
        ),
    ],
)
def test_header_bytes_are_these(header, expected):
    assert pack(contents(header))[:-7].hex()[: len(expected.replace(" ", "")) + 8] == (
        "425047fb" + expected.replace(" ", "")
    )


def test_a_whole_file_is_these_bytes():
    # 101 0 0000 | 0100 1 0 0 1 | 2 x 3 | picture 7 | metadata 5: tag 5, 3 bytes
    header = Header(
        PixelFormat.YUV_422_VIDEO, 8, ColorSpace.YCBCR_BT2020, Alpha.NONE, False, True, 2, 3
    )
    data = pack(contents(header, [Metadata(5, b"\x00\x01\x19")]))
    assert data.hex(" ") == "42 50 47 fb a0 49 02 03 07 05 05 03 00 01 19 03 92 47 40 44 01 c1"


def test_a_length_of_zero_means_to_the_end():
    data = pack(contents(KODAK))
    assert unpack(data[:10] + b"\0" + data[11:]) == contents(KODAK)


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BPG", b"BM", b"\xc6\x20", b"BPG\xfa"]
)
def test_other_kinds_of_files_are_named_as_such(data):
    with pytest.raises(Truncated if data == b"BPG" else NotOurFormat):
        unpack(data)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        pytest.param("c0 00 05 04 00", UnsupportedVersion, id="pixel format 6"),
        pytest.param("20 50 05 04 00", UnsupportedVersion, id="color space 5"),
        pytest.param("27 00 05 04 00", Corrupt, id="15 bits"),
        pytest.param("00 10 05 04 00", Corrupt, id="gray RGB"),
        pytest.param("00 04 05 04 00", Corrupt, id="gray CMYK"),
        pytest.param("20 00 00 04 00", Corrupt, id="no width"),
        pytest.param("20 00 05 00 00", Corrupt, id="no height"),
        pytest.param("20 00 8005 04 00", Corrupt, id="not the shortest form"),
        pytest.param("20 00 b867 b868 00", Corrupt, id="7271 x 7272"),
        pytest.param("20 00 8fffffff7f 8fffffff7f 00", Corrupt, id="2**64 pixels"),
        pytest.param("20 00 ffffffffffffffff7f 04 00", Corrupt, id="endless width"),
        pytest.param("20 00 05 04 8fffffff7f", Truncated, id="picture of 4 GiB"),
        pytest.param("20 08 05 04 00 8fffffff7f", Truncated, id="metadata of 4 GiB"),
        pytest.param("20 08 05 04 00 02 01", Truncated, id="metadata beyond the end"),
        pytest.param("20 08 05 04 00 02 0109 00", Corrupt, id="metadata beyond its length"),
        pytest.param("20 01 05 04 00 00", Corrupt, id="animation without times"),
        pytest.param("20 00 05 04 00 05 92", Truncated, id="parameters beyond the end"),
    ],
)
def test_impossible_headers_are_refused(fields, error):
    with pytest.raises(error):
        unpack(bytes.fromhex("425047fb" + fields))


def test_the_largest_picture_is_taken():
    # 5000 x 10000, written by hand: a708 = 39 * 128 + 8, ce10 = 78 * 128 + 16
    data = bytes.fromhex("425047fb 2000 a708 ce10 00 00")
    assert unpack(data).header.width == 5000


@given(st.binary(max_size=60))
def test_any_bytes_give_contents_or_a_bitstream_error(tail):
    for data in (tail, b"BPG\xfb" + tail, b"BPG\xfb\x20\x00\x05\x04" + tail):
        try:
            unpack(data)
        except BitstreamError:
            continue
