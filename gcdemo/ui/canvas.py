"""MaskCanvas: where a person shows what is to be kept, and corrects what is where."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gradio.data_classes import FileData, GradioModel
from numpy.typing import NDArray

from gcdemo.config import FINE_STRIDE
from gcdemo.grids import fine_grid_shape
from gcdemo.label_classes import LabelClass
from gcdemo.ui.component import Component, Untyped
from gcdemo.ui.marks import Marks, label_runs, mask_runs, read_marks
from gcdemo.ui.working import reduce, working_shape


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture to be marked, and what is known of it from the start."""

    picture: str  # its identity
    image: Path  # what is shown
    width: int  # of the picture, in pixels; what is shown may be smaller
    height: int
    kept: NDArray[np.bool_] | None = None  # (height, width)
    labels: NDArray[np.uint8] | None = None  # (height, width), ids of classes
    objects: tuple[NDArray[np.bool_], ...] = ()  # each (height, width), largest first
    answerer: str = ""  # what finds the objects that are clicked by now; empty: as at the start
    reason: str = ""  # why that, as a sentence


class CanvasData(GradioModel):
    """What the script reads, at the working size; `marks` is what it sends."""

    image: FileData | None = None
    picture: str = ""
    answerer: str = ""
    reason: str = ""
    width: int = 0
    height: int = 0
    working: tuple[int, int] = (0, 0)  # width, height
    grid: tuple[int, int] = (0, 0)  # columns, rows
    kept: list[int] | None = None
    labels: list[int] | None = None
    objects: tuple[list[int], ...] = ()
    fresh: str = ""  # differs for every scene, so that the same one can be shown anew
    marks: Untyped = None


class MaskCanvas(Component):
    """Shows a `Scene`; handlers get `Marks`, None while there is no picture.

    `marked` fires when what is kept or a label has changed, `asked` when there is a question; its
    `reply` prop, from `gcdemo.ui.replies`, brings the answer. Its `foretold` prop, {"picture",
    "text"}, says of the marks on a picture how large their file will be.
    """

    part = "canvas"
    scripts = (
        "canvas_cells",
        "canvas_state",
        "canvas_objects",
        "canvas_draw",
        "canvas_tools",
        "pinch",
        "radio_row",
        "canvas_hands",
        "canvas_values",
    )
    script_events = ("marked", "asked")
    data_model = CanvasData

    def __init__(
        self,
        classes: Sequence[LabelClass],
        answerer: str = "",
        reason: str = "",
        **settings: Untyped,
    ) -> None:
        """Build it.

        Args:
            classes: What a region can be, at the places of their ids.
            answerer: What finds the objects that are clicked, until a scene says otherwise; empty
                where nothing does.
            reason: Why that, or why nothing does, as a sentence.
            settings: Of `gr.HTML`, as elem_id.
        """
        self._num_classes = len(classes)
        self.classes = [
            {"id": known.id, "name": known.name, "color": list(known.color)} for known in classes
        ]
        self.answerer = answerer
        self.reason = reason
        self.cell = FINE_STRIDE
        super().__init__(
            None,
            **{
                "classes": self.classes,
                "answerer": answerer,
                "reason": reason,
                "cell": FINE_STRIDE,
                "reply": None,
                "foretold": None,
                **settings,
            },
        )

    def from_page(self, payload: CanvasData | None) -> Marks | None:
        """Check what a browser sent.

        Raises:
            InputError: It makes no sense.
        """
        if payload is None or payload.marks is None:
            return None
        return read_marks(payload.marks, self._num_classes)

    def to_page(self, value: Scene | None) -> CanvasData | None:
        """Give the script a scene; its picture is served from Gradio's cache."""
        if value is None:
            return None
        height, width = working_shape(value.height, value.width)
        rows, columns = fine_grid_shape(value.height, value.width)
        return CanvasData(
            image=FileData(path=str(value.image)),
            picture=value.picture,
            answerer=value.answerer,
            reason=value.reason,
            width=value.width,
            height=value.height,
            working=(width, height),
            grid=(columns, rows),
            kept=None if value.kept is None else mask_runs(reduce(value.kept)),
            labels=None if value.labels is None else label_runs(reduce(value.labels)),
            objects=tuple(mask_runs(reduce(found)) for found in value.objects),
            fresh=secrets.token_hex(4),
        )

    def api_info(self) -> dict[str, Untyped]:
        """Give the type of its value for the API's documentation."""
        return CanvasData.model_json_schema()
