import io
import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from gcdemo.errors import CheckpointError, InputError
from gcdemo.evaluation.metrics import (
    D10,
    TILE_SIDE,
    LpipsSqueeze,
    measured_in_tiles,
    ms_ssim,
    psnr_db,
)

SIZES = [(1, 1), (1, 300), (16, 16), (17, 33), (100, 90), (160, 200), (161, 161), (170, 200)]


@pytest.fixture
def d10(tiny_trunk):
    return D10(tiny_trunk)


@pytest.fixture
def lpips(tiny_trunk):
    return LpipsSqueeze(tiny_trunk, [torch.full((1, 6, 1, 1), 0.5), torch.full((8,), 2.0)])


def noisy(image, strength, seed=3):
    noise = np.random.default_rng(seed).normal(0, strength, image.shape)
    return (image + noise).round().clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("offset", [1, 2, 16, 255])
def test_a_constant_offset_has_the_psnr_of_its_closed_form(offset):
    image = np.zeros((5, 7, 3), np.uint8)
    expected = 20 * math.log10(255 / offset)
    assert psnr_db(image, image + np.uint8(offset)) == pytest.approx(expected)
    assert psnr_db(image + np.uint8(offset), image) == pytest.approx(expected)


def test_one_wrong_channel_in_one_pixel_counts_its_share():
    image = np.zeros((4, 5, 3), np.uint8)
    image_hat = image.copy()
    image_hat[2, 3, 1] = 200
    assert psnr_db(image, image_hat) == pytest.approx(10 * math.log10(255**2 / (200**2 / 60)))


def test_equal_pictures_have_infinite_psnr(picture):
    assert psnr_db(picture, picture) == math.inf


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_ms_ssim_is_defined_between_0_and_1_at_every_size(height, width):
    rng = np.random.default_rng(height * width)
    a, b = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    assert ms_ssim(a, a) == pytest.approx(1, abs=1e-6)
    assert 0 <= ms_ssim(a, b) <= 1
    assert ms_ssim(a, b) == pytest.approx(ms_ssim(b, a), abs=1e-6)


def test_ms_ssim_falls_as_noise_grows(picture):
    values = [ms_ssim(picture, noisy(picture, strength)) for strength in (4, 16, 48)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.95
    assert values[-1] < 0.9


def test_ms_ssim_of_a_small_picture_lies_near_that_of_the_large_one_it_is_cut_from():
    y, x = np.mgrid[:320, :320] / 9
    waves = np.stack([np.sin(x), np.cos(y), np.sin(x + y)], axis=-1)
    image = (128 + 90 * waves).astype(np.uint8)
    image_hat = noisy(image, 25)
    large = ms_ssim(image, image_hat)
    assert ms_ssim(image[:120, :120], image_hat[:120, :120]) == pytest.approx(large, abs=0.01)


def test_ms_ssim_of_large_pictures_is_torchmetrics_value():
    functional = pytest.importorskip(
        "torchmetrics.functional.image", reason="torchmetrics is not installed"
    )
    rng = np.random.default_rng(5)
    image = np.kron(rng.integers(0, 256, (24, 28, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    image_hat = noisy(image, 20)
    a, b = (torch.from_numpy(array).permute(2, 0, 1)[None].double() for array in (image, image_hat))
    other = functional.multiscale_structural_similarity_index_measure(
        a, b, data_range=255.0, normalize="relu"
    )
    # torchmetrics pads borders by reflection, where our library leaves them out.
    assert ms_ssim(image, image_hat) == pytest.approx(float(other), abs=0.01)


@pytest.mark.parametrize("name", ["d10", "lpips"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 90), (64, 65)])
def test_feature_distances_are_symmetric_and_zero_for_equal_pictures(request, name, height, width):
    distance = request.getfixturevalue(name)
    a, b = np.random.default_rng(8).integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    assert distance(a, a) == 0
    assert distance(a, b) > 0
    assert distance(a, b) == pytest.approx(distance(b, a), rel=1e-5)


@pytest.mark.parametrize("name", ["d10", "lpips"])
def test_feature_distances_grow_with_noise(request, name, picture):
    distance = request.getfixturevalue(name)
    values = [distance(picture, noisy(picture, strength)) for strength in (5, 20, 60)]
    assert values == sorted(values)
    assert values[0] < values[-1] / 2


def test_d10_is_the_sum_over_layers_of_mean_squared_differences_of_unit_features(
    tiny_trunk, picture
):
    other = noisy(picture, 30)
    a, b = (
        tiny_trunk(torch.from_numpy(array).permute(2, 0, 1)[None].double().float() / 127.5 - 1)
        for array in (picture, other)
    )
    expected = 0.0
    for layer_a, layer_b in zip(a, b, strict=True):
        unit_a, unit_b = (
            torch.nn.functional.normalize(layer.detach().double(), dim=1, eps=1e-10)
            for layer in (layer_a, layer_b)
        )
        # |a - b|^2 = 2 - 2 cos for unit vectors; a position without any activation has none.
        length = unit_a.square().sum(1) + unit_b.square().sum(1)
        expected += float((length - 2 * (unit_a * unit_b).sum(1)).mean())
    assert D10(tiny_trunk)(picture, other) == pytest.approx(expected, rel=1e-4)


def test_lpips_with_equal_weights_is_d10_of_the_same_trunk(tiny_trunk, picture):
    ones = LpipsSqueeze(tiny_trunk, [torch.ones(6), torch.ones(8)])
    other = noisy(picture, 30)
    assert ones(picture, other) == pytest.approx(D10(tiny_trunk)(picture, other), rel=1e-6)


@pytest.mark.parametrize("metric", [psnr_db, ms_ssim])
def test_pictures_that_do_not_match_are_refused(metric, picture):
    with pytest.raises(InputError, match="must agree"):
        metric(picture, picture[1:])


def test_feature_distances_refuse_pictures_that_do_not_match(d10, lpips, picture):
    for distance in (d10, lpips):
        with pytest.raises(InputError, match="must agree"):
            distance(picture, picture[1:])


@pytest.mark.parametrize("name", ["d10", "lpips"])
def test_a_large_picture_is_the_mean_over_its_tiles_by_pixels(request, name, make_photo):
    distance = request.getfixturevalue(name)
    image = make_photo(2100, 40)
    image_hat = noisy(image, 30)
    cuts = [0, 700, 1400, 2100]
    tiles = [distance(image[top:bottom], image_hat[top:bottom]) for top, bottom in pairwise(cuts)]
    assert distance(image, image_hat) == pytest.approx(sum(tiles) / 3, rel=1e-6)
    whole = distance._distance(image, image_hat)
    assert distance(image, image_hat) == pytest.approx(whole, rel=0.02)


def test_every_pixel_of_a_large_picture_is_in_one_tile():
    image = np.zeros((2049, 1025, 3), np.uint8)
    image_hat = np.random.default_rng(0).integers(0, 256, image.shape, dtype=np.uint8)
    shapes = []

    def mean(image, image_hat):
        shapes.append(image.shape[:2])
        return float(image_hat.mean())

    assert measured_in_tiles(mean, image, image_hat) == pytest.approx(image_hat.mean())
    assert max(max(shape) for shape in shapes) <= TILE_SIDE
    assert sum(height * width for height, width in shapes) == 2049 * 1025


def test_up_to_the_tiles_side_a_picture_is_seen_whole():
    image = np.zeros((TILE_SIDE, 7, 3), np.uint8)
    shapes = []
    measured_in_tiles(lambda a, b: shapes.append(a.shape) or 0.0, image, image)
    assert shapes == [image.shape]


def test_ms_ssim_is_the_same_channel_by_channel(monkeypatch, picture):
    other = noisy(picture, 20)
    whole = ms_ssim(picture, other)
    monkeypatch.setattr("gcdemo.evaluation.metrics.TILE_SIDE", 16)
    assert ms_ssim(picture, other) == pytest.approx(whole, abs=1e-6)


def test_the_hash_of_the_weights_tells_trunks_apart(tiny_trunk):
    before = D10(tiny_trunk).weights_hash
    assert LpipsSqueeze(tiny_trunk, []).weights_hash == before
    assert LpipsSqueeze(tiny_trunk, [torch.ones(6)]).weights_hash != before
    with torch.no_grad():
        tiny_trunk.first.bias += 1
    assert D10(tiny_trunk).weights_hash != before


def test_a_folder_without_weights_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(CheckpointError, match=r"squeezenet1_0\.pth"):
        D10.load(tmp_path)
    with pytest.raises(CheckpointError, match=r"squeezenet1_1\.pth"):
        LpipsSqueeze.load(tmp_path)


def blurred(image, radius):
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius)))


def as_jpeg(image, quality):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def test_d10_follows_its_definition_on_torchvisions_network(backbones, picture):
    torchvision = pytest.importorskip("torchvision")
    network = torchvision.models.squeezenet1_0(weights=None)
    state = torch.load(backbones / "squeezenet1_0.pth", weights_only=True)
    network.load_state_dict(state, strict=False)
    other = noisy(picture, 25)
    expected = 0.0
    with torch.inference_mode():
        a, b = (
            (torch.from_numpy(array).permute(2, 0, 1)[None] / 127.5 - 1)
            for array in (picture, other)
        )
        shift = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
        scale = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
        a, b = (a - shift) / scale, (b - shift) / scale
        for index, module in enumerate(network.features):
            a, b = module(a), module(b)
            if index in (1, 5, 10, 12):
                unit_a, unit_b = a / a.norm(dim=1, keepdim=True), b / b.norm(dim=1, keepdim=True)
                expected += float((unit_a - unit_b).square().sum(1).mean())
    assert D10.load(backbones)(picture, other) == pytest.approx(expected, rel=1e-4)


def test_lpips_is_the_value_of_its_authors_package(backbones, picture):
    package = pytest.importorskip("lpips", reason="the lpips package is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls torchvision and torch.load in ways of the past
        reference = package.LPIPS(net="squeeze", pnet_rand=True, verbose=False)
    state = torch.load(backbones / "squeezenet1_1.pth", weights_only=True)
    named = dict(reference.net.named_parameters())
    for name, value in state.items():
        _, index, rest = name.split(".", 2)
        matches = [key for key in named if key.split(".", 1)[1] == f"{index}.{rest}"]
        if name.startswith("features."):
            assert len(matches) == 1
            named[matches[0]].data.copy_(value)
    other = noisy(picture, 25)
    a, b = (
        torch.from_numpy(array).permute(2, 0, 1)[None] / 127.5 - 1 for array in (picture, other)
    )
    with torch.inference_mode():
        expected = float(reference(a, b))
    assert LpipsSqueeze.load(backbones)(picture, other) == pytest.approx(expected, rel=1e-4)


def test_real_trunks_see_more_damage_in_more_blur(backbones, picture):
    for distance in (D10.load(backbones), LpipsSqueeze.load(backbones)):
        values = [distance(picture, blurred(picture, radius)) for radius in (0.5, 1, 2, 4)]
        assert values == sorted(values)
        assert values[0] > 0


@pytest.mark.slow
def test_d10_grows_with_the_damage_to_a_photograph(backbones, kodak):
    d10 = D10.load(backbones)
    for path in kodak[:3]:
        image = np.asarray(Image.open(path).convert("RGB"))
        by_blur = [d10(image, blurred(image, radius)) for radius in (0, 0.7, 1.5, 3, 6)]
        by_jpeg = [d10(image, as_jpeg(image, quality)) for quality in (95, 70, 40, 15, 3)]
        assert by_blur == sorted(by_blur), path.name
        assert by_jpeg == sorted(by_jpeg), path.name
        assert by_blur[0] == 0
