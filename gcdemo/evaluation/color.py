"""Color difference as people see it: CIELAB, CIEDE2000 and the error of block means."""

import numpy as np
from numpy.typing import NDArray

from gcdemo.evaluation.pictures import check_pair

BLOCK = 16
"""Side of the blocks that `color_error` averages over, in pixels: one cell of the latent."""

# IEC 61966-2-1 (sRGB), linear RGB to XYZ, and the white D65 of the 2 degree observer.
_RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_25_TO_7 = 25.0**7


def lab_from_srgb(srgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """Convert sRGB values to CIELAB under D65 (2 degree observer).

    Args:
        srgb: Gamma-coded values in [0, 1], (..., 3).

    Returns:
        L in [0, 100], a, b; shaped as `srgb`.
    """
    srgb = np.asarray(srgb, dtype=np.float64)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _RGB_TO_XYZ.T / _WHITE
    # CIE 15: the cube root, continued by its tangent below (6/29)^3.
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])],
        axis=-1,
    )


def ciede2000(lab_a: NDArray[np.floating], lab_b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give the CIEDE2000 difference of colors, with kL = kC = kH = 1.

    About 1 is just noticeable between two patches side by side. Steps and names follow Sharma,
    Wu and Dalal, "The CIEDE2000 Color-Difference Formula", Color Research and Application 2005.

    Args:
        lab_a: CIELAB colors, (..., 3).
        lab_b: CIELAB colors, broadcastable to `lab_a`.

    Returns:
        The difference, at least 0, (...); symmetric in its arguments.
    """
    light_a, a_a, b_a = np.moveaxis(np.asarray(lab_a, dtype=np.float64), -1, 0)
    light_b, a_b, b_b = np.moveaxis(np.asarray(lab_b, dtype=np.float64), -1, 0)
    chroma_mean = (np.hypot(a_a, b_a) + np.hypot(a_b, b_b)) / 2
    stretch = 1 + 0.5 * (1 - _saturation(chroma_mean))
    chroma_a, hue_a = _polar(stretch * a_a, b_a)
    chroma_b, hue_b = _polar(stretch * a_b, b_b)
    gray = chroma_a * chroma_b == 0  # a gray has no hue to differ in

    turn = hue_b - hue_a
    delta_hue = np.where(gray, 0.0, turn - 360 * np.round(turn / 360))
    delta_light, delta_chroma = light_b - light_a, chroma_b - chroma_a
    delta_h = 2 * np.sqrt(chroma_a * chroma_b) * np.sin(np.radians(delta_hue / 2))

    # The mean hue lies on the shorter arc; two grays keep the plain sum (Sharma's equation 14).
    total = hue_a + hue_b
    over = np.where(total < 360, 360.0, -360.0)
    hue = np.where(gray, total, np.where(np.abs(turn) <= 180, total, total + over) / 2)
    light, chroma = (light_a + light_b) / 2, (chroma_a + chroma_b) / 2
    scale_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    scale_c = 1 + 0.045 * chroma
    scale_h = 1 + 0.015 * chroma * _hue_weight(hue)
    rotation = -2 * _saturation(chroma) * np.sin(np.radians(60) * _blue(hue))
    part_l, part_c, part_h = delta_light / scale_l, delta_chroma / scale_c, delta_h / scale_h
    squared = part_l**2 + part_c**2 + part_h**2 + rotation * part_c * part_h
    difference: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0.0))
    return difference


def color_error(image: NDArray[np.uint8], image_hat: NDArray[np.uint8]) -> float:
    """Give the mean CIEDE2000 difference between the means of 16x16 blocks: color drift alone.

    Texture does not count, since it leaves the means where they are. A block's mean is taken of
    the sRGB values as stored; blocks cut by the right or lower edge are averaged over the pixels
    they have, and each block counts by its number of pixels.

    Args:
        image: Original, uint8 (H, W, 3).
        image_hat: Reconstruction, uint8 (H, W, 3).

    Returns:
        Mean difference, at least 0; below 1 it is hard to see.

    Raises:
        InputError: The two are not RGB pictures of the same size.
    """
    check_pair(image, image_hat)
    means, counts = _block_means(image)
    means_hat, _ = _block_means(image_hat)
    difference = ciede2000(lab_from_srgb(means / 255), lab_from_srgb(means_hat / 255))
    return float(np.average(difference, weights=counts))


def _block_means(
    image: NDArray[np.uint8],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give the means (h, w, 3) and pixel counts (h, w) of the blocks of an image (H, W, 3)."""
    height, width = image.shape[:2]
    tops, lefts = np.arange(0, height, BLOCK), np.arange(0, width, BLOCK)
    rows = np.add.reduceat(image, tops, axis=0, dtype=np.int64)
    sums = np.add.reduceat(rows, lefts, axis=1, dtype=np.int64)
    counts = np.outer(np.diff(tops, append=height), np.diff(lefts, append=width))
    return sums / counts[..., None], counts


def _polar(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Give chroma and hue angle in degrees, [0, 360)."""
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _saturation(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rise from 0 for gray, over 0.71 at chroma 25, to 1 for strong colors."""
    return np.sqrt(chroma**7 / (chroma**7 + _25_TO_7))


def _hue_weight(hue: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh a hue difference by where on the circle it is (T in Sharma et al.)."""
    return (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )


def _blue(hue: NDArray[np.float64]) -> NDArray[np.float64]:
    """Be 1 at the blue of 275 degrees, where hue and chroma interact, and 0 far from it."""
    return np.exp(-(((hue - 275) / 25) ** 2))
