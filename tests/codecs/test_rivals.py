"""Every codec that ours is compared with: what it writes, takes back and refuses."""

import importlib.util
import random
import re

import numpy as np
import pytest
from picture_files import ramp
from PIL import features

from gcdemo.codecs.jpeg2000 import Jp2Codec, Jpeg2000Codec
from gcdemo.codecs.jxl import JxlCodec
from gcdemo.codecs.pillow import PillowCodec
from gcdemo.codecs.registry import (
    RIVALS,
    codec_for_data,
    codec_for_extension,
    describe,
    rival,
)
from gcdemo.errors import CodecUnavailable, GCDemoError, InputError
from gcdemo.images import encode_png
from gcdemo.limits import MAX_PIXELS

CODECS = (*RIVALS, Jp2Codec())
PILLOW = tuple(codec for codec in CODECS if isinstance(codec, PillowCodec))
every_codec = pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
every_pillow_codec = pytest.mark.parametrize("codec", PILLOW, ids=lambda codec: codec.name)


def settings(codec):
    """A small, a middle and a large quality."""
    return tuple(
        codec.qualities[round(share * (len(codec.qualities) - 1))] for share in (0, 0.4, 1)
    )


@every_codec
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (17, 33), (48, 64)])
def test_a_picture_comes_back_in_its_size(codec, size):
    data = codec.encode(ramp(*size), settings(codec)[1])
    assert codec.decode(data).shape == (*size, 3)
    assert codec.decode(data).dtype == np.uint8
    info = describe(data)
    assert (info.height, info.width, info.num_bytes) == (*size, len(data))


@every_codec
def test_more_bytes_make_a_nearer_picture(codec, make_photo):
    image = make_photo(64, 96)
    sizes, errors = [], []
    for quality in settings(codec):
        data = codec.encode(image, quality)
        sizes.append(len(data))
        errors.append(np.square(codec.decode(data).astype(float) - image).mean())
    assert sizes == sorted(set(sizes))
    assert errors == sorted(set(errors), reverse=True)
    assert errors[-1] < 60  # colors are stored at half the resolution


@every_codec
def test_a_picture_has_one_file(codec, make_photo):
    image = make_photo(40, 56)
    quality = settings(codec)[1]
    data = codec.encode(image, quality)
    assert codec.encode(np.asfortranarray(image), quality) == data


@every_codec
def test_a_codec_knows_its_own_files_and_no_others(codec, make_photo):
    data = codec.encode(make_photo(16, 16), settings(codec)[1])
    assert [other.name for other in CODECS if other.recognizes(data)] == [codec.name]
    assert codec_for_data(data).name == codec.name
    foreign = encode_png(make_photo(16, 16))
    for refused in (foreign, b"", b"\xc6", *(o.encode(ramp(9, 9), o.qualities[9]) for o in CODECS)):
        if not codec.recognizes(refused):
            with pytest.raises(GCDemoError, match=r"^[A-Z].*\.$"):
                codec.decode(refused)


@every_pillow_codec
def test_nothing_is_written_but_the_picture(codec, make_photo):
    data = codec.encode(make_photo(64, 64), settings(codec)[1])
    for word in (b"Exif", b"ICC", b"prof", b"OpenJPEG", b"Lavc", b"xmp", b"\xff\x64\0\x05"):
        assert word not in data


@every_pillow_codec
def test_every_damaged_file_is_a_picture_or_a_sentence(codec, make_photo):
    data = codec.encode(make_photo(24, 40), settings(codec)[1])
    generator = random.Random(0)
    cuts = [data[: generator.randrange(len(data))] for _ in range(20)]
    flips = []
    for _ in range(60):
        flipped = bytearray(data)
        flipped[generator.randrange(min(len(data), generator.choice((40, 400, 9999))))] ^= (
            1 << generator.randrange(8)
        )
        flips.append(bytes(flipped))
    refused = []
    for damaged in cuts + flips:
        try:
            assert codec.decode(damaged).dtype == np.uint8
        except GCDemoError as error:
            refused.append(str(error))
    assert refused
    assert all(re.fullmatch(r"[A-Z].*\.", sentence) for sentence in refused)


@pytest.mark.parametrize(
    ("name", "stated", "order"),
    [
        ("jpeg", "08 0018 0028", "big"),
        ("webp", "9d012a 2800 1800", "little"),
        ("avif", "69737065 00000000 00000028 00000018", "big"),
        ("jpeg2000", "ff51 002f 0000 00000028 00000018", "big"),
    ],
)
def test_a_file_that_states_too_many_pixels_is_refused_before_it_is_decoded(
    name, stated, order, make_photo
):
    codec = rival(name)
    data = codec.encode(make_photo(24, 40), settings(codec)[1])
    old = bytes.fromhex(stated)
    assert data.count(old) == 1
    new = old
    for side in (24, 40):
        length = 4 if side.to_bytes(4, order) in old else 2
        new = new.replace(side.to_bytes(length, order), (300 * side).to_bytes(length, order))
    with pytest.raises(InputError, match="50,000,000"):
        codec.decode(data.replace(old, new))


def jxl_header(*fields):
    """The first bytes of a JPEG XL file: (value, bits) from the lowest bit on."""
    word = shift = 0
    for value, bits in fields:
        word, shift = word | value << shift, shift + bits
    return b"\xff\x0a" + word.to_bytes(12, "little")


@pytest.mark.parametrize(
    ("header", "size"),
    [
        (jxl_header((1, 1), (2, 5), (0, 3), (4, 5)), (40, 24)),
        (jxl_header((1, 1), (31, 5), (7, 3)), (512, 256)),
        (jxl_header((0, 1), (0, 2), (511, 9), (4, 3)), (768, 512)),
        (jxl_header((0, 1), (1, 2), (999, 13), (0, 3), (2, 2), (99_999, 18)), (100_000, 1000)),
        (jxl_header((0, 1), (3, 2), (2**30 - 1, 30), (1, 3)), (2**30, 2**30)),
    ],
)
def test_the_size_of_a_jpeg_xl_file_is_read_from_its_first_bits(header, size):
    info = describe(header)
    assert (info.width, info.height) == size
    if info.width * info.height > MAX_PIXELS:
        with pytest.raises(InputError, match="50,000,000"):
            JxlCodec().decode(header)


def box(kind, contents=b"", *, form="short"):
    """A box of a JPEG XL container."""
    if form == "long":
        return b"\0\0\0\1" + kind + (16 + len(contents)).to_bytes(8, "big") + contents
    length = 0 if form == "open" else 8 + len(contents)
    return length.to_bytes(4, "big") + kind + contents


JXL_START = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")


@pytest.mark.parametrize(
    "wrap",
    [
        lambda data: box(b"jxlc", data),
        lambda data: box(b"jxlc", data, form="open"),
        lambda data: box(b"Exif", b"\0" * 40) + box(b"jxlc", data, form="long"),
        lambda data: box(b"jxlp", b"\0\0\0\0" + data[:3]) + box(b"jxlp", b"\x80\0\0\1" + data[3:]),
    ],
    ids=["short", "open", "long", "parts that divide its size"],
)
def test_a_jpeg_xl_file_in_a_container_is_read_as_the_bare_one(wrap):
    bare = JxlCodec().encode(ramp(33, 48), 50)
    data = JXL_START + wrap(bare)
    info = describe(data)
    assert (info.width, info.height, info.num_bytes) == (48, 33, len(data))
    np.testing.assert_array_equal(
        codec_for_data(data).decode(data), codec_for_data(bare).decode(bare)
    )


@pytest.mark.parametrize(
    "boxes", [b"", b"\0\0\0", box(b"Exif"), b"\0\0\0\4Exif", b"\0\0\0\1Exif" + b"\0" * 8]
)
def test_a_container_without_a_codestream_is_no_picture(boxes):
    with pytest.raises(InputError, match="holds no picture"):
        describe(JXL_START + boxes)


def test_a_jpeg_is_progressive_and_stores_colors_at_half_the_resolution(make_photo):
    data = rival("jpeg").encode(make_photo(64, 64), 30)
    frame = data.index(b"\xff\xc2")  # SOF2
    assert data[frame + 11 : frame + 19 : 3] == b"\x22\x11\x11"


def test_a_jp2_file_is_the_codestream_in_85_bytes_of_boxes(make_photo):
    image = make_photo(64, 96)
    bare, boxed = (codec.encode_to_size(image, 900) for codec in (Jpeg2000Codec(), Jp2Codec()))
    start = boxed.index(b"\xff\x4f\xff\x51")
    assert start == 85
    assert int.from_bytes(boxed[start - 8 : start - 4], "big") == len(boxed) - start + 8
    assert len(boxed) - len(bare) < 85 + 30
    np.testing.assert_array_equal(Jp2Codec().decode(boxed), Jpeg2000Codec().decode(boxed[start:]))


def test_jpeg_2000_comes_near_the_size_it_is_asked_for(make_photo):
    image = make_photo(256, 384)
    for num_bytes in (400, 1000, 4000, 20_000):
        data = Jpeg2000Codec().encode_to_size(image, num_bytes)
        assert abs(len(data) - num_bytes) < 0.05 * num_bytes


@every_codec
def test_a_quality_that_is_not_offered_is_refused(codec):
    for quality in (codec.qualities[0] - 1, codec.qualities[-1] + 1):
        with pytest.raises(
            InputError, match=rf"{re.escape(codec.label)} .*{codec.qualities[0]} to"
        ):
            codec.encode(ramp(8, 8), quality)


@pytest.mark.parametrize(("name", "side"), [("jpeg", 65_500), ("webp", 16_383)])
def test_a_side_is_as_long_as_the_format_allows_and_no_longer(name, side):
    codec = rival(name)
    image = np.zeros((1, side + 1, 3), np.uint8)
    assert codec.decode(codec.encode(image[:, :side], 10)).shape == (1, side, 3)
    with pytest.raises(InputError, match=f"{side:,} on a side"):
        codec.encode(image, 10)


@every_pillow_codec
def test_a_missing_library_is_told_and_nothing_else_fails(codec, monkeypatch):
    data = codec.encode(ramp(8, 8), codec.qualities[9])
    assert codec.available() is None
    monkeypatch.setattr(features, "check", lambda name: False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert codec.label.split(" (")[0] in codec.available()
    assert codec.recognizes(data)
    for call in (lambda: codec.encode(ramp(8, 8), codec.qualities[9]), lambda: codec.decode(data)):
        with pytest.raises(CodecUnavailable):
            call()


def test_the_rivals_are_these_in_this_order():
    names = ("bpg", "jpeg", "webp", "avif", "jpeg2000", "jxl")
    assert tuple(codec.name for codec in RIVALS) == names
    assert [rival(name).name for name in names] == list(names)
    with pytest.raises(InputError, match="choose one of bpg, jpeg"):
        rival("gif")


def test_a_codec_is_found_by_the_end_of_a_name_in_any_case():
    for codec in CODECS:
        assert codec_for_extension(codec.extension.upper()).name == codec.name
    assert codec_for_extension(".jpeg").name == "jpeg"
    assert codec_for_extension(".gci") is None
    assert codec_for_extension("") is None


def test_a_file_of_no_rival_is_not_described(make_photo):
    assert codec_for_data(b"\xc6\x20") is None
    with pytest.raises(InputError, match="none of these kinds: BPG, JPEG"):
        describe(encode_png(make_photo(8, 8)))
