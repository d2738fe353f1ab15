"""The rate figure as one picture to take away, drawn with Pillow."""

import io
from typing import NamedTuple

from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from gcdemo.ui.figure import FigureCell, RateFigure

MAX_SIDE = 768
"""Larger pictures are shrunk to this many pixels on their longer side; none is enlarged."""

_GAP, _MARGIN = 16, 24  # pixels
_LARGE, _SMALL = 22, 17  # height of letters in pixels
_CAPTION = 58  # pixels below a picture: two lines
_PAPER, _INK, _FAINT, _BLANK = (255, 255, 255), (19, 23, 34), (88, 97, 116), (238, 240, 244)


class _Place(NamedTuple):
    """A cell and where its picture's left upper corner lies."""

    cell: FigureCell
    left: int
    top: int


def draw_figure(figure: RateFigure) -> bytes:
    """Give the PNG of a figure: the original at the left, a column for each rate beside it."""
    scale = min(1.0, MAX_SIDE / max(figure.width, figure.height))
    width, height = max(1, round(figure.width * scale)), max(1, round(figure.height * scale))
    titles = [cell.title for cell in figure.columns[0].cells]
    # A narrow picture still leaves room for the words below it.
    step = max(width, _widest(figure)) + _GAP
    rows, columns = len(titles), 1 + len(figure.columns)
    size = (
        2 * _MARGIN + columns * step - _GAP,
        2 * _MARGIN + rows * (height + _CAPTION + _GAP) - _GAP,
    )
    sheet = PillowImage.new("RGB", size, _PAPER)
    places = [_Place(figure.original, _MARGIN, _MARGIN)]
    for index, column in enumerate(figure.columns, start=1):
        places += [
            _Place(cell, _MARGIN + index * step, _MARGIN + row * (height + _CAPTION + _GAP))
            for row, cell in enumerate(column.cells)
        ]
    for place in places:
        _draw_cell(sheet, place, (width, height))
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def _draw_cell(sheet: PillowImage.Image, place: _Place, size: tuple[int, int]) -> None:
    cell, left, top = place
    draw = ImageDraw.Draw(sheet)
    if cell.image is None:
        draw.rectangle((left, top, left + size[0] - 1, top + size[1] - 1), fill=_BLANK)
    else:
        with PillowImage.open(cell.image) as picture:
            fitted = picture.convert("RGB").resize(size, PillowImage.Resampling.LANCZOS)
            sheet.paste(fitted, (left, top))
    below = top + size[1] + 6
    for text, letters, ink in zip(_lines(cell), (_LARGE, _SMALL), (_INK, _FAINT), strict=True):
        draw.text((left, below), text, fill=ink, font=ImageFont.load_default(letters))
        below += letters + 6


def _lines(cell: FigureCell) -> tuple[str, str]:
    """Give the two lines under a picture."""
    rest = ", ".join(part for part in (cell.line, cell.remark) if part)
    return ": ".join(part for part in (cell.title, cell.headline) if part), rest


def _widest(figure: RateFigure) -> int:
    cells = [figure.original, *(cell for column in figure.columns for cell in column.cells)]
    # A sentence that says why there is no picture may be cut off; sizes and rates may not.
    drawn = [cell for cell in cells if cell.image is not None]
    lengths = [
        ImageFont.load_default(letters).getlength(text)
        for cell in drawn
        for text, letters in zip(_lines(cell), (_LARGE, _SMALL), strict=True)
    ]
    return int(max(lengths, default=0)) + 1
