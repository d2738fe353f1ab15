"""Training of the segmenter: what it is shown, that it learns, and that it goes on."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_segmenter import tiny_segmenter

from gcdemo.errors import CheckpointError, TrainingError
from gcdemo.label_classes import class_named
from gcdemo.training.data import Picture
from gcdemo.training.segmenter import (
    OTHER_SHARE,
    SceneBatches,
    SegmenterRun,
    SegmenterTraining,
    draw_crop,
    jitter_colors,
    part_of,
    read_scene_sets,
)
from gcdemo.training.targets import (
    BUILDING_WITH_PARTS,
    NO_STREET,
    NOT,
    labelled_set,
    unlabelled_set,
)

SKY, ROAD = class_named("sky").id, class_named("road").id
CONFIG = SegmenterTraining(
    minutes=60, max_steps=4, batch=2, crop=32, width=8, warmup=1, learning_rate=5e-3
)


def horizon(name="a", height=96, width=128):
    """Blue above, gray below, labelled so."""
    image = np.full((height, width, 3), (90, 150, 230), np.uint8)
    image[height // 2 :] = 80
    labels = np.full((height, width), SKY, np.uint8)
    labels[height // 2 :] = ROAD
    return Picture(name, image, labels)


@pytest.fixture
def sets():
    other = Picture("cat", np.full((80, 80, 3), (200, 120, 40), np.uint8))
    return [labelled_set("scenes", [horizon()]), unlabelled_set("others", [other])]


def run(sets, folder, **changes):
    config = dataclasses.replace(CONFIG, **changes)
    return SegmenterRun(sets, config, folder / "run.pt", tiny_segmenter())


def test_a_batch_is_a_function_of_seed_and_step(sets):
    one, two = SceneBatches(sets, CONFIG), SceneBatches(sets, CONFIG)
    for step in (3, 1, 3):
        assert torch.equal(one.batch(step).x, two.batch(step).x)
        assert torch.equal(one.batch(step).targets, two.batch(step).targets)
    assert not torch.equal(one.batch(1).x, one.batch(3).x)


def test_a_batch_holds_pictures_in_range_and_targets_of_the_output(sets):
    batches = SceneBatches(sets, CONFIG)
    found = set()
    for step in range(12):
        x, targets = batches.batch(step)
        assert x.shape == (2, 3, 32, 32)
        assert x.abs().max() <= 1
        assert targets.shape == (2, 8, 8)
        found |= set(targets.unique().tolist())
    assert found == {SKY, ROAD, NO_STREET}


def test_targets_lie_on_what_they_name(sets):
    batches = SceneBatches(sets[:1], CONFIG)
    for step in range(6):
        x, targets = batches.batch(step)
        x = torch.nn.functional.avg_pool2d(x, 4)
        blue = x[:, 2] - x[:, 0]
        if {SKY, ROAD} <= set(targets.unique().tolist()):
            assert blue[targets == SKY].median() > blue[targets == ROAD].median()


def test_other_pictures_get_their_share_and_larger_sets_more(sets):
    more = labelled_set("more", [horizon(str(number)) for number in range(4)])
    chances = SceneBatches([*sets, more], CONFIG).chances
    assert chances.sum() == pytest.approx(1)
    assert chances[1] == pytest.approx(OTHER_SHARE)
    assert chances[2] == pytest.approx(2 * chances[0])
    assert SceneBatches(sets[:1], CONFIG).chances.tolist() == [1]


def test_rare_classes_weigh_more_and_half_knowledge_less():
    picture = horizon()
    picture.labels[:3] = 9
    weights = SceneBatches([labelled_set("scenes", [picture])], CONFIG).target_weights()
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


def test_training_from_imagenets_encoder_lowers_the_loss(sets, tmp_path):
    config = dataclasses.replace(CONFIG, max_steps=16, crop=64, batch=4, learning_rate=1e-2)
    training = SegmenterRun(sets[:1], config, tmp_path / "run.pt")
    weights = training.batches.target_weights()
    training.network.train()
    losses = []
    while training.progress < 1:
        losses.append(training._train_step(weights))
    assert np.mean(losses[-4:]) < 0.85 * np.mean(losses[:4])


def test_a_run_goes_on_where_it_was_stopped(sets, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    whole = run(sets, tmp_path / "one", max_steps=4)
    whole.train()
    half = run(sets, tmp_path / "two", max_steps=4)
    half.network.train()
    weights = half.batches.target_weights()
    for _ in range(2):
        half._train_step(weights)
    half.save()
    rest = run(sets, tmp_path / "two", max_steps=4)
    assert rest.step == 2
    rest.train()
    assert rest.step == whole.step == 4
    for name, value in whole.network.state_dict().items():
        if value.is_floating_point():
            assert torch.allclose(rest.network.state_dict()[name], value, atol=1e-4), name


def test_nan_stops_with_a_message_and_spares_the_checkpoint_and_the_weights(
    sets, tmp_path, monkeypatch
):
    run(sets, tmp_path, max_steps=1).train()
    before = (tmp_path / "run.pt").read_bytes()
    monkeypatch.setattr(
        "gcdemo.training.segmenter.set_loss", lambda logits, *_: logits.mean() * torch.nan
    )
    training = run(sets, tmp_path, max_steps=2)
    with pytest.raises(TrainingError, match="step 2 is nan"):
        training.train()
    assert (tmp_path / "run.pt").read_bytes() == before
    assert all(parameter.isfinite().all() for parameter in training.network.parameters())


def test_an_interrupted_run_is_saved(sets, tmp_path, monkeypatch):
    training = run(sets, tmp_path, max_steps=4)
    train_step = training._train_step

    def interrupted(weights):
        if training.step == 2:
            raise KeyboardInterrupt
        return train_step(weights)

    monkeypatch.setattr(training, "_train_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        training.train()
    assert run(sets, tmp_path, max_steps=4).step == 2


def test_the_first_stages_stay_as_they_came(sets, tmp_path):
    training = run(sets, tmp_path, max_steps=2)
    before = tiny_segmenter().state_dict()
    after = training.train().state_dict()
    changed = {n for n, v in before.items() if not torch.equal(v, after[n])}
    assert not any(n.startswith(("encoder.stem", "encoder.stages.0")) for n in changed)
    assert any(n.startswith("encoder.stages.6") for n in changed)


def test_a_run_that_is_over_trains_no_further(sets, tmp_path):
    run(sets, tmp_path, max_steps=1).train()
    again = run(sets, tmp_path, max_steps=1)
    again.train()
    assert again.step == 1


def test_a_foreign_checkpoint_is_refused(sets, tmp_path):
    torch.save({"network": {}}, tmp_path / "run.pt")
    with pytest.raises(CheckpointError, match="does not fit"):
        run(sets, tmp_path)


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
        SceneBatches([labelled_set("s", [])], CONFIG)
