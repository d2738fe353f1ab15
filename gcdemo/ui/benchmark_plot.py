"""BenchmarkPlot: rate against quality, to be read point by point."""

import math

from gradio.data_classes import GradioModel

from gcdemo.ui.component import Component, Untyped
from gcdemo.ui.curves import Benchmark, Curve, Measure


class MeasureData(GradioModel):
    """A measure as the script reads it."""

    label: str
    title: str
    decimals: int
    higher: bool


class PointData(GradioModel):
    """A point as the script reads it."""

    name: str
    num_bytes: float
    bpp: float
    values: list[float | None]


class CurveData(GradioModel):
    """A curve as the script reads it."""

    codec: str
    label: str
    color: str
    mine: bool
    points: list[PointData]


class BenchmarkData(GradioModel):
    """A benchmark as the script reads it."""

    title: str
    measures: list[MeasureData]
    curves: list[CurveData]


class BenchmarkPlot(Component):
    """Shows a `Benchmark`; which measure and which axis, the script keeps."""

    part = "benchmark"
    scripts = ("benchmark_scales", "benchmark_plot")
    data_model = BenchmarkData

    def from_page(self, payload: BenchmarkData | None) -> None:
        """Take nothing: what it shows is made on the server and never read back."""
        return

    def to_page(self, value: Benchmark | None) -> BenchmarkData | None:
        """Give the script a benchmark."""
        if value is None:
            return None
        return BenchmarkData(
            title=value.title,
            measures=[_measure_data(measure) for measure in value.measures],
            curves=[_curve_data(curve) for curve in value.curves],
        )

    def api_info(self) -> dict[str, Untyped]:
        """Give the type of its value for the API's documentation."""
        return BenchmarkData.model_json_schema()


def _measure_data(measure: Measure) -> MeasureData:
    return MeasureData(
        label=measure.label,
        title=measure.title,
        decimals=measure.decimals,
        higher=measure.higher_is_better,
    )


def _curve_data(curve: Curve) -> CurveData:
    return CurveData(
        codec=curve.codec,
        label=curve.label,
        color=curve.color,
        mine=curve.mine,
        points=[
            PointData(
                name=point.name,
                num_bytes=point.num_bytes,
                bpp=point.bpp,
                # JSON has no infinity; a picture that came back unchanged is off every chart.
                values=[
                    value if value is not None and math.isfinite(value) else None
                    for value in point.values
                ],
            )
            for point in curve.points
        ],
    )
