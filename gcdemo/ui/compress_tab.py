"""The page's first tab: choose a photo and a rate, see what comes back, take the file away."""

import time
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import gradio as gr
from gradio.events import Dependency

from gcdemo.errors import InputError
from gcdemo.ui.compare import CompareViewer
from gcdemo.ui.component import Untyped
from gcdemo.ui.faults import guarded
from gcdemo.ui.file_card import FileView
from gcdemo.ui.fitting import fit
from gcdemo.ui.handlers import compress, marking, sample_photo, uploaded_photo
from gcdemo.ui.inputs import FileDrop, RateSlider, SampleStrip, Upload
from gcdemo.ui.links import Link
from gcdemo.ui.rivals import RivalPicker
from gcdemo.ui.share_link import ShareLink
from gcdemo.ui.strip_panel import StripPanel, strip_alert
from gcdemo.ui.view import Photo, RivalChoice, Screen
from gcdemo.ui.workbench import Workbench

Updates: TypeAlias = list[Untyped]
"""One value per component of `CompressTab.outputs`."""

SEARCH_LABEL = "Search for better symbols: slower, a better picture in mostly fewer bytes"
PHOTO_TYPES = "image/png,image/jpeg,image/webp,image/bmp,image/tiff"


class CompressTab:
    """The components of the tab and what they do; made within `gr.Blocks`.

    Handlers only translate: Gradio's values in, screens of `ui.handlers` out as updates.
    """

    def __init__(self, bench: Workbench, settings: dict[str, Untyped]) -> None:
        """Lay the tab out and bind it.

        Args:
            bench: Does the work of all visitors.
            settings: Of every event that codes.
        """
        self._bench = bench
        self._strip = StripPanel(bench)
        self._lay_out()
        self._bind({**settings, "show_progress_on": self.status})

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What a screen is shown in, in the order of `Updates`."""
        card = [self.card, self.download, self.link]
        return [self.photo, self.samples, self.rate, self.viewer, *card]

    def start(self, link: Link) -> Iterator[Updates]:
        """Show a finished result, so that nobody meets an empty page."""
        if not link.example:
            return

        def screens() -> Iterator[Screen]:
            photo = sample_photo(self._bench, link.example)
            coding = compress(
                self._bench,
                photo,
                link.quality,
                link.rivals,
                searched=link.searched,
                asked=False,
            )
            yield from marking(coding, link.quality, link.example)

        yield from self._play(screens())

    def stop_with(self, others: Sequence[Dependency]) -> None:
        """Let Stop end whatever is under way: that of other events, too."""
        # Told once the work has ended: nothing of it may arrive after that.
        ended = self.stop.click(
            None, cancels=[*others, *self._running], queue=False, api_visibility="private"
        )
        ended.then(
            self._stopped,
            None,
            [self.viewer, self._strip.strip],
            queue=False,
            show_progress_on=self.status,  # where Gradio else goes on counting seconds
            api_visibility="private",
        )

    def _lay_out(self) -> None:
        context = self._bench.context
        extension, limits = context.codec.extension, context.limits
        self.photo = gr.State(None)
        with gr.Row(elem_classes="gc-work"):
            with gr.Column(elem_classes="gc-main"):
                self.viewer = CompareViewer(elem_id="gc-viewer", alert=None)
                self.status = gr.HTML("", elem_id="gc-status", elem_classes="gc-status")
                self.card = FileView(elem_id="gc-card")
            with gr.Column(elem_classes="gc-side"):
                self.drop = FileDrop(
                    "Choose a photo",
                    "or drop it anywhere, or paste it",
                    accept=PHOTO_TYPES,
                    max_bytes=limits.upload_bytes,
                    others=context.file_endings,
                    elem_id="gc-photo",
                )
                self.samples = SampleStrip(context.samples, elem_id="gc-samples")
                self.rate = RateSlider(context.rates, context.start_quality, elem_id="gc-rate")
                self.search = gr.Checkbox(
                    context.search_first,
                    label=SEARCH_LABEL,
                    visible=context.searching is not None,
                    elem_id="gc-search",
                )
                self.rivals = RivalPicker(context.rivals, context.first_rivals, elem_id="gc-rivals")
                self.go = gr.Button("Compress", variant="primary", elem_id="gc-go")
                self.stop = gr.Button("Stop", elem_id="gc-stop")
                self.download = gr.DownloadButton(
                    f"Download {extension}", interactive=False, elem_id="gc-download"
                )
                with gr.Row(elem_id="gc-more"):
                    self._strip.lay_out_button()
                    self.link = ShareLink("", elem_id="gc-link")
        self._strip.lay_out_strip()

    def _bind(self, settings: dict[str, Untyped]) -> None:
        shown = {**settings, "outputs": self.outputs}
        latest = {**shown, "trigger_mode": "always_last"}
        # Another photo leaves the figure of the one before behind.
        fresh = {**latest, "outputs": [*self.outputs, self._strip.strip]}
        how = [self.rate, self.rivals, self.search]
        self._running: list[Dependency] = [
            self.samples.picked(self._pick, [self.samples, *how], **fresh),
            self.drop.dropped(self._take, [self.drop, *how], **fresh),
            self.rate.settled(self._settle, [self.photo, *how], **latest),
            self.rate.fitted(self._fit, [self.photo, self.rivals, self.search], **latest),
            self.rivals.chosen(self._settle, [self.photo, *how], **latest),
            self.search.input(self._settle, [self.photo, *how], **latest),
            self.go.click(self._compress, [self.photo, *how], **shown),
            self._strip.bind(self.photo, settings),
            self._strip.strip.chosen(
                self._choose, [self.photo, self.rivals, self.search], **latest
            ),
        ]

    def _pick(
        self, name: Untyped, quality: Untyped, rivals: RivalChoice, search: Untyped
    ) -> Iterator[Updates]:
        def screens() -> Iterator[Screen]:
            photo = sample_photo(self._bench, name)
            yield from self._coding(photo, quality, rivals, search, asked=False)

        yield from ([*updates, None] for updates in self._play(screens()))

    def _take(
        self, upload: Upload | None, quality: Untyped, rivals: RivalChoice, search: Untyped
    ) -> Iterator[Updates]:
        def screens() -> Iterator[Screen]:
            if upload is None:
                raise InputError("The photo did not arrive. Please try again.")
            photo = uploaded_photo(self._bench, upload.path, upload.name)
            yield from self._coding(photo, quality, rivals, search, asked=False)

        yield from ([*updates, None] for updates in self._play(screens()))

    def _settle(
        self, photo: Photo | None, quality: Untyped, rivals: RivalChoice, search: Untyped
    ) -> Iterator[Updates]:
        if photo is not None:
            yield from self._play(self._coding(photo, quality, rivals, search, asked=False))

    def _compress(
        self, photo: Photo | None, quality: Untyped, rivals: RivalChoice, search: Untyped
    ) -> Iterator[Updates]:
        yield from self._play(self._coding(photo, quality, rivals, search))

    def _fit(
        self, photo: Photo | None, rivals: RivalChoice, search: Untyped, event: gr.EventData
    ) -> Iterator[Updates]:
        size = sent(event, "num_bytes")
        yield from self._play(fit(self._bench, photo, size, rivals, searched=search is True))

    def _choose(
        self, photo: Photo | None, rivals: RivalChoice, search: Untyped, event: gr.EventData
    ) -> Iterator[Updates]:
        quality = sent(event, "quality")
        screens = self._coding(photo, quality, rivals, search)
        yield from self._play(marking(screens, quality))

    def _coding(
        self,
        photo: Photo | None,
        quality: Untyped,
        rivals: RivalChoice,
        search: Untyped,
        *,
        asked: bool = True,
    ) -> Iterator[Screen]:
        searched = search is True
        return compress(self._bench, photo, quality, rivals, searched=searched, asked=asked)

    def _stopped(self) -> Updates:
        return [viewer_alert(""), strip_alert("")]

    def _play(self, screens: Iterator[Screen]) -> Iterator[Updates]:
        yield from guarded(map(self._updates, screens), self._alert)

    def _updates(self, screen: Screen) -> Updates:
        own = screen.photo is not None and not screen.photo.is_sample
        slider: dict[str, Untyped] = {}
        if screen.photo_size is not None:
            slider["size"] = screen.photo_size
        if screen.quality is not None:
            slider["value"] = screen.quality
        return [
            screen.photo or gr.skip(),
            screen.sample or ("" if own else gr.skip()),
            gr.update(**slider) if slider else gr.skip(),
            screen.comparison or gr.skip(),
            screen.card or gr.skip(),
            gr.DownloadButton(screen.download.label, value=screen.download.path, interactive=True)
            if screen.download
            else gr.skip(),
            gr.skip() if screen.link is None else screen.link,
        ]

    def _alert(self, text: str) -> Updates:
        gr.Warning(text, duration=6)
        alert = viewer_alert(text)
        return [alert if output is self.viewer else gr.skip() for output in self.outputs]


def viewer_alert(text: str) -> Untyped:
    """Give the update that ends what a viewer shows as under way, and says why if there is text."""
    # The nonce makes equal messages two events for the script.
    return gr.update(alert={"text": text, "nonce": time.time()})


def sent(event: gr.EventData, name: str) -> Untyped:
    """Give what a script sent along with an event; None where it did not."""
    data: Untyped = event._data
    return data.get(name) if isinstance(data, dict) else None
