"""The linear path: what it passes on from the first step."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from conftest import photo_like

from gcdemo.config import PRESETS
from gcdemo.model import GenerativeCompressor
from gcdemo.networks.transform import COARSE, FINE, WAVES, Analysis, Synthesis


def test_waves_are_orthogonal():
    kernels = Analysis(16).weight.detach().flatten(1)
    kernels = kernels / kernels.norm(dim=1, keepdim=True)
    products = kernels @ kernels.T
    torch.testing.assert_close(products, torch.eye(16), atol=2e-3, rtol=0)


def test_a_flat_picture_comes_back_flat_up_to_its_border():
    x = torch.full((1, 3, 64, 80), 0.4)
    x_hat = Synthesis(16, 16)(Analysis(16)(x))
    torch.testing.assert_close(x_hat, x, atol=2e-3, rtol=0)


def test_more_channels_leave_less_error():
    x = torch.from_numpy(photo_like(128, 128)).permute(2, 0, 1)[None] / 127.5 - 1
    w = Analysis(16)(x)
    errors = []
    for channels in (1, 2, 4, 8, 16):
        z = torch.where(torch.arange(16).view(1, 16, 1, 1) < channels, w, 0)
        errors.append((Synthesis(16, 16)(z) - x).square().mean().item())
    assert errors == sorted(errors, reverse=True)


def test_noise_channels_start_without_effect():
    z = torch.zeros(1, 18, 3, 3)
    z[:, 16:] = 5
    assert Synthesis(18, 16)(z).abs().max() == 0


@pytest.mark.parametrize("basis", [COARSE, FINE])
def test_synthesis_is_the_transposed_convolution_of_its_weights(basis):
    torch.manual_seed(0)
    synthesis = Synthesis(7, 5, basis)
    torch.nn.init.normal_(synthesis.weight)
    z, margin = torch.randn(2, 7, 3, 4), basis.block + basis.block // 2
    around = F.pad(z, (1, 1, 1, 1), mode="replicate")
    expected = F.conv_transpose2d(around, synthesis.weight, stride=basis.block)
    expected = expected[:, :, margin:-margin, margin:-margin]
    torch.testing.assert_close(synthesis(z), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("preset", ["small", "base"])
def test_an_untrained_model_already_shows_the_picture(preset):
    torch.manual_seed(0)
    model = GenerativeCompressor(PRESETS[preset]).eval()
    x = torch.from_numpy(photo_like(96, 96)).permute(2, 0, 1)[None] / 127.5 - 1
    x_hat = model.decode(model.encode(x, 16))
    means = [torch.nn.functional.avg_pool2d(t, 16).flatten().numpy() for t in (x, x_hat)]
    assert np.corrcoef(*means)[0, 1] > 0.8


def test_every_wave_is_a_different_one():
    assert len({wave[:3] for wave in WAVES}) == len(WAVES) == 16
