"""The button that shows a photo at every rate, and the figure that it fills."""

import time
from collections.abc import Iterator

import gradio as gr
from gradio.events import Dependency

from gcdemo.ui.component import Untyped
from gcdemo.ui.every_rate import every_rate
from gcdemo.ui.faults import guarded
from gcdemo.ui.rate_strip import RateStrip
from gcdemo.ui.view import Photo
from gcdemo.ui.workbench import Workbench


class StripPanel:
    """Its parts are laid out apart, then bound; made within `gr.Blocks`."""

    button: gr.Button
    strip: RateStrip

    def __init__(self, bench: Workbench) -> None:
        """Take what does the work."""
        self._bench = bench

    def lay_out_button(self) -> None:
        """Put the button here."""
        self.button = gr.Button("Every rate", elem_id="gc-rates")

    def lay_out_strip(self) -> None:
        """Put the figure here."""
        self.strip = RateStrip(elem_id="gc-strip", alert=None)

    def bind(self, photo: gr.State, settings: dict[str, Untyped]) -> Dependency:
        """Fill the figure when the button is pressed.

        Args:
            photo: Holds what was chosen.
            settings: Of all events that code.

        Returns:
            The event, for Stop.
        """
        event: Dependency = self.button.click(self.fill, [photo], [self.strip], **settings)
        return event

    def fill(self, photo: Photo | None) -> Iterator[Untyped]:
        """Show the photo at every rate."""
        figures: Iterator[Untyped] = every_rate(self._bench, photo)
        yield from guarded(figures, strip_alert)


def strip_alert(text: str) -> Untyped:
    """Give the update that ends what is under way; without a text it says nothing."""
    # The nonce makes equal messages two events for the script.
    return gr.update(alert={"text": text, "nonce": time.time()})
