"""The discriminator: scales, label maps, heads on features."""

import pytest
import torch

from gcdemo.networks.discriminator import Discriminator, FeatureDiscriminator


@pytest.mark.parametrize("spectral", [True, False])
def test_each_scale_halves_the_picture(spectral):
    d = Discriminator((8, 16, 32), 3, spectral=spectral)
    verdicts = d(torch.rand(2, 3, 64, 64))
    sides = [verdict.logits.shape[-1] for verdict in verdicts]
    assert len(sides) == 3
    assert sides[0] > sides[1] > sides[2]
    assert all(len(verdict.features) == 3 for verdict in verdicts)


def test_the_published_widths_have_pix2pixhds_size():
    with torch.device("meta"):
        d = Discriminator((64, 128, 256, 512), 1, spectral=False)
    # 16 * (3*64 + 64*128 + 128*256 + 256*512 + 512*1) weights, and biases
    assert sum(p.numel() for p in d.parameters()) == 2_763_776 + 64 + 128 + 256 + 512 + 1


def test_label_maps_reach_d_and_only_where_they_are_expected():
    torch.manual_seed(0)
    d = Discriminator((8, 16), 1, spectral=False, num_classes=4)
    x = torch.rand(1, 3, 32, 32)
    zero, three = (torch.full((1, 32, 32), c) for c in (0, 3))
    assert not torch.allclose(d(x, zero)[0].logits, d(x, three)[0].logits)
    with pytest.raises(ValueError, match="num_classes"):
        d(x)
    with pytest.raises(ValueError, match="num_classes"):
        Discriminator((8, 16), 1, spectral=False)(x, zero)


def test_heads_judge_every_tap():
    d = FeatureDiscriminator((4, 6), width=8)
    verdicts = d([torch.rand(2, 4, 9, 9), torch.rand(2, 6, 5, 5)])
    assert [verdict.logits.shape for verdict in verdicts] == [(2, 1, 9, 9), (2, 1, 5, 5)]
