"""Training of the segmenter: that it learns, that it stops, and that it goes on."""

import dataclasses
import signal

import numpy as np
import pytest
import torch
from tiny_scenes import tiny_sets
from tiny_segmenter import tiny_segmenter

from gcdemo.errors import CheckpointError, TrainingError
from gcdemo.training.segmenter import SegmenterRun, SegmenterTraining

CONFIG = SegmenterTraining(
    minutes=60, max_steps=4, batch=2, crop=32, width=8, warmup=1, learning_rate=5e-3
)


@pytest.fixture
def sets():
    return tiny_sets()


def run(sets, folder, **changes):
    config = dataclasses.replace(CONFIG, **changes)
    return SegmenterRun(sets, config, folder / "run.pt", tiny_segmenter())


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


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop_ends_its_step_and_is_saved(
    sets, tmp_path, monkeypatch, signum
):
    training = run(sets, tmp_path, max_steps=4)
    batch = training.batches.batch

    def asked(step):
        if step == 1:
            signal.raise_signal(signum)
        return batch(step)

    monkeypatch.setattr(training.batches, "batch", asked)
    handler = signal.getsignal(signum)
    with training.stop.by_signals():
        training.train()
    assert signal.getsignal(signum) is handler
    assert training.stop
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
