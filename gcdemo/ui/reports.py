"""What a compressed file says of itself, laid out for people; one function for each kind."""

from typing import Protocol

from gcdemo.config import STRIDE
from gcdemo.grids import grid_shape
from gcdemo.ui.context import Fact, FileReport, Section
from gcdemo.ui.render import bpp_text, bytes_text, size_text


class PictureFields(Protocol):
    """What every kind of file states."""

    @property
    def width(self) -> int:
        """Of the picture, in pixels."""
        ...

    @property
    def height(self) -> int:
        """Of the picture, in pixels."""
        ...

    @property
    def num_bytes(self) -> int:
        """Of the whole file."""
        ...

    @property
    def bpp(self) -> float:
        """Bits per pixel of the whole file."""
        ...


class OwnFields(PictureFields, Protocol):
    """What both kinds of our own files state besides."""

    @property
    def version(self) -> int:
        """Of the format."""
        ...

    @property
    def model_name(self) -> str:
        """Of the weights it was made with; empty where they are not known here."""
        ...

    @property
    def weight_hash(self) -> str:
        """Start of the weight file's SHA-256, hexadecimal."""
        ...

    @property
    def header_bytes(self) -> int:
        """Before what is coded."""
        ...

    @property
    def checksum_bytes(self) -> int:
        """After what is coded."""
        ...


class GciFields(OwnFields, Protocol):
    """The fields of a .gci file that the page shows; `FileInfo` of the codec has them."""

    @property
    def latent_channels(self) -> int:
        """The rate, C."""
        ...

    @property
    def tint_bytes(self) -> int:
        """Of what is added to the colors of the whole picture."""
        ...

    @property
    def latent_bytes(self) -> int:
        """Of the coded symbols."""
        ...

    @property
    def bound_bpp(self) -> float:
        """C log2(L) bits for each cell, over the picture's pixels."""
        ...

    @property
    def saved_percent(self) -> float:
        """How far the file lies below the bound."""
        ...


class BpgFields(PictureFields, Protocol):
    """The fields of a .bpg file that the page shows; `BpgInfo` of the codec has them."""

    @property
    def pixel_format(self) -> str:
        """How color is sampled."""
        ...

    @property
    def bit_depth(self) -> int:
        """Of each value."""
        ...

    @property
    def color_space(self) -> str:
        """What the values mean."""
        ...

    @property
    def alpha(self) -> str:
        """What transparency there is."""
        ...

    @property
    def animation(self) -> bool:
        """Whether there are more pictures than the one that is shown."""
        ...

    @property
    def header_bytes(self) -> int:
        """From the signature to the lengths."""
        ...

    @property
    def metadata_bytes(self) -> int:
        """Of what is said about the picture."""
        ...

    @property
    def hevc_header_bytes(self) -> int:
        """Of the short parameters of all planes."""
        ...

    @property
    def picture_bytes(self) -> int:
        """Of the coded picture."""
        ...


def drawn_pixels(width: int, height: int) -> int:
    """Give the pixels that G draws for a picture: those of all cells, far more if it is thin."""
    rows, columns = grid_shape(height, width)
    return rows * columns * STRIDE**2


def gci_report(info: GciFields) -> FileReport:
    """Lay out the fields of a .gci file for people."""
    frame = info.header_bytes + info.checksum_bytes
    tint = f"{info.tint_bytes} for the tint, " if info.tint_bytes else ""
    rows, columns = grid_shape(info.height, info.width)
    side = "below" if info.saved_percent >= 0 else "above"
    return FileReport(
        codec="GC",
        extension=".gci",
        label=f"C = {info.latent_channels}",
        facts=(
            Fact("Picture", f"{size_text(info.width, info.height)} pixels"),
            Fact(
                "Stored",
                f"C = {info.latent_channels}",
                f"{columns} × {rows} × {info.latent_channels} symbols of 5 values",
            ),
            Fact(
                "File",
                bytes_text(info.num_bytes),
                f"{frame} for header and checksum, {tint}{info.latent_bytes:,} for the symbols",
            ),
            Fact(
                "Rate",
                bpp_text(info.bpp),
                f"{abs(info.saved_percent):.0f} % {side} the bound, {bpp_text(info.bound_bpp)}",
            ),
            Fact(
                "Model",
                info.model_name or "not shipped here",
                f"weights {info.weight_hash}…, format {info.version}",
            ),
        ),
        sections=(
            Section("header", info.header_bytes),
            *((Section("tint", info.tint_bytes),) if info.tint_bytes else ()),
            Section("symbols", info.latent_bytes),
            Section("checksum", info.checksum_bytes),
        ),
        drawn_pixels=drawn_pixels(info.width, info.height),
    )


def bpg_report(fields: BpgFields) -> FileReport:
    """Lay out the fields of a .bpg file for people."""
    facts = [
        _picture_fact(fields),
        Fact("Stored", fields.pixel_format, f"{fields.bit_depth} bits, {fields.color_space}"),
        _file_fact(fields),
        _rate_fact(fields),
    ]
    if fields.alpha != "none":
        facts.append(Fact("Alpha", fields.alpha, "laid over white here"))
    if fields.animation:
        facts.append(Fact("Moves", "an animation", "its first picture is shown"))
    sections = (
        Section("header", fields.header_bytes),
        Section("metadata", fields.metadata_bytes),
        Section("HEVC parameters", fields.hevc_header_bytes),
        Section("picture", fields.picture_bytes),
    )
    return FileReport(
        codec="BPG",
        extension=".bpg",
        facts=tuple(facts),
        sections=tuple(section for section in sections if section.num_bytes),
    )


def picture_report(codec: str, extension: str, fields: PictureFields) -> FileReport:
    """Lay out what the header of any other picture file says.

    Args:
        codec: What people call the format.
        extension: How names of its files end.
        fields: What the header says.
    """
    return FileReport(
        codec=codec,
        extension=extension,
        facts=(_picture_fact(fields), _file_fact(fields), _rate_fact(fields)),
        sections=(Section(f"{codec} file", fields.num_bytes),),
    )


def _picture_fact(fields: PictureFields) -> Fact:
    return Fact("Picture", f"{size_text(fields.width, fields.height)} pixels")


def _file_fact(fields: PictureFields) -> Fact:
    return Fact("File", bytes_text(fields.num_bytes))


def _rate_fact(fields: PictureFields) -> Fact:
    return Fact("Rate", bpp_text(fields.bpp))
