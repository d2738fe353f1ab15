"""A file means the same on every machine, however its processor rounds: no float touches a symbol.

Another machine is imitated by changing every weight, and whatever an operation of the networks
gives, by about a thousandth at random: by far more than processors differ. A GPU is another one.
"""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import gcdemo.codecs.generative
import gcdemo.codecs.selective
from gcdemo.api import load_codec, load_selective_codec
from gcdemo.bitstream.header import Background
from gcdemo.codecs.generative import GenerativeCodec
from gcdemo.codecs.selective import Regions, SelectiveCodec

RELATIVE = 1e-3
SIZE = (80, 112)
SEEDS = pytest.mark.parametrize("seed", [1, 2, 3])
MODES = pytest.mark.parametrize("mode", ["gc", "synthesised", "thin"])
LARGEST_DIFFERENCE = 3.0
"""Levels of 256 by which two machines' pictures may differ, on average."""


class Rounding(TorchDispatchMode):
    """Changes every float that an operation gives."""

    def __init__(self, rng):
        super().__init__()
        self.rng = rng
        self.changed = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        # What lies where an operand does was changed when that was made.
        known = {arg.data_ptr() for arg in args if isinstance(arg, torch.Tensor)}
        if isinstance(result, torch.Tensor) and result.data_ptr() not in known:
            self.changed += disturb(result, self.rng)
        return result


def disturb(values, rng):
    """Change floats; tell whether there were any."""
    if not values.is_floating_point():
        return False
    values.mul_(1 + RELATIVE * torch.randn(values.shape, generator=rng))
    return True


@contextmanager
def another_machine(network, seed):
    """Let a network run as on a machine that rounds in its own way."""
    rng = torch.Generator().manual_seed(seed)
    values = [*network.parameters(), *network.buffers()]
    copies = [value.clone() for value in values]
    with torch.no_grad():
        try:
            for value in values:
                disturb(value, rng)
            with Rounding(rng) as rounding:
                yield
        finally:
            for value, copy in zip(values, copies, strict=True):
                value.copy_(copy)
    assert rounding.changed > 20  # operations


class Photo(NamedTuple):
    """What goes into a file, and into it alone."""

    image: np.ndarray
    codec: GenerativeCodec | SelectiveCodec
    background: Background | None  # of SC

    def encode(self):
        if self.background is None:
            return self.codec.encode(self.image, 8)
        kept = np.zeros(SIZE, bool)
        kept[20:60, 30:90] = True
        labels = np.repeat(np.arange(SIZE[0], dtype=np.uint8)[:, None] // 16, SIZE[1], axis=1)
        return self.codec.encode(self.image, Regions(kept, self.background, labels), 8)

    def decode(self, data):
        decoded = self.codec.decode(data)
        return decoded if self.background is None else decoded.image


def photo_on(device, mode, image):
    if mode == "gc":
        return Photo(image, load_codec("gc", device), None)
    background = Background.THIN if mode == "thin" else Background.SYNTHESISED
    return Photo(image, load_selective_codec("sc", device), background)


@pytest.fixture
def image(make_photo):
    return make_photo(*SIZE)


@pytest.fixture
def coded(monkeypatch):
    """What was written and read last: symbols, masks and label maps by kind and shape."""
    seen = {"written": {}, "read": {}}

    def spy(module, kind):
        encode, decode = getattr(module, f"encode_{kind}"), getattr(module, f"decode_{kind}")

        def encoding(array, *arguments):
            seen["written"][kind, array.shape] = array.copy()
            return encode(array, *arguments)

        def decoding(*arguments):
            array = decode(*arguments)
            seen["read"][kind, array.shape] = array.copy()
            return array

        monkeypatch.setattr(module, f"encode_{kind}", encoding)
        monkeypatch.setattr(module, f"decode_{kind}", decoding)

    spy(gcdemo.codecs.generative, "symbols")
    for kind in ("symbols", "mask", "map"):
        spy(gcdemo.codecs.selective, kind)
    return seen


def check_same(one, other, mode):
    assert list(map(len, (one, other))) == [1 if mode == "gc" else 4] * 2
    for key, array in one.items():
        np.testing.assert_array_equal(array, other[key])


def difference(image, other):
    return float(np.abs(image.astype(float) - other).mean())


@MODES
@SEEDS
def test_what_one_machine_writes_another_reads_symbol_by_symbol(image, coded, mode, seed):
    photo = photo_on("cpu", mode, image)
    data = photo.encode()
    here = photo.decode(data)
    with another_machine(photo.codec.network, seed):
        there = photo.decode(data)
    check_same(coded["written"], coded["read"], mode)
    assert 0 < difference(here, there) < LARGEST_DIFFERENCE


@MODES
@SEEDS
def test_what_another_machine_writes_is_read_here_symbol_by_symbol(image, coded, mode, seed):
    photo = photo_on("cpu", mode, image)
    photo.encode()
    here = dict(coded["written"])
    with another_machine(photo.codec.network, seed):
        data = photo.encode()
    photo.decode(data)
    check_same(coded["written"], coded["read"], mode)
    # Its encoder may round a value to the next center now and then, which changes the file alone.
    share = [np.mean(array != here[key]) for key, array in coded["written"].items()]
    assert max(share) < 0.05


@pytest.mark.gpu
@MODES
@pytest.mark.parametrize(("writer", "reader"), [("cuda", "cpu"), ("cpu", "cuda")])
def test_what_a_gpu_writes_a_cpu_reads_and_the_other_way(image, coded, mode, writer, reader):
    if not torch.cuda.is_available():
        pytest.skip("There is no NVIDIA GPU.")
    data = photo_on(writer, mode, image).encode()
    there = photo_on(reader, mode, image).decode(data)
    check_same(coded["written"], coded["read"], mode)
    here = photo_on(writer, mode, image).decode(data)
    check_same(coded["written"], coded["read"], mode)
    assert difference(here, there) < LARGEST_DIFFERENCE
