"""The rate figure as plain values: one photo at every published rate, a rival's below ours."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FigureCell:
    """One picture of the figure, with what stands under it."""

    title: str  # the codec
    image: Path | None = None  # PNG; None while it is being made, and where it cannot be had
    headline: str = ""  # the size of its file
    line: str = ""  # its rate
    remark: str = ""  # what must be known of it
    note: str = ""  # what is being done; empty when it is ready


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """One rate: ours, and the rival of as many bytes."""

    title: str
    quality: int  # of ours
    cells: tuple[FigureCell, ...]


@dataclass(frozen=True, slots=True)
class RateFigure:
    """A photo at every published rate."""

    width: int  # of every picture, in pixels
    height: int
    original: FigureCell
    columns: tuple[FigureColumn, ...]  # from the smallest file to the largest
    file: Path | None = None  # the figure as one PNG; None until it is whole
    spoken: str = ""  # the result in a sentence, for screen readers
