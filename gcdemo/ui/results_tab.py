"""The results' tab: a script and what it draws on; all it shows comes by `study_results`."""

from gcdemo.ui.component import Component


class ResultsTab(Component):
    """What the votes say, for who has the key or has finished; made within `gr.Blocks`."""

    part = "study_results"
    scripts = ("study_figure", "study_results")

    def __init__(self) -> None:
        """Lay it out."""
        super().__init__(elem_id="gc-results")
