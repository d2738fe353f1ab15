"""Rows of measurements, their means, and how both are written down."""

import csv
import dataclasses
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TextIO

from gcdemo.evaluation.patches import Kid


@dataclass(frozen=True, slots=True)
class Row:
    """One picture at one rate. None stands for a metric whose weights were not found."""

    picture: str
    """Its file's name without the ending."""
    codec: str
    channels: int
    """C, the latent channels coded."""
    width: int
    height: int
    num_bytes: int
    """Size of the whole file."""
    bpp: float
    bound_bpp: float
    """C log2(L) / 256: the rate without entropy coding."""
    psnr_db: float
    ms_ssim: float
    lpips_squeeze: float | None
    d10: float | None
    color_error: float
    encode_seconds: float
    decode_seconds: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Means over the pictures at one rate. None stands for a metric that could not be had."""

    codec: str
    channels: int
    pictures: int
    num_bytes: float
    bpp: float
    bound_bpp: float
    saved_percent: float
    """How far the mean bpp lies below the bound, in percent of the bound."""
    psnr_db: float
    """Infinite where a single picture came back unchanged."""
    ms_ssim: float
    lpips_squeeze: float | None
    d10: float | None
    color_error: float
    kid: float | None
    """Kernel distance of all pictures' patches from the originals', see `patches`."""
    kid_spread: float | None
    encode_seconds: float
    decode_seconds: float

    @classmethod
    def of(cls, rows: Sequence[Row], kid: Kid | None) -> Self:
        """Give the means of the rows of one codec at one rate, at least one."""
        bpp = _mean([row.bpp for row in rows])
        bound_bpp = rows[0].bound_bpp
        return cls(
            codec=rows[0].codec,
            channels=rows[0].channels,
            pictures=len(rows),
            num_bytes=_mean([row.num_bytes for row in rows]),
            bpp=bpp,
            bound_bpp=bound_bpp,
            saved_percent=100 * (1 - bpp / bound_bpp),
            psnr_db=_mean([row.psnr_db for row in rows]),
            ms_ssim=_mean([row.ms_ssim for row in rows]),
            lpips_squeeze=_mean_if_all([row.lpips_squeeze for row in rows]),
            d10=_mean_if_all([row.d10 for row in rows]),
            color_error=_mean([row.color_error for row in rows]),
            kid=kid and kid.value,
            kid_spread=kid and kid.spread,
            encode_seconds=_mean([row.encode_seconds for row in rows]),
            decode_seconds=_mean([row.decode_seconds for row in rows]),
        )


def summarize(rows: Sequence[Row], kids: Mapping[int, Kid]) -> tuple[Summary, ...]:
    """Give the means at every rate, in the order in which the rates first occur.

    Args:
        rows: Measurements of one codec.
        kids: For each C the distance of the whole set, where it could be had.
    """
    rates = dict.fromkeys(row.channels for row in rows)
    return tuple(
        Summary.of([row for row in rows if row.channels == channels], kids.get(channels))
        for channels in rates
    )


def write_header(file: TextIO, kind: type[Row | Summary]) -> None:
    """Write the names of a row's fields as a line of CSV.

    Args:
        file: Open for text, with newline="".
        kind: The rows that follow.
    """
    csv.writer(file, lineterminator="\n").writerow(
        [field.name for field in dataclasses.fields(kind)]
    )


def write_rows(file: TextIO, rows: Sequence[Row] | Sequence[Summary]) -> None:
    """Write rows as lines of CSV, six digits a number; None becomes an empty cell.

    Args:
        file: Open for text, with newline="".
        rows: Of the kind that the header names.
    """
    cells = ([_cell(value) for value in dataclasses.astuple(row)] for row in rows)
    csv.writer(file, lineterminator="\n").writerows(cells)


def format_summaries(summaries: Sequence[Summary]) -> str:
    """Give the means as a Markdown table, which also reads well as plain text."""
    columns = (
        ("C", "channels", ""),
        ("bytes", "num_bytes", ".0f"),
        ("bpp", "bpp", ".4f"),
        ("bound", "bound_bpp", ".4f"),
        ("saved %", "saved_percent", ".1f"),
        ("PSNR dB", "psnr_db", ".2f"),
        ("MS-SSIM", "ms_ssim", ".4f"),
        ("LPIPS", "lpips_squeeze", ".4f"),
        ("d10", "d10", ".3f"),
        ("color", "color_error", ".2f"),
        ("KID", "kid", ".4f"),
        ("encode s", "encode_seconds", ".3f"),
        ("decode s", "decode_seconds", ".3f"),
    )
    return markdown_table(
        [title for title, _, _ in columns],
        [
            [
                "-" if (value := getattr(row, name)) is None else format(value, spec)
                for _, name, spec in columns
            ]
            for row in summaries
        ],
    )


def markdown_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a Markdown table whose columns are aligned to the right in plain text as well."""
    # Two characters are the least that Markdown takes for an aligned column.
    widths = [max(2, *map(len, column)) for column in zip(titles, *rows, strict=True)]
    text = io.StringIO()
    for cells in (titles, ["-" * (width - 1) + ":" for width in widths], *rows):
        padded = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        text.write(f"| {' | '.join(padded)} |\n")
    return text.getvalue()


def _cell(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value  # csv leaves None empty


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _mean_if_all(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _mean(known) if len(known) == len(values) else None
