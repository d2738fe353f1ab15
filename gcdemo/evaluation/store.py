"""The folder of an evaluation: rows as they come, files, and what a later run goes on from."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gcdemo.errors import InputError
from gcdemo.evaluation.bench import Outcome
from gcdemo.evaluation.rows import (
    Row,
    RowKey,
    columns_of,
    format_header,
    format_rows,
    format_table,
    parse_rows,
)
from gcdemo.evaluation.versions import Environment
from gcdemo.files import write_atomically

ROWS = "rows.csv"
ENVIRONMENT = "environment.json"


class ResultStore:
    """Everything measured so far.

    | in the folder | what |
    |---|---|
    | rows.csv | a line per picture, codec and point |
    | environment.json | versions, weights and machines |
    | files/CODEC/ | every file that was measured |
    | features/CODEC/ | of its patches, for the distance of sets; `originals` as well |

    A job's files are written before its rows: a row that is there is complete.
    """

    def __init__(
        self, folder: Path, environment: Environment, extensions: Mapping[str, str]
    ) -> None:
        """Make the folder, or go on with one.

        Args:
            folder: Where everything goes.
            environment: What is measured with now.
            extensions: For each codec's name, how its files' names end.

        Raises:
            InputError: What is there was measured with something else, or is no evaluation.
            OSError: It cannot be written.
        """
        self.folder = folder
        self._extensions = extensions
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / ENVIRONMENT
        if path.exists():
            stored = Environment.from_json(path.read_text(encoding="utf-8"))
            environment = environment.merged(stored)
        elif (folder / ROWS).exists():
            raise InputError(f'"{folder}" holds rows of which it is not known what made them.')
        write_atomically(path, environment.to_json().encode())
        self.rows: dict[RowKey, Row] = {row.key: row for row in self._stored_rows()}
        self._rewrite()  # without what remains of a line that was not finished

    def _stored_rows(self) -> list[Row]:
        path = self.folder / ROWS
        if not path.exists():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            return parse_rows(Row, file.read())

    def _rewrite(self) -> None:
        self._columns = columns_of(Row, self.rows.values())
        text = format_header(self._columns) + format_rows(self.rows.values(), self._columns)
        write_atomically(self.folder / ROWS, text.encode())

    def add(self, picture: str, outcome: Outcome) -> None:
        """Take in what a job gave.

        Args:
            picture: Its name in the rows.
            outcome: What was measured of it.

        Raises:
            OSError: It cannot be written.
        """
        if outcome.original is not None:
            self._write_features(self.original_path(picture), outcome.original)
        for row, data, features in outcome.measured:
            path = self.file_path(row)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            if features is not None:
                self._write_features(self.features_path(row), features)
        rows = [measured.row for measured in outcome.measured]
        # As a later run would read them: fractions have six digits there.
        self.rows |= {row.key: row for row in parse_rows(Row, format_table(Row, rows))}
        if not set(columns_of(Row, rows)) <= set(self._columns):
            self._rewrite()
            return
        with (self.folder / ROWS).open("a", newline="", encoding="utf-8") as file:
            file.write(format_rows(rows, self._columns))

    def sort(self, order: Iterable[RowKey]) -> None:
        """Put rows into an order, whichever they came in.

        Args:
            order: Of the rows that are to come first.

        Raises:
            OSError: They cannot be written.
        """
        first = {key: self.rows[key] for key in order if key in self.rows}
        self.rows = {**first, **self.rows}
        self._rewrite()

    def file_path(self, row: Row) -> Path:
        """Give the place of the file that a row measures."""
        name = row.file_stem + self._extensions.get(row.codec, "")
        return self.folder / "files" / row.codec / name

    def features_path(self, row: Row) -> Path:
        """Give the place of the features of what came back."""
        return self.folder / "features" / row.codec / f"{row.file_stem}.npy"

    def original_path(self, picture: str) -> Path:
        """Give the place of an original's features."""
        return self.folder / "features" / "originals" / f"{picture}.npy"

    def has_original(self, picture: str) -> bool:
        """Tell whether an original's features are there and can be read."""
        try:
            read_features(self.original_path(picture))
        except InputError:
            return False
        return True

    def _write_features(self, path: Path, features: NDArray[np.float32]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        # Half precision: a thousandth of a feature is far below what a set's distance sees.
        np.save(buffer, features.astype(np.float16))
        write_atomically(path, buffer.getvalue())


def read_features(path: Path) -> NDArray[np.float16]:
    """Read a file of features.

    Raises:
        InputError: It is missing or not whole.
    """
    try:
        features: NDArray[np.float16] = np.load(path)
    except (OSError, ValueError, EOFError) as error:  # the last of an empty file
        raise InputError(f"Features of patches cannot be read: {error}.") from error
    return features
