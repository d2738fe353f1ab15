import pytest

from gcdemo.codecs.base import SizedCodec
from gcdemo.codecs.matching import match_size
from gcdemo.evaluation.remembering import remembering
from tests.evaluation.fakes import CoarseCodec, SizedCoarseCodec

QUALITIES = tuple(range(1, 9))


def test_no_setting_is_encoded_twice_however_often_it_is_asked_for(picture):
    codec = CoarseCodec(qualities=QUALITIES)
    maker = remembering(codec)
    for num_bytes in (100, 2000, 5000, 5001):
        match_size(maker, picture, num_bytes, scaled=True)
    assert len(codec.encoded) > 1
    assert set(codec.encoded.values()) == {1}


@pytest.mark.parametrize("num_bytes", [1, 1500, 4000, 10**6])
@pytest.mark.parametrize("kind", [CoarseCodec, SizedCoarseCodec])
def test_a_search_finds_what_it_would_find_without_memory(picture, kind, num_bytes):
    plain = match_size(kind(qualities=QUALITIES), picture, num_bytes)
    maker = remembering(kind(qualities=QUALITIES))
    match_size(maker, picture, 2000)
    again = match_size(maker, picture, num_bytes)
    assert (again.data, again.quality, again.floor) == (plain.data, plain.quality, plain.floor)
    assert again.encodes == plain.encodes


def test_a_codec_that_takes_a_size_still_does(picture):
    assert isinstance(remembering(SizedCoarseCodec()), SizedCodec)
    assert not isinstance(remembering(CoarseCodec()), SizedCodec)


def test_it_shows_all_that_the_codec_shows(picture):
    codec = CoarseCodec()
    maker = remembering(codec)
    for name in ("name", "label", "extension", "qualities"):
        assert getattr(maker, name) == getattr(codec, name)
    data = maker.encode(picture, 2)
    assert data == codec.encode(picture, 2)
    assert maker.recognizes(data)
    assert maker.available() is None
    assert (maker.decode(data) == codec.decode(data)).all()
    assert maker.seconds(data) > 0
