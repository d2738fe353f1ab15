"""The library's functions, by path of weights and on everything load_image takes."""

import io

import numpy as np
import pytest
from PIL import Image
from tiny_models import write_weights

import gcdemo
from gcdemo.codecs.registry import RIVALS
from gcdemo.errors import InputError, WrongModel


@pytest.fixture
def weights(tmp_path):
    return str(write_weights(tmp_path / "w.safetensors"))


def test_exported_names_are_these():
    assert gcdemo.__all__ == ["compress", "decompress", "describe"]


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
