"""What a person asks of selective compression, checked, and about how large it will be."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import bpp
from gcdemo.errors import InputError
from gcdemo.ui.handlers import NO_PHOTO
from gcdemo.ui.marks import Marks, PictureMarks
from gcdemo.ui.render import bytes_text
from gcdemo.ui.selective_context import Selective, Wish
from gcdemo.ui.view import Photo
from gcdemo.ui.workbench import Opened, Workbench


class Background(StrEnum):
    """How a person wants what is not kept."""

    SUITED = "as suits the picture"
    SYNTHESISED = "invented from the map"
    THIN = "coarse"


def is_synthesised(selective: Selective, background: Background, labels: NDArray[np.uint8]) -> bool:
    """Tell whether what is not kept is drawn from its label map, (H, W), rather than coarse."""
    if background is Background.SUITED:
        return selective.suits_invention(labels)
    return background is Background.SYNTHESISED


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be made of a photo, checked."""

    opened: Opened
    marks: PictureMarks
    background: Background
    detail: int
    searched: bool

    def wish(self, selective: Selective) -> Wish:
        """Give it as the codec takes it; where the labels are not known they are found first."""
        labels = self.marks.labels
        if labels is None:
            labels = selective.label_map(self.opened.image)
        synthesised = is_synthesised(selective, self.background, labels)
        return Wish(self.marks.kept, labels, synthesised, self.detail, self.searched)


def read_asked(
    bench: Workbench,
    selective: Selective,
    photo: Photo | None,
    marks: Marks | None,
    background: object,
    detail: object,
    search: object = False,
) -> Asked:
    """Check what a person asks for.

    Args:
        bench: Knows the photo.
        selective: Knows what it offers.
        photo: What was chosen, if anything.
        marks: What is to be kept, as the canvas sent it.
        background: One of `Background`.
        detail: Where the slider stands.
        search: Whether to look longer for a better file.

    Raises:
        InputError: The photo, the marks or a setting does not allow it.
    """
    opened = open_photo(bench, photo)
    if marks is None:
        raise InputError("The marks did not arrive. Please try again.")
    if detail not in selective.details or not isinstance(detail, int):
        raise InputError(
            f"The detail is {selective.details[0]} to {selective.details[-1]}, not {detail}."
        )
    try:
        form = Background(str(background))
    except ValueError:
        raise InputError("There is no such background.") from None
    height, width = opened.image.shape[:2]
    return Asked(opened, marks.on(opened.key, height, width), form, detail, search is True)


def foretell(selective: Selective, asked: Asked) -> str:
    """Say about how large the file will be, as in "About 1,200 bytes, 0.035 bpp".

    Raises:
        GCDemoError: The segmenter cannot run here.
    """
    num_bytes = selective.predict_bytes(asked.opened.image, asked.wish(selective))
    # Two digits, as many as a prediction is good for.
    roundly = int(float(f"{num_bytes:.2g}"))
    return f"About {bytes_text(roundly)}, {bpp(num_bytes, *asked.opened.size):.3f} bpp"


def open_photo(bench: Workbench, photo: Photo | None) -> Opened:
    """Read the photo that was chosen.

    Raises:
        InputError: There is none, or it cannot be used.
    """
    if photo is None:
        raise InputError(NO_PHOTO)
    return bench.open(photo)
