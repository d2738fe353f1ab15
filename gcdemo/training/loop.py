"""The training loop: steps, ticks, checkpoints, sample grids, until time or steps are over."""

import json
import logging
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from gcdemo.backbones import load_lpips_linear, load_squeezenet
from gcdemo.checkpoints import load_model
from gcdemo.config import ModelConfig, TrainConfig
from gcdemo.devices import has_bf16_units
from gcdemo.efficientnet import load_efficientnet
from gcdemo.errors import TrainingError
from gcdemo.model import GenerativeCompressor
from gcdemo.training.data import (
    Batch,
    BatchSource,
    Picture,
    is_held_out,
    read_pictures,
    with_labels,
)
from gcdemo.training.objective import Trainer
from gcdemo.training.perceptual import PerceptualTrunk, Trunks
from gcdemo.training.state import SavedRun, TrainState

logger = logging.getLogger(__name__)

GRID_PICTURES = 6
GRID_SIDE = 192


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What one call of the training program was asked for."""

    folder: Path  # of the run: checkpoint.pt, metrics.jsonl, grids/
    sources: tuple[Path, ...]  # folders or tar shards of pictures
    device: torch.device
    minutes: float | None = None  # stop after so long; None: at the configuration's steps
    backbones: Path | None = None  # folder of the SqueezeNet weights
    start_from: Path | None = None  # a run's folder or a weight file: weights that are taken over
    bf16: bool | None = None  # None: where the device has units for it


def make_grid(model: GenerativeCompressor, x: Tensor) -> Image.Image:
    """Draw originals above their reconstructions at rising rates.

    Args:
        model: In evaluation mode.
        x: Float (B, 3, S, S) in [-1, 1].
    """
    largest = model.config.latent_channels
    rates = sorted({c for c in (2, 4, 8, 16) if c < largest} | {largest})
    if not model.config.nested_rates:
        rates = [largest]
    rows = [x.cpu(), *(model.decode(model.encode(x, channels)).cpu() for channels in rates)]
    tiles = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
    pixels = ((tiles + 1) * 127.5).round().clamp(0, 255).byte()
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())


def grid_input(pictures: Sequence[Picture]) -> Tensor:
    """Give the middle squares of the first held-out pictures, float (B, 3, S, S) in [-1, 1]."""
    crops = []
    for picture in pictures[:GRID_PICTURES]:
        side = min(picture.image.shape[:2])
        top, left = ((length - side) // 2 for length in picture.image.shape[:2])
        square = Image.fromarray(picture.image).crop((left, top, left + side, top + side))
        crops.append(np.asarray(square.resize((GRID_SIDE, GRID_SIDE), Image.Resampling.BICUBIC)))
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 127.5 - 1


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


def _averaged_weights(source: Path) -> dict[str, Tensor]:
    """Give the weights of a run's folder or of a weight file."""
    if source.is_dir():
        return SavedRun(source).averaged_weights
    return load_model(source).network.state_dict()


def _mean_terms(ticks: list[dict[str, Tensor]]) -> dict[str, float]:
    names = ticks[-1].keys()
    means = {n: torch.stack([t[n].float() for t in ticks if n in t]).mean().item() for n in names}
    return {name: round(value, 6) for name, value in means.items()}


class Run:
    """A training run in its folder, started or gone on with."""

    def __init__(self, options: RunOptions, model_config: ModelConfig, config: TrainConfig) -> None:
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
        elif options.start_from is not None:
            self.state.start_from(_averaged_weights(options.start_from))
        bf16 = has_bf16_units(options.device) if options.bf16 is None else options.bf16
        self.trainer = Trainer(self.state, trunks, bf16)
        pictures = self._read_pictures()
        self.held_out = [p for p in pictures if is_held_out(p.name)]
        training = [p for p in pictures if not is_held_out(p.name)]
        if not training:
            raise TrainingError("Every picture is held out; more are needed.")
        self.source = BatchSource(
            training,
            config,
            model_config.latent_channels,
            nested_rates=model_config.nested_rates,
            rank=self.rank,
        )
        self.seen_ticks: list[dict[str, Tensor]] = []

    def _read_pictures(self) -> list[Picture]:
        config = self.state.config
        if not config.label_classes:
            return read_pictures(self.options.sources, config.crop)
        return [
            picture
            for source in self.options.sources
            for picture in with_labels(
                read_pictures([source], config.crop), source, config.label_classes
            )
        ]

    def train(self) -> None:
        """Train until the time or the steps are over, or Ctrl-C; always leaves a checkpoint.

        Raises:
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
                if state.step >= config.steps or self._time_is_over(started):
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
        except KeyboardInterrupt:
            logger.warning("Stopped at step %d; the same command goes on from here.", state.step)
        finally:
            batches.close()
            progress.close()
        self._save()
        self._draw_grid()

    def _groups(self, batches: Iterator[Batch]) -> Iterator[list[Batch]]:
        while True:
            yield list(islice(batches, self.state.config.discriminator_steps))

    def _time_is_over(self, started: float) -> bool:
        minutes = self.options.minutes
        over = minutes is not None and time.monotonic() - started > minutes * 60
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
        x = grid_input(self.held_out).to(self.state.device)
        self.state.averaged_model.eval()
        make_grid(self.state.averaged_model, x).save(grids / f"step-{self.state.step:07d}.png")


def start_processes() -> None:
    """Join the data-parallel group when started by torchrun; alone, do nothing."""
    if "RANK" in os.environ and not dist.is_initialized():
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
