"""Tiles: any size, and the same as the whole."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import TINY, tiny_network

from gcdemo.config import PRESETS
from gcdemo.grids import grid_shape
from gcdemo.tiling import Precision, decode_image, encode_image, spans

CPU = Precision(torch.device("cpu"))


def noise_picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(st.integers(2, 500), st.integers(0, 30), st.integers(1, 100))
def test_spans_cover_a_side_once_and_overlap_by_the_halo(cells, halo, tile):
    parts = spans(cells, halo, tile)
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(cells))
    for part in parts:
        assert part.stop - part.start <= tile
        assert part.outer_start == max(0, part.start - halo)
        assert part.outer_stop == min(cells, part.stop + halo)


@pytest.mark.parametrize("size", [(1, 1), (1, 70), (16, 16), (17, 33), (48, 64), (129, 31)])
def test_every_size_is_kept_exactly(size):
    network = tiny_network()
    symbols = encode_image(network, noise_picture(*size), 3, CPU)
    assert symbols.shape == (3, *grid_shape(*size))
    assert decode_image(network, symbols, *size, CPU).shape == (*size, 3)


@pytest.mark.parametrize("preset", ["tiny", "small"])
def test_tiles_agree_with_the_whole_to_one_level(preset):
    network = tiny_network(PRESETS[preset])
    image = noise_picture(500, 370)
    whole = encode_image(network, image, 4, CPU)
    tiled = encode_image(network, image, 4, CPU, tile_cells=9)
    # A latent within rounding of a boundary may fall to either side.
    assert (whole != tiled).mean() < 1e-3
    a = decode_image(network, whole, 500, 370, CPU)
    b = decode_image(network, whole, 500, 370, CPU, tile_cells=7)
    assert np.abs(a.astype(int) - b.astype(int)).max() <= 1


def test_a_halo_that_is_too_small_would_be_seen(monkeypatch):
    network = tiny_network()
    symbols = encode_image(network, noise_picture(300, 300), 4, CPU)
    whole = decode_image(network, symbols, 300, 300, CPU)
    monkeypatch.setattr("gcdemo.tiling.receptive_cells", lambda config: (0, 0))
    cut = decode_image(network, symbols, 300, 300, CPU, tile_cells=7)
    assert np.abs(whole.astype(int) - cut.astype(int)).max() > 1


def test_tiles_share_the_noise():
    network = tiny_network(dataclasses.replace(TINY, noise_channels=2))
    symbols = encode_image(network, noise_picture(200, 200), 4, CPU)
    whole = decode_image(network, symbols, 200, 200, CPU)
    assert np.array_equal(whole, decode_image(network, symbols, 200, 200, CPU))
    tiled = decode_image(network, symbols, 200, 200, CPU, tile_cells=5)
    assert np.abs(whole.astype(int) - tiled.astype(int)).max() <= 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_fifty_megapixels_pass_in_bounded_memory(tmp_path):
    import os
    import subprocess
    import sys

    program = """
from pathlib import Path
import numpy as np, torch
from gcdemo.config import PRESETS
from gcdemo.model import GenerativeCompressor
from gcdemo.tiling import Precision, decode_image, encode_image
network = GenerativeCompressor(PRESETS["small"]).eval().requires_grad_(False)
image = np.zeros((6250, 8000, 3), np.uint8)
image[::7] = 200
cpu = Precision(torch.device("cpu"))
symbols = encode_image(network, image, 4, cpu)
assert decode_image(network, symbols, 6250, 8000, cpu).shape == image.shape
status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
print(next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:")))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, timeout=850
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 6e9
