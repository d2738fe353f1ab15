"""Work goes to a lent GPU where there are such, and stays where it is everywhere else."""

import pickle
import sys
from types import ModuleType

import numpy as np
import pytest

from gcdemo import zero_gpu
from gcdemo.bitstream.container import pack
from gcdemo.bitstream.header import Header
from gcdemo.codecs.webp import WebpCodec
from gcdemo.errors import CodecUnavailable, InputError, NotOurFormat


class Lender:
    """Stands in for the package of ZeroGPU Spaces: copies what goes in and what comes back."""

    def __init__(self):
        self.seconds = []
        self.refusal = None

    def GPU(self, task, duration):
        def handler(*args, **kwargs):
            self.seconds.append(duration(*args, **kwargs))
            if self.refusal:
                raise self.refusal
            args, kwargs = pickle.loads(pickle.dumps((args, kwargs)))
            try:
                return pickle.loads(pickle.dumps(task(*args, **kwargs)))
            except Exception as error:
                raise RuntimeError(type(error).__name__) from None

        return handler


@pytest.fixture
def lender(monkeypatch):
    lender = Lender()
    module = ModuleType("spaces")
    module.GPU = lender.GPU
    monkeypatch.setitem(sys.modules, "spaces", module)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    return lender


def test_without_lent_gpus_a_function_and_a_codec_are_what_they_were(monkeypatch):
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    monkeypatch.setitem(sys.modules, "spaces", None)  # to import it would fail
    codec = WebpCodec()
    assert zero_gpu.start() == "auto"
    assert zero_gpu.borrowing(len, lambda data: 1) is len
    assert zero_gpu.borrowing_codec(codec) is codec


def test_what_nobody_waits_for_borrows_no_gpu(lender):
    assert zero_gpu.start() == "cpu"


def test_a_codec_codes_on_a_lent_gpu_and_is_the_same_otherwise(lender, make_photo):
    plain = WebpCodec()
    codec = zero_gpu.borrowing_codec(plain)
    image = make_photo(40, 50)
    assert codec.encode(image, 50) == plain.encode(image, 50)
    assert lender.seconds == [10]
    for name in ("name", "label", "extension", "qualities"):
        assert getattr(codec, name) == getattr(plain, name)
    assert codec.recognizes(plain.encode(image, 50))
    assert codec.available() is None


def test_our_own_errors_come_back_as_they_were(lender):
    codec = zero_gpu.borrowing_codec(WebpCodec())
    with pytest.raises(InputError, match="Quality 1000 is not offered"):
        codec.encode(np.zeros((9, 9, 3), np.uint8), 1000)


def test_a_gpu_that_is_not_lent_is_told_in_a_sentence(lender):
    refusal = RuntimeError("unread")
    refusal.message = "You have exceeded\nyour GPU quota."
    lender.refusal = refusal
    work = zero_gpu.borrowing(len, lambda data: 1)
    with pytest.raises(CodecUnavailable, match=r"^No GPU .*: You have exceeded your GPU quota\.$"):
        work(b"abc")


@pytest.mark.parametrize(
    ("width", "height", "seconds"),
    [(1, 1, 10), (4000, 3000, 22), (10_000, 5_000, 60)],
)
def test_a_gpu_is_borrowed_for_as_long_as_the_stated_picture_takes(width, height, seconds):
    data = pack(Header(1, b"ab", width, height, 4), [b"x"])
    assert zero_gpu.seconds_for_file(data) == zero_gpu.seconds_for(width * height) == seconds


def test_no_gpu_is_borrowed_for_what_is_none_of_our_files(lender):
    codec = zero_gpu.borrowing_codec(WebpCodec())
    with pytest.raises(NotOurFormat):
        codec.decode(b"hello")
    assert lender.seconds == []
