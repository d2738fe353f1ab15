"""The training loop: steps, ticks, checkpoints, sample grids, until time or steps are over."""

import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor
from tqdm import tqdm

from gcdemo.backbones import load_lpips_linear, load_squeezenet
from gcdemo.checkpoints import read_weight_file
from gcdemo.config import TrainConfig
from gcdemo.devices import has_bf16_units
from gcdemo.efficientnet import load_efficientnet
from gcdemo.errors import TrainingError
from gcdemo.selective_config import AnyModelConfig, SelectiveConfig
from gcdemo.training.data import Batch, BatchSource
from gcdemo.training.grids import make_grid
from gcdemo.training.objective import Trainer
from gcdemo.training.perceptual import PerceptualTrunk, Trunks
from gcdemo.training.selections import SelectiveSource
from gcdemo.training.sources import is_kept_out, read_sources
from gcdemo.training.state import SavedRun, TrainState
from gcdemo.training.stopping import StopRequest


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What one call of the training program was asked for."""

    folder: Path  # of the run: checkpoint.pt, metrics.jsonl, grids/
    sources: tuple[Path, ...]  # folders or tar shards of pictures
    device: torch.device
    minutes: float | None = None  # stop after so long; None: at the configuration's steps
    backbones: Path | None = None  # folder of the trunks' weights
    # Folders of runs or weight files whose weights are taken over, one after the other.
    start_from: tuple[Path, ...] = ()
    bf16: bool | None = None  # None: where the device has units for it


def _load_trunks(config: TrainConfig, options: RunOptions) -> Trunks:
    """Load the frozen networks that a run reads onto its device."""
    first, second = None, None
    if config.uses_trunk:
        squeezenet = load_squeezenet("1_1", options.backbones)
        first = PerceptualTrunk(squeezenet, load_lpips_linear(options.backbones))
        first.to(options.device).to(memory_format=torch.channels_last)
    if config.uses_second_trunk:
        second = load_efficientnet(options.backbones)
        second.to(options.device).to(memory_format=torch.channels_last)
    return Trunks(first, second)


def _start_from(state: TrainState, sources: Sequence[Path]) -> None:
    """Take over the weights of weight files, or those and the discriminators of runs' folders."""
    for number, source in enumerate(sources):
        if source.is_dir():
            saved = SavedRun(source)
            state.start_from(saved.averaged_weights, again=number > 0)
            state.take_discriminators(saved.values["discriminators"])
        else:
            state.start_from(read_weight_file(source).weights, again=number > 0)


def _mean_terms(ticks: list[dict[str, Tensor]]) -> dict[str, float]:
    names = ticks[-1].keys()
    means = {n: torch.stack([t[n].float() for t in ticks if n in t]).mean().item() for n in names}
    return {name: round(value, 6) for name, value in means.items()}


class Run:
    """A training run in its folder, started or gone on with."""

    def __init__(
        self, options: RunOptions, model_config: AnyModelConfig, config: TrainConfig
    ) -> None:
        """Read the data, build or restore the state.

        Raises:
            TrainingError: The data or the options do not allow a run.
            CheckpointError: A checkpoint or backbone cannot be used.
        """
        self.options = options
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        self.world = dist.get_world_size() if dist.is_initialized() else 1
        options.folder.mkdir(parents=True, exist_ok=True)
        trunks = _load_trunks(config, options)
        self.state = TrainState(model_config, config, options.device, trunks.tap_channels)
        if (options.folder / "checkpoint.pt").exists():
            self.state.restore(SavedRun(options.folder))
        else:
            _start_from(self.state, options.start_from)
        bf16 = has_bf16_units(options.device) if options.bf16 is None else options.bf16
        self.trainer = Trainer(self.state, trunks, bf16)
        labelled = config.label_classes > 0
        pictures = read_sources(options.sources, config.crop, labelled=labelled)
        self.held_out = [p for p in pictures if is_kept_out(p)]
        training = [p for p in pictures if not is_kept_out(p)]
        if not training:
            raise TrainingError("Every picture is held out; more are needed.")
        if isinstance(model_config, SelectiveConfig):
            self.source: BatchSource = SelectiveSource(training, config, model_config, self.rank)
        else:
            self.source = BatchSource(
                training,
                config,
                model_config.latent_channels,
                nested_rates=model_config.nested_rates,
                noise_channels=model_config.noise_channels,
                rank=self.rank,
            )
        self.seen_ticks: list[dict[str, Tensor]] = []
        self.stop = StopRequest(tells=self.rank == 0)

    def train(self) -> None:
        """Train until the time or the steps are over, or a stop is asked for, and save.

        Raises:
            KeyboardInterrupt: A stop was asked for twice; the last checkpoint stays.
            TrainingError: A term became infinite or NaN; the last good checkpoint stays.
        """
        state, config = self.state, self.state.config
        started = saved = drawn = ticked = time.monotonic()
        steps_at_tick = state.step
        progress = tqdm(
            total=config.steps,
            initial=state.step,
            unit="step",
            disable=self.rank > 0,
            smoothing=0.1,
        )
        batches = self.source.batches(state.step * config.discriminator_steps)
        try:
            for group in self._groups(batches):
                if state.step >= config.steps or self._is_over(started):
                    break
                self.seen_ticks.append(self.trainer.update(group))
                progress.update()
                now = time.monotonic()
                if state.step % config.tick == 0:
                    rate = (state.step - steps_at_tick) / (now - ticked)
                    self._tick(progress, rate)
                    ticked, steps_at_tick = now, state.step
                if now - saved > config.checkpoint_minutes * 60:
                    self._save()
                    saved = now
                if now - drawn > config.grid_minutes * 60:
                    self._draw_grid()
                    drawn = now
        finally:
            batches.close()
            progress.close()
        self._save()
        self.stop.report(state.step)
        self._draw_grid()

    def _groups(self, batches: Iterator[Batch]) -> Iterator[list[Batch]]:
        while True:
            yield list(islice(batches, self.state.config.discriminator_steps))

    def _is_over(self, started: float) -> bool:
        minutes = self.options.minutes
        over = minutes is not None and time.monotonic() - started > minutes * 60
        over = over or bool(self.stop)
        if self.world == 1:
            return over
        # All processes must stop at the same step, or the others wait for ever.
        flag = torch.tensor(float(over), device=self.state.device)
        dist.all_reduce(flag)
        return bool(flag > 0)

    def _tick(self, progress: "tqdm[None]", steps_per_second: float) -> None:
        means = self._checked_means()
        if self.rank > 0 or not means:
            return
        line = {"step": self.state.step, "steps_per_second": round(steps_per_second, 3), **means}
        with (self.options.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        progress.set_postfix({name: f"{value:.3f}" for name, value in means.items()})

    def _checked_means(self) -> dict[str, float]:
        if not self.seen_ticks:
            return {}
        means = _mean_terms(self.seen_ticks)
        self.seen_ticks.clear()
        for name, value in means.items():
            if not math.isfinite(value):
                raise TrainingError(
                    f"The term '{name}' became {value} by step {self.state.step}. The last "
                    "checkpoint is from before; lower the learning rate and run the command again."
                )
        return means

    def _save(self) -> None:
        # Metrics are checked first: a state that is no longer finite is never saved.
        self._checked_means()
        if self.rank == 0:
            self.state.save(self.options.folder)

    def _draw_grid(self) -> None:
        if self.rank > 0 or not self.held_out:
            return
        grids = self.options.folder / "grids"
        grids.mkdir(exist_ok=True)
        model = self.state.averaged_model.eval()
        grid = make_grid(model, self.held_out, self.state.device)
        grid.save(grids / f"step-{self.state.step:07d}.png")


def start_processes() -> None:
    """Join the data-parallel group when started by torchrun; alone, do nothing."""
    if "RANK" in os.environ and not dist.is_initialized():
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
