"""The segmenter as it is used: any size, and only the weights that were released."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tiny_segmenter import tiny_segmenter, write_segmenter

from gcdemo import segmentation
from gcdemo.checkpoints import weights_folder
from gcdemo.errors import CheckpointError, InputError
from gcdemo.images import load_image
from gcdemo.label_classes import NUM_CLASSES, UNLABELLED, class_named
from gcdemo.samples import SAMPLES_FOLDER
from gcdemo.segmentation import (
    MAX_WORKING_PIXELS,
    Segmenter,
    is_street_scene,
    load_segmenter,
    read_segmenter,
    working_size,
)


@pytest.fixture(scope="module")
def segmenter():
    return Segmenter(tiny_segmenter(), 0.0)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 70), (65, 49), (130, 33)])
def test_pictures_of_any_size_get_a_label_and_a_confidence_everywhere(
    segmenter, make_photo, height, width
):
    labels, confidence = segmenter.segment(make_photo(height, width))
    assert labels.shape == confidence.shape == (height, width)
    assert (labels.dtype, confidence.dtype) == (np.uint8, np.float32)
    assert labels.max() < NUM_CLASSES
    assert confidence.min() >= 1 / NUM_CLASSES - 1e-5
    assert confidence.max() <= 1 + 1e-5


def test_less_confidence_than_the_threshold_gives_no_label(segmenter, make_photo):
    image = make_photo(64, 96)
    labels, confidence = segmenter.segment(image)
    threshold = float(np.median(confidence))
    strict = Segmenter(segmenter.network, threshold).segment(image)
    assert np.array_equal(strict.confidence, confidence)
    expected = np.where(confidence < threshold, UNLABELLED, labels)
    assert np.array_equal(strict.labels, expected)
    assert 0 < (confidence < threshold).sum() < confidence.size


def test_pieces_fit_together_as_if_the_map_were_enlarged_at_once(
    segmenter, make_photo, monkeypatch
):
    image = make_photo(90, 131)
    whole = segmenter.segment(image)
    monkeypatch.setattr(segmentation, "PIECE", 37)
    pieces = segmenter.segment(image)
    assert np.array_equal(pieces.labels, whole.labels)
    assert np.allclose(pieces.confidence, whole.confidence, atol=1e-6)


def test_enlarging_is_torchs_own():
    values = torch.rand(3, 5, 7)
    ours = segmentation._enlarged(values, 21, 0)
    theirs = torch.nn.functional.interpolate(
        values.permute(1, 0, 2)[None], (21, 7), mode="bilinear"
    )
    assert torch.allclose(ours, theirs[0].permute(1, 0, 2), atol=1e-5)


@given(height=st.integers(1, 50_000_000), data=st.data())
def test_the_network_never_sees_more_than_a_bounded_picture(height, data):
    width = data.draw(st.integers(1, max(1, 50_000_000 // height)))
    rows, columns = working_size(height, width)
    assert rows % 32 == columns % 32 == 0
    assert min(rows, columns) >= 32
    assert rows * columns <= 2 * MAX_WORKING_PIXELS


def test_a_weight_file_gives_back_the_network_and_its_threshold(tmp_path, make_photo):
    loaded = read_segmenter(write_segmenter(tmp_path / "s.safetensors", 0.35), "cpu")
    assert loaded.threshold == 0.35
    for name, value in tiny_segmenter().state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], value), name
    assert not loaded.network.training


def test_missing_foreign_and_unfitting_files_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="no weights"):
        read_segmenter(tmp_path / "gone")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CheckpointError, match="not a weight file"):
        read_segmenter(tmp_path / "text")
    path = write_segmenter(tmp_path / "s.safetensors")
    tensors = load_file(path)
    save_file(tensors, tmp_path / "bare")
    with pytest.raises(CheckpointError, match="no segmenter"):
        read_segmenter(tmp_path / "bare")
    del tensors["head.bias"]
    save_file(tensors, tmp_path / "less", {"width": "8", "threshold": "0.5"})
    with pytest.raises(CheckpointError, match="no segmenter"):
        read_segmenter(tmp_path / "less")
    with pytest.raises(InputError):
        read_segmenter(path, "abacus")


def test_the_released_name_refuses_other_bytes(tmp_path, monkeypatch):
    monkeypatch.setenv("GCDEMO_WEIGHTS", str(tmp_path))
    load_segmenter.cache_clear()
    with pytest.raises(CheckpointError, match="no weights"):
        load_segmenter("cpu")
    write_segmenter(tmp_path / segmentation.FILE_NAME)
    with pytest.raises(CheckpointError, match="hash differs"):
        load_segmenter("cpu")


def test_the_released_weights_are_here_small_and_described():
    assert load_segmenter("cpu") is load_segmenter("cpu")
    path = weights_folder() / segmentation.FILE_NAME
    assert path.stat().st_size <= 20_000_000
    assert path.with_suffix(".md").is_file()


def shares(image):
    labels = load_segmenter("cpu").segment(image).labels
    return labels, np.bincount(labels.ravel(), minlength=NUM_CLASSES) / labels.size


def test_the_released_weights_know_a_street():
    labels, share = shares(load_image(SAMPLES_FOLDER / "street.jpg"))
    assert share[[class_named(name).id for name in ("building", "window", "door")]].sum() > 0.3
    assert is_street_scene(labels)


@pytest.mark.parametrize("name", ["chelsea.png", "coffee.jpg", "flower.jpg", "fruits.jpg"])
def test_the_released_weights_take_nothing_else_for_a_street(name):
    assert not is_street_scene(shares(load_image(SAMPLES_FOLDER / name))[0])


def map_of(**parts):
    """A map of 100 cells with so many of each class."""
    counts = [parts.get(label, 0) for label in ("unlabelled", "sky", "road", "building")]
    ids = [class_named(label).id for label in ("unlabelled", "sky", "road", "building")]
    return np.repeat(np.array(ids, np.uint8), counts).reshape(10, 10)


def test_a_street_is_made_of_road_and_buildings_and_known_for_the_most_part():
    assert is_street_scene(map_of(sky=20, road=40, building=40))
    assert not is_street_scene(map_of(sky=90, road=5, building=5))
    assert not is_street_scene(map_of(unlabelled=60, road=20, building=20))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_megapixels_pass_in_bounded_memory():
    # Not getrusage's ru_maxrss: on Linux a child starts with its parent's.
    program = """
from pathlib import Path

import numpy as np
from gcdemo.segmentation import load_segmenter
image = np.zeros((6250, 8000, 3), np.uint8)
image[::7] = 200
assert load_segmenter("cpu").segment(image).labels.shape == (6250, 8000)
status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
print(next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:")))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2e9
