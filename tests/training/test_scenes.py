"""Scenes of data sets: one table of names, one split by name."""

import json

import numpy as np
import pytest
from PIL import Image

from gcdemo.errors import TrainingError
from gcdemo.label_classes import LABEL_CLASSES
from gcdemo.training.scenes import CLASS_OF_NAME, VALIDATION_EVERY, is_validation, read_scenes


def write_set(folder, names, maps):
    """Write a data set whose pictures are black."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    (folder / "classes.json").write_text(json.dumps({"names": names, "ignore": None}))
    for name, labels in maps.items():
        labels = np.asarray(labels, np.uint8)
        Image.fromarray(labels).save(folder / "labels" / f"{name}.png")
        Image.new("RGB", labels.shape[::-1]).save(folder / "images" / f"{name}.png")
    return folder


def test_every_name_leads_to_a_class_of_ours():
    ours = {label_class.name for label_class in LABEL_CLASSES}
    assert set(CLASS_OF_NAME.values()) == ours
    assert all(CLASS_OF_NAME[name] == name for name in ours)
    assert all(name == name.lower() for name in CLASS_OF_NAME)


def test_ids_are_merged_by_the_names_of_their_data_set(tmp_path):
    names = ["Tree", "Sky", "Bicyclist", "Fence", "various"]
    folder = write_set(tmp_path / "mine", names, {"b": [[0, 1, 2]], "a": [[3, 4, 4]]})
    first, second = read_scenes(folder)
    assert (first.name, second.name) == ("mine/a.png", "mine/b.png")
    assert first.labels.tolist() == [[10, 0, 0]]
    assert second.labels.tolist() == [[7, 1, 9]]
    assert second.image.shape == (1, 3, 3)


@pytest.mark.parametrize(
    ("names", "labels", "said"),
    [
        (["sky", "dragon"], [[0]], "dragon"),
        (["sky"], [[1]], "ids below 1"),
        (["sky", 7], [[1]], "7"),
    ],
)
def test_what_no_table_explains_is_refused(tmp_path, names, labels, said):
    with pytest.raises(TrainingError, match=said):
        read_scenes(write_set(tmp_path / "mine", names, {"a": labels}))


def test_missing_parts_and_wrong_sizes_are_named(tmp_path):
    with pytest.raises(TrainingError, match=r"classes\.json"):
        read_scenes(tmp_path)
    folder = write_set(tmp_path / "mine", ["sky"], {})
    with pytest.raises(TrainingError, match="no picture"):
        read_scenes(folder)
    Image.new("RGB", (4, 3)).save(folder / "images" / "a.png")
    with pytest.raises(TrainingError, match=r"a\.png"):
        read_scenes(folder)
    Image.new("L", (3, 4)).save(folder / "labels" / "a.png")
    with pytest.raises(TrainingError, match="as large"):
        read_scenes(folder)


def test_frames_of_a_drive_are_kept_from_training_together():
    assert all(is_validation(f"camvid/0001TP_{number:06d}.jpg") for number in range(6690, 6990))
    assert not any(is_validation(f"camvid/0016E5_{number:05d}.jpg") for number in range(300))


def test_about_one_other_scene_in_ten_is_kept_from_training():
    chosen = [is_validation(f"set/{number:04d}.jpg") for number in range(2000)]
    assert 0.8 < sum(chosen) / len(chosen) * VALIDATION_EVERY < 1.2
    assert chosen == [is_validation(f"elsewhere/{number:04d}.jpg") for number in range(2000)]


def test_every_class_of_the_data_sets_at_hand_is_known(shared):
    files = sorted((shared / "data" / "scenes").glob("*/classes.json"))
    assert files
    for path in files:
        names = json.loads(path.read_text())["names"]
        assert [name for name in names if name.lower() not in CLASS_OF_NAME] == []
