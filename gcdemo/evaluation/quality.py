"""Measures one of our models over folders of pictures: `python -m gcdemo evaluate`.

Every number is taken from a real file: the picture is encoded, the file is written, read again
and decoded, and the rate is the file's size.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gcdemo.codecs.base import Codec
from gcdemo.errors import GCDemoError, InputError
from gcdemo.evaluation.measure import Metrics, Reconstruction, measure_picture
from gcdemo.evaluation.patches import Kid, kid
from gcdemo.evaluation.report import (
    Row,
    Summary,
    format_summaries,
    summarize,
    write_header,
    write_rows,
)
from gcdemo.evaluation.sheets import Tile, contact_sheet
from gcdemo.images import load_image, save_png

logger = logging.getLogger(__name__)

_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})


class SheetOptions(NamedTuple):
    """How contact sheets are laid out."""

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
    summaries: tuple[Summary, ...]
    """One per rate; empty where no picture could be measured."""
    skipped: tuple[Skipped, ...]
    absent: Mapping[str, str]
    """For each metric that could not be had, why."""


def find_pictures(sources: Sequence[Path]) -> list[Path]:
    """Give every picture file of folders (searched deeply) and the files that are named.

    Args:
        sources: Folders and files.

    Returns:
        Paths, each once, in the order of the sources and sorted within a folder.

    Raises:
        InputError: A source does not exist, or there is no picture at all.
    """
    found: dict[Path, None] = {}
    for source in sources:
        if not source.exists():
            raise InputError(f'"{source}" does not exist.')
        if source.is_dir():
            inside = (path for path in sorted(source.rglob("*")) if path.is_file())
            found |= dict.fromkeys(path for path in inside if path.suffix.lower() in _ENDINGS)
        else:
            found[source] = None
    if not found:
        raise InputError(f"There is no picture in {', '.join(map(str, sources))}.")
    return list(found)


def evaluate_model(
    codec: Codec,
    paths: Sequence[Path],
    channels: Sequence[int],
    metrics: Metrics,
    out: Path,
    *,
    sheets: SheetOptions | None = None,
    progress: bool = True,
) -> Evaluation:
    """Code pictures at every rate, measure what comes back and write it all down.

    The folder `out` gets rows.csv (a line per picture and rate, written as they come),
    summary.csv and summary.md (means), files/ (the coded files) and, if wanted, sheets/. A
    picture that fails at any rate is reported and skipped, and is in no mean: all rates are
    measured on the same pictures.

    Args:
        codec: Ours; its qualities are the latent channels C.
        paths: Picture files, at least one.
        channels: The rates C, each one of the codec's qualities.
        metrics: Those that need trained weights.
        out: A folder; made where missing, files of the same names are replaced.
        sheets: How to lay out contact sheets; None makes none.
        progress: Whether to show a progress bar.

    Raises:
        InputError: There is nothing to measure, a rate is not the codec's, or `out` cannot be
            written to.
    """
    channels = sorted(set(channels))
    _check_request(codec, paths, channels)
    results = _Results(out, metrics, sheets)
    named = zip(_unique_stems(paths), paths, strict=True)
    try:
        (out / "files").mkdir(parents=True, exist_ok=True)
        with (out / "rows.csv").open("w", newline="", encoding="utf-8") as file:
            write_header(file, Row)
            for stem, path in tqdm(named, total=len(paths), unit="picture", disable=not progress):
                try:
                    image = load_image(path)
                    found = measure_picture(codec, image, channels, metrics, out / "files" / stem)
                except GCDemoError as error:
                    logger.warning("%s is skipped: %s", path, error)
                    results.skipped.append(Skipped(path, str(error)))
                    continue
                write_rows(file, [reconstruction.row for reconstruction in found])
                file.flush()
                results.add(image, found)
        return results.finish()
    except OSError as error:
        raise InputError(f'"{out}" cannot be written to: {error.strerror or error}.') from error


class _Results:
    """What accumulates over the pictures."""

    def __init__(self, out: Path, metrics: Metrics, sheets: SheetOptions | None) -> None:
        self.skipped: list[Skipped] = []
        self._rows: list[Row] = []
        self._out = out
        self._metrics = metrics
        self._sheets = sheets
        self._columns: list[list[Tile]] = []  # of the sheet that is being filled
        self._num_sheets = 0
        self._features: dict[int, list[NDArray[np.float32]]] = {}  # by C; the originals' under 0

    def add(self, image: NDArray[np.uint8], found: Sequence[Reconstruction]) -> None:
        """Take in one picture at all rates."""
        self._rows += [reconstruction.row for reconstruction in found]
        if self._metrics.patch_features is not None:
            self._features.setdefault(0, []).append(self._metrics.patch_features(image))
            for row, _, features in found:
                if features is not None:
                    self._features.setdefault(row.channels, []).append(features)
        if self._sheets is not None:
            self._columns.append([Tile(image, found[0].row.picture), *map(_tile, found)])
            if len(self._columns) >= self._sheets.pictures_per_sheet:
                self._write_sheet(self._sheets)

    def finish(self) -> Evaluation:
        """Write the last sheet and the means."""
        if self._sheets is not None and self._columns:
            self._write_sheet(self._sheets)
        absent = dict(self._metrics.absent)
        try:
            kids = self._kids()
        except InputError as error:
            kids, absent["kid"] = {}, str(error)
        summaries = summarize(self._rows, kids)
        with (self._out / "summary.csv").open("w", newline="", encoding="utf-8") as file:
            write_header(file, Summary)
            write_rows(file, summaries)
        evaluation = Evaluation(tuple(self._rows), summaries, tuple(self.skipped), absent)
        (self._out / "summary.md").write_text(format_evaluation(evaluation), encoding="utf-8")
        return evaluation

    def _kids(self) -> dict[int, Kid]:
        features = {rate: np.concatenate(parts) for rate, parts in self._features.items()}
        originals = features.pop(0, None)
        if originals is None:
            return {}
        return {rate: kid(originals, rows, paired=True) for rate, rows in features.items()}

    def _write_sheet(self, options: SheetOptions) -> None:
        self._num_sheets += 1
        folder = self._out / "sheets"
        folder.mkdir(exist_ok=True)
        sheet = contact_sheet(self._columns, options.scale)
        save_png(sheet, folder / f"sheet_{self._num_sheets:03d}.png")
        self._columns = []


def format_evaluation(evaluation: Evaluation) -> str:
    """Give the table of means, what is absent from it and which pictures were skipped."""
    lines = [format_summaries(evaluation.summaries)] if evaluation.summaries else []
    pictures = evaluation.summaries[0].pictures if evaluation.summaries else 0
    lines.append(f"Means over {pictures} pictures; {len(evaluation.skipped)} skipped.")
    lines += [f"{name} is absent: {reason}" for name, reason in evaluation.absent.items()]
    lines += [f"{path.name} was skipped: {reason}" for path, reason in evaluation.skipped]
    return "\n".join(lines) + "\n"


def _check_request(codec: Codec, paths: Sequence[Path], channels: Sequence[int]) -> None:
    if not paths or not channels:
        raise InputError("Nothing to measure: name at least one picture and one rate.")
    if unknown := sorted(set(channels) - set(codec.qualities)):
        raise InputError(
            f"{codec.label} does not code C = {', '.join(map(str, unknown))}; "
            f"it codes C = {', '.join(map(str, codec.qualities))}."
        )


def _unique_stems(paths: Iterable[Path]) -> list[str]:
    """Give file names without endings; a name that is taken gets a number."""
    stems: dict[str, None] = {}
    for path in paths:
        stem, number = path.stem, 2
        while stem in stems:
            stem, number = f"{path.stem}-{number}", number + 1
        stems[stem] = None
    return list(stems)


def _tile(found: Reconstruction) -> Tile:
    row = found.row
    return Tile(found.image_hat, f"C = {row.channels}: {row.num_bytes} bytes, {row.bpp:.3f} bpp")
