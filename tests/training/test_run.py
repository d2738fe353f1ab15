"""Whole runs at toy size: exact resume, crashes, NaN, several processes."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_models import tiny_network, write_weights
from typer.testing import CliRunner

from gcdemo.__main__ import app
from gcdemo.config import PRESETS, TrainConfig
from gcdemo.errors import CheckpointError, TrainingError
from gcdemo.training.data import is_held_out
from gcdemo.training.loop import Run, RunOptions
from gcdemo.training.objective import Trainer
from gcdemo.training.state import SavedRun

PIXELS_ONLY = TrainConfig(
    crop=32,
    batch=2,
    perceptual_weight=0.0,
    discriminator_widths=(4, 8),
    discriminator_scales=2,
    adversarial_start=2,
    entropy_weight=0.1,
    color_weight=1.0,
    tick=1,
    warmup=1,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("pictures")
    for index in range(60):
        pixels = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((64, 48)).save(folder / f"p{index:02d}.png")
    assert any(is_held_out(path.name) for path in folder.iterdir())
    return folder


def run(place, folder, steps, config=PIXELS_ONLY, preset="tiny"):
    options = RunOptions(place, (folder,), torch.device("cpu"), bf16=False)
    training = Run(options, PRESETS[preset], dataclasses.replace(config, steps=steps))
    training.train()
    return training


def values_of(place):
    return SavedRun(place).values


def assert_equal_states(one, two, path=""):
    assert type(one) is type(two), path
    if isinstance(one, dict):
        assert one.keys() == two.keys(), path
        for key in one:
            assert_equal_states(one[key], two[key], f"{path}.{key}")
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, two), path
    elif isinstance(one, list):
        for a, b in zip(one, two, strict=True):
            assert_equal_states(a, b, path)
    elif not path.endswith("train_config"):
        assert one == two, path


def test_a_resumed_run_is_exactly_the_uninterrupted_one(folder, tmp_path):
    run(tmp_path / "whole", folder, 6)
    run(tmp_path / "parts", folder, 3)
    run(tmp_path / "parts", folder, 6)
    assert_equal_states(values_of(tmp_path / "whole"), values_of(tmp_path / "parts"))


def test_every_tick_writes_one_line_of_finite_terms(folder, tmp_path):
    run(tmp_path / "r", folder, 4)
    lines = [json.loads(t) for t in (tmp_path / "r/metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert {"mse", "color", "entropy", "total"} <= lines[0].keys()
    assert "adversarial" not in lines[0]
    assert {"adversarial", "matching", "discriminator"} <= lines[-1].keys()


def test_a_sample_grid_shows_originals_and_rates(folder, tmp_path):
    run(tmp_path / "r", folder, 1)
    (grid,) = (tmp_path / "r/grids").iterdir()
    held_out = sum(is_held_out(path.name) for path in folder.iterdir())
    with Image.open(grid) as picture:
        assert picture.size == (192 * min(held_out, 6), 192 * 3)  # original, C = 2, C = 4


def test_every_update_moves_generator_encoder_and_discriminator(folder, tmp_path):
    before = run(tmp_path / "r", folder, 2).state
    start = {k: v.clone() for k, v in before.model.state_dict().items()}
    judge = {k: v.clone() for k, v in before.discriminators.state_dict().items()}
    after = run(tmp_path / "r", folder, 4).state
    assert all(not torch.equal(start[k], v) for k, v in after.model.state_dict().items())
    assert any(not torch.equal(judge[k], v) for k, v in after.discriminators.state_dict().items())


def test_an_encoder_that_is_left_alone_stays_what_it_was_and_the_generator_learns(folder, tmp_path):
    config = dataclasses.replace(PIXELS_ONLY, train_encoder=False)
    start = {
        k: v.clone()
        for k, v in run(tmp_path / "r", folder, 2, config).state.model.state_dict().items()
    }
    after = run(tmp_path / "r", folder, 4, config).state
    for weights in (after.model.state_dict(), after.averaged_model.state_dict()):
        assert all(torch.equal(start[k], v) == k.startswith("encoder.") for k, v in weights.items())


def test_more_discriminator_steps_use_more_batches(folder, tmp_path):
    config = dataclasses.replace(PIXELS_ONLY, adversarial_start=0, discriminator_steps=3)
    training = run(tmp_path / "r", folder, 2, config)
    assert training.state.step == 2
    assert values_of(tmp_path / "r")["step"] == 2


def test_a_single_rate_trains_too(folder, tmp_path):
    options = RunOptions(tmp_path / "r", (folder,), torch.device("cpu"), bf16=False)
    single = dataclasses.replace(PRESETS["tiny"], nested_rates=False, latent_channels=2)
    Run(options, single, dataclasses.replace(PIXELS_ONLY, steps=2)).train()
    assert SavedRun(tmp_path / "r").model_config == single


def test_nan_stops_with_a_message_and_spares_the_checkpoint(folder, tmp_path):
    run(tmp_path / "r", folder, 2)
    good = (tmp_path / "r/checkpoint.pt").read_bytes()
    options = RunOptions(tmp_path / "r", (folder,), torch.device("cpu"), bf16=False)
    training = Run(options, PRESETS["tiny"], dataclasses.replace(PIXELS_ONLY, steps=9))
    with torch.no_grad():
        training.state.model.generator.head[0].bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="became nan"):
        training.train()
    assert (tmp_path / "r/checkpoint.pt").read_bytes() == good


def test_a_run_starts_from_another_run_or_from_a_weight_file(folder, tmp_path):
    run(tmp_path / "first", folder, 1)
    weights = write_weights(tmp_path / "w.safetensors", seed=5)
    expected = {
        tmp_path / "first": SavedRun(tmp_path / "first").averaged_weights,
        weights: tiny_network(seed=5).state_dict(),
    }
    for source, values in expected.items():
        place = tmp_path / f"from-{source.name}"
        options = RunOptions(
            place, (folder,), torch.device("cpu"), start_from=(source,), bf16=False
        )
        state = Run(options, PRESETS["tiny"], PIXELS_ONLY).state
        assert state.step == 0
        for name, value in state.model.state_dict().items():
            assert torch.equal(value, values[name]), name


def test_another_architecture_is_refused(folder, tmp_path):
    run(tmp_path / "r", folder, 1)
    with pytest.raises(CheckpointError, match="does not fit"):
        run(tmp_path / "r", folder, 2, preset="small")


def test_terms_on_the_trunk_need_the_trunk(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("GCDEMO_BACKBONES", str(tmp_path))
    with pytest.raises(CheckpointError, match="squeezenet1_1"):
        run(tmp_path / "r", folder, 1, TrainConfig(crop=32, batch=2))


@pytest.mark.parametrize(
    ("weight", "term"), [("second_trunk_weight", "second"), ("second_texture_weight", "grain")]
)
def test_a_trunk_that_joins_later_leaves_what_was_learned(folder, tmp_path, weight, term):
    run(tmp_path / "r", folder, 3)
    before = run(tmp_path / "r", folder, 3).state.discriminators.state_dict()
    joined = dataclasses.replace(PIXELS_ONLY, **{weight: 0.5})
    after = run(tmp_path / "r", folder, 3, joined).state.discriminators.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert run(tmp_path / "r", folder, 4, joined).state.step == 4
    lines = (tmp_path / "r" / "metrics.jsonl").read_text().splitlines()
    assert 0 < json.loads(lines[-1])[term] < 20


def _train_command(place, folder, *extra):
    settings = ("crop=32", "batch=2", "perceptual_weight=0", "tick=1", "checkpoint_minutes=0.001")
    options = [word for setting in settings for word in ("--set", setting)]
    return [
        *("-m", "gcdemo", "train", str(folder), "--run-folder", str(place), "--preset", "tiny"),
        *("--set", "discriminator_widths=[4,8]", "--set", "discriminator_scales=1"),
        *options,
        *extra,
    ]


def test_a_discriminator_shown_label_maps_trains(folder, tmp_path):
    config = dataclasses.replace(PIXELS_ONLY, adversarial_start=0, label_classes=3)
    state = run(tmp_path / "r", folder, 1, config).state
    first = state.discriminators["pixels"].scales[0].layers[0][0]
    assert first.in_channels == 3 + 3


@pytest.fixture
def signal_at_step(monkeypatch):
    """A function that has a signal sent in the midst of a step: D is new, G is not."""
    update = Trainer._update_discriminators

    def send(signum, at_step, times=1):
        def interrupted(trainer, *arguments):
            terms = update(trainer, *arguments)
            if trainer.state.step == at_step:
                for _ in range(times):
                    signal.raise_signal(signum)
            return terms

        monkeypatch.setattr(Trainer, "_update_discriminators", interrupted)

    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)}
    yield send
    for signum, handler in before.items():
        signal.signal(signum, handler)


def train_by_command(place, folder, steps):
    words = _train_command(place, folder, "--steps", str(steps), "--set", "adversarial_start=0")
    return CliRunner().invoke(app, words[2:])


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("times", [1, 2])  # GNU timeout sends its signal twice at once
def test_a_run_that_is_asked_to_stop_ends_its_step_and_is_saved(
    folder, tmp_path, signal_at_step, signum, times
):
    train_by_command(tmp_path / "whole", folder, 3)
    signal_at_step(signum, at_step=2, times=times)
    assert train_by_command(tmp_path / "stopped", folder, 9).exit_code == 0
    assert values_of(tmp_path / "stopped")["step"] == 3
    whole, stopped = (values_of(tmp_path / name) for name in ("whole", "stopped"))
    assert_equal_states(whole, stopped)


def test_a_run_that_is_asked_to_stop_again_stops_at_once_and_is_not_saved(
    folder, tmp_path, signal_at_step, monkeypatch
):
    train_by_command(tmp_path / "r", folder, 1)
    before = (tmp_path / "r/checkpoint.pt").read_bytes()
    monkeypatch.setattr("gcdemo.training.stopping._SAME_REQUEST_SECONDS", -1.0)
    signal_at_step(signal.SIGINT, at_step=1, times=2)
    assert train_by_command(tmp_path / "r", folder, 9).exit_code != 0
    assert (tmp_path / "r/checkpoint.pt").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_leaves_a_whole_checkpoint_to_go_on_from(folder, tmp_path, kill):
    command = [sys.executable, *_train_command(tmp_path / "r", folder)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 50
        metrics = tmp_path / "r/metrics.jsonl"
        while not (tmp_path / "r/checkpoint.pt").exists() or len(metrics.read_text()) < 2000:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(kill)
        status = process.wait(30)
    assert (status == 0) == (kill == signal.SIGINT)
    saved = values_of(tmp_path / "r")["step"]
    assert saved > 0
    if kill == signal.SIGINT:
        assert saved == json.loads(metrics.read_text().splitlines()[-1])["step"]
    assert run(tmp_path / "r", folder, saved + 1, preset="tiny").state.step == saved + 1


@pytest.mark.slow
def test_two_processes_train_one_model(folder, tmp_path):
    launch = ["-m", "torch.distributed.run", "--nproc-per-node=2", "--master-port=29511"]
    command = [sys.executable, *launch, *_train_command(tmp_path / "two", folder, "--steps", "3")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    assert values_of(tmp_path / "two")["step"] == 3
    assert len((tmp_path / "two/metrics.jsonl").read_text().splitlines()) == 3
