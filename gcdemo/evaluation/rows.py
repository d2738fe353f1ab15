"""Rows of measurements, and how they are written to a table file and read again."""

import csv
import dataclasses
import io
import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, dataclass, field
from typing import NamedTuple, TypeVar

from gcdemo.errors import InputError


class RowKey(NamedTuple):
    """What is measured once."""

    picture: str
    codec: str
    point: str


@dataclass(frozen=True, slots=True)
class Row:
    """One picture by one codec at one point. None stands for what there is not."""

    picture: str
    """Its file's name without the ending."""
    picture_hash: str
    """Of its file: the first 12 hexadecimal digits of the SHA-256."""
    codec: str
    codec_version: str
    """What made the file: a library's version, or the weights' hash."""
    point: str
    """What was asked for, see `points`."""
    quality: int
    """The codec's setting that made the file; of ours, C."""
    anchor: int | None
    """C of our file whose bytes were to be matched."""
    factor: float | None
    """How many times those bytes."""
    target_bytes: int | None
    """The least size that was asked for."""
    scale: float
    """Side of the picture as it was coded over its own; 1 unless coded smaller."""
    floor: bool
    """Whether this is the codec's smallest file and still above the target."""
    width: int
    height: int
    num_bytes: int
    """Size of the whole file."""
    bpp: float
    """Per pixel of the picture as it was given."""
    bound_bpp: float | None
    """Of ours: C log2(L) / 256, the rate without entropy coding."""
    psnr_db: float
    ms_ssim: float
    lpips_squeeze: float | None
    lpips_alex: float | None = field(default=None, kw_only=True)
    """This and the next are columns only of tables in which a row has them."""
    lpips_vgg: float | None = field(default=None, kw_only=True)
    d10: float | None
    color_error: float
    encodes: int
    """Files that the search for this one asked for, itself included."""
    encode_seconds: float
    """Of the one encoding that made the file."""
    decode_seconds: float

    @property
    def key(self) -> RowKey:
        """Give what no other row measures."""
        return RowKey(self.picture, self.codec, self.point)

    @property
    def has_features(self) -> bool:
        """Whether a distance of sets is taken: not at the settings of a rival's own curve."""
        return self.bound_bpp is not None or self.factor is not None

    @property
    def file_stem(self) -> str:
        """The names of what is kept of it, without their endings: a file of ours has one C."""
        if self.bound_bpp is not None:
            return f"{self.picture}_c{self.quality}"
        scaled = "" if self.scale == 1 else f"_x{self.scale:.2f}"
        # A codec that takes a size may make several files at one quality.
        return f"{self.picture}_q{self.quality}{scaled}_{self.num_bytes}b"


AnyRow = TypeVar("AnyRow")


def columns_of(kind: type[AnyRow], rows: Iterable[AnyRow]) -> tuple[str, ...]:
    """Give the columns of a table: all fields but those with a default that no row departs from.

    Args:
        kind: A dataclass of numbers, texts and None.
        rows: All that the table will hold.
    """
    known = list(rows)
    return tuple(
        field.name
        for field in _fields(kind)
        if field.default is MISSING
        or any(getattr(row, field.name) != field.default for row in known)
    )


def format_header(columns: Sequence[str]) -> str:
    """Give the names of columns as a line of CSV."""
    return _lines([columns])


def format_rows(rows: Iterable[AnyRow], columns: Sequence[str]) -> str:
    """Give rows as lines of CSV, six digits a fraction; None becomes an empty cell.

    Args:
        rows: Of a dataclass of numbers, texts and None.
        columns: Names of the fields to write, in order.
    """
    return _lines([_cell(getattr(row, name)) for name in columns] for row in rows)


def format_table(kind: type[AnyRow], rows: Sequence[AnyRow]) -> str:
    """Give rows with the line of their columns above, as CSV."""
    columns = columns_of(kind, rows)
    return format_header(columns) + format_rows(rows, columns)


def parse_rows(kind: type[AnyRow], text: str) -> list[AnyRow]:
    """Read what `format_table` wrote; a column of optional values may be missing.

    A last line without its end is left out: it is what remains of a run that was stopped.

    Args:
        kind: The rows' dataclass.
        text: The whole file.

    Raises:
        InputError: It is some other table.
    """
    whole = text[: text.rfind("\n") + 1]
    lines = csv.reader(io.StringIO(whole, newline=""))
    header = next(lines, [])
    expected = [f.name for f in _fields(kind) if f.default is MISSING or f.name in header]
    if header != expected:
        raise InputError("The table has other columns than this version of the program writes.")
    hints = typing.get_type_hints(kind)
    parsers = [(name, _parser(hints[name])) for name in header]
    try:
        return [
            kind(**{name: parse(cell) for (name, parse), cell in zip(parsers, line, strict=True)})
            for line in lines
        ]
    except ValueError as error:
        raise InputError(f"The table is damaged: {error}.") from error


def _fields(kind: type) -> tuple[dataclasses.Field[object], ...]:
    return dataclasses.fields(kind)


def _lines(cells: Iterable[Iterable[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(cells)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    return f"{value:.6g}" if isinstance(value, float) else value  # csv leaves None empty


def _parser(hint: object) -> Callable[[str], object]:
    """Give what turns a cell into a value of a field's type."""
    kinds = typing.get_args(hint) or (hint,)
    (plain,) = [kind for kind in kinds if kind is not type(None)]
    if plain is bool:
        return lambda cell: bool(int(cell))

    def parse(cell: str) -> object:
        return None if cell == "" and type(None) in kinds else plain(cell)

    return parse
