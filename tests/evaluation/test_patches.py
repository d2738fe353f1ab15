import numpy as np
import pytest
import torch

from gcdemo.errors import InputError
from gcdemo.evaluation.patches import PatchFeatures, kid


def draw(count, shift=0.0, seed=0, length=12):
    return np.random.default_rng(seed).normal(shift, 1, (count, length)).astype(np.float32)


def test_sets_of_one_kind_have_a_distance_about_zero():
    result = kid(draw(1500, seed=1), draw(1500, seed=2), subset_size=300)
    assert abs(result.value) < 0.02
    assert result.spread > 0


def test_the_further_a_set_is_shifted_the_larger_its_distance():
    reference = draw(800, seed=1)
    values = [
        kid(reference, draw(800, shift, seed=2), num_subsets=10).value for shift in (0, 0.5, 1, 2)
    ]
    assert values == sorted(values)
    assert values[1] > 5 * abs(values[0])


def test_a_set_that_lost_its_spread_is_far_although_its_mean_is_right():
    reference = draw(600, seed=1)
    assert kid(reference, 0.2 * draw(600, seed=2)).value > 0.2


def test_small_sets_have_the_closed_form_value():
    a, b = np.array([[1.0], [2.0]]), np.array([[0.0], [3.0]])
    # ((1*2 + 1)^3 for a) + ((0*3 + 1)^3 for b) - 2 * mean(1, 64, 1, 343)
    assert kid(a, b).value == pytest.approx(27 + 1 - 2 * (1 + 64 + 1 + 343) / 4)
    assert kid(a, b).spread == pytest.approx(0, abs=1e-9)


def test_the_estimate_has_no_bias_from_the_size_of_the_subsets():
    a, b = draw(4000, seed=1), draw(4000, 0.4, seed=2)
    small, large = (kid(a, b, subset_size=size, num_subsets=120).value for size in (40, 400))
    assert small == pytest.approx(large, rel=0.1)


def test_the_same_seed_draws_the_same_subsets():
    a, b = draw(300, seed=1), draw(300, 1, seed=2)
    assert kid(a, b, subset_size=50, seed=4) == kid(a, b, subset_size=50, seed=4)
    assert kid(a, b, subset_size=50, seed=4) != kid(a, b, subset_size=50, seed=5)


def test_swapping_the_sets_changes_nothing():
    a, b = draw(40, seed=1), draw(60, 1, seed=2)
    assert kid(a, b).value == pytest.approx(kid(b, a).value)


def test_a_paired_set_against_itself_has_a_distance_about_zero():
    a = draw(200, seed=1, length=400)
    biased = kid(a, a).value
    assert biased < -0.005
    assert abs(kid(a, a, paired=True).value) < -biased / 5


@pytest.mark.parametrize("count", [4, 5, 30])
def test_paired_subsets_hold_no_item_twice(count):
    # Every item alone on its axis, equal in both sets: only k(item, item) differs from 1.
    a = np.eye(count) * 10
    assert kid(a, a, paired=True).value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "paired", "reason"),
    [
        (draw(1), draw(5), False, "at least 2 rows"),
        (draw(3), draw(3), True, "at least 4 rows"),
        (draw(5), draw(5, length=3), False, "equal length"),
        (draw(0), draw(0), False, "at least 2 rows"),
        (draw(5), draw(6), True, "equally large"),
    ],
    ids=["one row", "too few pairs", "other length", "empty", "unequal pairs"],
)
def test_sets_without_a_distance_are_refused(a, b, paired, reason):
    with pytest.raises(InputError, match=reason):
        kid(a, b, paired=paired)


@pytest.mark.parametrize(
    ("height", "width", "patches"),
    [(64, 64, 1), (128, 64, 2), (127, 200, 3), (20, 20, 1), (1, 130, 2), (512, 768, 96)],
)
def test_patches_lie_on_a_grid_of_64_pixels(tiny_trunk, height, width, patches):
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    features = PatchFeatures(tiny_trunk)(image)
    assert features.shape == (patches, 8)
    assert features.dtype == np.float32


def test_each_row_is_the_feature_of_its_own_patch(tiny_trunk):
    image = np.random.default_rng(0).integers(0, 256, (128, 192, 3), dtype=np.uint8)
    extract = PatchFeatures(tiny_trunk)
    rows = extract(image)
    for index, row in enumerate(rows):
        top, left = 64 * (index // 3), 64 * (index % 3)
        alone = extract(image[top : top + 64, left : left + 64])
        np.testing.assert_allclose(alone[0], row, rtol=1e-4, atol=1e-6)


def test_a_row_is_the_mean_of_the_last_activation_of_the_upright_patch(tiny_trunk):
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    image[:, :20] //= 4
    x = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    mean = tiny_trunk(x)[-1].mean(dim=(2, 3)).detach().numpy()[0]
    (row,) = PatchFeatures(tiny_trunk)(image)
    np.testing.assert_allclose(row, mean / np.linalg.norm(mean) * np.sqrt(8), rtol=1e-4, atol=1e-6)


def test_patches_of_128_pixels_overlap_by_half(tiny_trunk):
    image = np.random.default_rng(0).integers(0, 256, (192, 256, 3), dtype=np.uint8)
    extract = PatchFeatures(tiny_trunk, patch=128)
    rows = extract(image)
    assert len(rows) == 2 * 3
    np.testing.assert_allclose(extract(image[64:, 128:])[0], rows[-1], rtol=1e-4, atol=1e-6)


def test_a_large_picture_gives_no_more_patches_than_the_limit(tiny_trunk):
    image = np.random.default_rng(0).integers(0, 256, (320, 320, 3), dtype=np.uint8)
    every, some = (
        PatchFeatures(tiny_trunk)(image),
        PatchFeatures(tiny_trunk, patches_per_picture=7)(image),
    )
    assert (len(every), len(some)) == (25, 7)
    np.testing.assert_allclose(some[[0, -1]], every[[0, -1]], rtol=1e-4, atol=1e-6)


def test_the_rows_of_patches_have_one_length_however_strong_their_contrast(tiny_trunk):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (64, 128, 3), dtype=np.uint8)
    image[:, 64:] = image[:, 64:] // 16 + 120
    rows = PatchFeatures(tiny_trunk)(image)
    np.testing.assert_allclose((rows**2).sum(axis=1), 8, rtol=1e-5)


def test_real_features_move_further_away_the_more_a_picture_is_blurred(backbones, picture):
    extract = PatchFeatures.load(backbones)
    image = np.tile(picture, (4, 4, 1))
    sharp = extract(image)
    assert sharp.shape == (30, 512)
    values = []
    for radius in (1, 4):
        shifts = range(-radius, radius + 1)
        box = sum(np.roll(image.astype(int), shift, axis=1) for shift in shifts) // len(shifts)
        values.append(kid(sharp, extract(box.astype(np.uint8)), paired=True).value)
    same = abs(kid(sharp, sharp, paired=True).value)
    assert 10 * same < values[0] < values[1]
