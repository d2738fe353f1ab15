"""What the metrics ask of pictures, and the form in which trunks read them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gcdemo.errors import InputError


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
