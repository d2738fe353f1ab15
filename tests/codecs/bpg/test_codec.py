"""Files that are written: what they hold, and that it is exactly what x265 made."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import av
import numpy as np
import pytest

from gcdemo.bits import BitReader
from gcdemo.codecs.base import Codec
from gcdemo.codecs.bpg import hevc
from gcdemo.codecs.bpg.bits import unescape
from gcdemo.codecs.bpg.codec import BpgCodec
from gcdemo.codecs.bpg.container import (
    ANIMATION_TAG,
    Alpha,
    Metadata,
    PixelFormat,
    pack,
    unpack,
)
from gcdemo.codecs.bpg.info import describe
from gcdemo.codecs.bpg.planes import PlaneFormat, from_rgb, to_rgb
from gcdemo.codecs.bpg.reader import decode_pixels
from gcdemo.errors import (
    CodecFailed,
    CodecUnavailable,
    Corrupt,
    GCDemoError,
    InputError,
    UnsupportedVersion,
)

YUV_420, YUV_444 = PixelFormat.YUV_420, PixelFormat.YUV_444
KINDS = pytest.mark.parametrize(
    "codec",
    [BpgCodec(chroma, depth) for chroma in (YUV_420, YUV_444) for depth in (8, 10)],
    ids=lambda codec: f"{codec.pixel_format.name}-{codec.bit_depth}",
)
SIZES = [(1, 1), (1, 2), (8, 8), (9, 8), (2, 40), (70, 3), (16, 16), (17, 9), (33, 65), (48, 64)]


def error_of(one, other):
    return np.sqrt(np.mean((one.astype(float) - other) ** 2))


@KINDS
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_a_file_holds_exactly_the_picture_that_x265_made(make_photo, codec, height, width):
    image = make_photo(height, width)
    # The stream as x265 writes it, with its own parameter sets, never in a file.
    form = PlaneFormat(codec.pixel_format, codec.bit_depth)
    units = hevc.encode_planes(from_rgb(image, form), form, 30)
    direct = to_rgb(hevc.decode_planes(units, height, width, codec.bit_depth), form)
    assert np.array_equal(codec.decode(codec.encode(image, 51 - 30)), direct)


@KINDS
def test_the_finest_quality_is_near_the_original(make_photo, codec):
    y, x = np.mgrid[:50, :70]
    image = np.stack([2 * x + 50, 3 * y + 40, x + y], axis=2).astype(np.uint8)
    assert error_of(codec.decode(codec.encode(image, 51)), image) < 1.5


@pytest.mark.parametrize(
    ("codec", "shape", "front"),
    [
        (BpgCodec(), (1, 1), "20 00 01 01"),
        (BpgCodec(), (130, 40), "20 00 28 8102"),
        (BpgCodec(YUV_444), (5, 127), "60 00 7f 05"),
        (BpgCodec(bit_depth=10), (128, 3), "22 00 03 8100"),
        (BpgCodec(YUV_444, 10), (9, 300), "62 00 822c 09"),
    ],
)
def test_the_first_bytes_of_a_file_are_these(codec, shape, front):
    data = codec.encode(np.full((*shape, 3), 90, np.uint8), 0)
    front = bytes.fromhex("425047fb" + front)
    assert data.startswith(front)
    # Flat pictures take less than 128 bytes: one byte says how many follow.
    assert data[len(front)] == len(data) - len(front) - 1
    parameters = data[len(front) + 1]
    # Then picture parameters and one slice, with no more before the first than its own header.
    units = data[len(front) + 2 + parameters :]
    assert units.startswith(b"\x44\x01")
    assert units.count(b"\0\0\1") == 1


def test_files_grow_with_quality(make_photo):
    image = make_photo(64, 64)
    codec = BpgCodec()
    sizes = [len(codec.encode(image, quality)) for quality in codec.qualities[::5]]
    assert sizes == sorted(set(sizes))
    assert list(codec.qualities) == list(range(52))


def signed(reader):
    """The next se(v)."""
    value = reader.ue()
    return (value + 1) // 2 if value % 2 else -(value // 2)


def qp_of(data):
    """The QP that a file's only slice states, read from its bits (H.265, 7.3.2.3 and 7.3.6.1)."""
    parameters, slice_ = (
        BitReader(unescape(unit)[2:]) for unit in unpack(data).nal_units.split(b"\0\0\1")
    )
    assert (parameters.ue(), parameters.ue()) == (0, 0)
    parameters.bits(7)
    parameters.ue(), parameters.ue()
    first = 26 + signed(parameters)
    assert slice_.flag()
    slice_.flag()
    assert (slice_.ue(), slice_.ue()) == (0, 2)  # the picture's parameters; of intra prediction
    slice_.bits(2)  # sample-adaptive offsets of luma and of chroma
    return first + signed(slice_)


@pytest.mark.parametrize("quality", [0, 1, 20, 51])
def test_a_quality_is_the_qp_below_51(make_photo, quality):
    assert qp_of(BpgCodec().encode(make_photo(64, 64), quality)) == 51 - quality


@pytest.mark.parametrize("quality", [-1, 52])
def test_other_qualities_are_refused(make_photo, quality):
    with pytest.raises(InputError, match="from 0 to 51"):
        BpgCodec().encode(make_photo(16, 16), quality)


@pytest.mark.parametrize("shape", [(7072, 7072, 3), (1, 65_536, 3), (0, 5, 3)])
def test_pictures_that_are_too_large_are_refused(shape):
    image = np.broadcast_to(np.uint8(0), shape)
    with pytest.raises(InputError, match="BPG takes"):
        BpgCodec().encode(image, 0)


def test_a_longest_side_is_coded(rng):
    image = np.repeat(rng.integers(0, 256, (1, 500, 3)), 131, axis=1)[:, :65_500].astype(np.uint8)
    assert BpgCodec().decode(BpgCodec().encode(image, 30)).shape == image.shape


def test_it_is_a_codec(make_photo):
    codec: Codec = BpgCodec()
    assert (codec.name, codec.label, codec.extension) == ("bpg", "BPG", ".bpg")
    assert codec.available() is None
    data = codec.encode(make_photo(8, 8), 0)
    assert codec.recognizes(data)
    assert not codec.recognizes(b"BPG")
    assert not codec.recognizes(b"")


def test_it_can_be_shared_between_threads(make_photo):
    codec = BpgCodec()
    images = [make_photo(40 + i, 60, seed=i) for i in range(8)]
    alone = [codec.encode(image, 20) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda image: codec.encode(image, 20), images))
        decoded = list(pool.map(codec.decode, together))
    assert together == alone
    for image, data in zip(decoded, alone, strict=True):
        assert np.array_equal(image, codec.decode(data))


def test_nothing_is_printed_and_nobodys_logging_is_changed(make_photo, capfd):
    level = av.logging.get_level()
    data = BpgCodec().encode(make_photo(40, 40), 20)
    with pytest.raises(GCDemoError):
        BpgCodec().decode(data[:20] + bytes(range(1, 1 + len(data) - 20)))
    assert av.logging.get_level() == level
    assert capfd.readouterr() == ("", "")


def test_of_an_animation_the_first_picture_is_shown(make_photo):
    first, second = (unpack(BpgCodec().encode(make_photo(40, 56, seed), 25)) for seed in (1, 2))
    both = first.nal_units + b"\0\0\1" + second.nal_units
    animation = replace(
        first,
        header=replace(first.header, animation=True),
        metadata=(Metadata(1, b"other"), Metadata(ANIMATION_TAG, b"\0\1\x19")),
        nal_units=both,
    )
    assert np.array_equal(decode_pixels(pack(animation)), decode_pixels(pack(first)))
    assert describe(pack(animation)).animation
    with pytest.raises(Corrupt, match="another picture"):
        decode_pixels(pack(replace(first, nal_units=both)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bit_depth": 11}, "11 bits"),
        ({"bit_depth": 14}, "14 bits"),
        ({"alpha": Alpha.WHITE}, "CMYK"),
    ],
)
def test_sound_files_of_other_kinds_are_refused_but_described(make_photo, changes, message):
    contents = unpack(BpgCodec().encode(make_photo(16, 16), 20))
    alpha = contents.parameters if "alpha" in changes else None
    header = replace(contents.header, **changes)
    data = pack(replace(contents, header=header, alpha_parameters=alpha))
    assert describe(data).width == 16
    with pytest.raises(UnsupportedVersion, match=message):
        decode_pixels(data)


@pytest.mark.parametrize(("width", "height"), [(1, 40_000_000), (65_536, 8)])
def test_a_picture_of_longer_sides_than_are_written_is_refused(make_photo, width, height):
    contents = unpack(BpgCodec().encode(make_photo(16, 16), 20))
    header = replace(contents.header, width=width, height=height)
    with pytest.raises(UnsupportedVersion, match="sides of up to 65,535"):
        decode_pixels(pack(replace(contents, header=header)))


def test_the_longest_side_is_written_and_read(make_photo):
    picture = make_photo(2, 65_535)
    assert BpgCodec().decode(BpgCodec().encode(picture, 0)).shape == picture.shape


def test_a_file_without_its_picture_parameters_is_refused(make_photo):
    contents = unpack(BpgCodec().encode(make_photo(16, 16), 20))
    slices = contents.nal_units.split(b"\0\0\1")[1]
    with pytest.raises(Corrupt):
        decode_pixels(pack(replace(contents, nal_units=slices)))


def test_without_pyav_it_says_so_and_still_describes(monkeypatch, make_photo):
    data = BpgCodec().encode(make_photo(16, 16), 20)
    monkeypatch.setitem(sys.modules, "av", None)
    assert "PyAV" in BpgCodec().available()
    for call in (lambda: BpgCodec().decode(data), lambda: BpgCodec().encode(make_photo(8, 8), 0)):
        with pytest.raises(CodecUnavailable, match="pip install av"):
            call()
    assert describe(data).num_bytes == len(data)


def test_a_pyav_without_x265_is_named(monkeypatch):
    monkeypatch.setattr(av, "codecs_available", {"hevc"})
    assert BpgCodec().available() == "BPG needs libx265, which this build of PyAV lacks."


def test_a_failure_of_x265_is_an_error_of_the_codec(monkeypatch, make_photo):
    monkeypatch.setattr(hevc, "_PRESET", "no such preset")
    with pytest.raises(CodecFailed, match="x265"):
        BpgCodec().encode(make_photo(16, 16), 20)


def test_what_a_reader_could_not_rebuild_is_never_written(monkeypatch, make_photo):
    other = PlaneFormat(YUV_444, 8)
    units = hevc.encode_planes(from_rgb(make_photo(16, 16), other), other, 30)
    for wrong in (units, units[:1]):
        monkeypatch.setattr(hevc, "encode_planes", lambda *_, wrong=wrong: wrong)
        with pytest.raises(CodecFailed, match="x265"):
            BpgCodec().encode(make_photo(16, 16), 20)


def test_what_lies_beyond_the_edges_costs_nothing():
    flat, whole = (np.full((side, side, 3), 240, np.uint8) for side in (9, 16))
    assert len(BpgCodec().encode(flat, 20)) <= len(BpgCodec().encode(whole, 20))
