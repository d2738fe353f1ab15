"""How large an SC file will be is foretold: all but its symbols exactly, and those roughly."""

import itertools
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import write_selective_weights
from typer.testing import CliRunner

from gcdemo.__main__ import app
from gcdemo.api import load_selective_codec
from gcdemo.bitstream.header import Background
from gcdemo.codecs.selective import Regions, SelectiveCodec, describe_selective
from gcdemo.errors import InputError
from gcdemo.grids import fine_grid_shape, grid_shape
from gcdemo.images import load_image, save_png
from gcdemo.sample_maps import read_maps
from gcdemo.samples import SAMPLES
from gcdemo.selective_checkpoints import load_selective
from gcdemo.selective_sizes import (
    DETAIL_BITS,
    THIN_BITS,
    Busyness,
    CellBits,
    Measured,
    fit_power,
    measure_details,
    measure_thin,
    predict_bytes,
)
from gcdemo.tiling import Precision


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = write_selective_weights(tmp_path_factory.mktemp("weights") / "sc.safetensors")
    return SelectiveCodec(load_selective(path), Precision(torch.device("cpu")))


def regions_of(image, background=Background.SYNTHESISED):
    height, width = image.shape[:2]
    kept = np.zeros((height, width), bool)
    kept[height // 4 : height // 2, width // 3 :] = True
    labels = np.full((height, width), 2, np.uint8)
    labels[: height // 2] = 1
    return Regions(kept, background, labels)


@given(st.floats(0.2, 5), st.floats(0.5, 2), st.integers(0, 99))
def test_a_power_that_was_measured_is_found_again(factor, power, seed):
    rng = np.random.default_rng(seed)
    true = CellBits(factor, power)
    regions = [top * rng.random(40, np.float32) + 0.1 for top in (1, 2, 4, 6)]
    found = fit_power([Measured(true.of(busyness), busyness) for busyness in regions])
    assert found.factor == pytest.approx(factor, rel=1e-3)
    assert found.power == pytest.approx(power, rel=1e-3)


def test_bits_add_up_over_cells_and_flat_ones_have_none():
    bits = CellBits(0.5, 2.0)
    assert bits.of(np.array([], np.float32)) == 0
    assert bits.of(np.array([0.0, 2.0, 4.0], np.float32)) == 10


def test_flat_pictures_are_not_busy_and_cells_are_those_of_the_grids(make_photo):
    flat = Busyness.of(np.full((33, 70, 3), 90, np.uint8))
    assert flat.fine.shape == fine_grid_shape(33, 70)
    assert flat.coarse.shape == grid_shape(33, 70)
    assert flat.fine.max() < 1e-3
    assert Busyness.of(make_photo(33, 70)).fine.mean() > 2


@pytest.mark.parametrize("background", list(Background))
def test_all_but_the_symbols_is_foretold_to_the_byte(tiny, make_photo, background):
    image = make_photo(72, 100)
    asked = regions_of(image, background)
    info = describe_selective(tiny.encode(image, asked, 3))
    busyness = Busyness.of(image)
    plan, _ = tiny.arrange(asked, 3)
    details = round(DETAIL_BITS[3].of(busyness.fine[plan.kept]) / 8)
    thin = round(THIN_BITS.of(busyness.coarse[tiny.stored(plan)]) / 8)
    rest = info.num_bytes - info.detail_bytes - info.thin_bytes
    assert predict_bytes(tiny, busyness, asked, 3) == rest + details + thin


def test_a_rate_that_is_not_offered_is_refused(tiny, make_photo):
    image = make_photo(32, 32)
    with pytest.raises(InputError):
        predict_bytes(tiny, Busyness.of(image), regions_of(image), 9)


def test_what_is_measured_is_what_the_file_spends(tiny, make_photo):
    image = make_photo(64, 64)
    kept = np.zeros((64, 64), bool)
    kept[:32] = True
    info = describe_selective(tiny.encode(image, Regions(kept, Background.THIN), 4))
    details, thin = measure_details(tiny, image, kept, 4), measure_thin(tiny, image)
    assert (details.bits, details.busyness.shape) == (8 * info.detail_bytes, (32,))
    assert (thin.bits, thin.busyness.shape) == (8 * info.thin_bytes, (16,))


def test_the_command_gives_the_table_line_by_line(tmp_path, make_photo):
    weights = write_selective_weights(tmp_path / "w.safetensors")
    save_png(make_photo(64, 96), tmp_path / "a.png")
    arguments = ["measure-sizes", tmp_path / "a.png", "--model", weights, "--device", "cpu"]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    lines = re.findall(r"^(\w+): CellBits\((\d+\.\d{3}), (-?\d+\.\d{3})\),$", result.stdout, re.M)
    assert [name for name, _, _ in lines] == ["2", "3", "4", "thin"]


def test_the_shipped_weights_were_measured_at_every_rate():
    assert list(DETAIL_BITS) == list(load_selective_codec("sc", "cpu").qualities)
    busy = Busyness.of(load_image(SAMPLES[0].path)).fine.ravel()
    sizes = [line.of(busy) for line in DETAIL_BITS.values()]
    assert all(smaller < larger for smaller, larger in itertools.pairwise(sizes))


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_files_of_the_samples_are_foretold_to_a_quarter(sample):
    codec, image, maps = (
        load_selective_codec("sc", "cpu"),
        load_image(sample.path),
        read_maps(sample),
    )
    busyness = Busyness.of(image)
    for background, rate in itertools.product(Background, (4, 8, 12)):
        asked = Regions(maps.kept, background, maps.labels)
        foretold = predict_bytes(codec, busyness, asked, rate)
        assert foretold == pytest.approx(len(codec.encode(image, asked, rate)), rel=0.25)
