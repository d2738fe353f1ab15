"""The page's first tab: choose a photo and a rate, see what comes back, take the file away."""

import logging
import secrets
import time
from collections.abc import Iterator
from typing import TypeAlias

import gradio as gr

from gcdemo.errors import GCDemoError, InputError
from gcdemo.ui.compare import CompareViewer
from gcdemo.ui.component import Untyped
from gcdemo.ui.file_card import FileView
from gcdemo.ui.handlers import compress, open_file, sample_photo, uploaded_photo
from gcdemo.ui.inputs import FileDrop, RateSlider, SampleStrip, Upload
from gcdemo.ui.rivals import RivalPicker
from gcdemo.ui.view import Photo, RivalChoice, Screen
from gcdemo.ui.workbench import Workbench

logger = logging.getLogger(__name__)

Updates: TypeAlias = list[Untyped]
"""One value per component of `CompressTab.outputs`."""


class CompressTab:
    """The components of the tab and what they do; made within `gr.Blocks`.

    Handlers only translate: Gradio's values in, screens of `ui.handlers` out as updates.
    """

    def __init__(self, bench: Workbench) -> None:
        """Lay the tab out and bind it.

        Args:
            bench: Does the work of all visitors.
        """
        self._bench = bench
        self._lay_out()
        self._bind()

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What a screen is shown in, in the order of `Updates`."""
        return [self.photo, self.samples, self.rate, self.viewer, self.card, self.download]

    def start(self) -> Iterator[Updates]:
        """Show a finished result, so that nobody meets an empty page."""
        context = self._bench.context
        for sample in context.samples[:1]:
            photo = sample_photo(self._bench, sample.name)
            rivals = RivalChoice(context.first_rivals)
            screens = compress(self._bench, photo, context.start_quality, rivals, asked=False)
            yield from self._play(screens, strip=sample.name)

    def _lay_out(self) -> None:
        context = self._bench.context
        extension, limits = context.codec.extension, context.limits
        self.photo = gr.State(None)
        with gr.Row(elem_id="gc-work"):
            with gr.Column(elem_id="gc-main"):
                self.viewer = CompareViewer(elem_id="gc-viewer", alert=None)
                self.status = gr.HTML("", elem_id="gc-status")
                self.card = FileView(elem_id="gc-card")
            with gr.Column(elem_id="gc-side"):
                self.drop = FileDrop(
                    "Choose a photo",
                    "or drop it anywhere, or paste it",
                    accept="image/png,image/jpeg,image/webp,image/bmp,image/tiff",
                    max_bytes=limits.upload_bytes,
                    other=extension,
                    elem_id="gc-photo",
                )
                self.samples = SampleStrip(context.samples, elem_id="gc-samples")
                self.rate = RateSlider(context.rates, context.start_quality, elem_id="gc-rate")
                self.rivals = RivalPicker(context.rivals, context.first_rivals, elem_id="gc-rivals")
                self.go = gr.Button("Compress", variant="primary", elem_id="gc-go")
                self.download = gr.DownloadButton(
                    f"Download {extension}", interactive=False, elem_id="gc-download"
                )
                self.open = FileDrop(
                    f"Open a {extension} file",
                    "drop it anywhere to decode it",
                    accept=extension,
                    max_bytes=limits.file_bytes,
                    extension=extension,
                    elem_id="gc-open",
                )

    def _bind(self) -> None:
        # One worker for all: the codec is the heavy part, and two at once are slower than in turn.
        settings: dict[str, Untyped] = {
            "outputs": self.outputs,
            "show_progress_on": self.status,
            "concurrency_id": "codec",
            "concurrency_limit": 1,
            "api_visibility": "private",
        }
        latest = {**settings, "trigger_mode": "always_last"}
        how = [self.rate, self.rivals]
        self.samples.picked(self._pick, [self.samples, *how], **latest)
        self.drop.dropped(self._take, [self.drop, *how], **latest)
        self.rate.settled(self._settle, [self.photo, *how], **latest)
        self.rivals.chosen(self._settle, [self.photo, *how], **latest)
        self.go.click(self._compress, [self.photo, *how], **settings)
        self.open.dropped(self._open, [self.open], **latest)

    def _pick(self, name: Untyped, quality: Untyped, rivals: RivalChoice) -> Iterator[Updates]:
        def screens() -> Iterator[Screen]:
            photo = sample_photo(self._bench, name)
            yield from compress(self._bench, photo, quality, rivals, asked=False)

        yield from self._play(screens())

    def _take(
        self, upload: Upload | None, quality: Untyped, rivals: RivalChoice
    ) -> Iterator[Updates]:
        def screens() -> Iterator[Screen]:
            if upload is None:
                raise InputError("The photo did not arrive. Please try again.")
            photo = uploaded_photo(self._bench, upload.path, upload.name)
            yield from compress(self._bench, photo, quality, rivals, asked=False)

        yield from self._play(screens())

    def _settle(
        self, photo: Photo | None, quality: Untyped, rivals: RivalChoice
    ) -> Iterator[Updates]:
        if photo is not None:
            yield from self._play(compress(self._bench, photo, quality, rivals, asked=False))

    def _compress(
        self, photo: Photo | None, quality: Untyped, rivals: RivalChoice
    ) -> Iterator[Updates]:
        yield from self._play(compress(self._bench, photo, quality, rivals))

    def _open(self, upload: Upload | None) -> Iterator[Updates]:
        def screens() -> Iterator[Screen]:
            if upload is None:
                raise InputError("The file did not arrive. Please try again.")
            yield from open_file(self._bench, upload.path, upload.name)

        yield from self._play(screens())

    def _play(self, screens: Iterator[Screen], strip: str = "") -> Iterator[Updates]:
        try:
            for screen in screens:
                yield self._updates(screen, strip)
        except GCDemoError as error:
            yield self._alert(str(error))
        except Exception:
            trace = secrets.token_hex(4)
            logger.exception("request %s failed", trace)
            yield self._alert(f"Something went wrong on our side. It was noted as {trace}.")

    def _updates(self, screen: Screen, strip: str) -> Updates:
        # While a sample is coded the strip is left alone: another may be chosen there by now.
        own = screen.photo is not None and not screen.photo.is_sample
        return [
            None if screen.no_photo else screen.photo or gr.skip(),
            strip if strip or own or screen.no_photo else gr.skip(),
            gr.update(size=screen.photo_size) if screen.photo_size else gr.skip(),
            screen.comparison or gr.skip(),
            screen.card or gr.skip(),
            gr.DownloadButton(screen.download.label, value=screen.download.path, interactive=True)
            if screen.download
            else gr.skip(),
        ]

    def _alert(self, text: str) -> Updates:
        gr.Warning(text, duration=6)
        # The nonce makes equal messages two events for the script.
        alert = gr.update(alert={"text": text, "nonce": time.time()})
        return [alert if output is self.viewer else gr.skip() for output in self.outputs]
