"""A visitor's photo among the benchmark's curves: whatever was coded of it without a search."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from gcdemo.codecs.base import bpp
from gcdemo.ui.curves import Benchmark, Curve, CurvePoint, Measure
from gcdemo.ui.every_rate import every_rate
from gcdemo.ui.render import match_text
from gcdemo.ui.view import Photo, Stat
from gcdemo.ui.workbench import Opened, Workbench

SPARE_COLOR = "#64748b"
"""Of codecs that the benchmark does not have."""


def with_photo(bench: Workbench, benchmark: Benchmark, photo: Photo | None) -> Benchmark:
    """Give the benchmark with what is remembered of a photo.

    Raises:
        InputError: The photo is no longer there.
    """
    if photo is None:
        return benchmark
    own = own_curves(bench, benchmark, bench.open(photo))
    return replace(benchmark, curves=(*benchmark.curves, *own))


def with_every_rate(
    bench: Workbench, benchmark: Benchmark, photo: Photo | None
) -> Iterator[Benchmark]:
    """Code a photo at every published rate, and give the benchmark as its points come.

    Raises:
        GCDemoError: There is no photo, or it cannot be coded.
    """
    shown = benchmark
    for _ in every_rate(bench, photo):
        latest = with_photo(bench, benchmark, photo)
        if latest != shown:
            shown = latest
            yield shown


def own_curves(bench: Workbench, benchmark: Benchmark, opened: Opened) -> tuple[Curve, ...]:
    """Give a photo's points, one curve for each codec, ours first."""
    codec, measures = bench.context.codec, benchmark.measures
    found: list[tuple[str, str, CurvePoint]] = []
    for rate in bench.context.rates:
        coded = bench.remembered(opened, rate.quality)
        if coded is not None:
            point = _point(opened, coded.report.label, len(coded.data), coded.stats, measures)
            found.append((codec.name, codec.label, point))
    for made in bench.rivalled(opened):
        name = match_text(made.match) or "matched"
        point = _point(opened, name, made.match.num_bytes, made.stats, measures)
        found.append((made.codec.name, made.codec.label, point))
    colors = {curve.codec: curve.color for curve in benchmark.curves}
    return tuple(
        Curve(
            codec=name,
            label=f"Your photo, {label}",
            color=colors.get(name, SPARE_COLOR),
            points=tuple(sorted({point for *_, point in group}, key=lambda point: point.bpp)),
            mine=True,
        )
        # Stable: within a codec the order is kept, and ours was found first.
        for (name, label), group in groupby(
            sorted(found, key=lambda entry: (entry[0] != codec.name, entry[0])),
            key=lambda entry: entry[:2],
        )
    )


def _point(
    opened: Opened, name: str, num_bytes: int, stats: Sequence[Stat], measures: Sequence[Measure]
) -> CurvePoint:
    values = {stat.label: stat.value for stat in stats}
    return CurvePoint(
        name=name,
        num_bytes=num_bytes,
        bpp=bpp(num_bytes, *opened.size),
        values=tuple(values.get(measure.label) for measure in measures),
    )
