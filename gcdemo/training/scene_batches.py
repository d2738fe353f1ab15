"""What the segmenter is trained on: crops of street scenes, and of anything else."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from gcdemo.errors import TrainingError
from gcdemo.label_classes import class_named
from gcdemo.networks.segmenter import OUTPUT_STRIDE
from gcdemo.segmentation import WORKING_SIDE
from gcdemo.training.data import CropBox, Picture, cut_crop, read_pictures
from gcdemo.training.scenes import find_data_sets, is_validation, read_scenes
from gcdemo.training.targets import (
    BUILDING_WITH_PARTS,
    NO_STREET,
    NOT,
    NUM_TARGETS,
    SceneSet,
    labelled_set,
    unlabelled_set,
)

# Share of crops from pictures that are no street scenes.
OTHER_SHARE = 0.25
# How much a place counts of which is known only what it is not; 1 is a class that is everywhere.
PARTIAL_WEIGHT = 0.7
# Weights of classes are their shares of pixels to minus this power: 0 would lose the rare ones,
# 1 would see them everywhere.
BALANCE = 1 / 3
SCALES = (0.5, 2.0)  # of the size at which pictures are looked at
MIN_SIDE = 64  # pixels; smaller pictures are left out
_BUILDING = class_named("building").id


class SceneBatch(NamedTuple):
    """One step's input."""

    x: Tensor  # float32 (B, 3, crop, crop) in [-1, 1]
    targets: Tensor  # int64 (B, crop / 4, crop / 4), rows of ALLOWED


def read_scene_sets(sources: Sequence[Path]) -> list[SceneSet]:
    """Read data sets of scenes, and folders of pictures that are none, all of them.

    Args:
        sources: Folders; those with a `classes.json`, themselves or anywhere below one, hold
            scenes, as `read_scenes` says.

    Raises:
        TrainingError: A source cannot be used, or none holds scenes.
        InputError: A picture of a data set cannot be read.
    """
    sets = []
    for source in sources:
        data_sets = find_data_sets(source)
        sets += [labelled_set(data_set.name, read_scenes(data_set)) for data_set in data_sets]
        if others := read_pictures([source], MIN_SIDE, without=data_sets):
            sets.append(unlabelled_set(source.name, others))
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

    def __init__(self, sets: Sequence[SceneSet], *, batch: int, crop: int, seed: int) -> None:
        """Draw from the sets, from larger ones more often, but less than in proportion.

        Args:
            sets: To train with, at least one of them labelled.
            batch: Crops per step.
            crop: Pixels per side of each, a multiple of 32.
            seed: Another one draws other crops.

        Raises:
            TrainingError: No scene is left to train with.
        """
        self.sets = [scenes for scenes in sets if scenes.pictures]
        if not any(scenes.labelled for scenes in self.sets):
            raise TrainingError("Every scene is kept from training; more are needed.")
        self.batch_size, self.crop, self.seed = batch, crop, seed
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

    def batch(self, step: int) -> SceneBatch:
        """Give the batch of a step, always the same."""
        rng = np.random.default_rng((self.seed, step))
        crops, targets = [], []
        for index in rng.choice(len(self.sets), self.batch_size, p=self.chances):
            scenes = self.sets[index]
            picture = scenes.pictures[rng.integers(len(scenes.pictures))]
            box = draw_crop(picture, self.crop, rng)
            crops.append(cut_crop(picture.image, box, self.crop))
            small = self.crop // OUTPUT_STRIDE
            if picture.labels is None:
                labels = np.zeros((small, small), np.uint8)
            else:
                labels = cut_crop(picture.labels, box, small, Image.Resampling.NEAREST)
            targets.append(scenes.targets[labels])
        x = torch.from_numpy(jitter_colors(np.stack(crops), rng)).permute(0, 3, 1, 2)
        return SceneBatch(x, torch.from_numpy(np.stack(targets)).long())
