"""The connected regions of a label map, each an object to choose."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gcdemo.label_classes import UNLABELLED
from gcdemo.selection.base import Box, Mask


@dataclass(frozen=True, slots=True)
class Region:
    """Pixels of one class that touch; kept as small as its box."""

    label: int  # id of the class
    box: Box
    num_pixels: int
    inside: Mask  # bool, of the box's height and width

    def mask(self, height: int, width: int) -> Mask:
        """Give the region in its picture, bool (height, width)."""
        whole = np.zeros((height, width), np.bool_)
        whole[self.box.top : self.box.bottom, self.box.left : self.box.right] = self.inside
        return whole


def regions_of(labels: NDArray[np.uint8], min_pixels: int = 64) -> list[Region]:
    """Find the regions of a label map, largest first.

    Args:
        labels: Ids of classes, uint8 (H, W); pixels touch by their sides.
        min_pixels: Smaller regions are left out.
    """
    regions = []
    for label in np.unique(labels):
        if label == UNLABELLED:
            continue
        numbers, _ = ndimage.label(labels == label)
        counts = np.bincount(numbers.ravel())
        for number, place in enumerate(ndimage.find_objects(numbers), start=1):
            if counts[number] < min_pixels:
                continue
            rows, columns = place
            regions.append(
                Region(
                    int(label),
                    Box(columns.start, rows.start, columns.stop, rows.stop),
                    int(counts[number]),
                    numbers[place] == number,
                )
            )
    return sorted(regions, key=lambda region: -region.num_pixels)
