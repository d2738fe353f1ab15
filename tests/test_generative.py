"""GC end to end at toy size: real bytes, budgets, fields, damage."""

import dataclasses
from math import log2

import numpy as np
import pytest
import torch
from tiny_models import TINY, write_weights

from gcdemo.bitstream.container import pack, unpack
from gcdemo.bitstream.tint import COSINES, encode_tint
from gcdemo.checkpoints import load_model
from gcdemo.codecs.generative import GenerativeCodec, describe
from gcdemo.errors import BitstreamError, Corrupt, InputError, WrongModel
from gcdemo.tiling import Precision

CPU = Precision(torch.device("cpu"))


def codec(tmp_path, seed=0, config=TINY):
    path = write_weights(tmp_path / f"w{seed}.safetensors", config, seed)
    return GenerativeCodec(load_model(path), CPU)


def picture(height=40, width=56, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (16, 48), (40, 56), (33, 100)])
def test_a_file_decodes_to_the_networks_own_picture(tmp_path, size):
    gc = codec(tmp_path)
    data = gc.encode(picture(*size), 3)
    image = gc.decode(data)
    assert image.shape == (*size, 3)
    assert np.array_equal(image, gc.decode(data))


def test_the_fields_tell_where_every_byte_goes(tmp_path):
    gc = codec(tmp_path)
    data = gc.encode(picture(), 3)
    info = describe(data)
    assert (info.width, info.height, info.latent_channels) == (56, 40, 3)
    assert info.num_bytes == len(data)
    assert info.header_bytes + info.latent_bytes + info.checksum_bytes == len(data)
    assert info.header_bytes + info.checksum_bytes == 12
    assert info.bpp == 8 * len(data) / (56 * 40)
    assert info.bound_bpp == pytest.approx(3 * log2(5) * (3 * 4) / (56 * 40))
    assert info.weight_hash == gc.loaded.weights.sha256[:4]
    assert info.model_name == ""


def with_tint(data, section):
    """The same file with a tint of these bytes."""
    header, sections = (contents := unpack(data)).header, contents.sections
    return pack(dataclasses.replace(header, tinted=True), [section, *sections])


def test_a_tint_is_added_to_the_same_symbols_picture(tmp_path):
    gc = codec(tmp_path)
    data = gc.encode(picture(), 3)
    assert describe(data).tint_bytes == 0
    levels = np.zeros((len(COSINES), 3), np.int64)
    levels[0, 2] = 20
    tinted = with_tint(data, encode_tint(levels))
    info = describe(tinted)
    assert (info.mode, info.tint_bytes, info.num_bytes) == ("GC", 2, len(data) + 3)
    assert info.header_bytes + info.tint_bytes + info.latent_bytes + 4 == len(tinted)
    change = gc.decode(tinted).astype(int) - gc.decode(data)
    red, green, _ = change.mean((0, 1))
    assert red > 5
    assert green < 0


@pytest.mark.parametrize("section", [b"", b"\x00", b"\xf0", b"\xac\x00"])
def test_a_tint_that_is_none_or_of_another_spelling_is_refused(tmp_path, section):
    gc = codec(tmp_path)
    data = with_tint(gc.encode(picture(), 2), section)
    with pytest.raises(Corrupt, match=r"tint|number"):
        gc.decode(data)


def test_a_multiple_of_16_has_the_published_bound(tmp_path):
    data = codec(tmp_path).encode(picture(64, 96), 4)
    assert describe(data).bound_bpp == pytest.approx(4 * log2(5) / 256)


def test_a_budget_gives_the_largest_rate_that_fits(tmp_path):
    gc = codec(tmp_path)
    image = picture(160, 160)
    sizes = {c: len(gc.encode(image, c)) for c in gc.qualities}
    assert list(sizes.values()) == sorted(sizes.values())
    for channels, size in sizes.items():
        assert describe(gc.encode_to_budget(image, size)).latent_channels == channels
    assert describe(gc.encode_to_budget(image, sizes[4] - 1)).latent_channels == 3
    with pytest.raises(InputError, match="too few"):
        gc.encode_to_budget(image, sizes[2] - 1)


def test_rates_that_are_not_offered_are_refused(tmp_path):
    gc = codec(tmp_path)
    assert gc.qualities == (2, 3, 4)
    for channels in (0, 1, 5):
        with pytest.raises(InputError, match="2 to 4"):
            gc.encode(picture(), channels)
    single = codec(tmp_path, 7, dataclasses.replace(TINY, nested_rates=False))
    assert single.qualities == (4,)


def test_other_weights_are_refused(tmp_path):
    data = codec(tmp_path, seed=0).encode(picture(), 2)
    with pytest.raises(WrongModel):
        codec(tmp_path, seed=1).decode(data)


def test_every_prefix_and_every_flipped_byte_is_an_error(tmp_path):
    gc = codec(tmp_path)
    data = gc.encode(picture(), 2)
    for length in range(len(data)):
        with pytest.raises(BitstreamError):
            gc.decode(data[:length])
    for position in range(len(data)):
        for bit in (1, 128):
            damaged = bytearray(data)
            damaged[position] ^= bit
            with pytest.raises(BitstreamError):
                gc.decode(bytes(damaged))


def test_more_channels_than_the_model_has_are_refused(tmp_path):
    gc = codec(tmp_path)
    contents = unpack(gc.encode(picture(), 2))
    header = dataclasses.replace(contents.header, latent_channels=9)
    with pytest.raises(Corrupt, match="more channels"):
        gc.decode(pack(header, contents.sections))


def test_a_section_with_bytes_to_spare_is_refused(tmp_path):
    gc = codec(tmp_path)
    header, (section,) = (contents := unpack(gc.encode(picture(), 2))).header, contents.sections
    for wrong in (section + b"\0", section + b"\x55", section + section):
        with pytest.raises(BitstreamError):
            gc.decode(pack(header, [wrong]))
