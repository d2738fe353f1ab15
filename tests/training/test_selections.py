"""What SC keeps in training, and its runs at toy size."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from gcdemo.checkpoints import load_model
from gcdemo.codecs.selective import Background, Regions, SelectiveCodec
from gcdemo.config import PRESETS, TrainConfig
from gcdemo.errors import CheckpointError, TrainingError
from gcdemo.label_classes import NUM_CLASSES
from gcdemo.label_maps import to_grid
from gcdemo.selective_checkpoints import load_selective
from gcdemo.selective_config import SELECTIVE_PRESETS
from gcdemo.tiling import Precision
from gcdemo.training.data import Picture, is_held_out
from gcdemo.training.export import export_run
from gcdemo.training.loop import Run, RunOptions
from gcdemo.training.selections import SelectiveSource, draw_box_of_cells, draw_instances
from gcdemo.training.selective_export import export_selective
from gcdemo.training.sources import is_kept_out, read_sources
from gcdemo.training.state import SavedRun

CPU = Precision(torch.device("cpu"))
TINY = SELECTIVE_PRESETS["sc-tiny"]
CONFIG = TrainConfig(
    crop=64,
    batch=3,
    perceptual_weight=0.0,
    discriminator_widths=(4, 8),
    discriminator_scales=1,
    label_classes=NUM_CLASSES,
    color_weight=1.0,
    tick=1,
    warmup=1,
)


def scene(name, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, NUM_CLASSES, (6, 8), dtype=np.uint8).repeat(16, 0).repeat(16, 1)
    return Picture(name, rng.integers(0, 256, (96, 128, 3), dtype=np.uint8), labels)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """A data set of scenes, some of which are kept out."""
    folder = tmp_path_factory.mktemp("scenes")
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    names = ["unlabelled", "sky", "building", "window", "door", "road", "pavement", "vegetation"]
    names += ["car", "person", "pole"]
    (folder / "classes.json").write_text(json.dumps({"names": names}))
    for index in range(40):
        picture = scene(f"s{index:02d}", index)
        Image.fromarray(picture.image).save(folder / f"images/s{index:02d}.png")
        Image.fromarray(picture.labels).save(folder / f"labels/s{index:02d}.png")
    return folder


def test_instances_are_kept_or_dropped_whole_and_a_quarter_of_them():
    rng = np.random.default_rng(0)
    grid = np.zeros((10, 10), np.uint8)
    grid[:4, :4], grid[6:, 6:], grid[:4, 6:] = 2, 2, 3
    shares = []
    for _ in range(300):
        kept = draw_instances(grid, rng)
        parts = [kept[:4, :4], kept[6:, 6:], kept[:4, 6:]]
        assert all(part.all() or not part.any() for part in parts)
        assert not kept[grid == 0].any()
        shares.append(np.mean([part.all() for part in parts]))
    assert 0.2 < np.mean(shares) < 0.3


def test_a_box_is_one_rectangle_that_can_lie_anywhere():
    rng = np.random.default_rng(0)
    total = np.zeros((6, 9), int)
    for _ in range(200):
        kept = draw_box_of_cells(6, 9, rng)
        rows, columns = kept.any(1), kept.any(0)
        assert np.array_equal(kept, np.outer(rows, columns))
        total += kept
    assert total.min() > 0


def test_a_batch_depends_on_its_index_alone_and_has_every_kind():
    source = SelectiveSource([scene("a"), scene("b", 1)], CONFIG, TINY)
    first, again = source.batch(3), source.batch(3)
    for one, two in zip(first.choices, again.choices, strict=True):
        assert torch.equal(one, two)
    batches = [source.batch(index) for index in range(60)]
    thin = torch.cat([b.choices.thin for b in batches])
    kept = torch.cat([b.choices.kept.float().mean((1, 2, 3)) for b in batches])
    labelled = torch.cat([b.choices.labels.flatten(1).any(1) for b in batches])
    assert 0.2 < thin.float().mean() < 0.6
    assert (kept == 0).any()
    assert (kept == 1).any()
    assert labelled[~thin].all()
    assert labelled[thin].any()
    assert not labelled[thin].all()


def test_the_map_of_a_crop_is_that_of_its_pixels():
    source = SelectiveSource([scene("a")], CONFIG, TINY)
    for batch in (source.batch(index) for index in range(20)):
        for index in torch.nonzero(~batch.choices.thin).flatten():
            expected = to_grid(batch.labels[index].numpy().astype(np.uint8))
            assert np.array_equal(batch.choices.labels[index].numpy(), expected)


def test_labelled_pictures_are_kept_out_by_their_own_rule(scenes):
    pictures = read_sources([scenes], 32, labelled=True)
    assert all(picture.labels is not None for picture in pictures)
    kept_out = {picture.name for picture in pictures if is_kept_out(picture)}
    assert 0 < len(kept_out) < len(pictures)


def names_of(pictures):
    return [picture.name for picture in pictures]


def test_scenes_are_the_same_and_kept_out_alike_where_labels_are_not_wanted(scenes):
    pictures = read_sources([scenes], 32, labelled=True)
    plain = read_sources([scenes], 32, labelled=False)
    assert all(picture.labels is None for picture in plain)
    assert names_of(plain) == names_of(pictures)  # no label map among them
    assert names_of(filter(is_kept_out, plain)) == names_of(filter(is_kept_out, pictures))
    assert any(is_kept_out(picture) and not is_held_out(picture.name) for picture in plain)
    with pytest.raises(TrainingError, match="No usable"):
        read_sources([scenes], 97, labelled=False)  # as of plain pictures that are too small


@pytest.mark.parametrize("labelled", [True, False])
def test_data_sets_are_found_below_a_folder_of_pictures(scenes, tmp_path, labelled):
    shutil.copytree(scenes, tmp_path / "all" / "deep" / "city")
    for name in ("a.png", "deep/z.png"):
        Image.new("RGB", (64, 64)).save(tmp_path / "all" / name)
    found = read_sources([tmp_path / "all"], 32, labelled=labelled)
    pictures, places = found[2:], read_sources([tmp_path / "all/deep/city"], 32, labelled=labelled)
    assert names_of(found[:2]) == ["a.png", "z.png"]
    assert names_of(pictures) == names_of(places)
    assert all((picture.labels is not None) == labelled for picture in pictures)
    above = read_sources([tmp_path / "all" / "deep"], 65, labelled=labelled)
    assert names_of(above) == names_of(pictures)  # a folder of nothing else that is large enough


@pytest.mark.parametrize("labelled", [True, False])
def test_the_pictures_of_a_data_set_named_by_their_folder_are_plain_ones(scenes, labelled):
    pictures = read_sources([scenes / "images"], 32, labelled=labelled)
    assert names_of(pictures) == sorted(path.name for path in (scenes / "images").iterdir())
    assert all(picture.labels is None for picture in pictures)
    assert all(is_kept_out(picture) == is_held_out(picture.name) for picture in pictures)


def run(place, scenes, steps, **options):
    settings = RunOptions(place, (scenes,), torch.device("cpu"), bf16=False, **options)
    training = Run(settings, TINY, dataclasses.replace(CONFIG, steps=steps))
    training.train()
    return training


def test_what_is_invented_may_repeat_itself(scenes, tmp_path):
    training = run(tmp_path, scenes, 0)
    weighed = dataclasses.replace(training.state.config, repetition_weight=100.0)
    training.state.config = weighed
    batch = next(training.source.batches(0))
    flat = batch._replace(x=torch.zeros_like(batch.x))  # in which nothing repeats
    for thin in (True, False):
        nothing_kept = batch.choices._replace(
            kept=torch.zeros_like(batch.choices.kept), thin=torch.full((3,), thin)
        )
        terms = training.trainer.update([flat._replace(choices=nothing_kept)])
        assert (terms["repetition"] > 0) == thin


def test_a_run_starts_from_gc_resumes_exactly_and_becomes_a_file(scenes, tmp_path):
    gc = RunOptions(tmp_path / "gc", (scenes / "images",), torch.device("cpu"), bf16=False)
    plain = dataclasses.replace(CONFIG, label_classes=0, steps=1)
    Run(gc, PRESETS["tiny"], plain).train()
    run(tmp_path / "whole", scenes, 4, start_from=(tmp_path / "gc",))
    run(tmp_path / "parts", scenes, 2, start_from=(tmp_path / "gc",))
    run(tmp_path / "parts", scenes, 4)
    whole, parts = (SavedRun(tmp_path / name) for name in ("whole", "parts"))
    for name, value in whole.values["model"].items():
        assert torch.equal(value, parts.values["model"][name]), name
    # E stays GC's, so that its files serve as thin ones; everything else learns.
    of_gc = SavedRun(tmp_path / "gc").averaged_weights
    for name, value in of_gc.items():
        trained = whole.values["model"][name]
        assert torch.equal(value, trained) == name.startswith("encoder."), name
    (grid,) = [p for p in (tmp_path / "whole/grids").iterdir() if p.name.endswith("4.png")]
    with Image.open(grid) as picture:
        assert picture.height == 192 * 7  # original, and three selections on each background
    target = tmp_path / "sc.safetensors"
    pictures = read_sources([scenes], 32, labelled=True)[:8]
    exported = export_selective(whole, pictures, target, CPU)
    assert exported.num_bytes == target.stat().st_size
    codec = SelectiveCodec(load_selective(target), CPU)
    asked = Regions(np.ones((96, 128), bool), Background.SYNTHESISED, pictures[0].labels)
    decoded = codec.decode(codec.encode(pictures[0].image, asked, 3))
    assert decoded.kept.all()
    with pytest.raises(CheckpointError, match="of SC"):
        export_run(whole, pictures, pictures, tmp_path / "x.safetensors", CPU)
    with pytest.raises(CheckpointError, match="of GC"):
        export_selective(SavedRun(tmp_path / "gc"), pictures, tmp_path / "x.safetensors", CPU)
    with pytest.raises(CheckpointError):
        load_model(target)
