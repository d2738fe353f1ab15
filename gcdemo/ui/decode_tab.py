"""The tab for files that were made elsewhere: drop one, see its picture and its fields."""

from collections.abc import Iterator
from typing import TypeAlias

import gradio as gr

from gcdemo.errors import InputError
from gcdemo.ui.compare import CompareViewer
from gcdemo.ui.component import Untyped
from gcdemo.ui.compress_tab import viewer_alert
from gcdemo.ui.decoding import open_file
from gcdemo.ui.faults import guarded
from gcdemo.ui.file_card import FileView
from gcdemo.ui.inputs import FileDrop, Upload
from gcdemo.ui.view import Screen
from gcdemo.ui.workbench import Workbench

Updates: TypeAlias = list[Untyped]
"""One value per component of `DecodeTab.outputs`, and the tab that is to be open."""


class DecodeTab:
    """The components of the tab and what they do; made within `gr.Tab`."""

    def __init__(self, bench: Workbench, tabs: gr.Tabs, name: str) -> None:
        """Lay the tab out.

        Args:
            bench: Does the work of all visitors.
            tabs: What it is one of.
            name: Its id among them.
        """
        self._bench, self._tabs, self._name = bench, tabs, name
        self._lay_out()

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What a screen is shown in, in the order of `Updates`."""
        return [self.viewer, self.card, self.download]

    def bind(self, photos: FileDrop, settings: dict[str, Untyped]) -> None:
        """Decode what arrives, and come to the front with it.

        Args:
            photos: Where photos arrive; it passes on what is none.
            settings: Of every event that codes.
        """
        for event, zone in ((self.drop.dropped, self.drop), (photos.forwarded, photos)):
            event(
                self._open,
                [zone],
                [*self.outputs, self._tabs],
                show_progress_on=self.status,
                trigger_mode="always_last",
                **settings,
            )

    def _lay_out(self) -> None:
        context = self._bench.context
        endings = context.reader.endings
        with gr.Row(elem_classes="gc-work"):
            with gr.Column(elem_classes="gc-side"):
                self.drop = FileDrop(
                    "Open a compressed file",
                    " ".join(endings),
                    accept=",".join(endings),
                    max_bytes=context.limits.file_bytes,
                    elem_id="gc-open",
                )
                self.download = gr.DownloadButton(
                    "Download as PNG", interactive=False, elem_id="gc-open-download"
                )
            with gr.Column(elem_classes="gc-main"):
                self.viewer = CompareViewer(elem_id="gc-open-viewer", alert=None)
                self.status = gr.HTML("", elem_id="gc-open-status", elem_classes="gc-status")
                self.card = FileView(elem_id="gc-open-card")

    def _open(self, upload: Upload | None) -> Iterator[Updates]:
        def screens() -> Iterator[Screen]:
            if upload is None:
                raise InputError("The file did not arrive. Please try again.")
            yield from open_file(self._bench, upload.path, upload.name)

        yield from guarded(map(self._updates, screens()), self._alert)

    def _updates(self, screen: Screen) -> Updates:
        return [
            screen.comparison or gr.skip(),
            screen.card or gr.skip(),
            gr.DownloadButton(value=screen.download.path, interactive=True)
            if screen.download
            else gr.skip(),
            gr.Tabs(selected=self._name),
        ]

    def _alert(self, text: str) -> Updates:
        gr.Warning(text, duration=6)
        return [viewer_alert(text), gr.skip(), gr.skip(), gr.Tabs(selected=self._name)]
