"""SC end to end at toy size: real bytes, regions, budgets, damage."""

import contextlib
import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import TINY_SELECTIVE, write_selective_weights, write_weights

from gcdemo.bitstream.container import pack, unpack
from gcdemo.bitstream.header import Background, SelectiveFields
from gcdemo.checkpoints import load_model
from gcdemo.codecs.generative import GenerativeCodec
from gcdemo.codecs.generative import describe as describe_generative
from gcdemo.codecs.selective import (
    MIN_REGION_CELLS,
    Regions,
    SelectiveCodec,
    describe_selective,
)
from gcdemo.errors import (
    BitstreamError,
    CheckpointError,
    Corrupt,
    InputError,
    UnsupportedVersion,
    WrongModel,
)
from gcdemo.keeping import kept_cells
from gcdemo.label_maps import from_grid, simplify, to_grid
from gcdemo.selective_checkpoints import load_selective
from gcdemo.tiling import Precision

CPU = Precision(torch.device("cpu"))
BOTH = pytest.mark.parametrize("background", list(Background))


@pytest.fixture(scope="module")
def sc(tmp_path_factory):
    path = write_selective_weights(tmp_path_factory.mktemp("weights") / "sc.safetensors")
    return SelectiveCodec(load_selective(path), CPU)


def picture(height=72, width=100, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def regions(background, height=72, width=100, seed=0):
    rng = np.random.default_rng(seed)
    kept = np.zeros((height, width), bool)
    kept[height // 4 : height // 2 + 1, width // 3 :] = True
    blocks = rng.integers(0, 11, (-(-height // 24), -(-width // 24)), dtype=np.uint8)
    labels = blocks.repeat(24, 0).repeat(24, 1)[:height, :width]
    return Regions(kept, background, labels)


@BOTH
@pytest.mark.parametrize("size", [(1, 1), (16, 48), (33, 100), (72, 100)])
def test_a_file_tells_its_picture_and_what_was_kept(sc, background, size):
    asked = regions(background, *size)
    decoded = sc.decode(sc.encode(picture(*size), asked, 3))
    assert decoded.image.shape == (*size, 3)
    assert decoded.background is background
    cells = kept_cells(asked.kept).astype(np.uint8)
    assert np.array_equal(decoded.kept, from_grid(cells, *size) > 0)
    if background is Background.SYNTHESISED:
        expected = simplify(to_grid(asked.labels), MIN_REGION_CELLS)
        assert np.array_equal(decoded.labels, from_grid(expected, *size))
    else:
        assert not decoded.labels.any()


@BOTH
def test_dropped_pixels_change_no_byte_of_the_details(sc, background):
    asked = regions(background)
    image = picture()
    kept = from_grid(kept_cells(asked.kept).astype(np.uint8), 72, 100) > 0
    other = np.where(kept[..., None], image, picture(seed=1))
    one, two = (unpack(sc.encode(x, asked, 4)).sections for x in (image, other))
    if background is Background.SYNTHESISED:
        assert one == two
    else:
        assert one[:2] == two[:2]
        assert one[3] != two[3]


def test_the_fields_tell_where_every_byte_goes(sc):
    data = sc.encode(picture(), regions(Background.SYNTHESISED), 3)
    info = describe_selective(data)
    parts = (
        info.header_bytes,
        info.label_map_bytes,
        info.mask_bytes,
        info.detail_bytes,
        info.thin_bytes,
        info.checksum_bytes,
    )
    assert sum(parts) == info.num_bytes == len(data)
    assert all(parts)
    assert info.header_bytes <= 20
    assert (info.width, info.height, info.mode) == (100, 72, "SC")
    assert (info.detail_channels, info.thin_channels) == (3, 2)
    assert info.background == "synthesised"


@BOTH
def test_nothing_kept_costs_no_details(sc, background):
    nothing = Regions(np.zeros((72, 100), bool), background, regions(background).labels)
    info = describe_selective(data := sc.encode(picture(), nothing, 4))
    assert info.detail_channels == info.detail_bytes == info.mask_bytes == 0
    assert (info.thin_bytes > 0) == (background is Background.THIN)
    decoded = sc.decode(data)
    assert not decoded.kept.any()
    # What is not there has no rate: one picture, one file.
    assert (sc.encode(picture(), nothing, 4, 4) == data) == (background is Background.SYNTHESISED)
    # What is synthesised is the same whatever was there.
    again = sc.decode(sc.encode(picture(seed=1), nothing, 4)).image
    assert np.array_equal(again, decoded.image) == (background is Background.SYNTHESISED)


def test_everything_kept_needs_one_byte_of_mask(sc):
    everything = Regions(np.ones((96, 96), bool), Background.THIN)
    assert describe_selective(sc.encode(picture(96, 96), everything, 4)).mask_bytes == 1


@BOTH
def test_a_budget_gives_the_largest_file_that_fits(sc, background):
    image, asked = picture(), regions(background)
    sizes = [len(sc.encode(image, asked, rate)) for rate in sc.qualities]
    assert len(sc.encode_to_budget(image, asked, sizes[1])) == sizes[1]
    assert len(sc.encode_to_budget(image, asked, sizes[-1] + 99)) == sizes[-1]
    with pytest.raises(InputError, match="too few"):
        sc.encode_to_budget(image, asked, sizes[0] - 1)


def test_a_thin_background_alone_spends_its_budget_on_the_thin_latent(sc):
    nothing = Regions(np.zeros((72, 100), bool), Background.THIN)
    sizes = [len(sc.encode(picture(), nothing, 2, thin)) for thin in (2, 3, 4)]
    assert sizes[0] < sizes[1] < sizes[2]
    assert len(sc.encode_to_budget(picture(), nothing, sizes[1])) == sizes[1]


def test_pixels_too_few_to_keep_a_cell_leave_the_budget_to_the_thin_latent(sc):
    kept = np.zeros((72, 100), bool)
    kept[20, 20] = True
    nothing = Regions(np.zeros((72, 100), bool), Background.THIN)
    file = sc.encode(picture(), nothing, 2, 4)
    assert sc.encode_to_budget(picture(), Regions(kept, Background.THIN), len(file)) == file


def test_rates_that_are_not_offered_are_refused(sc):
    asked = regions(Background.THIN)
    for rate, thin in ((1, 2), (5, 2), (3, 0), (3, 5)):
        with pytest.raises(InputError):
            sc.encode(picture(), asked, rate, thin)


def test_masks_and_maps_of_another_type_are_refused(sc):
    kept, labels = np.ones((72, 100), bool), np.zeros((72, 100), np.uint8)
    for other in (255 * kept.astype(np.uint8), kept[0], kept[..., None]):
        with pytest.raises(InputError, match=r"it must be bool \(height, width\)"):
            sc.encode(picture(), Regions(other, Background.THIN), 3)
    for other in (labels - 1.0, labels.astype(np.int64) - 1, labels[0]):
        with pytest.raises(InputError, match=r"it must be uint8 \(height, width\)"):
            sc.encode(picture(), Regions(kept, Background.SYNTHESISED, other), 3)


def test_regions_of_another_size_or_class_are_refused(sc):
    kept, labels = np.ones((72, 100), bool), np.zeros((72, 100), np.uint8)
    with pytest.raises(InputError, match="mask is 99 x 72"):
        sc.encode(picture(), Regions(kept[:, 1:], Background.THIN), 3)
    with pytest.raises(InputError, match="label map is 100 x 71"):
        sc.encode(picture(), Regions(kept, Background.SYNTHESISED, labels[1:]), 3)
    with pytest.raises(InputError, match="ids of no class: 11"):
        sc.encode(picture(), Regions(kept, Background.SYNTHESISED, labels + 11), 3)


def test_each_mode_refuses_the_files_of_the_other(sc, tmp_path):
    gc = GenerativeCodec(load_model(write_weights(tmp_path / "gc.safetensors")), CPU)
    of_gc, of_sc = gc.encode(picture(), 3), sc.encode(picture(), regions(Background.THIN), 3)
    for read, data in (
        (gc.decode, of_sc),
        (describe_generative, of_sc),
        (sc.decode, of_gc),
        (describe_selective, of_gc),
    ):
        with pytest.raises(UnsupportedVersion):
            read(data)


def test_weights_of_the_other_mode_are_refused(tmp_path):
    with pytest.raises(CheckpointError):
        load_model(write_selective_weights(tmp_path / "sc.safetensors"))
    with pytest.raises(CheckpointError):
        load_selective(write_weights(tmp_path / "gc.safetensors"))


def test_files_of_other_weights_are_refused(sc, tmp_path):
    path = write_selective_weights(tmp_path / "other.safetensors", TINY_SELECTIVE, seed=1)
    other = SelectiveCodec(load_selective(path), CPU)
    with pytest.raises(WrongModel):
        sc.decode(other.encode(picture(), regions(Background.THIN), 3))


def test_details_without_a_mask_contradict_it(sc):
    contents = unpack(sc.encode(picture(), regions(Background.THIN), 3))
    label_map, mask, details, thin = contents.sections
    with pytest.raises(Corrupt, match="contradict"):
        sc.decode(pack(contents.header, [label_map, b"", details, thin]))
    header = dataclasses.replace(contents.header, selective=SelectiveFields(Background.THIN, 15))
    with pytest.raises(Corrupt, match="more channels"):
        sc.decode(pack(header, [label_map, mask, details, thin]))


@given(data=st.data())
def test_damaged_sections_give_one_typed_error(sc, data):
    contents = unpack(sc.encode(picture(40, 56), regions(Background.SYNTHESISED, 40, 56), 3))
    sections = list(contents.sections)
    which = data.draw(st.integers(0, 3))
    sections[which] = data.draw(st.binary(max_size=40))
    with contextlib.suppress(BitstreamError):
        assert sc.decode(pack(contents.header, sections)).image.shape == (40, 56, 3)
