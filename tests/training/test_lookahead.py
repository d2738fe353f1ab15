"""A few rounds of a search inside a training step: nearer pictures, and a gradient that passes."""

import dataclasses

import pytest
import torch
from tiny_models import TINY

from gcdemo.config import TrainConfig
from gcdemo.efficientnet import load_efficientnet
from gcdemo.errors import CheckpointError
from gcdemo.model import GenerativeCompressor
from gcdemo.search_trunks import seen_by
from gcdemo.symbol_search import difference
from gcdemo.training.data import Batch
from gcdemo.training.lookahead import look_ahead
from gcdemo.training.objective import Trainer
from gcdemo.training.perceptual import Trunks
from gcdemo.training.state import TrainState

CPU = torch.device("cpu")
CONFIG = TrainConfig(
    crop=64,
    batch=4,
    perceptual_weight=0.0,
    adversarial_weight=0.0,
    matching_weight=0.0,
    second_trunk_weight=1.0,
    search_rounds=2,
    warmup=1,
)


@pytest.fixture(scope="module")
def trunk():
    return load_efficientnet()


@pytest.fixture
def model():
    torch.manual_seed(0)
    return GenerativeCompressor(TINY)


def pictures(count):
    small = torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1
    return torch.nn.functional.interpolate(small, 64, mode="bilinear")


def test_what_is_moved_is_nearer_and_only_what_is_coded_moves(model, trunk):
    x, channels = pictures(3), torch.tensor([1, 2, 4])
    w, kept = model.latent(x, channels)
    moved = look_ahead(model, (trunk,), Batch(x, channels), w, 4)
    with torch.no_grad():
        real = seen_by((trunk,), x)
        before, after = (
            difference((trunk,), x, model.reconstruct(v, channels), real).item() for v in (w, moved)
        )
    assert after < before
    changed = (moved != w).flatten(2).any(-1)
    assert torch.equal(changed, kept[:, :, 0, 0])


def test_the_gradient_passes_as_if_nothing_had_moved(model, trunk):
    x, channels = pictures(2), torch.tensor([2, 4])
    w = model.latent(x, channels)[0].detach().requires_grad_()
    factors = torch.rand(w.shape)
    (look_ahead(model, (trunk,), Batch(x, channels), w, 2) * factors).sum().backward()
    assert torch.equal(w.grad, factors)
    assert all(p.grad is None for p in model.parameters())


def test_what_is_looked_at_has_the_noise_of_the_batch(trunk):
    torch.manual_seed(0)
    model = GenerativeCompressor(dataclasses.replace(TINY, noise_channels=2))
    batch = Batch(pictures(2), torch.tensor([4, 4]), noise=torch.randn(2, 2, 4, 4))
    w = model.latent(batch.x, batch.channels)[0]
    one, two = (look_ahead(model, (trunk,), batch, w, 2) for _ in range(2))
    assert torch.equal(one, two)
    other = batch._replace(noise=torch.randn(2, 2, 4, 4))
    assert not torch.equal(one, look_ahead(model, (trunk,), other, w, 2))


def test_every_second_picture_is_searched(trunk):
    state = TrainState(TINY, CONFIG, CPU, Trunks(None, trunk).tap_channels)
    trainer = Trainer(state, Trunks(None, trunk), use_bf16=False)
    batch = Batch(pictures(4), torch.tensor([4, 4, 4, 4]))
    with torch.no_grad():
        plain = state.model(batch.x, batch.channels).x_hat
        searched = trainer._reconstruct(batch).x_hat
    same = [torch.allclose(a, b) for a, b in zip(plain, searched, strict=True)]
    assert same == [False, True, False, True]
    before = [p.clone() for p in state.model.parameters()]
    trainer.update([batch])
    assert any(not torch.equal(a, b) for a, b in zip(before, state.model.parameters(), strict=True))


def test_a_search_needs_the_trunk_that_it_judges_by():
    with pytest.raises(CheckpointError, match="second_trunk_weight"):
        dataclasses.replace(CONFIG, second_trunk_weight=0.0)
