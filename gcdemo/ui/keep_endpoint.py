"""What programs may call of selective compression: keep."""

import gradio as gr
import numpy as np

from gcdemo.codecs.base import bpp
from gcdemo.errors import InputError
from gcdemo.images import load_mask
from gcdemo.label_classes import class_named
from gcdemo.selection.base import Mask
from gcdemo.ui.component import Untyped
from gcdemo.ui.endpoint_values import (
    PHOTO_LABEL,
    Answer,
    check_search,
    facts_of,
    given_file,
    opened_photo,
    told,
)
from gcdemo.ui.handlers import check_size
from gcdemo.ui.selective_context import Selective, Wish
from gcdemo.ui.wishes import Background, is_synthesised
from gcdemo.ui.workbench import Workbench

BACKGROUNDS = {form.name.lower(): form for form in Background}
"""What the rest may be, as programs call it."""

SUITED = Background.SUITED.name.lower()
"""What it is where programs say nothing."""

MAX_NAMES = 1_000
"""The longest list of classes that is read, in letters."""


class KeepEndpoint:
    """The components that give the endpoint its types, and what it does; not to be seen."""

    def __init__(
        self, bench: Workbench, selective: Selective, settings: dict[str, Untyped]
    ) -> None:
        """Offer it; made within `gr.Blocks`.

        Args:
            bench: Reads photos and keeps files.
            selective: Does the work.
            settings: Of every public event that codes.
        """
        self._bench, self._selective = bench, selective
        low, high = selective.details[0], selective.details[-1]
        names = ", ".join(known.name for known in selective.classes)
        gr.Button().click(
            self.keep,
            [
                gr.File(label=PHOTO_LABEL),
                gr.File(label="Mask: a picture of the photo's size, white where it is kept"),
                gr.Textbox("", label=f"Classes to keep besides, with commas between: {names}"),
                gr.Radio(
                    list(BACKGROUNDS),
                    value=SUITED,
                    label="The rest: synthesised from a label map, thin, or as suits the photo",
                ),
                gr.Number(
                    selective.start_detail,
                    label=f"Detail: channels C of what is kept, {low} to {high}",
                    precision=0,
                ),
                gr.Checkbox(False, label="Search for better symbols: about a hundred times slower"),
            ],
            [
                gr.File(label="File"),
                gr.JSON(label="What the file says of itself"),
                gr.File(label="Picture (PNG)"),
            ],
            api_name="keep",
            api_description="Compress a photo selectively: keep what a mask or classes say in "
            "detail, and synthesise the rest or keep it thinly. A mask, classes, or both.",
            **settings,
        )

    def keep(
        self,
        photo: str | None,
        mask: str | None = None,  # a default here is what lets programs leave it out
        classes: Untyped = "",
        background: Untyped = SUITED,
        detail: Untyped = None,
        search: Untyped = False,
    ) -> Untyped:
        """Give a photo's file, what it says of itself, and the picture that comes back of it."""
        return told(lambda: self._keep(photo, mask, classes, background, detail, search))

    def _keep(
        self,
        photo: str | None,
        mask: str | None,
        classes: Untyped,
        background: Untyped,
        detail: Untyped,
        search: Untyped,
    ) -> tuple[str, Answer, str]:
        selective, bench = self._selective, self._bench
        ids = _ids(classes)
        if mask is None and not ids:
            raise InputError("Say what is to be kept: send a mask, name classes, or both.")
        if not isinstance(background, str) or background not in BACKGROUNDS:
            raise InputError(f"The background is one of {', '.join(BACKGROUNDS)}.")
        if not isinstance(detail, int) or detail not in selective.details:
            low, high = selective.details[0], selective.details[-1]
            raise InputError(f"The detail is a whole number from {low} to {high}.")
        searched = check_search(search)
        opened = opened_photo(bench, photo)
        kept = np.zeros(opened.image.shape[:2], np.bool_)
        if mask is not None:
            kept |= self._mask(mask, opened.size)
        labels = selective.label_map(opened.image)
        if ids:
            kept |= np.isin(labels, ids)
        synthesised = is_synthesised(selective, BACKGROUNDS[background], labels)
        wish = Wish(kept, labels, synthesised, detail, searched)
        *_, (_, data) = selective.encode(opened.image, wish)
        made = selective.decode(data)
        report = bench.context.reader.describe(data)
        name = f"{opened.stem}-sc"
        answer = {
            "codec": report.codec,
            "bytes": len(data),
            "bpp": bpp(len(data), *opened.size),
            "kept": float(made.kept.mean()),
            "background": "synthesised" if made.synthesised else "thin",
            "detail": detail,
            **facts_of(report),
        }
        file = bench.store(data, f"{name}{selective.extension}")
        return str(file), answer, str(bench.store_png(made.image, f"{name}.png"))

    def _mask(self, file: str, size: tuple[int, int]) -> Mask:
        path = given_file(file)
        check_size(path, self._bench.context.limits.upload_bytes, "mask")
        mask = load_mask(path)
        if mask.shape != (size[1], size[0]):
            raise InputError(
                f"The mask is {mask.shape[1]} x {mask.shape[0]}, the photo {size[0]} x {size[1]}; "
                "they must be of one size."
            )
        return mask


def _ids(classes: Untyped) -> list[int]:
    """Read names of classes with commas between.

    Raises:
        InputError: There is no such class, or it is no text.
    """
    if classes is None:
        return []
    if not isinstance(classes, str) or len(classes) > MAX_NAMES:
        raise InputError("Classes are names with commas between, as in person, car.")
    names = (name.strip() for name in classes.split(","))
    return [class_named(name).id for name in names if name]
