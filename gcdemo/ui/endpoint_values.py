"""What endpoints are sent, checked, and what they answer."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr

from gcdemo.codecs.base import bpp
from gcdemo.errors import InputError
from gcdemo.ui.component import Untyped
from gcdemo.ui.context import FileReport
from gcdemo.ui.faults import sentence
from gcdemo.ui.handlers import uploaded_photo
from gcdemo.ui.view import Stat
from gcdemo.ui.workbench import Opened, Workbench

PHOTO_LABEL = "Photo (PNG, JPEG, WebP, BMP or TIFF)"

Answer = dict[str, Untyped]
"""What is told besides the files, as JSON."""


def told(work: Callable[[], Untyped]) -> Untyped:
    """Do the work; what goes wrong reaches the caller as one sentence."""
    try:
        return work()
    except Exception as error:
        raise gr.Error(sentence(error), print_exception=False) from error


def given_file(file: str | None) -> Path:
    """Give the file that was sent.

    Raises:
        InputError: None was.
    """
    if file is None:
        raise InputError("The file did not arrive. Please send it again.")
    return Path(file)


def opened_photo(bench: Workbench, photo: str | None) -> Opened:
    """Read the photo that was sent.

    Raises:
        InputError: None was, or it cannot be used.
    """
    path = given_file(photo)
    return bench.open(uploaded_photo(bench, path, path.name))


def is_number(value: Untyped) -> bool:
    """Tell whether a value is a number; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_search(search: Untyped) -> bool:
    """Give whether to search, as programs say it.

    Raises:
        InputError: It is neither true nor false.
    """
    if not isinstance(search, bool):
        raise InputError("Whether to search for better symbols is true or false.")
    return search


def row(codec: str, opened: Opened, data: bytes, stats: Sequence[Stat]) -> Answer:
    """Give the numbers of a photo's file; those that are not finite have no place in JSON."""
    measured = {stat.label: stat.value if math.isfinite(stat.value) else None for stat in stats}
    return {"codec": codec, "bytes": len(data), "bpp": bpp(len(data), *opened.size), **measured}


def facts_of(report: FileReport) -> Answer:
    """Give what a file says of itself."""
    return {fact.label: ", ".join(filter(None, (fact.text, fact.hint))) for fact in report.facts}
