"""Terms of the objective: closed forms and where they vanish."""

import pytest
import torch

from gcdemo.distances import (
    block_color,
    feature_difference,
    offsets,
    repetition,
    texture_difference,
    unit_features,
)
from gcdemo.networks.discriminator import Verdict
from gcdemo.networks.quantizer import make_centers
from gcdemo.training import losses

CENTERS = make_centers(5)


def verdict(value, *features):
    return Verdict(
        torch.full((2, 1, 3, 3), float(value)), [torch.full((2, 4), f) for f in features]
    )


def test_least_squares_pull_photographs_to_one_and_the_rest_to_zero():
    assert losses.lsgan_discriminator([verdict(1)], [verdict(0)]) == 0
    assert losses.lsgan_discriminator([verdict(0.5)], [verdict(0.5)]) == 0.5
    assert losses.lsgan_generator([verdict(1)]) == 0
    assert losses.lsgan_generator([verdict(0), verdict(1)]) == 0.5


def test_feature_matching_is_the_mean_difference_and_spares_photographs():
    real, fake = verdict(0, 1.0, 2.0), verdict(0, 1.5, 2.0)
    assert losses.feature_matching([real], [fake]) == 0.25
    real.features[0].requires_grad_()
    fake.features[0].requires_grad_()
    losses.feature_matching([real], [fake]).backward()
    assert real.features[0].grad is None
    assert fake.features[0].grad is not None


def test_block_color_sees_a_tint_and_not_texture():
    x = torch.zeros(1, 3, 32, 32)
    checker = (torch.arange(32)[:, None] + torch.arange(32)) % 2 * 2.0 - 1
    assert block_color(torch.full_like(x, 0.5)).item() == pytest.approx(0.25)
    assert block_color(checker.expand(x.shape)) == pytest.approx(0, abs=1e-12)


def test_block_color_sees_more_in_a_tint_than_in_as_much_light():
    grey, tint = torch.full((1, 3, 16, 16), 0.1), torch.zeros(1, 3, 16, 16)
    tint[:, 0], tint[:, 2] = 0.1, -0.1  # warmer, about as light
    assert block_color(tint) > 3 * block_color(grey)


def off(real, fake):
    return offsets(unit_features(real), fake)


def test_texture_difference_sees_what_is_there_and_not_where():
    torch.manual_seed(0)
    # Stripes of period 6 pixels, in a tap of stride 2; a window of 24 pixels holds whole periods.
    stripes, others = torch.randn(2, 1, 5, 1, 3).tile(1, 1, 1, 32, 16)
    coarsest = torch.ones(1, 7, 4, 6)
    moved = stripes.roll(1, 3)
    assert feature_difference(off([stripes], [moved])) > 0.5
    assert texture_difference(off([stripes, coarsest], [moved, coarsest])).item() < 1e-9
    both = torch.cat((stripes, others), 3)
    exchanged = torch.cat((others, stripes), 3)
    coarsest = torch.ones(1, 7, 4, 12)
    assert texture_difference(off([both, coarsest], [exchanged, coarsest])) > 0.05


def test_texture_counts_where_it_is_said_to():
    torch.manual_seed(0)
    real, fake = ([torch.randn(2, 5, side, side) for side in (32, 4)] for _ in range(2))
    everywhere = texture_difference(off(real, fake))
    for share in (0.0, 0.3, 1.0):
        weight = torch.full((2, 1, 64, 64), share)
        assert texture_difference(off(real, fake), weight).item() == pytest.approx(
            share * everywhere.item(), rel=1e-4
        )
    left = torch.zeros(2, 1, 64, 64)
    left[..., :32] = 1
    half = [
        torch.where(torch.arange(f.shape[3]) < f.shape[3] // 2, r, f)
        for r, f in zip(real, fake, strict=True)
    ]
    # What differs on the right alone counts less than a quarter: windows at the seam see both.
    less, more = (texture_difference(off(real, half), w) for w in (left, 1 - left))
    assert less < 0.25 * more


@pytest.mark.parametrize(("side", "window"), [(63, 12), (31, 6), (64, 12), (32, 6)])
def test_a_window_of_texture_is_24_pixels_in_a_tap_without_padding_too(side, window):
    coarsest = torch.ones(1, 7, 7 + (side % 2 == 0), 7)  # of 128 pixels; SqueezeNet has no padding
    places = torch.arange(side)

    def moved_by_half(period):
        """How far off stripes are that stand half a period further on."""
        stripes = torch.zeros(2, 1, 2, side, side)
        for shift, moved in enumerate(stripes):
            first = (places + shift * period // 2) % period < period // 2
            moved[0, 0], moved[0, 1] = first.float(), (~first).float()
        real, fake = stripes
        return texture_difference(off([real, coarsest], [fake, coarsest])).item()

    assert moved_by_half(window) < 1e-9
    assert moved_by_half(2 * window) > 0.3


def test_texture_difference_is_at_most_four_a_tap():
    taps = [torch.ones(1, 3, 8, 8), torch.ones(1, 4, 2, 2), torch.ones(1, 5, 1, 1)]
    assert texture_difference(off(taps, [-t for t in taps])).item() == pytest.approx(12)
    assert texture_difference(off(taps, taps)).item() == 0


def test_repetition_sees_a_pattern_said_again_in_every_cell():
    torch.manual_seed(0)
    flat = torch.zeros(2, 3, 96, 96)
    woven, grain = 0.1 * torch.randn(2, 3, 16, 16).tile(1, 1, 6, 6), 0.1 * torch.randn(flat.shape)
    # Of texture that differs from cell to cell a third is left in the mean of nine.
    assert repetition(grain, woven).item() == pytest.approx(0.1 - 0.1 / 3, rel=0.1)
    # However faint it is, it must vary as much.
    assert repetition(grain, woven / 4).item() == pytest.approx((0.1 - 0.1 / 3) / 4, rel=0.1)
    other = 0.1 * torch.randn(flat.shape)
    assert repetition(grain, other) < 0.05 * repetition(grain, woven)
    assert repetition(woven, woven) == 0
    # A shade that a cell has from its symbols is no pattern.
    shades = torch.rand(2, 3, 6, 6).repeat_interleave(16, 2).repeat_interleave(16, 3)
    assert repetition(grain, shades).item() < 1e-3


def test_grain_makes_up_for_repetition_where_there_is_grain():
    torch.manual_seed(0)
    woven, grain = torch.randn(16, 16).tile(6, 6), torch.randn(96, 96)
    smooth, rough = 0.2 * torch.randn(1, 3, 96, 96), 2 * torch.randn(1, 3, 96, 96)
    for x, sign in ((smooth, 1), (rough, -1)):
        factors = torch.tensor([1.0, 0.5], requires_grad=True)
        x_hat = (factors[0] * woven + factors[1] * grain).expand(1, 3, -1, -1)
        repetition(x, x_hat).backward()
        assert factors.grad[0] > 0.05
        assert factors.grad[1] * sign > 0.05


def test_repetition_has_a_gradient_even_where_nothing_repeats():
    x, x_hat = torch.randn(1, 3, 48, 64), torch.zeros(1, 3, 48, 64, requires_grad=True)
    repetition(x, x_hat).backward()
    assert torch.isfinite(x_hat.grad).all()
    with torch.no_grad():
        x_hat += 0.1 * torch.randn(3, 16, 16).tile(1, 1, 3, 4)
    repetition(x, x_hat).backward()
    assert x_hat.grad.abs().max() > 0


def test_entropy_is_full_for_even_symbols_and_none_for_one():
    kept = torch.ones(1, 1, 1, 1, dtype=torch.bool)
    even = CENTERS.repeat(20).view(1, 1, 10, 10)
    bits = losses.symbol_entropy(even, kept, CENTERS, sharpness=50.0)
    assert bits.item() == pytest.approx(torch.tensor(5.0).log2().item(), abs=1e-4)
    same = torch.ones(1, 1, 10, 10)
    assert losses.symbol_entropy(same, kept, CENTERS, 50.0).item() == pytest.approx(0, abs=1e-4)


def test_entropy_counts_coded_channels_alone_and_has_a_gradient():
    w = torch.stack((torch.ones(1, 10, 10), CENTERS.repeat(20).view(1, 10, 10)), dim=1)
    w.requires_grad_()
    first = torch.tensor([True, False]).view(1, 2, 1, 1)
    bits = losses.symbol_entropy(w, first, CENTERS, 2.0)
    assert bits < losses.symbol_entropy(w, ~first, CENTERS, 2.0)
    bits.backward()
    assert w.grad[:, 0].abs().sum() > 0
    assert w.grad[:, 1].abs().sum() == 0


def test_spread_is_zero_for_latents_that_use_the_centers():
    kept = torch.ones(1, 1, 1, 1, dtype=torch.bool)
    used = torch.tensor([-2.0, -1, 0, 1, 2] * 20).view(1, 1, 10, 10)
    assert losses.latent_spread(used, kept, CENTERS) == 0
    assert losses.latent_spread(used * 0, kept, CENTERS) > 0.9
    assert losses.latent_spread(used * 4, kept, CENTERS) > 1
    assert losses.latent_spread(used + 0.4, kept, CENTERS) > 0
    assert losses.latent_spread(used * 0, ~kept, CENTERS) == 0
