"""Contact sheets: originals above what came back, to be looked at."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_CAPTION_HEIGHT = 22  # pixels
_FONT_SIZE = 14  # pixels
_GAP = 6  # pixels between tiles
_PAPER, _INK = (255, 255, 255), (30, 30, 30)


class Tile(NamedTuple):
    """A picture of a contact sheet."""

    image: NDArray[np.uint8]
    """uint8 (H, W, 3)."""
    caption: str
    """One line, set above the picture."""


def contact_sheet(columns: Sequence[Sequence[Tile]], scale: float = 1.0) -> NDArray[np.uint8]:
    """Lay pictures out in columns, each below its caption.

    Args:
        columns: At least one tile in all; the tiles of a row start at one height.
        scale: Size of the pictures on the sheet; at 1 every pixel is shown as it is, below they
            are shrunk with a Lanczos filter.

    Returns:
        The sheet, uint8 (H, W, 3), on white.
    """
    scaled = [[Tile(_resize(tile.image, scale), tile.caption) for tile in c] for c in columns]
    font = ImageFont.load_default(_FONT_SIZE)
    widths = [max((_tile_width(tile, font) for tile in column), default=0) for column in scaled]
    num_rows = max(map(len, scaled))
    heights = [
        max(column[row].image.shape[0] for column in scaled if row < len(column))
        for row in range(num_rows)
    ]
    size = (
        sum(widths) + _GAP * (len(widths) + 1),
        sum(heights) + num_rows * (_CAPTION_HEIGHT + _GAP) + _GAP,
    )
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    left = _GAP
    for column, width in zip(scaled, widths, strict=True):
        top = _GAP
        for tile, height in zip(column, heights, strict=False):
            draw.text((left, top), tile.caption, fill=_INK, font=font)
            sheet.paste(Image.fromarray(tile.image), (left, top + _CAPTION_HEIGHT))
            top += height + _CAPTION_HEIGHT + _GAP
        left += width + _GAP
    return np.asarray(sheet)


def _tile_width(tile: Tile, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> int:
    width: int = tile.image.shape[1]
    return max(width, int(font.getlength(tile.caption)) + 1)


def _resize(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    if (height, width) == image.shape[:2]:
        return image
    resized = Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(resized)
