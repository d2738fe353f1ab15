"""SC's networks: what is dropped leaves no trace, and GC is the case with nothing kept."""

import dataclasses

import numpy as np
import pytest
import torch
from tiny_models import (
    NARROW_SELECTIVE,
    TINY,
    TINY_SELECTIVE,
    tiny_network,
    tiny_selective_network,
)
from torch import nn

from gcdemo.selective_config import SELECTIVE_PRESETS, model_config_from_json
from gcdemo.selective_model import Noise, Selection, SelectiveCompressor, Symbols, enlarge
from gcdemo.selective_tiling import Plan, decode_selective, encode_selective
from gcdemo.tiling import Precision

CPU = Precision(torch.device("cpu"))


def pictures(batch=2, side=64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, 3, side, side, generator=generator) * 2 - 1


def selection(batch=2, side=64, thin=(True, False), seed=0):
    rng = np.random.default_rng(seed)
    cells = side // 8
    return Selection(
        torch.from_numpy(rng.random((batch, 1, cells, cells)) < 0.4),
        torch.from_numpy(rng.integers(0, 11, (batch, cells, cells))),
        torch.tensor(thin),
    )


def noise(batch=2, side=64, channels=2):
    return Noise(
        torch.randn(batch, channels, side // 16, side // 16),
        torch.randn(batch, channels, side // 8, side // 8),
    )


def test_the_file_gives_what_the_forward_pass_gives():
    network, x, chosen, v = tiny_selective_network(), pictures(), selection(), noise()
    thin = network.encode_thin(x, 2, chosen)
    details = network.encode_details(x, thin, chosen, 3)
    decoded = network.decode(Symbols(thin, details), chosen, v)
    rates = torch.tensor([2, 2]), torch.tensor([3, 3])
    forward = network(x, rates[0], chosen, rates[1], v).x_hat
    assert torch.equal(decoded, forward)


@pytest.mark.parametrize("background", ["synthesised", "thin"])
def test_dropped_pixels_change_no_detail_symbol(background):
    network, x = tiny_selective_network(), pictures()
    chosen = selection(thin=(background == "thin",) * 2)
    changed = torch.where(enlarge(chosen.kept) > 0, x, -x)
    thin = network.encode_thin(x, 2, chosen)
    other = network.encode_thin(changed, 2, chosen)
    # A thin background is a picture of everything; a synthesised one knows only what is kept.
    assert torch.equal(thin, other) == (background == "synthesised")
    one = network.encode_details(x, thin, chosen, 3)
    two = network.encode_details(changed, thin, chosen, 3)
    assert torch.equal(one, two)
    assert one.any()
    kept = x * (1 - enlarge(chosen.kept)) - x * enlarge(chosen.kept)
    assert not torch.equal(one, network.encode_details(kept, thin, chosen, 3))


@pytest.mark.parametrize("thin", [True, False])
def test_noise_reaches_only_what_is_not_kept(thin):
    network, x = tiny_selective_network(), pictures(side=64)
    for everything, differs in ((True, False), (False, True)):
        chosen = selection(thin=(thin,) * 2)
        chosen = chosen._replace(kept=chosen.kept | everything)
        symbols = network.encode_thin(x, 2, chosen)
        symbols = Symbols(symbols, network.encode_details(x, symbols, chosen, 3))
        one = network.decode(symbols, chosen, noise())
        two = network.decode(symbols, chosen, noise())
        assert torch.equal(one, two) != differs


def test_a_thin_background_with_nothing_kept_starts_as_gc():
    gc, network = tiny_network(), SelectiveCompressor(TINY_SELECTIVE).eval()
    network.start_from_generative(gc.state_dict())
    for block in network.generator.refinement:
        nn.init.zeros_(block.norm2.weight)
    nn.init.zeros_(network.generator.merge.weight)
    nn.init.zeros_(network.generator.merge.bias)
    x, cells = pictures(), 64 // 8
    chosen = Selection(
        torch.zeros(2, 1, cells, cells, dtype=torch.bool),
        torch.zeros(2, cells, cells, dtype=torch.long),
        torch.ones(2, dtype=torch.bool),
    )
    thin = network.encode_thin(x, 3, chosen)
    assert torch.equal(thin, gc.encode(x, 3))
    nothing = torch.zeros(2, 0, cells, cells, dtype=torch.uint8)
    with torch.no_grad():
        mine = network.decode(Symbols(thin, nothing), chosen, noise())
    assert torch.allclose(mine, gc.decode(thin), atol=1e-5)


def test_the_noise_that_gc_reads_is_left_out():
    noisy = tiny_network(dataclasses.replace(TINY, noise_channels=3)).state_dict()
    network = tiny_selective_network()
    network.start_from_generative(noisy, keep_own=True)
    own, number = network.state_dict(), TINY.latent_channels
    stem, linear = "generator.stem.0.weight", "generator.linear.weight"
    assert torch.equal(own[stem][:, :number], noisy[stem][:, :number])
    assert torch.equal(own[linear], noisy[linear][:number])


def test_trained_networks_take_a_newer_gc_and_keep_what_it_does_not_have():
    newer = tiny_network(seed=8).state_dict()
    network = tiny_selective_network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.start_from_generative(newer, keep_own=True)
    for name, value in network.state_dict().items():
        if name not in newer:
            assert torch.equal(value, before[name]), name
        elif value.shape == newer[name].shape:
            assert torch.equal(value, newer[name]), name
        else:
            number = newer[name].shape[1]
            assert torch.equal(value[:, :number], newer[name]), name
            assert torch.equal(value[:, number:], before[name][:, number:]), name
            assert value[:, number:].any(), name


def test_gc_of_another_size_is_refused():
    with pytest.raises(RuntimeError):
        SelectiveCompressor(SELECTIVE_PRESETS["sc-small"]).start_from_generative(
            tiny_network().state_dict()
        )


def test_the_papers_networks_run_without_a_thin_latent():
    network = SelectiveCompressor(NARROW_SELECTIVE).eval()
    plan = Plan(np.arange(64).reshape(8, 8) % 3 == 0, np.zeros((8, 8), np.uint8), thin=False)
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    planes = encode_selective(network, image, plan, 1, 8, CPU)
    assert planes.details[:, plan.kept].any()
    assert not planes.details[:, ~plan.kept].any()
    assert decode_selective(network, planes, plan, 64, 64, CPU).shape == (64, 64, 3)


def test_configurations_survive_their_json():
    for config in SELECTIVE_PRESETS.values():
        assert model_config_from_json(config.to_json()) == config


@pytest.mark.parametrize("size", [(1, 1), (33, 100), (500, 370)])
def test_tiles_agree_with_the_whole_to_one_level(size):
    network = tiny_selective_network()
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    rows, columns = (2 * max(2, -(-side // 16)) for side in size)
    kept, labels = rng.random((rows, columns)) < 0.5, rng.integers(0, 11, (rows, columns))
    for thin in (False, True):
        plan = Plan(kept, labels.astype(np.uint8), thin)
        whole = encode_selective(network, image, plan, 3, 4, CPU)
        tiled = encode_selective(network, image, plan, 3, 4, CPU, tile_cells=9)
        # A latent within rounding of a boundary may fall to either side.
        for one, two in zip(whole, tiled, strict=True):
            assert (one != two).mean() < 2e-3
        a = decode_selective(network, whole, plan, *size, CPU)
        b = decode_selective(network, whole, plan, *size, CPU, tile_cells=7)
        assert a.shape == (*size, 3)
        assert np.abs(a.astype(int) - b.astype(int)).max() <= 1


def test_a_reach_that_is_too_small_would_be_seen(monkeypatch):
    network = tiny_selective_network()
    image = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    plan = Plan(np.ones((38, 38), bool), np.zeros((38, 38), np.uint8), thin=True)
    planes = encode_selective(network, image, plan, 3, 4, CPU)
    whole = decode_selective(network, planes, plan, 300, 300, CPU)
    monkeypatch.setattr(
        "gcdemo.selective_tiling.selective_reach",
        lambda config: type("Reach", (), {"picture": 0}),
    )
    cut = decode_selective(network, planes, plan, 300, 300, CPU, tile_cells=7)
    assert np.abs(whole.astype(int) - cut.astype(int)).max() > 1
