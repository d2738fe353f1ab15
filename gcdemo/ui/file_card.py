"""FileView: a compressed file laid open, its fields and every byte."""

from gradio.data_classes import GradioModel

from gcdemo.ui.component import Component, Untyped
from gcdemo.ui.view import FileCard

SHOWN_BYTES = 8_192
"""Of larger files only the start is listed."""


class FactData(GradioModel):
    """A row of fields as the script reads it."""

    label: str
    text: str
    hint: str


class SectionData(GradioModel):
    """A run of bytes as the script reads it."""

    label: str
    num_bytes: int


class FileViewData(GradioModel):
    """A file as the script reads it."""

    name: str
    facts: list[FactData]
    sections: list[SectionData]
    hex: str


class FileView(Component):
    """Shows a `FileCard`."""

    part = "file_card"
    data_model = FileViewData

    def from_page(self, payload: FileViewData | None) -> None:
        """Take nothing: what it shows is made on the server and never read back."""
        return

    def to_page(self, value: FileCard | None) -> FileViewData | None:
        """Give the script a file."""
        if value is None:
            return None
        return FileViewData(
            name=value.name,
            facts=[
                FactData(label=fact.label, text=fact.text, hint=fact.hint)
                for fact in value.report.facts
            ],
            sections=[
                SectionData(label=section.label, num_bytes=section.num_bytes)
                for section in value.report.sections
            ],
            hex=value.data[:SHOWN_BYTES].hex(),
        )

    def api_info(self) -> dict[str, Untyped]:
        """Give the type of its value for the API's documentation."""
        return FileViewData.model_json_schema()
