"""How well classes are found, from how many pixels of each were taken for which."""

import numpy as np
from numpy.typing import NDArray

from gcdemo.label_classes import UNLABELLED


def class_ious(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the intersection over union of each class, NaN where no pixel is of it.

    Args:
        confusion: Pixels by what they are and by what they are taken for, int64 (classes, classes).
            What is unlabelled is of no class.
    """
    right = np.diag(confusion)
    of_class = confusion.sum(axis=1)
    union = of_class + confusion.sum(axis=0) - right
    ious = np.where(of_class > 0, right / np.maximum(union, 1), np.nan)
    ious[UNLABELLED] = np.nan
    return ious
