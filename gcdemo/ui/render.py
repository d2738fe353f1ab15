"""Numbers into words: how sizes, rates, files and panes read on the page."""

import math
from pathlib import Path

from gcdemo.codecs.base import Codec, bpp
from gcdemo.codecs.matching import Match
from gcdemo.ui.view import Pane, Stat

ORIGINAL_ID = "original"


def bytes_text(num_bytes: int) -> str:
    """Say a file's size exactly, as in "1,204 bytes"."""
    return "1 byte" if num_bytes == 1 else f"{num_bytes:,} bytes"


def bpp_text(value: float) -> str:
    """Say a rate with three digits that count, as in "0.0245 bpp"."""
    decimals = 4 if value < 0.1 else 3 if value < 1 else 2
    return f"{value:.{decimals}f} bpp"


def times_text(factor: float) -> str:
    """Say a factor as precisely as it is read, as in "418×" or "3.4×"."""
    return f"{factor:,.0f}×" if factor >= 9.95 else f"{factor:.1f}×"


def against_png_text(num_bytes: int, png_bytes: int) -> str:
    """Say how a file compares to the same picture as a PNG."""
    if num_bytes <= png_bytes:
        return f"{times_text(png_bytes / num_bytes)} smaller than the PNG"
    return f"{times_text(num_bytes / png_bytes)} the size of the PNG"


def size_text(width: int, height: int) -> str:
    """Say a picture's size, as in "768 × 512"."""
    return f"{width:,} × {height:,}"


def number_text(value: float, decimals: int, unit: str) -> str:
    """Say a measured value with its unit."""
    number = "∞" if math.isinf(value) else f"{value:.{decimals}f}"
    return f"{number} {unit}".rstrip()


def original_pane(image: Path, width: int, height: int, png_bytes: int) -> Pane:
    """Give the pane of the picture as it was chosen."""
    return Pane(
        id=ORIGINAL_ID,
        title="Original",
        image=image,
        headline=bytes_text(png_bytes),
        lines=("as a lossless PNG", f"{size_text(width, height)} pixels"),
        share=1.0,
        original=True,
    )


def working_pane(id: str, title: str, note: str) -> Pane:
    """Give the pane of a version that is being made."""
    return Pane(id=id, title=title, note=note)


def failed_pane(id: str, title: str, reason: str) -> Pane:
    """Give the pane of a version that cannot be had, with the sentence that says why."""
    return Pane(id=id, title=title, lines=(reason,))


def coded_pane(
    id: str,
    title: str,
    subtitle: str,
    image: Path,
    *,
    num_bytes: int,
    png_bytes: int,
    width: int,
    height: int,
    stats: tuple[Stat, ...],
    file: Path | None = None,
) -> Pane:
    """Give the pane of a picture that came back from its file.

    Args:
        id: Stable id of the codec.
        title: What the codec is called.
        subtitle: The setting.
        image: PNG of the reconstruction.
        num_bytes: Size of the whole file.
        png_bytes: Size of the original as a PNG.
        width: Of the original, in pixels.
        height: Of the original, in pixels.
        stats: Measured distances from the original.
        file: What can be taken away.
    """
    return Pane(
        id=id,
        title=title,
        subtitle=subtitle,
        image=image,
        headline=bytes_text(num_bytes),
        lines=(
            against_png_text(num_bytes, png_bytes),
            bpp_text(bpp(num_bytes, width, height)),
        ),
        stats=stats,
        share=min(1.0, num_bytes / png_bytes),
        file=file,
    )


def rival_pane(
    codec: Codec,
    match: Match,
    image: Path,
    file: Path,
    *,
    our_bytes: int,
    png_bytes: int,
    stats: tuple[Stat, ...],
) -> Pane:
    """Give the pane of a rival's picture.

    Args:
        codec: The rival.
        match: Its file and how it came about.
        image: PNG of what came back of it.
        file: The file itself.
        our_bytes: Size of the file it is compared with.
        png_bytes: Size of the original as a PNG.
        stats: Measured distances from the original.
    """
    return Pane(
        id=codec.name,
        title=codec.label,
        subtitle=match_text(match),
        image=image,
        headline=bytes_text(match.num_bytes),
        lines=(against_ours_text(match.num_bytes, our_bytes), bpp_text(match.bpp)),
        stats=stats,
        share=min(1.0, match.num_bytes / png_bytes),
        file=file,
    )


def match_text(match: Match) -> str:
    """Say what must be known of how a rival's file was made; nothing where all is as asked."""
    parts = [match.remark] if match.remark else []
    if match.floor:
        parts.append("its smallest")
    if match.ceiling:
        parts.append("its largest")
    return ", ".join(parts)


def against_ours_text(num_bytes: int, our_bytes: int) -> str:
    """Say how a rival's file compares to ours, as in "1.04× our size"."""
    factor = num_bytes / our_bytes
    return f"{times_text(factor) if factor >= 2.95 else f'{factor:.2f}×'} our size"
