"""What the page can show, as plain values: handlers give these, components draw them."""

import math
from dataclasses import dataclass
from pathlib import Path

from gcdemo.ui.context import FileReport


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that a person chose."""

    stem: str  # for the names of files made from it; a sample's is its name
    path: Path
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class RivalChoice:
    """What a person wants to see beside ours."""

    names: tuple[str, ...] = ()
    factor: float = 1.0  # of our bytes that each gets, at least
    scaled: bool = False  # one that cannot be that small may code a smaller picture


ALONE = RivalChoice()
"""Nothing beside ours."""


@dataclass(frozen=True, slots=True)
class Stat:
    """A small labelled number."""

    label: str
    text: str
    value: float = math.nan


@dataclass(frozen=True, slots=True)
class Pane:
    """One version of a picture, with what stands under it."""

    id: str  # the same version keeps its id while the settings change
    title: str
    subtitle: str = ""
    image: Path | None = None  # PNG with a name that says nothing; None while it is being made
    headline: str = ""  # the size of its file: the largest text of the pane
    lines: tuple[str, ...] = ()
    stats: tuple[Stat, ...] = ()
    share: float | None = None  # size of its file as a part of the PNG's, 0 to 1
    note: str = ""  # what is being done to make it; empty when it is ready
    file: Path | None = None  # what can be taken away
    original: bool = False  # what holding a pane shows


@dataclass(frozen=True, slots=True)
class Comparison:
    """Versions of one picture, all of the same size in pixels."""

    picture: str  # its identity: zoom, centre and old panes are kept while it stays the same
    width: int  # of the images, in pixels
    height: int
    panes: tuple[Pane, ...]
    remark: str = ""  # what must be known to judge it, as that it is shown reduced
    spoken: str = ""  # the result in a sentence, for screen readers


@dataclass(frozen=True, slots=True)
class FileCard:
    """A compressed file, laid open."""

    name: str
    report: FileReport
    data: bytes


@dataclass(frozen=True, slots=True)
class Download:
    """A file that can be taken away."""

    label: str
    path: Path


@dataclass(frozen=True, slots=True)
class Screen:
    """What a handler wants to be seen; whatever is None stays as it is."""

    photo: Photo | None = None
    photo_size: tuple[int, int] | None = None  # width and height in pixels
    quality: int | None = None  # where the slider is to stand
    sample: str | None = None  # name of the one that is to be marked
    comparison: Comparison | None = None
    card: FileCard | None = None
    download: Download | None = None
    link: str | None = None  # the address that reopens it, from its question mark; empty: none
