"""What becomes of the rows: means, distances of sets, contact sheets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gcdemo.errors import InputError
from gcdemo.evaluation.bench import Bench
from gcdemo.evaluation.contenders import Field
from gcdemo.evaluation.patches import Kid, kid
from gcdemo.evaluation.report import (
    PointKey,
    Summary,
    format_summaries,
    group_rows,
    summarize,
)
from gcdemo.evaluation.rows import Row, RowKey, format_table
from gcdemo.evaluation.sheets import Tile, contact_sheet
from gcdemo.evaluation.store import ResultStore, read_features
from gcdemo.files import write_atomically
from gcdemo.images import load_image, save_png

SUMMARY = "summary.csv"
_NO_FEATURES = np.zeros((0, 1), np.float16)


class SheetOptions(NamedTuple):
    """How contact sheets are laid out."""

    originals: Mapping[str, Path]
    """Each picture's file."""
    scale: float = 1.0
    """Size of the pictures on the sheet; 1 shows every pixel."""
    pictures_per_sheet: int = 4


class Skipped(NamedTuple):
    """A picture that could not be measured."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured."""

    rows: tuple[Row, ...]
    """Of the pictures, codecs and points that were asked for."""
    summaries: tuple[Summary, ...]
    """One per codec and point; empty where no picture could be measured."""
    skipped: tuple[Skipped, ...]
    absent: Mapping[str, str]
    """For each metric and codec that could not be had, why."""


def finish(
    store: ResultStore,
    field: Field,
    pictures: Sequence[str],
    skipped: Sequence[Skipped],
    bench: Bench,
    sheets: SheetOptions | None,
) -> Evaluation:
    """Sort rows.csv and write summary.csv, summary.md (means) and, if wanted, sheets/.

    Args:
        store: Holds every row of the pictures.
        field: The codecs and points that were asked for.
        pictures: Names of those that have every row.
        skipped: Those that have not.
        bench: Its metrics say what is absent.
        sheets: How to lay out contact sheets of our models; None makes none.

    Raises:
        OSError: Something cannot be written.
    """
    keys = [RowKey(name, codec, point.name) for name in pictures for codec, point in field.keys]
    store.sort(keys)
    rows = tuple(store.rows[key] for key in keys)
    absent = {**bench.metrics.absent, **field.absent}
    kids: Mapping[PointKey, Kid] = {}
    if bench.metrics.patch_features is not None:
        try:
            kids = _kids(store, pictures, rows)
        except InputError as error:
            absent["kid"] = str(error)
    evaluation = Evaluation(rows, summarize(rows, kids), tuple(skipped), absent)
    table = format_table(Summary, evaluation.summaries)
    write_atomically(store.folder / SUMMARY, table.encode())
    write_atomically(store.folder / "summary.md", format_evaluation(evaluation).encode())
    if sheets is not None:
        _write_sheets(store, field, pictures, sheets)
    return evaluation


def format_evaluation(evaluation: Evaluation) -> str:
    """Give the table of means, what is absent from it and which pictures were skipped."""
    lines = [format_summaries(evaluation.summaries)] if evaluation.summaries else []
    pictures = evaluation.summaries[0].pictures if evaluation.summaries else 0
    lines.append(f"Means over {pictures} pictures; {len(evaluation.skipped)} skipped.")
    lines += [f"{name} is absent: {reason}" for name, reason in evaluation.absent.items()]
    lines += [f"{path.name} was skipped: {reason}" for path, reason in evaluation.skipped]
    return "\n".join(lines) + "\n"


def _kids(store: ResultStore, pictures: Sequence[str], rows: Sequence[Row]) -> dict[PointKey, Kid]:
    """Give each point's distance, computed once where points have the same files."""
    originals = _load([store.original_path(name) for name in pictures])
    known: dict[tuple[Path, ...], Kid] = {}
    kids = {}
    for key, group in group_rows(rows).items():
        if group[0].has_features:
            paths = tuple(store.features_path(row) for row in group)
            if paths not in known:
                known[paths] = kid(originals, _load(paths), paired=True)
            kids[key] = known[paths]
    return kids


def _load(paths: Sequence[Path]) -> NDArray[np.float16]:
    """Join stored features.

    Raises:
        InputError: Some are missing or not whole, or they do not fit together.
    """
    try:
        return np.concatenate([read_features(path) for path in paths] or [_NO_FEATURES])
    except ValueError as error:  # of differing widths
        raise InputError(f"Features of patches cannot be joined: {error}.") from error


def _write_sheets(
    store: ResultStore, field: Field, pictures: Sequence[str], options: SheetOptions
) -> None:
    folder = store.folder / "sheets"
    folder.mkdir(exist_ok=True)
    step = options.pictures_per_sheet
    for number, start in enumerate(range(0, len(pictures), step), 1):
        columns = [
            [Tile(load_image(options.originals[name]), name), *_tiles(store, field, name)]
            for name in pictures[start : start + step]
        ]
        save_png(contact_sheet(columns, options.scale), folder / f"sheet_{number:03d}.png")


def _tiles(store: ResultStore, field: Field, picture: str) -> list[Tile]:
    """Give what came back from each of our files of a picture."""
    tiles = []
    for _, codec, points in field.own:
        label = codec.label + ", " if len(field.own) > 1 else ""
        for point in points:
            row = store.rows[RowKey(picture, codec.name, point.name)]
            caption = f"{label}C = {row.quality}: {row.num_bytes} bytes, {row.bpp:.3f} bpp"
            tiles.append(Tile(codec.decode(store.file_path(row).read_bytes()), caption))
    return tiles
