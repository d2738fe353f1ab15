"""The tab of selective compression: mark what is to be kept, and see the rest invented."""

from collections.abc import Iterator
from typing import TypeAlias

import gradio as gr
from gradio.events import Dependency

from gcdemo.errors import GCDemoError
from gcdemo.ui.canvas import MaskCanvas, Scene
from gcdemo.ui.compare import CompareViewer
from gcdemo.ui.component import Untyped
from gcdemo.ui.compress_tab import SEARCH_LABEL, viewer_alert
from gcdemo.ui.faults import guarded, sentence
from gcdemo.ui.file_card import FileView
from gcdemo.ui.keeping import find_labels, keep, open_scene, opened_image
from gcdemo.ui.marks import Marks
from gcdemo.ui.replies import LabelsReply, Refusal, answer, reply_update
from gcdemo.ui.selective_context import Selective
from gcdemo.ui.view import Photo, Screen
from gcdemo.ui.wishes import Background, foretell, read_asked
from gcdemo.ui.workbench import Workbench

Updates: TypeAlias = list[Untyped]
"""One value per component of `KeepTab.outputs`."""

INTRODUCTION = (
    "Mark what must stay as it is: click on things, draw, or choose classes. That is kept in "
    "detail; the rest is invented from a map of what is where, or kept coarsely, in a few hundred "
    "bytes. The photo is the one of “Try it”."
)


class KeepTab:
    """The components of the tab and what they do; made within `gr.Tab`."""

    def __init__(self, bench: Workbench, selective: Selective) -> None:
        """Lay the tab out.

        Args:
            bench: Does the work of all visitors.
            selective: Codes selectively.
        """
        self._bench, self._selective = bench, selective
        self._lay_out()

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What a screen is shown in, in the order of `Updates`."""
        return [self.viewer, self.card, self.download]

    def bind(self, tab: gr.Tab, photo: gr.State, settings: dict[str, Untyped]) -> list[Dependency]:
        """Show the photo to be marked when the tab is opened, and code it on demand.

        Args:
            tab: What it stands in.
            photo: Holds what was chosen.
            settings: Of all events that code.

        Returns:
            The events that code, for Stop.
        """
        quiet = {**settings, "show_progress": "hidden"}
        # Clicks never wait for what codes.
        clicks = {**quiet, "concurrency_id": "selection"}
        # A photo that is chosen while the tab is open, as by a link to it, arrives after it.
        came = tab.select(
            lambda: True, None, [self.visited], **{**quiet, "queue": False, "concurrency_id": None}
        )
        for event in (came.then, photo.change):
            shown = event(
                self._show_scene,
                [photo, self.shown, self.visited],
                [self.canvas, self.shown],
                **clicks,
            )
            shown.success(self._show_labels, [photo, self.visited], [self.canvas], **clicks)
        self.canvas.asked(
            self._answer, [photo, self.canvas], [self.canvas], trigger_mode="multiple", **clicks
        )
        asked = [photo, self.canvas, self.background, self.detail]
        for change in (self.canvas.marked, self.background.change, self.detail.change):
            change(
                self._foretell,
                asked,
                [self.canvas],
                trigger_mode="always_last",
                **{**quiet, "concurrency_id": "foretelling"},
            )
        coding: Dependency = self.go.click(
            self._keep,
            [*asked, self.search],
            self.outputs,
            show_progress_on=self.status,
            **settings,
        )
        return [coding]

    def _lay_out(self) -> None:
        selective = self._selective
        self.shown = gr.State("")  # identity of the photo on the canvas
        self.visited = gr.State(False)  # whether the tab was ever opened
        gr.HTML(f"<p>{INTRODUCTION}</p>", apply_default_css=False, elem_id="gc-keep-intro")
        with gr.Row(elem_classes="gc-work"):
            with gr.Column(elem_classes="gc-main"):
                self.canvas = MaskCanvas(
                    selective.classes,
                    selective.selector.label,
                    selective.reason,
                    elem_id="gc-canvas",
                )
            with gr.Column(elem_classes="gc-side"):
                self.background = gr.Radio(
                    [form.value for form in Background],
                    value=Background.SUITED.value,
                    label="The rest is",
                    elem_id="gc-background",
                )
                self.detail = gr.Slider(
                    selective.details[0],
                    selective.details[-1],
                    value=selective.start_detail,
                    step=1,
                    label="Detail of what is kept",
                    elem_id="gc-detail",
                )
                self.search = gr.Checkbox(
                    self._bench.context.search_first,
                    label=SEARCH_LABEL,
                    elem_id="gc-keep-search",
                )
                self.go = gr.Button("Compress", variant="primary", elem_id="gc-keep-go")
                self.download = gr.DownloadButton(
                    f"Download {selective.extension}",
                    interactive=False,
                    elem_id="gc-keep-download",
                )
        self.viewer = CompareViewer(elem_id="gc-keep-viewer", alert=None)
        self.status = gr.HTML("", elem_id="gc-keep-status", elem_classes="gc-status")
        self.card = FileView(elem_id="gc-keep-card")

    def _show_scene(self, photo: Photo | None, shown: str, visited: bool) -> Updates:
        """Show another photo than before; the same one keeps its marks."""
        nothing = [gr.skip(), gr.skip()]
        if photo is None or not visited:
            return nothing
        try:
            scene: Scene = open_scene(self._bench, self._selective, photo)
        except Exception as error:
            gr.Warning(sentence(error), duration=6)
            return nothing
        return nothing if scene.picture == shown else [scene, scene.picture]

    def _show_labels(self, photo: Photo | None, visited: bool) -> Untyped:
        if photo is None or not visited:
            return gr.skip()
        try:
            picture, labels = find_labels(self._bench, self._selective, photo)
        except Exception as error:
            gr.Warning(sentence(error), duration=6)
            return gr.skip()
        return reply_update(LabelsReply(picture, labels))

    def _answer(self, photo: Photo | None, marks: Marks | None) -> Untyped:
        if marks is None:
            return gr.skip()
        try:
            picture, image = opened_image(self._bench, photo)
            return reply_update(answer(self._selective.selector, image, picture, marks))
        except Exception as error:
            return reply_update(Refusal(marks.picture, marks.turn, sentence(error)))

    def _foretell(
        self, photo: Photo | None, marks: Marks | None, background: Untyped, detail: Untyped
    ) -> Untyped:
        """Say how large the file will be; nothing where that is not known, as it will be later."""
        try:
            asked = read_asked(self._bench, self._selective, photo, marks, background, detail)
            text = foretell(self._selective, asked)
        except GCDemoError:
            return gr.skip()
        return gr.update(foretold={"picture": asked.opened.key, "text": text})

    def _keep(
        self,
        photo: Photo | None,
        marks: Marks | None,
        background: Untyped,
        detail: Untyped,
        search: Untyped,
    ) -> Iterator[Updates]:
        def screens() -> Iterator[Screen]:
            asked = read_asked(
                self._bench, self._selective, photo, marks, background, detail, search
            )
            yield from keep(self._bench, self._selective, asked)

        yield from guarded(map(self._updates, screens()), self._alert)

    def _updates(self, screen: Screen) -> Updates:
        return [
            screen.comparison or gr.skip(),
            screen.card or gr.skip(),
            gr.DownloadButton(screen.download.label, value=screen.download.path, interactive=True)
            if screen.download
            else gr.skip(),
        ]

    def _alert(self, text: str) -> Updates:
        gr.Warning(text, duration=6)
        return [viewer_alert(text), gr.skip(), gr.skip()]
