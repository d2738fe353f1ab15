"""What a label map allows the segmenter to answer at each place: rarely just one class.

Data sets do not all say the same: one labels windows, for another they are part of the building;
one knows nothing but people. So the target of a place is the set of classes that are not wrong
there, and the loss is that of their summed probability. In pictures that are no street scenes that
is "none of the classes", and with less credit what is found anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gcdemo.label_classes import NUM_CLASSES, UNLABELLED, class_named
from gcdemo.training.data import Picture

_BUILDING = class_named("building").id
_PARTS_OF_BUILDINGS = tuple(class_named(name).id for name in ("window", "door"))
# What pictures that are no street scenes may well show, besides "none of the classes".
_FOUND_ANYWHERE = tuple(class_named(name).id for name in ("sky", "vegetation", "person"))
# So little that a plate of food is no person, and so much that a person may be one.
_FOUND_ANYWHERE_CREDIT = 0.02

# Rows of ALLOWED. A class's id is the row in which it alone is allowed, but that of UNLABELLED
# allows all; NOT + id allows all others.
NOT = NUM_CLASSES
BUILDING_WITH_PARTS = 2 * NUM_CLASSES
NO_STREET = 2 * NUM_CLASSES + 1
NUM_TARGETS = 2 * NUM_CLASSES + 2


def _credit() -> NDArray[np.float32]:
    table = np.zeros((NUM_TARGETS, NUM_CLASSES), np.float32)
    table[:NOT] = np.eye(NUM_CLASSES)
    table[UNLABELLED] = 1
    table[NOT:BUILDING_WITH_PARTS] = 1 - np.eye(NUM_CLASSES)
    table[BUILDING_WITH_PARTS, [_BUILDING, *_PARTS_OF_BUILDINGS]] = 1
    table[NO_STREET, _FOUND_ANYWHERE] = _FOUND_ANYWHERE_CREDIT
    table[NO_STREET, UNLABELLED] = 1
    return table


CREDIT = _credit()
"""How much each class counts for each target, float32 (NUM_TARGETS, NUM_CLASSES), 0 to 1."""
ALLOWED = CREDIT > 0
"""The classes that each target allows, bool (NUM_TARGETS, NUM_CLASSES)."""
# Not minus infinity, whose gradient is none; e ** -1e4 is zero as well.
_LOG_CREDIT = np.where(ALLOWED, np.log(np.maximum(CREDIT, 1e-6)), -1e4).astype(np.float32)


@dataclass(frozen=True, slots=True)
class SceneSet:
    """Pictures of one source and what the ids in their label maps say."""

    name: str
    pictures: Sequence[Picture]
    targets: NDArray[np.uint8]  # (NUM_CLASSES,), the row of ALLOWED for each id

    @property
    def labelled(self) -> bool:
        """Whether there are label maps: pictures of anything else have none."""
        return bool(self.targets[UNLABELLED] != NO_STREET)

    def targets_of(self, picture: Picture) -> NDArray[np.uint8]:
        """Give a picture's targets, uint8 (H, W)."""
        if picture.labels is None:
            return np.full(picture.image.shape[:2], self.targets[UNLABELLED])
        return self.targets[picture.labels]


def labelled_set(name: str, pictures: Sequence[Picture]) -> SceneSet:
    """Join scenes of one data set, judging by all their maps what it labels.

    Where a set labels a single class, everything else is none of it. Where it labels neither
    windows nor doors, buildings may contain them.
    """
    present = {int(i) for p in pictures if p.labels is not None for i in np.unique(p.labels)}
    present -= {UNLABELLED}
    targets = np.arange(NUM_CLASSES, dtype=np.uint8)
    if len(present) == 1:
        targets[UNLABELLED] = NOT + present.pop()
    elif present.isdisjoint(_PARTS_OF_BUILDINGS):
        targets[_BUILDING] = BUILDING_WITH_PARTS
    return SceneSet(name, pictures, targets)


def unlabelled_set(name: str, pictures: Sequence[Picture]) -> SceneSet:
    """Join pictures that are no street scenes."""
    return SceneSet(name, pictures, np.full(NUM_CLASSES, NO_STREET, np.uint8))


def set_loss(scores: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Give minus the logarithm of what the probabilities earn together, as a weighted mean.

    Args:
        scores: float32 (B, NUM_CLASSES, h, w), logarithms of probabilities up to a constant.
        targets: int64 (B, h, w), rows of ALLOWED.
        weights: float32 (NUM_TARGETS,); that of a target that allows all does not matter.
    """
    log_credit = torch.from_numpy(_LOG_CREDIT).to(scores.device)[targets].permute(0, 3, 1, 2)
    loss = scores.logsumexp(dim=1) - (scores + log_credit).logsumexp(dim=1)
    weight = weights[targets] * (targets != UNLABELLED)
    return (loss * weight).sum() / weight.sum().clamp(min=1e-6)
