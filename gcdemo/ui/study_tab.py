"""The rating page's tab: a script and what it draws on; all it says goes by `study_routes`."""

from gcdemo.ui.component import Component


class StudyTab(Component):
    """The rating page; made within `gr.Blocks`."""

    part = "study"
    scripts = ("study_screen", "radio_row", "study", "pinch", "study_zoom")

    def __init__(self) -> None:
        """Lay it out."""
        super().__init__(elem_id="gc-study")
