"""The segmenter's commands."""

import json
import signal

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from gcdemo.__main__ import app
from gcdemo.label_maps import read_label_map
from gcdemo.samples import SAMPLES_FOLDER
from gcdemo.training.scene_batches import SceneBatches
from gcdemo.training.scenes import is_validation


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_picture_becomes_a_map_of_its_size(tmp_path):
    result = call("segment", SAMPLES_FOLDER / "street.jpg", tmp_path / "map.png", "--device", "cpu")
    assert result.exit_code == 0, result.output
    with Image.open(SAMPLES_FOLDER / "street.jpg") as picture:
        assert read_label_map(tmp_path / "map.png").shape == picture.size[::-1]
    assert "building" in result.stdout
    assert result.stdout.splitlines()[-1] == "a street scene"


def test_an_overlay_is_the_picture_in_other_colors(tmp_path):
    picture = SAMPLES_FOLDER / "street.jpg"
    result = call("segment", picture, tmp_path / "seen.png", "--overlay", "--device", "cpu")
    assert result.exit_code == 0, result.output
    with Image.open(picture) as image, Image.open(tmp_path / "seen.png") as seen:
        assert (seen.mode, seen.size) == ("RGB", image.size)
        change = np.asarray(image, float) - np.asarray(seen, float)
    assert 2 < np.abs(change).mean() < 100


def test_what_is_no_picture_is_answered_in_one_line(tmp_path):
    (tmp_path / "text").write_text("hello")
    result = call("segment", tmp_path / "text", tmp_path / "map.png")
    assert result.exit_code == 1
    assert result.stderr.startswith('gcdemo: "text" is no PNG')


@pytest.fixture
def scenes(tmp_path):
    scenes = tmp_path / "scenes"
    for part in ("images", "labels"):
        (scenes / part).mkdir(parents=True)
    (scenes / "classes.json").write_text(json.dumps({"names": ["sky", "road"]}))
    for number in range(14):
        image = np.full((96, 128, 3), (90, 150, 230), np.uint8)
        image[40 + number :] = 80
        Image.fromarray(image).save(scenes / "images" / f"{number}.png")
        Image.fromarray((image[..., 2] == 80).astype(np.uint8)).save(
            scenes / "labels" / f"{number}.png"
        )
    assert {is_validation(f"{number}.png") for number in range(14)} == {True, False}
    return scenes


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_trained_segmenter_is_measured_as_it_was_when_written(scenes, tmp_path):
    out = tmp_path / "s.safetensors"
    trained = call("train-segmenter", scenes, "--out", out, "--minutes", "5", "--steps", "2")
    assert trained.exit_code == 0, trained.output
    table = [line for line in trained.stdout.splitlines() if line.startswith("|")]
    assert len(table) == 13
    measured = call("evaluate-segmenter", scenes, "--model", out, "--device", "cpu")
    assert [line for line in measured.stdout.splitlines() if line.startswith("|")] == table
    again = call("train-segmenter", scenes, "--out", out, "--minutes", "5", "--steps", "2")
    assert [line for line in again.stdout.splitlines() if line.startswith("|")] == table


@pytest.mark.slow
def test_a_run_that_is_stopped_leaves_its_state_and_no_segmenter(scenes, tmp_path, monkeypatch):
    draw = SceneBatches.batch

    def stopped(batches, step):
        signal.raise_signal(signal.SIGTERM)
        return draw(batches, step)

    monkeypatch.setattr(SceneBatches, "batch", stopped)
    result = call("train-segmenter", scenes, "--out", tmp_path / "s.safetensors", "--steps", "2")
    assert result.exit_code == 0, result.output
    assert not (tmp_path / "s.safetensors").exists()
    assert torch.load(tmp_path / "s.pt", weights_only=True)["step"] == 1
