"""Files of the reference encoder decode to exactly what the reference decoder makes of them."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gcdemo.codecs.bpg.codec import BpgCodec
from gcdemo.codecs.bpg.coding_tools import pack_tools, unpack_tools
from gcdemo.codecs.bpg.container import unpack
from gcdemo.codecs.bpg.info import describe
from gcdemo.codecs.bpg.reader import decode_pixels
from gcdemo.errors import Corrupt, UnsupportedVersion
from gcdemo.images import load_image

FILES = sorted((Path(__file__).parent / "vectors").glob("*.bpg"))
LOSSLESS = [path for path in FILES if "lossless" in path.stem]
READ = [path for path in FILES if path not in LOSSLESS]


def name(path):
    return path.stem


def test_all_kinds_of_files_are_here():
    kinds = [describe(path.read_bytes()) for path in FILES]
    assert len(FILES) == 28
    assert len(LOSSLESS) == 2
    assert {info.pixel_format for info in kinds} == {"gray", "4:2:0", "4:2:2", "4:4:4"}
    assert {info.bit_depth for info in kinds} == {8, 9, 10, 12}
    assert {info.alpha for info in kinds} == {"none", "straight", "premultiplied"}
    assert {info.limited_range for info in kinds} == {True, False}
    assert {info.color_space for info in kinds} == {
        "YCbCr, BT.601",
        "YCbCr, BT.709",
        "YCgCo",
        "RGB",
    }


@pytest.mark.parametrize("path", READ, ids=name)
def test_pixels_are_those_of_the_reference_decoder(path):
    with Image.open(path.with_suffix(".png")) as picture:
        expected = np.array(picture)
    pixels = decode_pixels(path.read_bytes())
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, expected)


@pytest.mark.parametrize("path", READ, ids=name)
def test_the_codec_gives_what_the_png_looks_like_on_white(path):
    image = BpgCodec().decode(path.read_bytes())
    assert np.array_equal(image, load_image(path.with_suffix(".png")))


@pytest.mark.parametrize("path", LOSSLESS, ids=name)
def test_files_that_would_decode_wrongly_are_refused(path):
    with pytest.raises(UnsupportedVersion, match="losslessly"):
        decode_pixels(path.read_bytes())


@pytest.mark.parametrize("path", FILES, ids=name)
def test_short_parameters_of_the_reference_encoder_are_written_alike(path):
    contents = unpack(path.read_bytes())
    for parameters in (contents.parameters, contents.alpha_parameters):
        if parameters is not None:
            assert pack_tools(unpack_tools(parameters)) == parameters


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_byte_is_accounted_for(path):
    info = describe(path.read_bytes())
    with Image.open(path.with_suffix(".png")) as picture:
        assert (info.width, info.height) == picture.size
    parts = (info.header_bytes, info.metadata_bytes, info.hevc_header_bytes, info.picture_bytes)
    assert sum(parts) == info.num_bytes == path.stat().st_size
    assert info.bpp == 8 * info.num_bytes / (info.width * info.height)


def test_a_description_has_every_field(vector):
    # 425047fb 30 04 25 1d 00 | 03 924740 03 924740 | 44 09 ...
    assert dataclasses.asdict(describe(vector("s37x29_rgba_premul_jct"))) == {
        "pixel_format": "4:2:0",
        "bit_depth": 8,
        "color_space": "YCbCr, BT.601",
        "limited_range": False,
        "alpha": "premultiplied",
        "animation": False,
        "width": 37,
        "height": 29,
        "num_bytes": 324,
        "header_bytes": 9,
        "metadata_bytes": 0,
        "hevc_header_bytes": 8,
        "picture_bytes": 307,
        "bpp": 8 * 324 / (37 * 29),
    }


def test_damage_to_a_picture_that_carries_its_hash_is_noticed(vector):
    data = bytearray(vector("s64x48_hash_jct"))
    data[400] ^= 1
    with pytest.raises(Corrupt):
        decode_pixels(bytes(data))
