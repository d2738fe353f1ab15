"""What the segmenter is shown while it learns."""

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_scenes import ROAD, SKY, horizon, tiny_sets

from gcdemo.errors import TrainingError
from gcdemo.label_classes import class_named
from gcdemo.training.data import Picture
from gcdemo.training.scene_batches import (
    OTHER_SHARE,
    SceneBatches,
    draw_crop,
    jitter_colors,
    part_of,
    read_scene_sets,
)
from gcdemo.training.targets import BUILDING_WITH_PARTS, NO_STREET, NOT, labelled_set

CHOICES = {"batch": 2, "crop": 32, "seed": 0}


@pytest.fixture
def sets():
    return tiny_sets()


def test_a_batch_is_a_function_of_seed_and_step(sets):
    one, two = SceneBatches(sets, **CHOICES), SceneBatches(sets, **CHOICES)
    for step in (3, 1, 3):
        assert torch.equal(one.batch(step).x, two.batch(step).x)
        assert torch.equal(one.batch(step).targets, two.batch(step).targets)
    assert not torch.equal(one.batch(1).x, one.batch(3).x)


def test_a_batch_holds_pictures_in_range_and_targets_of_the_output(sets):
    batches = SceneBatches(sets, **CHOICES)
    found = set()
    for step in range(12):
        x, targets = batches.batch(step)
        assert x.shape == (2, 3, 32, 32)
        assert x.abs().max() <= 1
        assert targets.shape == (2, 8, 8)
        found |= set(targets.unique().tolist())
    assert found == {SKY, ROAD, NO_STREET}


def test_targets_lie_on_what_they_name(sets):
    batches = SceneBatches(sets[:1], **CHOICES)
    for step in range(6):
        x, targets = batches.batch(step)
        x = torch.nn.functional.avg_pool2d(x, 4)
        blue = x[:, 2] - x[:, 0]
        if {SKY, ROAD} <= set(targets.unique().tolist()):
            assert blue[targets == SKY].median() > blue[targets == ROAD].median()


def test_other_pictures_get_their_share_and_larger_sets_more(sets):
    more = labelled_set("more", [horizon(str(number)) for number in range(4)])
    chances = SceneBatches([*sets, more], **CHOICES).chances
    assert chances.sum() == pytest.approx(1)
    assert chances[1] == pytest.approx(OTHER_SHARE)
    assert chances[2] == pytest.approx(2 * chances[0])
    assert SceneBatches(sets[:1], **CHOICES).chances.tolist() == [1]


def test_rare_classes_weigh_more_and_half_knowledge_less():
    picture = horizon()
    picture.labels[:3] = 9
    weights = SceneBatches([labelled_set("scenes", [picture])], **CHOICES).target_weights()
    assert weights[9] > weights[SKY] > weights[NOT]
    assert weights[class_named("building").id] == weights[BUILDING_WITH_PARTS]
    assert weights.isfinite().all()


def test_crops_stay_inside_their_pictures(rng):
    for height, width in ((64, 200), (500, 90), (384, 384)):
        picture = Picture("a", np.zeros((height, width, 3), np.uint8))
        boxes = [draw_crop(picture, 64, rng) for _ in range(50)]
        assert all(box.left >= 0 and box.left + box.side <= width + 1e-6 for box in boxes)
        assert all(box.top >= 0 and box.top + box.side <= height + 1e-6 for box in boxes)
        assert len({box.side for box in boxes}) > 10
        assert {box.mirrored for box in boxes} == {True, False}


def test_jittered_colors_stay_in_range_and_order(rng):
    ramp = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None, None, :, None], 3, axis=3)
    x = jitter_colors(np.repeat(ramp, 4, axis=0), rng)
    assert x.dtype == np.float32
    assert np.abs(x).max() <= 1
    assert (np.diff(x, axis=2) >= 0).all()
    assert not np.allclose(x[0], x[1])


def test_sources_are_scenes_or_anything_else(tmp_path):
    for name in ("images", "labels"):
        (tmp_path / "set" / name).mkdir(parents=True)
    (tmp_path / "set" / "classes.json").write_text('{"names": ["sky"]}')
    Image.new("RGB", (70, 70)).save(tmp_path / "set" / "images" / "a.png")
    Image.new("L", (70, 70)).save(tmp_path / "set" / "labels" / "a.png")
    (tmp_path / "others").mkdir()
    Image.new("RGB", (80, 70)).save(tmp_path / "others" / "b.png")
    sets = read_scene_sets([tmp_path / "set", tmp_path / "others"])
    assert [(s.name, len(s.pictures), s.labelled) for s in sets] == [
        ("set", 1, True),
        ("others", 1, False),
    ]
    above = read_scene_sets([tmp_path])
    assert [(s.name, [p.name for p in s.pictures]) for s in above] == [
        ("set", ["set/a.png"]),
        (tmp_path.name, ["b.png"]),
    ]
    with pytest.raises(TrainingError, match="No source holds scenes"):
        read_scene_sets([tmp_path / "others"])


def test_no_scene_is_both_trained_on_and_kept_from_it():
    scenes = labelled_set("s", [horizon(f"s/{number}.png") for number in range(60)])
    training, validation = (part_of([scenes], validation=v)[0] for v in (False, True))
    names = [p.name for p in (*training.pictures, *validation.pictures)]
    assert sorted(names) == sorted(p.name for p in scenes.pictures)
    assert training.pictures
    assert validation.pictures
    with pytest.raises(TrainingError, match="kept from training"):
        SceneBatches([labelled_set("s", [])], **CHOICES)
