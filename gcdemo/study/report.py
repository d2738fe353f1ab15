"""Writes down what the votes say: tables, the figure, and every raw row."""

import csv
import dataclasses
import io
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

from gcdemo.errors import InputError
from gcdemo.files import write_atomically
from gcdemo.study.analysis import Crossing, PictureRow, Point, Result, Score
from gcdemo.study.answers import Answer, to_csv, to_jsonl
from gcdemo.study.figure import draw_preference
from gcdemo.study.screening import RaterQuality

_Row: TypeAlias = Point | Crossing | Score | PictureRow | RaterQuality
_Cell: TypeAlias = str | int | float | bool
_Line = TypeVar("_Line")


def report_files(result: Result, answers: Sequence[Answer]) -> Mapping[str, bytes]:
    """Give every file of the report by its name, see `write_report`."""
    return {
        "report.md": format_report(result).encode(),
        "preference.png": draw_preference(result, "png"),
        "preference.svg": draw_preference(result, "svg"),
        "points.csv": _csv(Point, result.points),
        "crossings.csv": _csv(Crossing, result.crossings),
        "scores.csv": _csv(Score, result.scores),
        "pictures.csv": _csv(PictureRow, result.pictures),
        "raters.csv": _csv(RaterQuality, result.raters),
        **vote_files(answers),
    }


def vote_files(answers: Sequence[Answer]) -> Mapping[str, bytes]:
    """Give votes.csv and votes.jsonl: every vote, also of raters who are left out."""
    return {"votes.csv": to_csv(answers).encode(), "votes.jsonl": to_jsonl(answers).encode()}


def write_report(result: Result, answers: Sequence[Answer], out: Path) -> list[Path]:
    """Write report.md, the figure as PNG and SVG, a CSV of each table, and all votes.

    Args:
        result: What was found.
        answers: What it was found in.
        out: A folder; made where missing, files of the same names are replaced.

    Returns:
        The files.

    Raises:
        InputError: The folder cannot be written to.
    """
    return write_files(report_files(result, answers), out)


def write_files(files: Mapping[str, bytes], out: Path) -> list[Path]:
    """Write files by their names into a folder, each whole or not at all.

    Raises:
        InputError: The folder cannot be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            write_atomically(out / name, data)
    except OSError as error:
        raise InputError(f'"{out}" cannot be written to: {error.strerror or error}.') from error
    return [out / name for name in files]


def format_report(result: Result) -> str:
    """Give the result as Markdown, which also reads well as plain text."""
    ours = result.points[0].ours
    counting = sum(rater.counts for rater in result.raters)
    lines = [
        f"# Preference for {ours}",
        "",
        f"{result.votes} votes of {counting} raters; {len(result.raters) - counting} raters were "
        f"left out. Study pack {result.pack[:12]}.",
        "",
        "Intervals are of 95 %: Wilson's for percentages, and for crossings and scores from whole "
        "raters drawn anew.",
        "",
        "## Who is left out",
        "",
        *([f"- {rule}" for rule in result.rules.sentences()] or ["Nobody: no rule was applied."]),
        "",
        "## Percent who prefer ours",
        "",
        *_table(
            ("rival", "setting", "bpp", "bytes ratio", "votes", "percent", "interval"),
            result.points,
            _point_cells,
        ),
        "",
        "## Where half prefer ours",
        "",
        *_table(
            ("rival", "bpp", "interval", "times our bytes", "interval"),
            result.crossings,
            _crossing_cells,
        ),
        "",
        "## Bradley-Terry scores",
        "",
        *_table(
            ("codec", "setting", "score", "interval", "votes"),
            result.scores,
            lambda row: (
                row.codec,
                row.setting,
                f"{row.score:+.2f}",
                f"{row.low:+.2f} to {row.high:+.2f}",
                row.votes,
            ),
        ),
        "",
        "## Pictures",
        "",
        *_table(
            ("picture", "rival", "setting", "bpp", "votes", "percent", "interval"),
            result.pictures,
            lambda row: (
                row.picture,
                row.rival,
                row.setting,
                f"{row.bpp:.4f}",
                row.votes,
                f"{row.percent:.0f}",
                f"{row.low:.0f} to {row.high:.0f}",
            ),
        ),
        "",
        "## Raters",
        "",
        *_table(
            ("rater", "votes", "checks", "repeats", "median s", "left %", "screen", "left out"),
            result.raters,
            lambda row: (
                row.rater,
                row.votes,
                f"{row.checks_passed} of {row.checks}",
                f"{row.repeats_agreed} of {row.repeats}",
                f"{row.median_ms / 1000:.1f}",
                f"{row.left_percent:.0f}",
                row.screen_check,
                row.excluded,
            ),
        ),
    ]
    return "\n".join(lines) + "\n"


def _point_cells(row: Point) -> tuple[_Cell, ...]:
    return (
        row.rival,
        row.setting,
        f"{row.bpp:.4f}",
        f"{row.bytes_ratio:.2f}",
        row.votes,
        f"{row.percent:.1f}",
        f"{row.low:.1f} to {row.high:.1f}",
    )


def _crossing_cells(row: Crossing) -> tuple[_Cell, ...]:
    return (
        row.rival,
        _rate(row.bpp),
        f"{_rate(row.bpp_low)} to {_rate(row.bpp_high)}",
        _rate(row.ratio),
        f"{_rate(row.ratio_low)} to {_rate(row.ratio_high)}",
    )


def _rate(value: float) -> str:
    if math.isinf(value):
        return "above all shown" if value > 0 else "below all shown"
    return f"{value:.4g}"


def _table(
    names: Sequence[str], rows: Sequence[_Line], cells: Callable[[_Line], Sequence[_Cell]]
) -> list[str]:
    lines = [names, ["---"] * len(names), *map(cells, rows)]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


def _csv(kind: type[_Row], rows: Sequence[_Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in dataclasses.fields(kind)])
    writer.writerows(dataclasses.astuple(row) for row in rows)
    return text.getvalue().encode()
