"""What is known of the samples beforehand is theirs, and is what would be found in them now."""

import dataclasses
import itertools
import shutil

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gcdemo.__main__ import app
from gcdemo.errors import InputError
from gcdemo.images import load_image
from gcdemo.label_classes import NUM_CLASSES
from gcdemo.sample_maps import (
    MAPS_FOLDER,
    KnownPhotos,
    SampleMaps,
    make_maps,
    read_maps,
    write_maps,
)
from gcdemo.samples import SAMPLES
from gcdemo.segmentation import is_street_scene, load_segmenter
from gcdemo.selection.base import Box
from gcdemo.selection.classical import ClassicalSelector

EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


@pytest.fixture
def sample(tmp_path):
    """A copy of a sample that may be changed."""
    path = shutil.copy(SAMPLES[0].path, tmp_path)
    return dataclasses.replace(SAMPLES[0], file=path)


def maps_like(image, seed=0):
    rng = np.random.default_rng(seed)
    shape = image.shape[:2]
    labels, objects = (rng.integers(0, most, shape, dtype=np.uint8) for most in (NUM_CLASSES, 24))
    return SampleMaps(labels, objects, rng.random(shape) < 0.5)


@EVERY_SAMPLE
def test_every_sample_has_maps_of_its_size(sample):
    maps = read_maps(sample)  # which are of this very photo, or reading them fails
    image = load_image(sample.path)
    assert {plane.shape for plane in maps} == {image.shape[:2]}
    assert maps.labels.max() < NUM_CLASSES
    areas = [int(mask.sum()) for mask in maps.masks()]
    assert len(areas) >= 5
    assert areas[-1] > 0
    # The largest first, as they were before they were enlarged to the photo's size.
    assert all(later < 1.1 * area for area, later in itertools.pairwise(areas))


@EVERY_SAMPLE
def test_some_of_every_sample_is_kept_at_first_and_most_is_not(sample):
    assert 0.02 < read_maps(sample).kept.mean() < 0.5


def test_two_samples_are_street_scenes():
    streets = [s.name for s in SAMPLES if is_street_scene(read_maps(s).labels)]
    assert {"street", "building"} <= set(streets)


def test_the_folder_holds_maps_of_samples_alone():
    names = [f"{s.name}.{kind}.png" for s in SAMPLES for kind in ("labels", "objects", "kept")]
    assert sorted(path.name for path in MAPS_FOLDER.iterdir()) == sorted(names)
    assert sum(path.stat().st_size for path in MAPS_FOLDER.iterdir()) < 200_000


def test_maps_are_read_as_they_were_written(sample, tmp_path):
    maps = maps_like(load_image(sample.path))
    write_maps(sample, maps, tmp_path)
    for plane, read in zip(maps, read_maps(sample, tmp_path), strict=True):
        assert read.dtype == plane.dtype
        assert np.array_equal(read, plane)


def test_maps_of_another_photo_are_refused(sample, tmp_path):
    write_maps(sample, maps_like(load_image(sample.path)), tmp_path)
    Image.open(SAMPLES[1].path).convert("RGB").save(sample.path)
    with pytest.raises(InputError, match="of another photo"):
        read_maps(sample, tmp_path)


@pytest.mark.parametrize("kind", ["labels", "objects", "kept"])
def test_maps_that_are_missing_or_damaged_are_as_good_as_none(sample, tmp_path, caplog, kind):
    image = load_image(sample.path)
    write_maps(sample, maps_like(image), tmp_path)
    known = KnownPhotos([sample], tmp_path)
    assert known.maps_of(image) is not None
    path = tmp_path / f"{sample.name}.{kind}.png"
    whole = path.read_bytes()
    for data in (whole[: len(whole) // 2], b"no picture", None):
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)
        assert known.maps_of(image) is None
        assert path.name in caplog.text
        caplog.clear()


def test_a_sample_is_known_by_its_pixels_alone():
    known = KnownPhotos(SAMPLES)
    image = load_image(SAMPLES[2].path)
    found = known.maps_of(image.copy())
    assert np.array_equal(found.kept, read_maps(SAMPLES[2]).kept)
    image[0, 0, 0] ^= 1
    assert known.maps_of(image) is None
    assert known.maps_of(image[1:]) is None


def test_each_box_adds_to_what_is_kept(make_photo):
    image, labels = make_photo(96, 128), np.zeros((96, 128), np.uint8)
    left, right = Box(0, 0, 64, 96), Box(70, 10, 120, 80)
    selector = ClassicalSelector()
    one, two, both = (
        make_maps(image, labels, selector, boxes).kept for boxes in ([left], [right], [left, right])
    )
    assert np.array_equal(both, one | two)
    assert one.any()
    assert two.any()


def test_the_command_makes_them_anew(tmp_path, monkeypatch):
    monkeypatch.setattr("gcdemo.samples.SAMPLES", SAMPLES[1:2])
    arguments = ["prepare-samples", "--out", str(tmp_path / "maps"), "--device", "cpu"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    made = read_maps(SAMPLES[1], tmp_path / "maps")
    for stored, plane in zip(read_maps(SAMPLES[1]), made, strict=True):
        assert (stored == plane).mean() >= 0.99
    assert result.stdout == f"chelsea: {made.objects.max()} objects, 6 % kept\n"


@pytest.mark.slow
@EVERY_SAMPLE
def test_the_maps_are_what_would_be_found_now(sample):
    image = load_image(sample.path)
    labels = load_segmenter("cpu").segment(image).labels
    boxes = [Box(*sides) for sides in sample.keep]
    now = make_maps(image, labels, ClassicalSelector(), boxes)
    for stored, found in zip(read_maps(sample), now, strict=True):
        assert (stored == found).mean() >= 0.99
