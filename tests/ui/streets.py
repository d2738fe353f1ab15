"""A drawn street with its label map, and a selector that knows what was drawn."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gcdemo.codecs.base import Image
from gcdemo.errors import InputError
from gcdemo.label_classes import LABEL_CLASSES, class_named
from gcdemo.selection.base import Prompt

# Class, then left, top, right and bottom as parts of the picture; later ones lie upon earlier ones.
PARTS = (
    ("sky", 0.0, 0.0, 1.0, 0.4),
    ("road", 0.0, 0.72, 1.0, 1.0),
    ("pavement", 0.0, 0.66, 1.0, 0.74),
    ("building", 0.0, 0.12, 0.38, 0.68),
    ("window", 0.06, 0.2, 0.14, 0.34),
    ("window", 0.22, 0.2, 0.3, 0.34),
    ("door", 0.15, 0.48, 0.22, 0.68),
    ("vegetation", 0.38, 0.36, 0.62, 0.67),
    ("building", 0.8, 0.22, 1.0, 0.68),
    ("car", 0.42, 0.66, 0.68, 0.84),
    ("person", 0.74, 0.48, 0.79, 0.8),
    ("pole", 0.7, 0.2, 0.712, 0.7),
)
PAINT = {
    "sky": (150, 190, 232),
    "road": (92, 94, 100),
    "pavement": (168, 160, 152),
    "building": (178, 132, 104),
    "window": (70, 96, 120),
    "door": (92, 58, 44),
    "vegetation": (74, 116, 66),
    "car": (176, 44, 48),
    "person": (62, 72, 128),
    "pole": (60, 62, 66),
}


def draw_street(height: int, width: int) -> tuple[Image, NDArray[np.uint8]]:
    """Give a picture, uint8 (height, width, 3), and its label map, uint8 (height, width)."""
    image = np.zeros((height, width, 3), np.uint8)
    labels = np.zeros((height, width), np.uint8)
    for name, left, top, right, bottom in PARTS:
        place = np.s_[
            round(top * height) : round(bottom * height), round(left * width) : round(right * width)
        ]
        image[place] = PAINT[name]
        labels[place] = class_named(name).id
    image[labels == 0] = (120, 150, 110)
    grain = np.random.default_rng(0).normal(0, 7, (height, width, 1))
    light = np.linspace(14, -14, height)[:, None, None]
    return (image + grain + light).clip(0, 255).astype(np.uint8), labels


class StreetSelector:
    """Finds regions of the label map; the sky is nothing it can find."""

    name = "street"
    label = "a stand-in"

    def __init__(self, labels: NDArray[np.uint8]) -> None:
        self._labels = labels

    def available(self) -> None:
        return None

    def prepare(self, image: Image) -> None:
        pass

    def select(self, image: Image, prompt: Prompt) -> NDArray[np.bool_]:
        mask = np.zeros(self._labels.shape, bool)
        if prompt.box is not None:
            left, top, right, bottom = prompt.box
            mask[top:bottom, left:right] = True
            return mask
        for x, y, keep in prompt.points:
            label = self._labels[y, x]
            if label == class_named("sky").id:
                raise InputError("There is no object at this place.")
            regions, _ = ndimage.label(self._labels == label)
            mask[regions == regions[y, x]] = keep
        return mask

    def find_objects(self, image: Image) -> list[NDArray[np.bool_]]:
        found = []
        for known in LABEL_CLASSES[2:]:
            regions, count = ndimage.label(self._labels == known.id)
            found += [regions == number for number in range(1, count + 1)]
        return sorted(found, key=lambda mask: -int(mask.sum()))
