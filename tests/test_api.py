"""The library's functions, by path of weights and on everything load_image takes."""

import io
import math

import numpy as np
import pytest
from PIL import Image
from tiny_models import write_selective_weights, write_weights

import gcdemo
from gcdemo.api import Background
from gcdemo.codecs.registry import RIVALS
from gcdemo.errors import InputError, WrongModel
from gcdemo.label_classes import class_named


@pytest.fixture
def weights(tmp_path):
    return str(write_weights(tmp_path / "w.safetensors"))


def test_exported_names_are_these():
    assert gcdemo.__all__ == [
        "compress",
        "compress_selective",
        "decompress",
        "decompress_selective",
        "describe",
    ]
    assert all(callable(getattr(gcdemo, name)) for name in gcdemo.__all__)


def test_paths_bytes_pillow_images_and_arrays_give_one_file(tmp_path, weights):
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    path = tmp_path / "p.png"
    Image.fromarray(image).save(path)
    sources = (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), image)
    files = {gcdemo.compress(s, channels=3, model=weights, device="cpu") for s in sources}
    files.add(gcdemo.compress(Image.fromarray(image), channels=3, model=weights, device="cpu"))
    assert len(files) == 1
    data = files.pop()
    assert gcdemo.decompress(data, model=weights, device="cpu").shape == (40, 30, 3)
    assert gcdemo.describe(data).latent_channels == 3


def test_a_rate_can_be_asked_for_in_three_ways_but_in_one_at_a_time(weights):
    image = np.zeros((160, 160, 3), np.uint8)
    default = gcdemo.compress(image, model=weights, device="cpu")
    assert gcdemo.describe(default).latent_channels == 4
    small = gcdemo.compress(image, channels=2, model=weights, device="cpu")
    assert gcdemo.compress(image, num_bytes=len(small), model=weights, device="cpu") == small
    rate = 8 * len(small) / 160**2
    assert gcdemo.compress(image, bpp=rate, model=weights, device="cpu") == small
    with pytest.raises(InputError, match="one of"):
        gcdemo.compress(image, channels=2, bpp=1.0, model=weights)


@pytest.mark.parametrize("rate", [math.nan, math.inf, -math.inf, 0.0, -1.0])
def test_a_rate_that_is_no_number_above_0_is_refused(weights, rate):
    image = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(InputError, match="above 0"):
        gcdemo.compress(image, bpp=rate, model=weights, device="cpu")


def test_files_of_unshipped_weights_ask_for_them(weights):
    data = gcdemo.compress(np.zeros((32, 32, 3), np.uint8), model=weights, device="cpu")
    with pytest.raises(WrongModel, match="not shipped"):
        gcdemo.decompress(data)


def test_files_of_rivals_are_decompressed_too():
    image = np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8)
    for codec in RIVALS:
        data = codec.encode(image, codec.qualities[len(codec.qualities) // 2])
        np.testing.assert_array_equal(gcdemo.decompress(data), codec.decode(data))


def test_an_unknown_device_is_refused_in_a_sentence(weights):
    with pytest.raises(InputError, match="choose auto, cpu or cuda"):
        gcdemo.compress(np.zeros((32, 32, 3), np.uint8), model=weights, device="toaster")


@pytest.fixture
def selective_weights(tmp_path):
    return str(write_selective_weights(tmp_path / "sc.safetensors"))


def street(height=64, width=96):
    """A label map of a street: building, and a car on the road."""
    labels = np.full((height, width), class_named("building").id, np.uint8)
    labels[height // 2 :] = class_named("road").id
    labels[height // 2 :, : width // 3] = class_named("car").id
    return labels


def test_a_street_is_synthesised_and_anything_else_is_thin(selective_weights):
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    for labels, background in ((street(), "synthesised"), (street() * 0, "thin")):
        data = gcdemo.compress_selective(image, labels=labels, model=selective_weights)
        assert gcdemo.describe(data).background == background
        for asked in Background:
            data = gcdemo.compress_selective(
                image, labels=labels, background=asked, model=selective_weights
            )
            assert gcdemo.describe(data).background == asked.name.lower()


def test_classes_are_kept_beside_the_mask(selective_weights):
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    keep = np.zeros((64, 96), bool)
    keep[:16, 48:64] = True
    data = gcdemo.compress_selective(
        image, keep=keep, keep_classes=["car"], labels=street(), model=selective_weights
    )
    decoded = gcdemo.decompress_selective(data, model=selective_weights)
    assert np.array_equal(decoded.kept, keep | (street() == class_named("car").id))
    assert np.array_equal(decoded.image, gcdemo.decompress(data, model=selective_weights))


def test_an_unknown_class_or_two_limits_are_refused(selective_weights):
    image = np.zeros((64, 96, 3), np.uint8)
    with pytest.raises(InputError, match="'dragon' is no class"):
        gcdemo.compress_selective(
            image, keep_classes=["dragon"], labels=street(), model=selective_weights
        )
    with pytest.raises(InputError, match="Choose one"):
        gcdemo.compress_selective(
            image, detail=2, num_bytes=900, labels=street(), model=selective_weights
        )
