"""How well a segmenter does on scenes kept from training, class by class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gcdemo.evaluation.confusion import class_ious
from gcdemo.label_classes import LABEL_CLASSES, NUM_CLASSES, UNLABELLED, class_named
from gcdemo.segmentation import Segmenter, is_street_scene
from gcdemo.training.targets import ALLOWED, BUILDING_WITH_PARTS, NOT, NUM_TARGETS, SceneSet

# Of the pixels whose likeliest class is right, this share may be left unlabelled.
MAX_LOST = 0.02
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 20))


def _truths() -> NDArray[np.uint8]:
    truths = np.zeros(NUM_TARGETS, np.uint8)
    truths[:NOT] = np.arange(NUM_CLASSES)
    truths[BUILDING_WITH_PARTS] = class_named("building").id
    return truths


# The class that each target names; UNLABELLED where it names none.
_TRUTH = _truths()
# Whether anything is known of it.
_JUDGED = np.array([not row.all() for row in ALLOWED])


@dataclass(frozen=True, slots=True)
class SetScore:
    """What a segmenter made of the pictures of one set."""

    name: str
    pictures: int
    streets: int  # how many of them it takes for street scenes
    # Pixels, int64 (NUM_CLASSES, NUM_CLASSES): of which class, by which label. In row UNLABELLED
    # stands what is known not to be of the label's class.
    confusion: NDArray[np.int64]


def count_pixels(labels: NDArray[np.uint8], targets: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Compare a label map with a picture's targets.

    A window on a building is right where the data set does not tell the two apart. What is known
    only not to be of a class counts against that class alone.

    Args:
        labels: Ids, uint8 (H, W).
        targets: Rows of ALLOWED, uint8 (H, W).

    Returns:
        A confusion matrix as in `SetScore`.
    """
    judged = _JUDGED[targets]
    targets, labels = targets[judged], labels[judged]
    truth = _TRUTH[targets]
    counted = np.where(ALLOWED[targets, labels], truth, labels)
    pairs = truth.astype(np.int64) * NUM_CLASSES + counted
    return np.bincount(pairs, minlength=NUM_CLASSES**2).reshape(NUM_CLASSES, NUM_CLASSES)


def score_sets(segmenter: Segmenter, sets: Sequence[SceneSet]) -> list[SetScore]:
    """Segment every picture of the sets and count; sets without label maps count streets alone."""
    scores = []
    for scenes in sets:
        confusion = np.zeros((NUM_CLASSES, NUM_CLASSES), np.int64)
        streets = 0
        for picture in scenes.pictures:
            labels = segmenter.segment(picture.image).labels
            streets += is_street_scene(labels)
            if scenes.labelled:
                confusion += count_pixels(labels, scenes.targets_of(picture))
        scores.append(SetScore(scenes.name, len(scenes.pictures), streets, confusion))
    return scores


def choose_threshold(segmenter: Segmenter, sets: Sequence[SceneSet]) -> float:
    """Give the highest confidence to ask for that loses at most 2 % of what is right.

    Args:
        segmenter: With the threshold 0.
        sets: Scenes kept from training.

    Returns:
        The largest of THRESHOLDS under which at most MAX_LOST of the pixels lie whose likeliest
        class is one that their target allows; the smallest where there are none.
    """
    right_at = np.zeros(len(THRESHOLDS), np.int64)
    right = 0
    for scenes in sets:
        for picture in scenes.pictures if scenes.labelled else ():
            labels, confidence = segmenter.segment(picture.image)
            targets = scenes.targets_of(picture)
            hit = ALLOWED[targets, labels] & (_TRUTH[targets] != UNLABELLED)
            found = confidence[hit]
            right += found.size
            right_at += [int((found >= threshold).sum()) for threshold in THRESHOLDS]
    kept = [t for t, n in zip(THRESHOLDS, right_at, strict=True) if n >= (1 - MAX_LOST) * right]
    return kept[-1] if right and kept else THRESHOLDS[0]


def score_table(scores: Sequence[SetScore]) -> str:
    """Draw the scores as a table in Markdown: percentages for each set and for all pixels."""
    labelled = [score for score in scores if score.confusion.any()]
    whole = sum((score.confusion for score in labelled), np.zeros_like(scores[0].confusion))
    columns = [*(class_ious(score.confusion) for score in labelled), class_ious(whole)]
    names = [*(f"{score.name} ({score.pictures})" for score in labelled), "all"]
    lines = [f"| IoU, % | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for label_class in LABEL_CLASSES[1:]:
        cells = [_percentage(column[label_class.id]) for column in columns]
        lines.append(f"| {label_class.name} | {' | '.join(cells)} |")
    means = [_percentage(mean_iou(column)) for column in columns]
    lines.append(f"| mean | {' | '.join(means)} |")
    lines += [
        f"{score.name}: {score.streets} of {score.pictures} taken for street scenes"
        for score in scores
    ]
    return "\n".join(lines)


def mean_iou(ious: NDArray[np.float64]) -> float:
    """Give the mean over the classes that are there, NaN without any."""
    known = ious[~np.isnan(ious)]
    return float(known.mean()) if known.size else float("nan")


def _percentage(share: float) -> str:
    return "-" if np.isnan(share) else f"{100 * share:.1f}"
