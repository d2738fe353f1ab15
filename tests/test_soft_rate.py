"""What symbols cost in floats is what they cost in a file, and its gradient tells what saves."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from gcdemo.api import load_codec
from gcdemo.bitstream.symbols import encode_symbols
from gcdemo.images import load_image
from gcdemo.samples import SAMPLES_FOLDER
from gcdemo.soft_rate import SoftRate
from gcdemo.tiling import encode_image
from tests.bitstream.random_tables import make_tables

CPU = torch.device("cpu")


def bits(tables, symbols):
    return SoftRate(tables, CPU).bits(one_hot(symbols, tables)).item()


def one_hot(symbols, tables):
    return F.one_hot(torch.tensor(symbols).long(), tables.num_centers).float()


def random_symbols(shape, seed=0, centers=5):
    return np.random.default_rng(seed).integers(0, centers, shape).astype(np.uint8)


@pytest.mark.parametrize("contexts", [0, 1, 6])
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 5, 9), (4, 20, 30)])
def test_the_bits_are_those_of_the_file(contexts, shape):
    tables = make_tables(shape[2], channels=4, contexts=contexts, summaries=0)
    symbols = random_symbols(shape)
    file_bits = 8 * len(encode_symbols(symbols, tables))
    assert bits(tables, symbols) == pytest.approx(file_bits, rel=1e-3, abs=16)


@pytest.mark.parametrize("channels", [2, 16])
def test_the_bits_of_the_released_weights_are_those_of_the_file(channels):
    codec = load_codec("gc", "cpu")
    image = load_image(SAMPLES_FOLDER / "street.jpg")[:240, :320]
    symbols = encode_image(codec.network, image, channels, codec.precision)
    file_bits = 8 * len(encode_symbols(symbols, codec.loaded.tables))
    assert bits(codec.loaded.tables, symbols) == pytest.approx(file_bits, rel=5e-3)


def test_what_the_gradient_would_have_changed_saves_bits():
    tables = make_tables(3, channels=3, contexts=4, summaries=2, reach=100)
    saved = []
    for seed in range(20):
        symbols = random_symbols((3, 8, 8), seed)
        chosen = one_hot(symbols, tables).requires_grad_()
        (gradient,) = torch.autograd.grad(SoftRate(tables, CPU).bits(chosen), chosen)
        # What each symbol's place would save, to first order, with each other value.
        gain = (gradient * chosen.detach()).sum(-1, keepdim=True) - gradient
        for flat in (gain.argmax(), gain.argmin()):
            place = np.unravel_index(int(flat), gain.shape)
            changed = symbols.copy()
            changed[place[:3]] = place[3]
            saved.append(bits(tables, symbols) - bits(tables, changed))
    first, last = np.mean(saved[::2]), np.mean(saved[1::2])
    assert first > 1
    assert first > last + 0.5
