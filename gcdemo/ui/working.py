"""The size at which a page works on a picture: bounded, so that marks stay small and quick.

Pixel x of a side of N pixels belongs to pixel floor(x n / N) of the working side of n.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 1024
"""The longest side worked at, in pixels."""

Scalar = TypeVar("Scalar", bound=np.generic)


def working_shape(height: int, width: int) -> tuple[int, int]:
    """Give the height and width at which a picture of that size is worked on: never larger."""
    longest = max(height, width)
    if longest <= MAX_SIDE:
        return height, width
    return max(1, height * MAX_SIDE // longest), max(1, width * MAX_SIDE // longest)


def enlarge(marks: NDArray[Scalar], height: int, width: int) -> NDArray[Scalar]:
    """Bring a mask or a label map from the working size to the picture's.

    Args:
        marks: (h, w), as `working_shape(height, width)` says.
        height: Of the picture, in pixels.
        width: Likewise.

    Returns:
        (height, width), of the same type.
    """
    rows, columns = marks.shape
    return marks[_owners(height, rows)[:, None], _owners(width, columns)]


def reduce(pixels: NDArray[Scalar]) -> NDArray[Scalar]:
    """Bring a mask or a label map to the working size: `enlarge` and then this changes nothing.

    Args:
        pixels: (H, W), of the picture.

    Returns:
        `working_shape(H, W)`, of the same type; each value is one from the middle of its pixels.
    """
    height, width = pixels.shape
    rows, columns = working_shape(height, width)
    return pixels[np.ix_(_middles(height, rows), _middles(width, columns))]


def to_picture(x: int, working: int, pixels: int) -> int:
    """Give the pixel of the picture in the middle of a working pixel, along one side."""
    return (edge(x, working, pixels) + edge(x + 1, working, pixels) - 1) // 2


def edge(x: int, working: int, pixels: int) -> int:
    """Give the first pixel of the picture that belongs to a working pixel, along one side."""
    return -(-x * pixels // working)


def _owners(pixels: int, working: int) -> NDArray[np.int64]:
    return np.arange(pixels) * working // pixels


def _middles(pixels: int, working: int) -> list[int]:
    return [to_picture(x, working, pixels) for x in range(working)]
