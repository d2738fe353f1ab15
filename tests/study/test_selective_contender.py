"""SC as a version of every picture of a study."""

import numpy as np
import pytest
from tiny_models import write_selective_weights

import gcdemo
from gcdemo.errors import InputError
from gcdemo.images import load_image
from gcdemo.samples import SAMPLES_FOLDER
from gcdemo.selective_contender import SelectiveContender


def test_it_gives_the_file_and_what_comes_back_of_it(tmp_path):
    weights = str(write_selective_weights(tmp_path / "sc.safetensors"))
    contender = SelectiveContender(["person", "car"], 3, weights, "cpu")
    assert (contender.name, contender.setting) == ("sc", "person+car at 3")
    assert contender.available() is None
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    data, image_hat = contender.render(image)
    assert np.array_equal(image_hat, gcdemo.decompress(data, model=weights))
    assert gcdemo.describe(data).mode == "SC"


def test_better_symbols_are_looked_for_when_asked(tmp_path):
    weights = str(write_selective_weights(tmp_path / "sc.safetensors"))
    image = load_image(SAMPLES_FOLDER / "street.jpg")[:128, :128]
    plain = SelectiveContender(["building", "sky"], 3, weights, "cpu")
    searching = SelectiveContender(["building", "sky"], 3, weights, "cpu", search=True)
    assert searching.setting == "building+sky at 3, searched"
    assert searching.render(image).data != plain.render(image).data


def test_an_unknown_class_is_refused_before_anything_is_coded():
    with pytest.raises(InputError, match="no class"):
        SelectiveContender(["dragon"], 8, "sc", "cpu")
