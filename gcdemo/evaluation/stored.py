"""The results that are shipped with the program."""

from pathlib import Path

from gcdemo.errors import InputError
from gcdemo.evaluation.report import Summary, summarize
from gcdemo.evaluation.rows import Row, parse_rows

RESULTS_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "results"

MEANS, FLOORS = "kodak-means.csv", "kodak-floors.csv"
"""Means at every point of ours and BPG; rows of the smallest files of the other codecs."""


def stored_summaries(folder: Path = RESULTS_FOLDER) -> tuple[Summary, ...]:
    """Give the means on Kodak: every point of the means, and what only the rows tell.

    Args:
        folder: Where the tables are.

    Raises:
        InputError: A table is missing or damaged.
    """
    means = parse_rows(Summary, _text(folder / MEANS))
    known = {summary.codec for summary in means}
    rows = [row for row in parse_rows(Row, _text(folder / FLOORS)) if row.codec not in known]
    return (*means, *summarize(rows, {}))


def _text(path: Path) -> str:
    try:
        # Line ends belong to the table: they are read as they stand.
        with path.open(newline="", encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise InputError(f'There are no results at "{path}".') from error
