"""A network goes on as a deeper one."""

import dataclasses

import pytest
import torch

from gcdemo.config import PRESETS, ModelConfig
from gcdemo.errors import CheckpointError
from gcdemo.model import GenerativeCompressor
from gcdemo.training.state import start_grown

SHALLOW = PRESETS["tiny"]
DEEP = dataclasses.replace(SHALLOW, encoder_blocks=2, generator_blocks=3, scale_blocks=(2, 0, 1))


def make(config: ModelConfig, seed: int = 0) -> GenerativeCompressor:
    torch.manual_seed(seed)
    return GenerativeCompressor(config)


def grown() -> tuple[GenerativeCompressor, GenerativeCompressor]:
    shallow, deep = make(SHALLOW), make(DEEP, seed=1)
    start_grown(deep, shallow.state_dict())
    return shallow, deep


def test_a_grown_network_makes_the_same_pictures_and_symbols():
    shallow, deep = grown()
    x, rates = torch.rand(2, 3, 64, 32) * 2 - 1, torch.tensor([1, 4])
    before, after = shallow(x, rates), deep(x, rates)
    assert torch.equal(before.x_hat, after.x_hat)
    assert torch.equal(before.w, after.w)


def test_what_was_added_learns():
    _, deep = grown()
    deep(torch.rand(1, 3, 64, 32), torch.tensor([4])).x_hat.square().mean().backward()
    added = [deep.encoder.blocks[1], *deep.generator.blocks[1:], *deep.generator.scale_blocks[0]]
    for block in added:
        assert block.norm2.weight.grad.abs().max() > 0


def test_a_network_that_learns_to_read_noise_starts_with_little_of_it():
    noisy = dataclasses.replace(SHALLOW, noise_channels=4)
    quiet, network = make(SHALLOW), make(noisy, seed=1)
    x, rates = torch.rand(2, 3, 64, 32) * 2 - 1, torch.tensor([2, 4])
    fresh = network(x, rates)
    spread_before = (fresh.x_hat - network(x, rates).x_hat).std()
    start_grown(network, quiet.state_dict())
    before, after = quiet(x, rates), network(x, rates)
    assert torch.equal(before.w, after.w)
    silence = network(x, rates, torch.zeros(2, 4, 4, 2)).x_hat
    assert torch.allclose(before.x_hat, silence, atol=1e-6)
    spread = (after.x_hat - silence).std()
    assert 0 < spread < 0.5 * spread_before


def test_only_whole_blocks_may_be_missing():
    weights = make(SHALLOW).state_dict()
    del weights["generator.blocks.0.conv1.weight"]
    with pytest.raises(RuntimeError, match="Missing"):
        start_grown(make(DEEP), weights)


def test_a_network_never_shrinks():
    with pytest.raises(RuntimeError, match="Unexpected"):
        start_grown(make(SHALLOW), make(DEEP).state_dict())


def test_blocks_are_told_for_every_doubling_or_for_none():
    with pytest.raises(CheckpointError, match="each doubling"):
        dataclasses.replace(SHALLOW, scale_blocks=(1,))
