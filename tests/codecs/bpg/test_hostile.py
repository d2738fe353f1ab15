"""Whatever a file holds, reading it ends with a picture or with one sentence."""

import numpy as np
import pytest

from gcdemo.codecs.bpg.container import unpack
from gcdemo.codecs.bpg.info import describe
from gcdemo.codecs.bpg.reader import decode_pixels
from gcdemo.errors import BitstreamError, CodecFailed

SMALL = ("s37x29_gray_10bit_jct", "s37x29_graya_jct", "s37x29_420_9bit_jct", "s37x29_444_x265")


def corrupted(data, rng):
    """Change some bytes, cut some out or put some in; mostly where they matter most, in front."""
    damaged = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        end = 24 if rng.random() < 0.5 else len(damaged)
        place = int(rng.integers(0, max(1, min(end, len(damaged)))))
        kind = rng.integers(0, 6)
        if kind == 0:
            del damaged[place:]
        elif kind == 1:
            del damaged[place : place + rng.integers(1, 9)]
        elif kind == 2:
            damaged[place:place] = rng.bytes(int(rng.integers(1, 9)))
        else:
            damaged[place : place + 1] = rng.bytes(1)
    return bytes(damaged)


def read_corrupted(vector, count):
    """Read so many damaged files; give how many were refused and how many still show something."""
    rng = np.random.default_rng(count)
    refused = shown = 0
    for i in range(count):
        data = corrupted(vector(SMALL[i % len(SMALL)]), rng)
        try:
            pixels = decode_pixels(data)
        except BitstreamError:
            refused += 1
            continue
        header = unpack(data).header
        assert pixels.shape[:2] == (header.height, header.width)
        shown += 1
    return refused, shown


def test_damaged_files_are_refused_or_shown(vector):
    refused, shown = read_corrupted(vector, 300)
    assert refused > 100
    assert shown > 10


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_thousand_damaged_files_are_refused_or_shown(vector):
    refused, shown = read_corrupted(vector, 10_000)
    assert refused + shown == 10_000


@pytest.mark.parametrize("name", SMALL)
def test_every_cut_within_the_header_is_refused(vector, name):
    data = vector(name)
    start = len(data) - describe(data).picture_bytes
    for end in range(start + 1):
        with pytest.raises(BitstreamError):
            decode_pixels(data[:end])


def test_a_picture_that_memory_is_too_small_for_is_refused(vector, monkeypatch):
    def too_large(*_):
        raise MemoryError

    monkeypatch.setattr("gcdemo.codecs.bpg.reader.to_rgb", too_large)
    with pytest.raises(CodecFailed, match="memory"):
        decode_pixels(vector(SMALL[3]))
