"""CompareViewer: any number of versions of one picture under one zoom and one centre."""

from gradio.data_classes import FileData, GradioModel

from gcdemo.ui.component import Component, Untyped
from gcdemo.ui.view import Comparison, Pane


class PaneData(GradioModel):
    """A pane as the script reads it."""

    id: str
    title: str
    subtitle: str
    image: FileData | None
    headline: str
    lines: list[str]
    stats: list[list[str]]
    share: float | None
    note: str
    file: FileData | None
    original: bool


class ComparisonData(GradioModel):
    """A comparison as the script reads it."""

    picture: str
    width: int
    height: int
    panes: list[PaneData]
    remark: str
    spoken: str


class CompareViewer(Component):
    """Shows a `Comparison`: side by side, behind a divider, or one at a time.

    Its `alert` prop, {"text", "nonce"}, shows a sentence in place without touching the pictures.
    """

    part = "compare"
    scripts = ("compare_geometry", "compare_panes", "pinch", "compare_hands", "compare_values")
    data_model = ComparisonData

    def from_page(self, payload: ComparisonData | None) -> None:
        """Take nothing: what it shows is made on the server and never read back."""
        return

    def to_page(self, value: Comparison | None) -> ComparisonData | None:
        """Give the script a comparison; its files are served from Gradio's cache."""
        if value is None:
            return None
        return ComparisonData(
            picture=value.picture,
            width=value.width,
            height=value.height,
            panes=[_pane_data(pane) for pane in value.panes],
            remark=value.remark,
            spoken=value.spoken,
        )

    def api_info(self) -> dict[str, Untyped]:
        """Give the type of its value for the API's documentation."""
        return ComparisonData.model_json_schema()


def _pane_data(pane: Pane) -> PaneData:
    return PaneData(
        id=pane.id,
        title=pane.title,
        subtitle=pane.subtitle,
        image=None if pane.image is None else FileData(path=str(pane.image)),
        headline=pane.headline,
        lines=list(pane.lines),
        stats=[[stat.label, stat.text] for stat in pane.stats],
        share=pane.share,
        note=pane.note,
        file=None if pane.file is None else FileData(path=str(pane.file)),
        original=pane.original,
    )
