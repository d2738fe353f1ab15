"""RGB from the planes of a .bpg file and back, in whole numbers alone.

Reading follows libbpg's arithmetic, so that its pixels are met exactly. Pictures are worked on in
bands of rows, so that memory stays near that of the picture itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.bpg.chroma import HALVING_REACH, Samples, double, halve
from gcdemo.codecs.bpg.container import ColorSpace, PixelFormat

Plane: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]

_BAND_PIXELS = 1 << 16  # worked on at a time, or two rows where those are more
_READ_SHIFT = 22  # bits of the fraction when reading
_WRITE_BITS = 30  # of a sample and its fraction when writing

# How much of luma is red, and how much blue.
_LUMA = {
    ColorSpace.YCBCR_BT601: (0.299, 0.114),
    ColorSpace.YCBCR_BT709: (0.2126, 0.0722),
    ColorSpace.YCBCR_BT2020: (0.2627, 0.0593),
}


@dataclass(frozen=True, slots=True)
class PlaneFormat:
    """What the samples of some planes mean."""

    pixel_format: PixelFormat
    bit_depth: int
    color_space: ColorSpace = ColorSpace.YCBCR_BT601
    limited_range: bool = False


def to_rgb(planes: Sequence[Plane], form: PlaneFormat) -> NDArray[np.uint8]:
    """Give the picture of one plane or three.

    Args:
        planes: Luma, (H, W), and unless it is gray two of `form.pixel_format`'s chroma size.
        form: What they hold.

    Returns:
        uint8 (H, W, 3).
    """
    height, width = planes[0].shape
    image = np.empty((height, width, 3), np.uint8)
    for rows in _bands(height, width):
        luma = planes[0][rows.start : rows.stop].astype(np.int32)
        chroma = [_at_full_size(plane, rows, width, form) for plane in planes[1:]]
        _write_rgb((luma, *chroma), form, image[rows.start : rows.stop])
    return image


def to_gray(plane: Plane, bit_depth: int) -> NDArray[np.uint8]:
    """Bring a plane of full range, as transparency is one, to 8 bits."""
    return to_rgb((plane,), PlaneFormat(PixelFormat.GRAY, bit_depth))[..., 0]


def divide_by_alpha(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the colors that were multiplied by alpha / 255; white where nothing is left of them."""
    result = np.empty_like(rgb)
    for rows in _bands(*alpha.shape):
        part = slice(rows.start, rows.stop)
        opacity = alpha[part, :, None].astype(np.int32)
        color = (rgb[part].astype(np.int32) * 255 + opacity // 2) // opacity.clip(1)
        result[part] = np.where(opacity == 0, 255, color.clip(0, 255))
    return result


def from_rgb(image: NDArray[np.uint8], form: PlaneFormat) -> tuple[Plane, Plane, Plane]:
    """Give the planes of a picture.

    Args:
        image: uint8 (H, W, 3).
        form: 4:2:0 or 4:4:4; BT.601 of full range.

    Returns:
        Luma, blue and red differences, uint8 for 8 bits and uint16 for more.
    """
    height, width = image.shape[:2]
    down, right = form.pixel_format.chroma_steps
    chroma = (-(-height // down), -(-width // right))
    kind = np.uint8 if form.bit_depth == 8 else np.uint16
    planes = tuple(np.empty(shape, kind) for shape in ((height, width), chroma, chroma))
    for rows in _bands(height, width):
        even = rows.stop + rows.stop % down
        around = np.arange(rows.start - HALVING_REACH, even + HALVING_REACH)
        samples = _ycbcr(image[around.clip(0, height - 1)], form.bit_depth)
        inner = [plane[HALVING_REACH : HALVING_REACH + len(rows)] for plane in samples]
        if down == 2:
            inner[1:] = [halve(plane) for plane in samples[1:]]
        for plane, part, step in zip(planes, inner, (1, down, down), strict=True):
            top = rows.start // step
            plane[top : top + len(part)] = part.clip(0, (1 << form.bit_depth) - 1)
    return planes[0], planes[1], planes[2]


def _bands(height: int, width: int) -> Iterator[range]:
    """Give the rows of a picture in groups that part no pair of rows."""
    rows = 2 * max(_BAND_PIXELS // (2 * width), 1)
    for top in range(0, height, rows):
        yield range(top, min(top + rows, height))


def _at_full_size(plane: Plane, rows: range, width: int, form: PlaneFormat) -> Samples:
    """Give the chroma samples of some rows of pixels."""
    down, right = form.pixel_format.chroma_steps
    if right == 1:
        return plane[rows.start : rows.stop].astype(np.int32)
    centered = form.pixel_format < PixelFormat.YUV_420_VIDEO
    return double(plane, rows, width, form.bit_depth, down=down == 2, centered=centered)


def _write_rgb(samples: Sequence[Samples], form: PlaneFormat, image: NDArray[np.uint8]) -> None:
    """Fill pixels, uint8 (h, w, 3), from samples at full size, one or three arrays (h, w)."""
    whole = 255 * 2.0**_READ_SHIFT
    steps = (1 << form.bit_depth) - 1
    unit = form.bit_depth - 8
    luma_scale, chroma_scale, black = whole / steps, whole / steps, 0
    if form.limited_range:
        luma_scale, chroma_scale = whole / (219 << unit), whole / (224 << unit)
        black = 16 << unit
        # Out of its range, a sample of the limited range would not fit 31 bits.
        samples = [plane.astype(np.int64) for plane in samples]
    one = round(luma_scale)
    offset = (1 << _READ_SHIFT >> 1) - black * one
    luma = samples[0]
    if len(samples) == 1:
        red = green = blue = luma * one
    elif form.color_space is ColorSpace.RGB:
        green, blue, red = (plane * one for plane in samples)
    else:
        first, second = (plane - (128 << unit) for plane in samples[1:])
        if form.color_space is ColorSpace.YCGCO:
            red, green, blue = (luma - first + second), (luma + first), (luma - first - second)
            red, green, blue = red * one, green * one, blue * one
        else:
            to_red, from_blue, from_red, to_blue = _weights(form.color_space, chroma_scale)
            bright = luma * one
            red = bright + to_red * second
            green = bright - from_blue * first - from_red * second
            blue = bright + to_blue * first
    for channel, values in enumerate((red, green, blue)):
        image[..., channel] = ((values + offset) >> _READ_SHIFT).clip(0, 255)


def _weights(color_space: ColorSpace, scale: float) -> tuple[int, int, int, int]:
    """Give what red difference adds to red, both take from green, and blue difference adds."""
    red, blue = _LUMA[color_space]
    green = 1 - red - blue
    return (
        round(2 * (1 - red) * scale),
        round(2 * blue * (1 - blue) / green * scale),
        round(2 * red * (1 - red) / green * scale),
        round(2 * (1 - blue) * scale),
    )


def _ycbcr(image: NDArray[np.uint8], bit_depth: int) -> tuple[Samples, Samples, Samples]:
    """Give luma and chroma at full size, rounded, not clipped."""
    shift = _WRITE_BITS - bit_depth
    scale = ((1 << bit_depth) - 1) * 2.0**shift / 255
    red, blue = _LUMA[ColorSpace.YCBCR_BT601]
    # The weights of each row add up to one or to nothing, so that gray stays gray.
    luma = (round(red * scale), round(blue * scale))
    to_blue = (round(-red / (1 - blue) / 2 * scale), round(scale / 2))
    to_red = (round(scale / 2), round(-blue / (1 - red) / 2 * scale))
    half = 1 << shift >> 1
    center = (1 << bit_depth - 1 << shift) + half
    r, g, b = (image[..., i].astype(np.int32) for i in range(3))

    def mix(weights: tuple[int, int], total: int, offset: int) -> Samples:
        mixed: Samples = weights[0] * r + (total - sum(weights)) * g + weights[1] * b + offset
        return mixed >> shift

    return mix(luma, round(scale), half), mix(to_blue, 0, center), mix(to_red, 0, center)
