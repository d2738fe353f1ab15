"""A rival never gets fewer bytes than were asked for, and a floor is never hidden."""

import numpy as np
import pytest
from codecs_fakes import SizesCodec, StairsCodec
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.codecs.matching import SCALES, fit_size, match_size, reconstruct
from gcdemo.errors import InputError

PICTURE = np.zeros((48, 96, 3), np.uint8)
SIZES = st.integers(8, 5000)
CURVES = st.lists(SIZES, min_size=1, max_size=100)


@given(CURVES.map(sorted), st.data())
def test_of_sizes_that_grow_the_smallest_that_is_as_large_is_given(sizes, data):
    num_bytes = data.draw(SIZES | st.sampled_from(sizes))
    codec = SizesCodec(sizes)
    match = match_size(codec, PICTURE, num_bytes)
    assert match.num_bytes == min((s for s in sizes if s >= num_bytes), default=sizes[-1])
    assert match.data == codec.encode(PICTURE, match.quality)


@given(CURVES, SIZES)
def test_nothing_smaller_than_was_asked_for_is_given_but_the_largest(sizes, num_bytes):
    match = match_size(SizesCodec(sizes), PICTURE, num_bytes)
    assert match.num_bytes >= num_bytes or match.ceiling
    assert match.ceiling == (match.num_bytes < num_bytes)
    if match.ceiling:
        assert match.num_bytes >= sizes[-1]


@given(CURVES, SIZES)
def test_a_floor_is_told_and_costs_one_file(sizes, num_bytes):
    match = match_size(SizesCodec(sizes), PICTURE, num_bytes)
    assert match.floor == (sizes[0] > num_bytes)
    if match.floor:
        assert (match.encodes, match.num_bytes, match.quality) == (1, sizes[0], 10)


@given(CURVES, SIZES)
def test_every_file_that_is_made_is_counted(sizes, num_bytes):
    codec = SizesCodec(sizes)
    assert match_size(codec, PICTURE, num_bytes, scaled=True).encodes == codec.encodes


@given(CURVES.map(sorted), st.data())
def test_the_largest_file_that_fits_is_given(sizes, data):
    num_bytes = data.draw(SIZES | st.sampled_from(sizes))
    codec = SizesCodec(sizes)
    if sizes[0] > num_bytes:
        with pytest.raises(InputError, match=f"smallest Fake file of this picture has {sizes[0]}"):
            fit_size(codec, PICTURE, num_bytes)
    else:
        assert fit_size(codec, PICTURE, num_bytes).num_bytes == max(
            size for size in sizes if size <= num_bytes
        )


@given(CURVES, st.integers(-5, 5000))
def test_a_limit_is_kept_or_refused_whatever_the_sizes(sizes, num_bytes):
    try:
        assert fit_size(SizesCodec(sizes), PICTURE, num_bytes).num_bytes <= num_bytes
    except InputError:
        assert sizes[0] > num_bytes


@given(st.sets(SIZES, min_size=1), SIZES)
def test_a_codec_that_takes_sizes_is_held_to_the_same(stairs, num_bytes):
    codec = StairsCodec(stairs)
    match = match_size(codec, PICTURE, num_bytes)
    assert match.ceiling == (max(stairs) < num_bytes)
    assert match.ceiling or match.num_bytes >= num_bytes
    assert not match.floor or match.num_bytes == min(stairs) > num_bytes
    assert match.floor or match.num_bytes <= 65 / 64 * num_bytes or min(stairs) <= num_bytes
    assert match.quality in codec.qualities
    assert match.encodes == codec.encodes <= 11
    if min(stairs) <= num_bytes:
        assert fit_size(codec, PICTURE, num_bytes).num_bytes <= num_bytes


def test_a_codec_that_takes_sizes_and_hits_them_needs_one_file():
    match = match_size(StairsCodec(range(100, 3000)), PICTURE, 777)
    assert (match.num_bytes, match.encodes, match.floor) == (777, 1, False)


@given(st.integers(8, 5000))
def test_below_the_floor_the_largest_scale_that_fits_is_coded(num_bytes):
    codec = SizesCodec([2000, 3000], pixels=96 * 48)
    match = match_size(codec, PICTURE, num_bytes, scaled=True)
    floors = {
        scale: len(codec.encode(PICTURE[: round(48 * scale), : round(96 * scale)], 10))
        for scale in SCALES
    }
    fitting = [scale for scale in SCALES if floors[scale] <= num_bytes]
    assert match.scale == (max(fitting) if fitting else min(SCALES))
    assert match.floor == (not fitting)
    assert reconstruct(codec, match.data, 96, 48).shape == (48, 96, 3)


def test_a_picture_coded_smaller_is_told_as_such_and_rated_on_all_its_pixels():
    match = match_size(SizesCodec([900], pixels=96 * 48), PICTURE, 300, scaled=True)
    assert match.remark == "coded at 1/2 size"
    assert match.bpp == 8 * match.num_bytes / (96 * 48)
    assert match_size(SizesCodec([900]), PICTURE, 1).remark == ""


def test_a_picture_of_one_pixel_has_every_scale():
    codec = SizesCodec([100])
    match = match_size(codec, PICTURE[:1, :1], 10, scaled=True)
    assert (match.floor, match.num_bytes) == (True, 100)
    assert reconstruct(codec, match.data, 1, 1).shape == (1, 1, 3)


def test_a_picture_that_was_coded_whole_is_decoded_and_left_alone(make_photo):
    image = make_photo(20, 30)

    class Mirror(SizesCodec):
        def decode(self, data):
            return image

    assert reconstruct(Mirror([1]), b"", 30, 20) is image
