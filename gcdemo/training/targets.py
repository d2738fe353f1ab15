"""What a label map allows the segmenter to answer at each place: rarely just one class.

Data sets do not all say the same: one labels windows, for another they are part of the building;
one knows nothing but people. So the target of a place is the set of classes that are not wrong
there, and the loss is that of their summed probability.
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

# Rows of ALLOWED. A class's id is the row in which it alone is allowed, but that of UNLABELLED
# allows all; NOT + id allows all others.
NOT = NUM_CLASSES
BUILDING_WITH_PARTS = 2 * NUM_CLASSES
NO_STREET = 2 * NUM_CLASSES + 1
NUM_TARGETS = 2 * NUM_CLASSES + 2


def _allowed() -> NDArray[np.bool_]:
    table = np.zeros((NUM_TARGETS, NUM_CLASSES), bool)
    table[:NOT] = np.eye(NUM_CLASSES)
    table[UNLABELLED] = True
    table[NOT:BUILDING_WITH_PARTS] = ~np.eye(NUM_CLASSES, dtype=bool)
    table[BUILDING_WITH_PARTS, [_BUILDING, *_PARTS_OF_BUILDINGS]] = True
    table[NO_STREET, [UNLABELLED, *_FOUND_ANYWHERE]] = True
    return table


ALLOWED = _allowed()
"""The classes that each target allows, bool (NUM_TARGETS, NUM_CLASSES)."""


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
    """Give minus the logarithm of the summed probability of what is allowed, as a weighted mean.

    Args:
        scores: float32 (B, NUM_CLASSES, h, w), logarithms of probabilities up to a constant.
        targets: int64 (B, h, w), rows of ALLOWED.
        weights: float32 (NUM_TARGETS,); that of a target that allows all does not matter.
    """
    allowed = torch.from_numpy(ALLOWED).to(scores.device)[targets].permute(0, 3, 1, 2)
    # Not minus infinity, whose gradient is none; e ** -1e4 is zero as well.
    chosen = scores.masked_fill(~allowed, -1e4).logsumexp(dim=1)
    loss = scores.logsumexp(dim=1) - chosen
    weight = weights[targets] * ~allowed.all(dim=1)
    return (loss * weight).sum() / weight.sum().clamp(min=1e-6)
