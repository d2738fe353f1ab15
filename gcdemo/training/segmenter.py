"""Training of the segmenter for a stated time, which a stop interrupts and a call goes on with."""

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from gcdemo.efficientnet import ALL_TAP_CHANNELS, load_efficientnet
from gcdemo.errors import CheckpointError, TrainingError
from gcdemo.files import write_atomically
from gcdemo.networks.segmenter import SegmentationNetwork
from gcdemo.torch_files import load_values
from gcdemo.training.scene_batches import SceneBatches
from gcdemo.training.stopping import StopRequest
from gcdemo.training.targets import SceneSet, set_loss

# Stages of the encoder that stay as they are, with the stem: they see edges and colors, and take
# most of the work.
FROZEN_STAGES = 2
CHECKPOINT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class SegmenterTraining:
    """Settings of a run."""

    minutes: float  # of training, those before a stop counted in
    max_steps: int | None = None  # stop there, if it comes first
    batch: int = 8
    crop: int = 224  # pixels per side, a multiple of 32
    width: int = 96  # channels of the pyramid
    learning_rate: float = 2e-3  # of the pyramid, falling to zero
    encoder_rate: float = 0.2  # the encoder's share of it
    weight_decay: float = 1e-3
    warmup: int = 40  # steps of rising learning rate
    seed: int = 0


class SegmenterRun:
    """A run that a kill interrupts and the same call goes on with."""

    def __init__(
        self,
        sets: Sequence[SceneSet],
        config: SegmenterTraining,
        checkpoint: Path,
        network: SegmentationNetwork | None = None,
    ) -> None:
        """Start from ImageNet's encoder (or a given network), or from a checkpoint that is there.

        Raises:
            CheckpointError: The encoder's weights or the checkpoint cannot be used.
            TrainingError: No scene is left to train with.
        """
        torch.manual_seed(config.seed)
        self.config, self.checkpoint = config, checkpoint
        self.batches = SceneBatches(sets, batch=config.batch, crop=config.crop, seed=config.seed)
        if network is None:
            encoder = load_efficientnet(num_stages=len(ALL_TAP_CHANNELS))
            network = SegmentationNetwork(encoder, config.width)
        self.network = network.to(memory_format=torch.channels_last)
        self.optimizer = self._make_optimizer()
        self.step, self.seconds = 0, 0.0
        self.stop = StopRequest()
        if checkpoint.exists():
            self._restore()

    def _make_optimizer(self) -> torch.optim.AdamW:
        self.network.encoder.requires_grad_(False)
        self.network.encoder.stages[FROZEN_STAGES:].requires_grad_(True)
        encoder = [p for p in self.network.encoder.parameters() if p.requires_grad]
        pyramid = [p for n, p in self.network.named_parameters() if not n.startswith("encoder.")]
        return torch.optim.AdamW(
            [
                {"params": encoder, "share": self.config.encoder_rate},
                {"params": pyramid, "share": 1},
            ],
            weight_decay=self.config.weight_decay,
            fused=True,
        )

    def _restore(self) -> None:
        values = load_values(self.checkpoint)
        try:
            self.network.load_state_dict(values["network"])
            self.optimizer.load_state_dict(values["optimizer"])
            self.step, self.seconds = int(values["step"]), float(values["seconds"])
        except (KeyError, RuntimeError, ValueError, TypeError) as error:
            raise CheckpointError(f"{self.checkpoint} does not fit this run: {error}") from error

    def save(self) -> None:
        """Write the checkpoint; a crash meanwhile leaves the previous one whole."""
        buffer = io.BytesIO()
        values = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(values, buffer)
        write_atomically(self.checkpoint, buffer.getvalue())

    @property
    def progress(self) -> float:
        """How much of the run is over, by time or by steps, from 0; from 1 on it is."""
        steps = self.config.max_steps
        by_steps = self.step / steps if steps else 0.0
        return max(by_steps, self.seconds / (60 * self.config.minutes))

    def train(self) -> SegmentationNetwork:
        """Train to the end of the time or the steps, or until a stop is asked for, and save.

        Returns:
            The network, in evaluation mode.

        Raises:
            KeyboardInterrupt: A stop was asked for twice; the last checkpoint stays.
            TrainingError: The loss became infinite or NaN; the last good checkpoint stays.
        """
        weights = self.batches.target_weights()
        saved = self.seconds
        bar = tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}{postfix}", desc="Training")
        self.network.train()
        try:
            while self.progress < 1 and not self.stop:
                started = time.monotonic()
                loss = self._train_step(weights)
                self.seconds += time.monotonic() - started
                bar.n = min(self.progress, 1.0)
                bar.set_postfix(step=self.step, loss=f"{loss:.3f}")
                if self.seconds - saved >= CHECKPOINT_SECONDS:
                    self.save()
                    saved = self.seconds
        finally:
            bar.close()
        self.save()
        self.stop.report(self.step)
        return self.network.eval()

    def _train_step(self, weights: Tensor) -> float:
        config = self.config
        rate = config.learning_rate * min(1.0, (self.step + 1) / config.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["share"] * (1 - self.progress) ** 0.9
        batch = self.batches.batch(self.step)
        loss = set_loss(self.network(batch.x), batch.targets, weights)
        value = float(loss.detach())
        # Before the step, which would carry it into every weight.
        if not np.isfinite(value):
            raise TrainingError(f"The loss at step {self.step + 1} is {value}.")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.step += 1
        return value
