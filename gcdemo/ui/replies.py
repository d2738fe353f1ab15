"""What a canvas is answered: the mask of an object, all objects, a label map, or why not."""

import time
from dataclasses import dataclass

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import Image
from gcdemo.errors import InputError
from gcdemo.selection.base import Mask, Prompt, Selector
from gcdemo.ui.component import Untyped
from gcdemo.ui.marks import Marks, Seeking, label_runs, mask_runs
from gcdemo.ui.working import reduce

MAX_OBJECTS = 120
"""Shown of those found, the largest first."""


@dataclass(frozen=True, slots=True)
class MaskReply:
    """The object that was shown."""

    picture: str
    turn: int  # of the question
    mask: Mask


@dataclass(frozen=True, slots=True)
class ObjectsReply:
    """All objects."""

    picture: str
    turn: int
    objects: tuple[Mask, ...]  # largest first


@dataclass(frozen=True, slots=True)
class LabelsReply:
    """What is where; not asked for, it comes when it is ready."""

    picture: str
    labels: NDArray[np.uint8]  # (H, W), ids of classes


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer, as a sentence."""

    picture: str
    turn: int
    text: str


Reply = MaskReply | ObjectsReply | LabelsReply | Refusal


def answer(selector: Selector, image: Image, picture: str, marks: Marks) -> Reply:
    """Answer the question on a canvas.

    Args:
        selector: Finds objects.
        image: The picture, uint8 (H, W, 3).
        picture: Its identity.
        marks: What the canvas sent.

    Raises:
        InputError: It asked nothing, or was marked on another picture.
        GCDemoError: The selector failed.
    """
    question = marks.on(picture, *image.shape[:2]).question
    match question:
        case Prompt():
            return MaskReply(picture, marks.turn, selector.select(image, question))
        case Seeking():
            found = selector.find_objects(image)[:MAX_OBJECTS]
            return ObjectsReply(picture, marks.turn, tuple(found))
    raise InputError("The question did not arrive. Please try again.")


def reply_update(reply: Reply) -> Untyped:
    """Give the update of a `MaskCanvas` that brings it a reply."""
    match reply:
        case MaskReply(picture, turn, mask):
            data = {"kind": "mask", "turn": turn, "mask": mask_runs(reduce(mask))}
        case ObjectsReply(picture, turn, objects):
            masks = [mask_runs(reduce(found)) for found in objects]
            data = {"kind": "objects", "turn": turn, "objects": masks}
        case LabelsReply(picture, labels):
            data = {"kind": "labels", "labels": label_runs(reduce(labels))}
        case Refusal(picture, turn, text):
            data = {"kind": "refusal", "turn": turn, "text": text}
    # The nonce makes equal replies two events for the script.
    return gr.update(reply={**data, "picture": picture, "nonce": time.time()})
