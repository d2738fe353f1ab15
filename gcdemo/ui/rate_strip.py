"""RateStrip: the rate figure on the page, filled picture by picture."""

from gradio.data_classes import FileData, GradioModel

from gcdemo.ui.component import Component, Untyped
from gcdemo.ui.figure import FigureCell, RateFigure


class CellData(GradioModel):
    """A cell as the script reads it."""

    title: str
    image: FileData | None
    headline: str
    line: str
    remark: str
    note: str


class ColumnData(GradioModel):
    """A column as the script reads it."""

    title: str
    quality: int
    cells: list[CellData]


class StripData(GradioModel):
    """A figure as the script reads it."""

    width: int
    height: int
    original: CellData
    columns: list[ColumnData]
    file: FileData | None
    spoken: str


class RateStrip(Component):
    """Shows a `RateFigure`; hidden without one.

    `chosen` fires with {"quality"} when one of our pictures is pressed. Its `alert` prop, {"text",
    "nonce"}, ends what is under way and says why in place; without a text it just ends it.
    """

    part = "rate_strip"
    script_events = ("chosen",)
    data_model = StripData

    def from_page(self, payload: StripData | None) -> None:
        """Take nothing: what it shows is made on the server and never read back."""
        return

    def to_page(self, value: RateFigure | None) -> StripData | None:
        """Give the script a figure; its files are served from Gradio's cache."""
        if value is None:
            return None
        return StripData(
            width=value.width,
            height=value.height,
            original=_cell_data(value.original),
            columns=[
                ColumnData(
                    title=column.title,
                    quality=column.quality,
                    cells=[_cell_data(cell) for cell in column.cells],
                )
                for column in value.columns
            ],
            file=None if value.file is None else FileData(path=str(value.file)),
            spoken=value.spoken,
        )

    def api_info(self) -> dict[str, Untyped]:
        """Give the type of its value for the API's documentation."""
        return StripData.model_json_schema()


def _cell_data(cell: FigureCell) -> CellData:
    return CellData(
        title=cell.title,
        image=None if cell.image is None else FileData(path=str(cell.image)),
        headline=cell.headline,
        line=cell.line,
        remark=cell.remark,
        note=cell.note,
    )
