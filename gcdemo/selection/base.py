"""What a selector is asked and answers: clicks and a box in, a mask out."""

from collections.abc import Sequence
from numbers import Integral
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import Image
from gcdemo.errors import InputError

Mask = NDArray[np.bool_]
"""What is selected: bool (H, W) of the picture."""

MAX_POINTS = 256
"""The most clicks that are taken at once; a person makes a dozen."""


class Point(NamedTuple):
    """A click on a pixel of the picture, counted from the top left."""

    x: int
    y: int
    keep: bool = True  # False: what lies here is not wanted


class Box(NamedTuple):
    """Pixels from left and top up to, and without, right and bottom."""

    left: int
    top: int
    right: int
    bottom: int


class Prompt(NamedTuple):
    """All that a person has said about one thing: clicks, a box around it, or both."""

    points: tuple[Point, ...] = ()
    box: Box | None = None


class Selector(Protocol):
    """Finds what is meant by clicks; safe to share between requests."""

    @property
    def name(self) -> str:
        """Stable id, as in "sam"."""
        ...

    @property
    def label(self) -> str:
        """What people call it."""
        ...

    def available(self) -> str | None:
        """Say in a sentence why it cannot run here; None where it can."""
        ...

    def prepare(self, image: Image) -> None:
        """Compute and keep what clicks in a picture need; may take seconds, the first time.

        Raises:
            GCDemoError: It cannot run here.
        """
        ...

    def select(self, image: Image, prompt: Prompt) -> Mask:
        """Give the pixels that are meant.

        Args:
            image: uint8 (H, W, 3).
            prompt: At least a click that keeps, or a box.

        Returns:
            bool (H, W).

        Raises:
            InputError: The prompt does not fit the picture.
            GCDemoError: It cannot run here.
        """
        ...

    def find_objects(self, image: Image) -> Sequence[Mask]:
        """Give what there is to choose from, largest first; bool (H, W) each.

        Raises:
            GCDemoError: It cannot run here.
        """
        ...


def check_prompt(prompt: Prompt, image: Image) -> None:
    """Make sure that a prompt says something, and about pixels that exist.

    Raises:
        InputError: It does not; the message says what is wrong.
    """
    height, width = image.shape[:2]
    if prompt.box is None and not any(point.keep for point in prompt.points):
        raise InputError("Click on what is to be kept, or draw a box around it.")
    if len(prompt.points) > MAX_POINTS:
        raise InputError(f"At most {MAX_POINTS} clicks are taken at once.")
    for point in prompt.points:
        _check_whole(point.x, point.y)
        if not (0 <= point.x < width and 0 <= point.y < height):
            raise InputError(
                f"The click at {point.x}, {point.y} is outside the picture of "
                f"{width} x {height} pixels."
            )
    kept = {(point.x, point.y) for point in prompt.points if point.keep}
    for point in prompt.points:
        if not point.keep and (point.x, point.y) in kept:
            raise InputError(f"The pixel at {point.x}, {point.y} is both kept and dropped.")
    if prompt.box is not None:
        left, top, right, bottom = prompt.box
        _check_whole(left, top, right, bottom)
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise InputError(
                f"The box {left}, {top}, {right}, {bottom} is empty or reaches outside the "
                f"picture of {width} x {height} pixels."
            )


def _check_whole(*values: int) -> None:
    """Refuse what only looks like a pixel's place: fractions, text, truth values."""
    for value in values:
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise InputError(f"Places are whole numbers of pixels, not {str(value)[:20]}.")
