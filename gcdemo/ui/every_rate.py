"""One photo at every published rate, a rival of as many bytes below each; nothing knows Gradio."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gcdemo.codecs.base import bpp
from gcdemo.errors import GCDemoError, InputError
from gcdemo.ui.figure import FigureCell, FigureColumn, RateFigure
from gcdemo.ui.figure_picture import draw_figure
from gcdemo.ui.handlers import NO_PHOTO
from gcdemo.ui.render import bpp_text, bytes_text, match_text
from gcdemo.ui.view import Photo
from gcdemo.ui.workbench import Opened, Workbench


def every_rate(bench: Workbench, photo: Photo | None) -> Iterator[RateFigure]:
    """Code a photo at every published rate; each picture is shown as soon as it is there.

    Args:
        bench: Does the work, and remembers it for the comparison.
        photo: What was chosen, if anything.

    Raises:
        GCDemoError: The photo or the codec does not allow it.
    """
    if photo is None:
        raise InputError(NO_PHOTO)
    opened = bench.open(photo)
    context = bench.context
    rival = context.figure_rival
    labels = [context.codec.label, *([rival.label] if rival else [])]
    columns = [
        FigureColumn(
            title=f"C = {rate.quality}",
            quality=rate.quality,
            cells=tuple(FigureCell(label, note=f"{label} follows") for label in labels),
        )
        for rate in context.figure_rates
    ]
    for index, column in enumerate(columns):
        for cells in _column(bench, opened, column):
            columns[index] = replace(column, cells=cells)
            yield _figure(opened, columns)
    whole = _figure(opened, columns)
    name = f"{opened.stem}-rates.png"
    yield replace(
        whole,
        file=bench.store(draw_figure(whole), name),
        spoken=f"{opened.stem} at {len(columns)} rates: {_spoken(columns)}.",
    )


def _column(
    bench: Workbench, opened: Opened, column: FigureColumn
) -> Iterator[tuple[FigureCell, ...]]:
    """Make ours, then the rival's; give the cells before and after each."""
    context = bench.context
    later = column.cells[1:]
    yield (replace(column.cells[0], note=f"Coding {column.title}"), *later)
    coded = bench.code(opened, column.quality)
    ours = FigureCell(
        title=f"{context.codec.label}, {column.title}",
        image=coded.view,
        headline=bytes_text(len(coded.data)),
        line=bpp_text(bpp(len(coded.data), *opened.size)),
    )
    yield (ours, *later)
    rival = context.figure_rival
    if rival is None:
        return
    yield (ours, FigureCell(rival.label, note=f"Matching {rival.label}"))
    try:
        made = bench.rival(opened, rival, len(coded.data), scaled=False)
    except GCDemoError as error:
        yield (ours, FigureCell(rival.label, remark=str(error)))
        return
    yield (
        ours,
        FigureCell(
            title=rival.label,
            image=made.view,
            headline=bytes_text(made.match.num_bytes),
            line=bpp_text(made.match.bpp),
            remark=match_text(made.match),
        ),
    )


def _figure(opened: Opened, columns: Sequence[FigureColumn]) -> RateFigure:
    width, height = opened.view_size
    original = FigureCell(
        title="Original",
        image=opened.view,
        headline=bytes_text(opened.png_bytes),
        line="as a lossless PNG",
    )
    return RateFigure(width=width, height=height, original=original, columns=tuple(columns))


def _spoken(columns: Sequence[FigureColumn]) -> str:
    cells = [cell for column in columns for cell in column.cells if cell.image]
    return "; ".join(f"{cell.title} {cell.headline}" for cell in cells)
