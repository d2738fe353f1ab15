"""Means over pictures, and how they are written down."""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from gcdemo.evaluation.patches import Kid
from gcdemo.evaluation.rows import Row, columns_of


class PointKey(NamedTuple):
    """A codec at a point, over all pictures."""

    codec: str
    point: str

    @classmethod
    def of(cls, row: Row) -> Self:
        """Give the key of a row."""
        return cls(row.codec, row.point)


@dataclass(frozen=True, slots=True)
class Summary:
    """Means over the pictures at one point. None stands for what there is not."""

    codec: str
    point: str
    anchor: int | None
    factor: float | None
    pictures: int
    floors: int
    """Pictures of which the codec's smallest file was still above the target."""
    quality: float
    scale: float
    num_bytes: float
    bpp: float
    bound_bpp: float | None
    saved_percent: float | None
    """How far the mean bpp lies below the bound, in percent of the bound."""
    psnr_db: float
    """Infinite where a single picture came back unchanged."""
    ms_ssim: float
    lpips_squeeze: float | None
    lpips_alex: float | None = field(default=None, kw_only=True)
    lpips_vgg: float | None = field(default=None, kw_only=True)
    d10: float | None
    color_error: float
    kid: float | None
    """Kernel distance of all pictures' patches from the originals', see `patches`."""
    kid_spread: float | None
    encodes: float
    encode_seconds: float
    decode_seconds: float

    @classmethod
    def of(cls, rows: Sequence[Row], kid: Kid | None) -> Self:
        """Give the means of the rows of one codec at one point, at least one."""
        first = rows[0]
        bpp = _mean([row.bpp for row in rows])
        saved = None if first.bound_bpp is None else 100 * (1 - bpp / first.bound_bpp)
        return cls(
            codec=first.codec,
            point=first.point,
            anchor=first.anchor,
            factor=first.factor,
            pictures=len(rows),
            floors=sum(row.floor for row in rows),
            quality=_mean([row.quality for row in rows]),
            scale=_mean([row.scale for row in rows]),
            num_bytes=_mean([row.num_bytes for row in rows]),
            bpp=bpp,
            bound_bpp=first.bound_bpp,
            saved_percent=saved,
            psnr_db=_mean([row.psnr_db for row in rows]),
            ms_ssim=_mean([row.ms_ssim for row in rows]),
            lpips_squeeze=_mean_if_all([row.lpips_squeeze for row in rows]),
            lpips_alex=_mean_if_all([row.lpips_alex for row in rows]),
            lpips_vgg=_mean_if_all([row.lpips_vgg for row in rows]),
            d10=_mean_if_all([row.d10 for row in rows]),
            color_error=_mean([row.color_error for row in rows]),
            kid=kid and kid.value,
            kid_spread=kid and kid.spread,
            encodes=_mean([row.encodes for row in rows]),
            encode_seconds=_mean([row.encode_seconds for row in rows]),
            decode_seconds=_mean([row.decode_seconds for row in rows]),
        )


def group_rows(rows: Sequence[Row]) -> dict[PointKey, list[Row]]:
    """Give the rows of each codec and point, in the order in which these first occur."""
    groups: dict[PointKey, list[Row]] = {}
    for row in rows:
        groups.setdefault(PointKey.of(row), []).append(row)
    return groups


def summarize(rows: Sequence[Row], kids: Mapping[PointKey, Kid]) -> tuple[Summary, ...]:
    """Give the means at every codec's points, in the order in which they first occur.

    Args:
        rows: Measurements of the same pictures at every point.
        kids: For each codec and point the distance of the whole set, where it could be had.
    """
    return tuple(Summary.of(group, kids.get(key)) for key, group in group_rows(rows).items())


def format_summaries(summaries: Sequence[Summary]) -> str:
    """Give the means as a Markdown table, which also reads well as plain text.

    A mean over pictures of which some lie at the codec's floor has their number beside it.
    """
    present = columns_of(Summary, summaries)
    every_column = (
        ("codec", "codec", ""),
        ("point", "point", ""),
        ("at floor", "floors", ""),
        ("bytes", "num_bytes", ".0f"),
        ("bpp", "bpp", ".4f"),
        ("bound", "bound_bpp", ".4f"),
        ("saved %", "saved_percent", ".1f"),
        ("PSNR dB", "psnr_db", ".2f"),
        ("MS-SSIM", "ms_ssim", ".4f"),
        ("LPIPS", "lpips_squeeze", ".4f"),
        ("LPIPS Alex", "lpips_alex", ".4f"),
        ("LPIPS VGG", "lpips_vgg", ".4f"),
        ("d10", "d10", ".3f"),
        ("color", "color_error", ".2f"),
        ("KID", "kid", ".4f"),
        ("encode s", "encode_seconds", ".3f"),
        ("decode s", "decode_seconds", ".3f"),
    )
    columns = [column for column in every_column if column[1] in present]
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


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _mean_if_all(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _mean(known) if len(known) == len(values) else None
