"""The model: shapes, rates, noise, and what a cell can depend on."""

import dataclasses

import pytest
import torch

from gcdemo.config import PRESETS
from gcdemo.model import GenerativeCompressor, receptive_cells

TINY = PRESETS["tiny"]


def make(config=TINY, seed=0):
    torch.manual_seed(seed)
    model = GenerativeCompressor(config).eval()
    for parameter in model.parameters():
        if parameter.dim() == 2:  # the rate's shifts start at zero; here they must show
            torch.nn.init.normal_(parameter)
    return model


def picture(height=64, width=96, seed=1):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.mark.parametrize("preset", ["tiny", "small", "base"])
def test_a_picture_keeps_its_size_and_range(preset):
    model = make(PRESETS[preset])
    symbols = model.encode(picture(), channels=3)
    assert symbols.shape == (1, 3, 4, 6)
    x_hat = model.decode(symbols)
    assert x_hat.shape == (1, 3, 64, 96)
    assert x_hat.abs().max() <= 1


def test_a_dropped_channel_reaches_neither_picture_nor_gradient():
    model = make()
    x = picture()
    output = model(x, torch.tensor([2]))
    (gradient,) = torch.autograd.grad(output.x_hat.sum(), output.w)
    assert gradient[:, :2].abs().sum() > 0
    assert gradient[:, 2:].abs().sum() == 0


def test_encoder_and_generator_are_told_the_rate():
    model = make()
    x = picture()
    code = torch.zeros(1, 4, 4, 6)
    with torch.no_grad():
        w_low = model.encoder(x, model.rate_code(torch.tensor([2])))
        w_high = model.encoder(x, model.rate_code(torch.tensor([4])))
        assert not torch.allclose(w_low[:, :2], w_high[:, :2])
        low = model.generator(code, model.rate_code(torch.tensor([2])))
        high = model.generator(code, model.rate_code(torch.tensor([4])))
    assert not torch.allclose(low, high)


def test_a_single_rate_model_is_told_nothing():
    model = make(dataclasses.replace(TINY, nested_rates=False))
    assert model.rate_code(torch.tensor([4])).shape == (1, 0)
    assert model.decode(model.encode(picture(), 4)).shape == (1, 3, 64, 96)


def test_a_picture_does_not_depend_on_its_batch():
    model = make()
    one, two = picture(seed=1), picture(seed=2)
    rates = torch.tensor([2, 4])
    with torch.no_grad():
        together = model(torch.cat((one, two)), rates).x_hat
        alone = model(two, rates[1:]).x_hat
    torch.testing.assert_close(together[1:], alone, rtol=0, atol=1e-5)


def test_noise_changes_the_picture_and_nothing_else():
    model = make(dataclasses.replace(TINY, noise_channels=2))
    symbols = model.encode(picture(), 4)
    first = model.decode(symbols, torch.zeros(1, 2, 4, 6))
    second = model.decode(symbols, torch.ones(1, 2, 4, 6))
    assert not torch.equal(first, second)
    assert torch.equal(model.decode(symbols, torch.ones(1, 2, 4, 6)), second)


@pytest.mark.parametrize("preset", ["tiny", "small", "medium", "medium-noise", "paper"])
def test_nothing_beyond_the_receptive_field_matters(preset):
    config = PRESETS[preset]
    if preset == "paper":  # its shape, not its weight; ChannelNorm, as InstanceNorm sees everything
        config = dataclasses.replace(
            config,
            encoder_widths=(4, 4, 4, 4, 4),
            generator_widths=(4, 4, 4, 4, 4),
            normalization="channel",
        )
    model = make(config)
    encoder_cells, generator_cells = receptive_cells(config)
    cells = 2 * max(encoder_cells, generator_cells) + 3
    middle = cells // 2
    channels = torch.tensor([config.latent_channels])

    x = picture(16 * cells, 32).requires_grad_()
    w = model.encoder(x, model.rate_code(channels))
    (seen,) = torch.autograd.grad(w[:, :, middle].sum(), x)
    rows = seen.abs().sum(dim=(0, 1, 3)).nonzero().flatten()
    assert rows.min() >= 16 * (middle - encoder_cells)
    assert rows.max() < 16 * (middle + encoder_cells + 1)

    inputs = config.latent_channels + config.noise_channels
    z = torch.randn(1, inputs, cells, 2).requires_grad_()
    x_hat = model.generator(z, model.rate_code(channels))
    (seen,) = torch.autograd.grad(x_hat[:, :, 16 * middle : 16 * (middle + 1)].sum(), z)
    rows = seen.abs().sum(dim=(0, 1, 3)).nonzero().flatten()
    assert rows.min() >= middle - generator_cells
    assert rows.max() <= middle + generator_cells
