"""What a person marked on the canvas, from the JSON that a browser sent; nothing in it is trusted.

A mask is a list of run lengths, from the top left on, row by row: unmarked, marked, unmarked and
so on. A label map is a list of pairs: an id, then for how many pixels it goes on.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gcdemo.errors import InputError
from gcdemo.selection.base import MAX_POINTS, Box, Point, Prompt
from gcdemo.ui.working import MAX_SIDE, edge, enlarge, to_picture, working_shape

MAX_RUNS = 200_000
"""Of a mask or a label map; the finest drawing by hand has a few thousand."""


class Seeking(NamedTuple):
    """All objects are to be found."""


Question = Prompt | Seeking


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked on a picture, at the size at which the page works on it."""

    picture: str  # its identity, as the page was told
    kept: NDArray[np.bool_]  # (h, w)
    labels: NDArray[np.uint8] | None  # (h, w), ids of classes; None where nothing was corrected
    question: Question | None  # what the page waits for
    turn: int  # goes up with every question; the answer repeats it

    def on(self, picture: str, height: int, width: int) -> "PictureMarks":
        """Give the marks in the pixels of a picture.

        Args:
            picture: The identity of the picture.
            height: Of the picture, in pixels.
            width: Likewise.

        Raises:
            InputError: They were made on another one.
        """
        if picture != self.picture or self.kept.shape != working_shape(height, width):
            raise InputError("The marks belong to another picture. Please mark this one.")
        question = self.question
        if isinstance(question, Prompt):
            question = self._to_pixels(question, height, width)
        return PictureMarks(
            kept=enlarge(self.kept, height, width),
            labels=None if self.labels is None else enlarge(self.labels, height, width),
            question=question,
        )

    def _to_pixels(self, prompt: Prompt, height: int, width: int) -> Prompt:
        rows, columns = self.kept.shape

        points = tuple(
            Point(to_picture(x, columns, width), to_picture(y, rows, height), keep)
            for x, y, keep in prompt.points
        )
        if prompt.box is None:
            return Prompt(points)
        left, top, right, bottom = prompt.box
        box = Box(
            left=edge(left, columns, width),
            top=edge(top, rows, height),
            right=edge(right, columns, width),
            bottom=edge(bottom, rows, height),
        )
        return Prompt(points, box)


@dataclass(frozen=True, slots=True)
class PictureMarks:
    """What is marked, in the pixels of the picture."""

    kept: NDArray[np.bool_]  # (H, W)
    labels: NDArray[np.uint8] | None  # (H, W)
    question: Question | None


def read_marks(payload: object, num_classes: int) -> Marks:
    """Check what a browser sent.

    Args:
        payload: {"picture", "width", "height", "kept", "labels", "ask", "turn"}, of JSON.
        num_classes: Ids of classes are below it.

    Raises:
        InputError: Anything about it is odd.
    """
    match payload:
        case {
            "picture": str(picture),
            "width": width,
            "height": height,
            "kept": kept,
            "labels": labels,
            "ask": ask,
            "turn": turn,
        } if len(picture) <= 200:
            shape = _whole(height, 1, MAX_SIDE), _whole(width, 1, MAX_SIDE)
            return Marks(
                picture=picture,
                kept=_mask(kept, shape),
                labels=None if labels is None else _label_map(labels, shape, num_classes),
                question=None if ask is None else _question(ask, shape),
                turn=_whole(turn, 0, 2**31),
            )
    raise _damaged()


def mask_runs(mask: NDArray[np.bool_]) -> list[int]:
    """Give a mask, bool (h, w), as the page takes it."""
    flat = mask.ravel()
    lengths = _run_lengths(flat)
    return [0, *lengths] if flat[0] else lengths


def label_runs(labels: NDArray[np.uint8]) -> list[int]:
    """Give a label map, uint8 (h, w), as the page takes it."""
    flat = labels.ravel()
    lengths = _run_lengths(flat)
    starts = np.cumsum([0, *lengths[:-1]])
    return [number for pair in zip(flat[starts].tolist(), lengths, strict=True) for number in pair]


def _run_lengths(flat: NDArray[np.generic]) -> list[int]:
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    return [int(length) for length in np.diff(changes, prepend=0, append=flat.size)]


def _mask(runs: object, shape: tuple[int, int]) -> NDArray[np.bool_]:
    lengths = _numbers(runs, shape[0] * shape[1])
    if lengths.sum() != shape[0] * shape[1]:
        raise _damaged()
    return np.repeat(np.arange(lengths.size) % 2 == 1, lengths).reshape(shape)


def _label_map(runs: object, shape: tuple[int, int], num_classes: int) -> NDArray[np.uint8]:
    numbers = _numbers(runs, max(shape[0] * shape[1], num_classes))
    ids, lengths = numbers[::2], numbers[1::2]
    if ids.size != lengths.size or lengths.sum() != shape[0] * shape[1]:
        raise _damaged()
    if ids.max() >= num_classes:
        raise _damaged()
    return np.repeat(ids.astype(np.uint8), lengths).reshape(shape)


def _question(ask: object, shape: tuple[int, int]) -> Question:
    match ask:
        case {"kind": "objects"}:
            return Seeking()
        case {"kind": "object", "points": list(points), "box": box} if len(points) <= MAX_POINTS:
            inside = None if box is None else _box(box, shape)
            if points or inside:
                return Prompt(tuple(_point(point, shape) for point in points), inside)
    raise _damaged()


def _point(point: object, shape: tuple[int, int]) -> Point:
    match point:
        case [x, y, bool(keep)]:
            return Point(_whole(x, 0, shape[1] - 1), _whole(y, 0, shape[0] - 1), keep)
    raise _damaged()


def _box(box: object, shape: tuple[int, int]) -> Box:
    match box:
        case [left, top, right, bottom]:
            across = _whole(left, 0, shape[1]), _whole(right, 0, shape[1])
            down = _whole(top, 0, shape[0]), _whole(bottom, 0, shape[0])
            if across[0] < across[1] and down[0] < down[1]:
                return Box(across[0], down[0], across[1], down[1])
    raise _damaged()


def _numbers(runs: object, most: int) -> NDArray[np.int64]:
    if not isinstance(runs, list) or not 1 <= len(runs) <= MAX_RUNS:
        raise _damaged()
    return np.array([_whole(number, 0, most) for number in runs], np.int64)


def _whole(number: object, least: int, most: int) -> int:
    # True and False are whole numbers to Python, and 1.0 is none to us.
    if type(number) is not int or not least <= number <= most:
        raise _damaged()
    return number


def _damaged() -> InputError:
    return InputError("The marks did not arrive whole. Please reload the page.")
