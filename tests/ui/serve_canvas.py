"""Serves the mask canvas alone, with a drawn street and a stand-in selector.

serve_canvas.py FOLDER, where pictures are put. Of the scenes, plain comes without labels, and large
is worked on at a smaller size.
"""

import sys
import time
from pathlib import Path

import gradio as gr
from PIL import Image as PillowImage

from gcdemo.errors import GCDemoError
from gcdemo.keeping import kept_cells
from gcdemo.label_classes import LABEL_CLASSES, class_named
from gcdemo.ui.canvas import MaskCanvas, Scene
from gcdemo.ui.component import static_text
from gcdemo.ui.marks import Marks
from gcdemo.ui.replies import LabelsReply, Refusal, answer, reply_update
from gcdemo.ui.theme import page_theme
from tests.ui.streets import StreetSelector, draw_street

SIZES = {"street": (768, 512), "plain": (384, 256), "large": (1500, 1001)}
SECONDS = 0.2


def main(folder: Path) -> None:
    """Serve until stopped."""
    scenes, images = {}, {}
    for name, (width, height) in SIZES.items():
        image, labels = draw_street(height, width)
        images[name], path = image, folder / f"{name}.png"
        PillowImage.fromarray(image).save(path)
        known, answerer = (None, "a late stand-in") if name == "plain" else (labels, "")
        scenes[name] = Scene(name, path, width, height, labels=known, answerer=answerer)
    selectors = {name: StreetSelector(draw_street(h, w)[1]) for name, (w, h) in SIZES.items()}

    def open_scene(name: str) -> Scene:
        return scenes[name]

    def reply(marks: Marks | None) -> object:
        assert marks is not None
        time.sleep(SECONDS)
        name = marks.picture
        try:
            return reply_update(answer(selectors[name], images[name], name, marks))
        except GCDemoError as error:
            return reply_update(Refusal(name, marks.turn, str(error)))

    def count(marks: Marks | None) -> str:
        assert marks is not None
        width, height = SIZES[marks.picture]
        there = marks.on(marks.picture, height, width)
        cells = kept_cells(there.kept)
        people = 0
        if there.labels is not None:
            people = int((there.labels == class_named("person").id).sum())
        return f"{int(cells.sum())} cells, {people} pixels of people"

    def label(marks: Marks | None) -> object:
        assert marks is not None
        width, height = SIZES[marks.picture]
        return reply_update(LabelsReply(marks.picture, draw_street(height, width)[1]))

    with gr.Blocks(analytics_enabled=False) as page:
        canvas = MaskCanvas(LABEL_CLASSES, "a stand-in", elem_id="gc-canvas")
        counted = gr.Textbox(label="As the server has it", elem_id="counted")
        labelling = gr.Button("Label", elem_id="labelling")
        chosen = gr.Radio(list(SIZES), value="street", label="Scene", elem_id="scenes")
        page.load(open_scene, chosen, canvas, show_progress="hidden")
        chosen.input(open_scene, chosen, canvas, show_progress="hidden")
        canvas.marked(count, canvas, counted, show_progress="hidden", trigger_mode="always_last")
        canvas.asked(reply, canvas, canvas, show_progress="hidden", trigger_mode="multiple")
        labelling.click(label, canvas, canvas, show_progress="hidden")
    page.launch(
        theme=page_theme(),
        css=static_text("page.css")
        + "#gc-canvas, #gc-canvas .html-container { padding: 0 !important; border: 0; }",
        footer_links=[],
        allowed_paths=[str(folder)],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
