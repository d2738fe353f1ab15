"""Training of the segmenter: crops of street scenes, and of anything else, for a stated time."""

import io
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from gcdemo.efficientnet import ALL_TAP_CHANNELS, load_efficientnet
from gcdemo.errors import CheckpointError, TrainingError
from gcdemo.files import write_atomically
from gcdemo.label_classes import class_named
from gcdemo.networks.segmenter import OUTPUT_STRIDE, SegmentationNetwork
from gcdemo.segmentation import WORKING_SIDE
from gcdemo.torch_files import load_values
from gcdemo.training.data import CropBox, Picture, cut_crop, read_pictures
from gcdemo.training.scenes import CLASS_NAMES_FILE, is_validation, read_scenes
from gcdemo.training.targets import (
    BUILDING_WITH_PARTS,
    NO_STREET,
    NOT,
    NUM_TARGETS,
    SceneSet,
    labelled_set,
    set_loss,
    unlabelled_set,
)

logger = logging.getLogger(__name__)

# Share of crops from pictures that are no street scenes.
OTHER_SHARE = 0.25
# How much a place counts of which is known only what it is not; 1 is a class that is everywhere.
PARTIAL_WEIGHT = 0.7
# Weights of classes are their shares of pixels to minus this power: 0 would lose the rare ones,
# 1 would see them everywhere.
BALANCE = 1 / 3
SCALES = (0.5, 2.0)  # of the size at which pictures are looked at
# Stages of the encoder that stay as they are, with the stem: they see edges and colors, and take
# most of the work.
FROZEN_STAGES = 2
_BUILDING = class_named("building").id
MIN_SIDE = 64  # pixels; smaller pictures are left out
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


class SegmenterBatch(NamedTuple):
    """One step's input."""

    x: Tensor  # float32 (B, 3, crop, crop) in [-1, 1]
    targets: Tensor  # int64 (B, crop / 4, crop / 4), rows of ALLOWED


def read_scene_sets(sources: Sequence[Path]) -> list[SceneSet]:
    """Read data sets of scenes, and folders of pictures that are none, all of them.

    Args:
        sources: Folders; those with a `classes.json` hold scenes, as `read_scenes` says.

    Raises:
        TrainingError: A source cannot be used, or none holds scenes.
        InputError: A picture of a data set cannot be read.
    """
    sets = []
    for source in sources:
        if (source / CLASS_NAMES_FILE).is_file():
            sets.append(labelled_set(source.name, read_scenes(source)))
        else:
            sets.append(unlabelled_set(source.name, read_pictures([source], MIN_SIDE)))
    if not any(scenes.labelled for scenes in sets):
        raise TrainingError("No source holds scenes: a folder with images, labels, classes.json.")
    return sets


def part_of(sets: Sequence[SceneSet], *, validation: bool) -> list[SceneSet]:
    """Give the pictures of each set that are kept from training, or the others."""
    return [
        SceneSet(
            scenes.name,
            [p for p in scenes.pictures if is_validation(p.name) == validation],
            scenes.targets,
        )
        for scenes in sets
    ]


def draw_crop(picture: Picture, crop: int, rng: np.random.Generator) -> CropBox:
    """Draw the square that shows a random part at a random size, as far as the picture reaches."""
    height, width = picture.image.shape[:2]
    scale = np.exp(rng.uniform(*np.log(SCALES))) * WORKING_SIDE / min(height, width)
    side = min(crop / scale, height, width)
    left, top = rng.uniform(0, width - side), rng.uniform(0, height - side)
    return CropBox(left, top, side, bool(rng.random() < 0.5))


def jitter_colors(crops: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Change brightness, contrast, saturation and the light's color of each crop at random.

    Args:
        crops: uint8 (B, S, S, 3).
        rng: Of the batch.

    Returns:
        float32 (B, S, S, 3) in [-1, 1].
    """
    x: NDArray[np.float32] = crops.astype(np.float32) / 127.5 - 1
    count = (len(crops), 1, 1, 1)
    gray = x.mean(axis=3, keepdims=True)
    x = gray + (x - gray) * rng.uniform(0.5, 1.4, count).astype(np.float32)
    mean = x.mean(axis=(1, 2, 3), keepdims=True)
    x = mean + (x - mean) * rng.uniform(0.7, 1.3, count).astype(np.float32)
    x *= rng.uniform(0.92, 1.08, (len(crops), 1, 1, 3)).astype(np.float32)
    x += rng.uniform(-0.25, 0.25, count).astype(np.float32)
    np.clip(x, -1, 1, out=x)
    return x


class SceneBatches:
    """Batches as a function of the step."""

    def __init__(self, sets: Sequence[SceneSet], config: SegmenterTraining) -> None:
        """Draw from the sets, from larger ones more often, but less than in proportion."""
        self.sets = [scenes for scenes in sets if scenes.pictures]
        if not any(scenes.labelled for scenes in self.sets):
            raise TrainingError("Every scene is kept from training; more are needed.")
        self.config = config
        sizes = np.array([len(scenes.pictures) ** 0.5 for scenes in self.sets])
        other = np.array([not scenes.labelled for scenes in self.sets])
        sizes[~other] *= (1 - OTHER_SHARE * other.any()) / sizes[~other].sum()
        sizes[other] *= OTHER_SHARE / max(sizes[other].sum(), 1e-9)
        self.chances = sizes

    def target_weights(self) -> Tensor:
        """Give the weight of each target in the loss, float32 (NUM_TARGETS,)."""
        shares = np.zeros(NUM_TARGETS)
        for scenes, chance in zip(self.sets, self.chances, strict=True):
            counts = np.zeros(NUM_TARGETS)
            for picture in scenes.pictures:
                counts += np.bincount(scenes.targets_of(picture).ravel(), minlength=NUM_TARGETS)
            shares += chance * counts / counts.sum()
        both = [_BUILDING, BUILDING_WITH_PARTS]
        shares[both] = shares[both].sum()
        weights = np.clip(shares, 1e-3, 1) ** -BALANCE
        weights[[*range(NOT, BUILDING_WITH_PARTS), NO_STREET]] = PARTIAL_WEIGHT
        return torch.from_numpy(weights).float()

    def batch(self, step: int) -> SegmenterBatch:
        """Give the batch of a step, always the same."""
        config = self.config
        rng = np.random.default_rng((config.seed, step))
        crops, targets = [], []
        for index in rng.choice(len(self.sets), config.batch, p=self.chances):
            scenes = self.sets[index]
            picture = scenes.pictures[rng.integers(len(scenes.pictures))]
            box = draw_crop(picture, config.crop, rng)
            crops.append(cut_crop(picture.image, box, config.crop))
            small = config.crop // OUTPUT_STRIDE
            if picture.labels is None:
                labels = np.zeros((small, small), np.uint8)
            else:
                labels = cut_crop(picture.labels, box, small, Image.Resampling.NEAREST)
            targets.append(scenes.targets[labels])
        x = torch.from_numpy(jitter_colors(np.stack(crops), rng)).permute(0, 3, 1, 2)
        return SegmenterBatch(x, torch.from_numpy(np.stack(targets)).long())


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
        self.batches = SceneBatches(sets, config)
        if network is None:
            encoder = load_efficientnet(num_stages=len(ALL_TAP_CHANNELS))
            network = SegmentationNetwork(encoder, config.width)
        self.network = network.to(memory_format=torch.channels_last)
        self.optimizer = self._make_optimizer()
        self.step, self.seconds = 0, 0.0
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
        """Train to the end of the time or the steps and give the network, in evaluation mode.

        Raises:
            TrainingError: The loss became infinite or NaN; the last good checkpoint stays.
        """
        weights = self.batches.target_weights()
        saved = self.seconds
        bar = tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}{postfix}", desc="Training")
        self.network.train()
        try:
            while self.progress < 1:
                started = time.monotonic()
                loss = self._train_step(weights)
                self.seconds += time.monotonic() - started
                bar.n = min(self.progress, 1.0)
                bar.set_postfix(step=self.step, loss=f"{loss:.3f}")
                if self.seconds - saved >= CHECKPOINT_SECONDS:
                    self.save()
                    saved = self.seconds
        except KeyboardInterrupt:
            self.save()
            raise
        finally:
            bar.close()
        self.save()
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
