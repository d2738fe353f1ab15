"""The benchmark's tab: stored curves, and a visitor's photo among them."""

import time
from collections.abc import Iterator

import gradio as gr
from gradio.events import Dependency

from gcdemo.ui.benchmark_plot import BenchmarkPlot
from gcdemo.ui.component import Untyped
from gcdemo.ui.curves import Benchmark
from gcdemo.ui.faults import guarded, sentence
from gcdemo.ui.own_points import with_every_rate, with_photo
from gcdemo.ui.view import Photo
from gcdemo.ui.workbench import Workbench


class BenchmarkTab:
    """The plot and what fills it; made within `gr.Tab`."""

    def __init__(self, bench: Workbench, benchmark: Benchmark) -> None:
        """Lay the tab out.

        Args:
            bench: Knows the photos.
            benchmark: What is shown whether there is a photo or not.
        """
        self._bench, self._benchmark = bench, benchmark
        self.plot = BenchmarkPlot(benchmark, elem_id="gc-benchmark", alert=None)
        self.status = gr.HTML("", elem_id="gc-benchmark-status", elem_classes="gc-status")
        self.button = gr.Button("Add my photo at every rate", elem_id="gc-benchmark-go")

    def bind(self, tab: gr.Tab, photo: gr.State, settings: dict[str, Untyped]) -> list[Dependency]:
        """Show a photo's points when the tab is opened, and all of them on demand.

        Args:
            tab: What it stands in.
            photo: Holds what was chosen.
            settings: Of all events that code.

        Returns:
            The events that code, for Stop.
        """
        visibility = settings["api_visibility"]
        tab.select(
            self.look,
            [photo],
            [self.plot],
            show_progress="hidden",
            queue=False,
            api_visibility=visibility,
        )
        filling: Dependency = self.button.click(
            self.fill, [photo], [self.plot], show_progress_on=self.status, **settings
        )
        return [filling]

    def look(self, photo: Photo | None) -> Untyped:
        """Show what is remembered of the photo."""
        try:
            return with_photo(self._bench, self._benchmark, photo)
        except Exception as error:
            return plot_alert(sentence(error))

    def fill(self, photo: Photo | None) -> Iterator[Untyped]:
        """Code the photo at every rate and show its points as they come."""
        benchmarks: Iterator[Untyped] = with_every_rate(self._bench, self._benchmark, photo)
        yield from guarded(benchmarks, plot_alert)


def plot_alert(text: str) -> Untyped:
    """Give the update that says a sentence above the plot."""
    # The nonce makes equal messages two events for the script.
    return gr.update(alert={"text": text, "nonce": time.time()})
