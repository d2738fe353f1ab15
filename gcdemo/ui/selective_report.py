"""What a file of selective compression says of itself, laid out for people."""

from typing import Protocol

from gcdemo.ui.context import Fact, FileReport, Section
from gcdemo.ui.render import bpp_text, bytes_text, size_text
from gcdemo.ui.reports import OwnFields, drawn_pixels


class SelectiveFields(OwnFields, Protocol):
    """The fields of such a file that the page shows; `SelectiveFileInfo` has them."""

    @property
    def background(self) -> str:
        """How what is not kept was made: synthesised or thin."""
        ...

    @property
    def thin_channels(self) -> int:
        """The rate of the whole, C."""
        ...

    @property
    def detail_channels(self) -> int:
        """The rate of what is kept."""
        ...

    @property
    def label_map_bytes(self) -> int:
        """Of what is where."""
        ...

    @property
    def mask_bytes(self) -> int:
        """Of which cells are kept."""
        ...

    @property
    def detail_bytes(self) -> int:
        """Of the kept cells."""
        ...

    @property
    def thin_bytes(self) -> int:
        """Of the coarse cells."""
        ...


def selective_report(fields: SelectiveFields) -> FileReport:
    """Lay out the fields of a .gci file of selective compression for people."""
    return FileReport(
        codec="SC",
        extension=".gci",
        label=f"{fields.background} background",
        facts=(
            Fact("Picture", f"{size_text(fields.width, fields.height)} pixels"),
            Fact(
                "Stored",
                f"{fields.background} background",
                f"{fields.detail_channels} channels where it is kept, {fields.thin_channels} below",
            ),
            Fact("File", bytes_text(fields.num_bytes)),
            Fact("Rate", bpp_text(fields.bpp)),
            Fact(
                "Model",
                fields.model_name or "not shipped here",
                f"weights {fields.weight_hash}…, format {fields.version}",
            ),
        ),
        sections=(
            Section("header", fields.header_bytes),
            Section("label map", fields.label_map_bytes),
            Section("mask", fields.mask_bytes),
            Section("details", fields.detail_bytes),
            Section("thin", fields.thin_bytes),
            Section("checksum", fields.checksum_bytes),
        ),
        drawn_pixels=drawn_pixels(fields.width, fields.height),
    )
