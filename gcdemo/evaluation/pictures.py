"""What the metrics ask of pictures, and the form in which trunks read them."""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise, product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gcdemo.errors import InputError

TILE_SIDE = 1024
"""Longest side shown to a trunk; larger pictures are measured in tiles (`measured_in_tiles`)."""


def check_picture(image: NDArray[np.uint8]) -> None:
    """Refuse anything but a uint8 (H, W, 3) picture of at least one pixel.

    Raises:
        InputError: It is something else.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise InputError(
            "A picture to measure has 8-bit values and shape (height, width, 3); "
            f"found {image.dtype} {image.shape}."
        )


def check_pair(image: NDArray[np.uint8], image_hat: NDArray[np.uint8]) -> None:
    """Refuse anything but two uint8 (H, W, 3) pictures of the same size.

    Raises:
        InputError: The two are something else.
    """
    check_picture(image)
    check_picture(image_hat)
    if image.shape != image_hat.shape:
        raise InputError(
            f"The original is {image.shape[1]} x {image.shape[0]} pixels and the reconstruction "
            f"{image_hat.shape[1]} x {image_hat.shape[0]}; they must agree."
        )


def mirror_tile(image: NDArray[np.uint8], min_side: int) -> NDArray[np.uint8]:
    """Continue a small picture by whole mirror images of itself, right and down.

    Args:
        image: uint8 (H, W, 3).
        min_side: What both sides reach at least, in pixels.

    Returns:
        uint8, sides the smallest multiples of H and W that reach `min_side`, so that every pixel
        occurs equally often. A picture that is large enough comes back as it is.
    """
    missing = [-(-min_side // side) * side - side for side in image.shape[:2]]
    grow = [(0, max(missing[0], 0)), (0, max(missing[1], 0)), (0, 0)]
    return np.pad(image, grow, mode="symmetric")


def to_x(images: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Give images (B, H, W, 3), uint8, as x, float32 (B, 3, H, W) in [-1, 1]."""
    x = torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2)
    return x.float() / 127.5 - 1


def measured_in_tiles(
    distance: Callable[[NDArray[np.uint8], NDArray[np.uint8]], float],
    image: NDArray[np.uint8],
    image_hat: NDArray[np.uint8],
) -> float:
    """Give a distance at memory that does not grow with the picture.

    Up to `TILE_SIDE` on either side this is the distance itself. Longer sides are cut into as few
    equal parts as will do; the result is the mean over the tiles, each weighted by its pixels,
    and differs from the distance of the whole by what the trunk does at the cuts.

    Args:
        distance: A mean over positions, of (original, reconstruction).
        image: Original, uint8 (H, W, 3).
        image_hat: Reconstruction, uint8 (H, W, 3).

    Raises:
        InputError: The two are not RGB pictures of the same size.
    """
    check_pair(image, image_hat)
    height, width = image.shape[:2]
    parts: list[float] = []
    for (top, bottom), (left, right) in product(_spans(height), _spans(width)):
        tile = (slice(top, bottom), slice(left, right))
        parts.append((bottom - top) * (right - left) * distance(image[tile], image_hat[tile]))
    return math.fsum(parts) / float(height * width)


def _spans(side: int) -> Iterator[tuple[int, int]]:
    """Give where the parts of a side begin and end."""
    count = -(-side // TILE_SIDE)
    return pairwise(side * part // count for part in range(count + 1))
