"""The perceptual trunk in training: views, and agreement with the published LPIPS."""

from pathlib import Path

import pytest
import torch

from gcdemo.backbones import load_lpips_linear, load_squeezenet
from gcdemo.distances import feature_difference
from gcdemo.errors import CheckpointError
from gcdemo.training.perceptual import (
    PerceptualTrunk,
    TrunkTaps,
    View,
    draw_view,
    focus,
    look,
    texture_distance,
)

STILL = View(0, 0, 1.0)


@pytest.fixture(scope="module")
def folder(shared):
    return Path(shared) / "backbones"


@pytest.fixture(scope="module")
def trunk(folder):
    return PerceptualTrunk(load_squeezenet("1_1", folder), load_lpips_linear(folder))


def pictures(seed=0):
    rng = torch.Generator().manual_seed(seed)
    x = torch.rand(2, 3, 64, 64, generator=rng) * 2 - 1
    return x, (x + 0.3 * torch.randn(x.shape, generator=rng)).clamp(-1, 1)


def test_lpips_is_that_of_the_published_package(trunk, folder, recwarn):
    lpips = pytest.importorskip("lpips")
    published = lpips.LPIPS(net="squeeze", pnet_rand=True, verbose=False).eval()
    state = torch.load(folder / "squeezenet1_1.pth", weights_only=True)
    slices = {f"slice{i + 1}": part for i, part in enumerate(trunk.trunk.slices)}
    for name, part in slices.items():
        for mine, theirs in zip(part, getattr(published.net, name), strict=True):
            theirs.load_state_dict(mine.state_dict())
    assert len(state) == 52
    x, x_hat = pictures()
    mine = trunk.lpips(trunk.taps(x, x_hat, STILL).offsets())
    torch.testing.assert_close(mine, published(x, x_hat).mean(), rtol=1e-4, atol=1e-6)


def test_distances_vanish_for_equal_pictures_and_grow_with_damage(trunk):
    x, x_hat = pictures()
    half = (x + x_hat) / 2
    for distance in (trunk.lpips, feature_difference):
        assert distance(trunk.taps(x, x, STILL).offsets()) == 0
        less, more = (distance(trunk.taps(x, other, STILL).offsets()) for other in (half, x_hat))
        assert 0 < less < more


def test_only_the_reconstruction_gets_a_gradient(trunk):
    x, x_hat = (t.requires_grad_() for t in pictures())
    off = trunk.taps(x, x_hat, STILL).offsets()
    (trunk.lpips(off) + feature_difference(off)).backward()
    assert x.grad is None
    assert x_hat.grad.abs().sum() > 0
    assert all(not p.requires_grad for p in trunk.parameters())


def test_a_view_is_the_same_for_both_pictures(trunk):
    x, _ = pictures()
    for seed in range(5):
        view = draw_view(torch.Generator().manual_seed(seed))
        assert feature_difference(trunk.taps(x, x, view).offsets()) == 0


def test_views_cover_their_range():
    rng = torch.Generator().manual_seed(0)
    views = [draw_view(rng) for _ in range(500)]
    assert {view.top for view in views} == {view.left for view in views} == set(range(16))
    scales = [view.scale for view in views]
    assert 0.4 < sum(scale == 1 for scale in scales) / 500 < 0.6
    assert min(scales) >= 0.5


def test_looking_cuts_and_resizes():
    x = torch.rand(1, 3, 64, 80)
    assert torch.equal(look(x, View(3, 5, 1.0)), x[:, :, 3:, 5:])
    assert look(x, View(0, 0, 0.5)).shape == (1, 3, 32, 40)


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"squeezenet1_0\.pth"):
        load_squeezenet("1_0", tmp_path)
    (tmp_path / "squeezenet1_1.pth").write_bytes(b"junk")
    with pytest.raises(CheckpointError, match="could not be loaded"):
        load_squeezenet("1_1", tmp_path)


def test_places_of_no_weight_do_not_count():
    real = [torch.randn(2, 5, 8, 8)]
    fake = [real[0].clone()]
    fake[0][:, :, :, :4] = torch.randn(2, 5, 8, 4)
    left = torch.zeros(2, 1, 32, 32)
    left[..., :16] = 1
    off = TrunkTaps(real, fake).offsets()
    assert feature_difference(off, 1 - left) == 0
    assert torch.isclose(feature_difference(off, left), feature_difference(off))


def test_texture_has_no_place_and_is_compared_within_regions():
    torch.manual_seed(0)
    real = [torch.randn(1, 5, 8, 8)]
    moved = [real[0].flatten(2)[:, :, torch.randperm(64)].view(1, 5, 8, 8)]
    everywhere = torch.ones(1, 1, 32, 32)
    assert texture_distance(TrunkTaps(real, moved, regions=everywhere)) < 1e-9
    halves = torch.zeros(1, 2, 32, 32)
    halves[:, 0, :, :16] = halves[:, 1, :, 16:] = 1
    assert texture_distance(TrunkTaps(real, moved, regions=halves)) > 1e-3
    assert texture_distance(TrunkTaps(real, moved, regions=0 * halves)) == 0
    # A trunk in bfloat16 gives taps of that kind; regions are float.
    coarse = TrunkTaps(*([t.bfloat16() for t in taps] for taps in (real, moved)), regions=halves)
    exact = texture_distance(TrunkTaps(real, moved, regions=halves))
    assert texture_distance(coarse).item() == pytest.approx(exact.item(), rel=0.05)


def test_weights_are_seen_through_the_same_view():
    weight = torch.rand(1, 1, 64, 64)
    taps = focus(TrunkTaps([], []), View(3, 5, 1.0), weight, None)
    assert torch.equal(taps.weight, weight[:, :, 3:, 5:])
    assert taps.regions is None
