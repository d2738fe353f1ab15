"""Masks at the size they were computed at, and their enlargement to the picture."""

from collections.abc import Iterator, Sequence
from typing import overload

import cv2
import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import Image
from gcdemo.selection.base import Mask


def working_shape(height: int, width: int, side: int, most_narrow: int) -> tuple[int, int]:
    """Give the size at which a picture is looked at, as (height, width).

    Args:
        height: Of the picture, in pixels.
        width: Likewise.
        side: What its longer side is reduced to, if it is longer.
        most_narrow: How many times the longer side may be as long as the shorter; narrower
            pictures are stretched, so that no side vanishes.
    """
    scale = min(1.0, side / max(height, width))
    longer = max(1, round(max(height, width) * scale))
    least = -(-longer // most_narrow)
    return max(least, round(height * scale)), max(least, round(width * scale))


def reduce(image: Image, shape: tuple[int, int]) -> Image:
    """Bring a picture to the size it is looked at, by averaging where it becomes smaller.

    Args:
        image: uint8 (H, W, 3).
        shape: The new height and width.
    """
    if image.shape[:2] == shape:
        return np.ascontiguousarray(image)
    return cv2.resize(image, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.uint8)


def enlarge(mask: Mask, shape: tuple[int, int]) -> Mask:
    """Bring a mask to a picture's size, with smooth edges.

    Args:
        mask: bool (h, w).
        shape: Height and width of the picture.

    Returns:
        bool, of that shape.
    """
    if mask.shape == shape:
        return mask
    soft = cv2.resize(
        mask.astype(np.uint8) * np.uint8(255), shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    large: Mask = soft >= 128
    return large


class MaskList(Sequence[Mask]):
    """Masks that are enlarged when they are asked for: hundreds fit where a few would not."""

    def __init__(self, masks: Sequence[Mask], shape: tuple[int, int]) -> None:
        """Keep masks packed to bits.

        Args:
            masks: bool (h, w), all of one size.
            shape: Height and width of the picture.
        """
        self._packed: list[NDArray[np.uint8]] = [np.packbits(mask) for mask in masks]
        self._small = masks[0].shape if masks else (0, 0)
        self._shape = shape

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, index: int) -> Mask: ...

    @overload
    def __getitem__(self, index: slice) -> list[Mask]: ...

    def __getitem__(self, index: int | slice) -> Mask | list[Mask]:
        if isinstance(index, slice):
            return [self._open(packed) for packed in self._packed[index]]
        return self._open(self._packed[index])

    def __iter__(self) -> Iterator[Mask]:
        return map(self._open, self._packed)

    def _open(self, packed: NDArray[np.uint8]) -> Mask:
        rows, columns = self._small
        bits = np.unpackbits(packed, count=rows * columns)
        return enlarge(bits.reshape(rows, columns).astype(np.bool_), self._shape)
