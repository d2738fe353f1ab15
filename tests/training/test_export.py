"""From a run to a weight file."""

import numpy as np
import pytest
import torch
from tiny_models import flat_tables, tiny_network

from gcdemo.bitstream.symbols import encode_symbols
from gcdemo.checkpoints import LoadedModel, load_model
from gcdemo.codecs.generative import GenerativeCodec, describe
from gcdemo.config import PRESETS, TrainConfig
from gcdemo.released import WeightsId
from gcdemo.tiling import Precision, encode_image
from gcdemo.training.data import Picture
from gcdemo.training.export import export_run, measure_rates
from gcdemo.training.state import SavedRun, TrainState

CPU = Precision(torch.device("cpu"))


@pytest.fixture
def pictures(rng):
    return [
        Picture(f"p{i}.png", rng.integers(0, 256, (48, 64 + 16 * i, 3), dtype=np.uint8))
        for i in range(4)
    ]


def test_the_rates_stated_are_those_of_whole_files(pictures):
    network, tables = tiny_network(), flat_tables(4)
    rates = measure_rates(network, tables, pictures, CPU)
    assert list(rates) == [2, 3, 4]
    codec = GenerativeCodec(
        LoadedModel(WeightsId(0, "t", "t", "00" * 32), network, tables, {}), CPU
    )
    for channels, bpp in rates.items():
        files = [codec.encode(picture.image, channels) for picture in pictures]
        assert bpp == pytest.approx(np.mean([describe(data).bpp for data in files]))


def test_a_run_becomes_a_file_that_codes(pictures, tmp_path):
    state = TrainState(PRESETS["tiny"], TrainConfig(crop=32), torch.device("cpu"), ((), ()))
    state.save(tmp_path)
    target = tmp_path / "t.safetensors"
    exported = export_run(SavedRun(tmp_path), pictures[:3], pictures[3:], target, CPU)
    loaded = load_model(target)
    assert (exported.sha256, exported.num_bytes) == (loaded.weights.sha256, target.stat().st_size)
    assert set(loaded.typical_bpp) == {2, 3, 4}
    symbols = encode_image(loaded.network, pictures[0].image, 4, CPU)
    assert len(encode_symbols(symbols, loaded.tables)) > 0
