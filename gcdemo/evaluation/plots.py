"""Rate against quality as figures for a page or a paper; the same numbers give the same SVG."""

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gcdemo.evaluation.report import Summary
from gcdemo.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Style(NamedTuple):
    """How a codec is drawn everywhere."""

    codec: str
    label: str
    color: str
    marker: str


# Okabe and Ito's colors, told apart by color-blind people too, and a marker each.
STYLES = (
    Style("gc-search", "GC, searched (ours)", "#b2182b", "*"),
    Style("gc", "GC (ours)", "#d55e00", "o"),
    Style("gc-mse", "GC, MSE only (ours)", "#e69f00", "s"),
    Style("bpg", "BPG", "#0072b2", "D"),
    Style("jpeg", "JPEG", "#4d4d4d", "v"),
    Style("webp", "WebP", "#009e73", "^"),
    Style("avif", "AVIF", "#cc79a7", "P"),
    Style("jpeg2000", "JPEG 2000", "#8c6d31", "X"),
    Style("jxl", "JPEG XL", "#56b4e9", "p"),
)
# For weights that have no name here.
SPARE_LOOKS = (("#7b3294", "h"), ("#a6611a", "<"), ("#018571", ">"))


class Panel(NamedTuple):
    """One measure of quality."""

    measure: str
    """A field of `Summary`."""
    title: str
    better: str
    """Where better is: "higher" or "lower"."""

    @property
    def label(self) -> str:
        """What the axis says."""
        arrow = {"higher": "\N{UPWARDS ARROW}", "lower": "\N{DOWNWARDS ARROW}"}[self.better]
        return f"{self.title}   {arrow} {self.better} is better"


PANELS = (
    Panel("psnr_db", "PSNR (dB)", "higher"),
    Panel("ms_ssim", "MS-SSIM", "higher"),
    Panel("lpips_squeeze", "LPIPS, SqueezeNet 1.1", "lower"),
    Panel("d10", "d10, SqueezeNet 1.0", "lower"),
)
# LPIPS in larger trunks, drawn where their weights were there.
FURTHER_PANELS = (
    Panel("lpips_alex", "LPIPS, AlexNet", "lower"),
    Panel("lpips_vgg", "LPIPS, VGG16", "lower"),
)
RATE_LABEL = "bits per pixel, whole files (log scale)"

ALL_SIZE, ONE_SIZE = (9.0, 7.2), (6.4, 4.6)  # inches; the first for two rows of panels
_LOOK = Path(__file__).with_name("figures.mplstyle")


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a figure."""

    style: Style
    summaries: tuple[Summary, ...]
    """By growing rate."""
    dashed: bool = False

    @property
    def own(self) -> bool:
        """Whether the points are ours, and named."""
        return self.summaries[0].bound_bpp is not None


def find_curves(summaries: Iterable[Summary]) -> list[Curve]:
    """Give each codec's line: its own settings where these were measured, else the matched sizes.

    Codecs that may code the picture smaller have a dashed line besides. The order is that of
    `STYLES`; codecs that are not there follow.

    Args:
        summaries: Means at all points.
    """
    by_codec: dict[str, list[Summary]] = {}
    for summary in summaries:
        by_codec.setdefault(summary.codec, []).append(summary)
    curves = []
    for style in _styles(by_codec):
        points = by_codec[style.codec]
        scaled = [point for point in points if point.point.endswith("scaled")]
        settings = [point for point in points if point.factor is None]
        matched = [point for point in points if point.factor is not None and point not in scaled]
        curves.append(Curve(style, _by_rate(settings or matched)))
        if any(point.scale < 1 for point in scaled):
            label = f"{style.label}, coded smaller"
            curves.append(Curve(style._replace(label=label), _by_rate(scaled), dashed=True))
    return curves


def named_curve(curves: Iterable[Curve], measure: str) -> Curve | None:
    """Give our lowest curve, if any is ours: below it there is room to name the points.

    Args:
        curves: Any.
        measure: The field of the summaries that is drawn.
    """
    own = [curve for curve in curves if curve.own and _points(curve, measure)]
    return min(own, key=lambda curve: _points(curve, measure)[0][1], default=None)


def draw_figures(summaries: Sequence[Summary], folder: Path) -> list[Path]:
    """Draw every measure that was taken, all in one figure and each alone, as PNG and SVG.

    Args:
        summaries: Means at all points; without any, nothing is drawn.
        folder: Gets rate-quality.png, rate-psnr_db.svg and so on.

    Returns:
        The files.

    Raises:
        OSError: They cannot be written.
    """
    import matplotlib as mpl

    curves = find_curves(summaries)
    panels = [
        panel
        for panel in (*PANELS, *FURTHER_PANELS)
        if any(_points(curve, panel.measure) for curve in curves)
    ]
    if not panels:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with mpl.rc_context():
        mpl.rc_file(_LOOK)  # on top of the defaults, whatever this person's are
        width, height = ALL_SIZE
        size = (width, height * max(2, -(-len(panels) // 2)) / 2)
        paths += _save(_figure(curves, panels, size), folder / "rate-quality")
        for panel in panels:
            figure = _figure(curves, [panel], ONE_SIZE)
            paths += _save(figure, folder / f"rate-{panel.measure}")
    return paths


def _figure(
    curves: Sequence[Curve], panels: Sequence[Panel], size: tuple[float, float]
) -> "Figure":
    from matplotlib.figure import Figure

    columns = 2 if len(panels) > 1 else 1
    figure = Figure(figsize=size)
    figure.set_layout_engine("constrained", w_pad=0.09, h_pad=0.08)
    grid = figure.subplots(-(-len(panels) // columns), columns, squeeze=False, sharex=True)
    axes = list(grid.flat)
    for spare in axes[len(panels) :]:
        spare.remove()
    for place, panel in zip(axes, panels, strict=False):
        _draw_panel(place, curves, panel)
    for place in axes[max(0, len(panels) - columns) : len(panels)]:
        place.set_xlabel(RATE_LABEL)
        place.tick_params(labelbottom=True)
    # Drawn from the last to the first, so that ours lie on top; read from the first to the last,
    # by rows where Matplotlib fills columns.
    handles = list(reversed(axes[0].get_legend_handles_labels()[0]))
    width = min(4 if len(panels) > 1 else 3, len(handles))
    by_columns = [handle for column in range(width) for handle in handles[column::width]]
    figure.legend(handles=by_columns, loc="outside lower center", ncols=width, frameon=False)
    return figure


def _draw_panel(axes: "Axes", curves: Sequence[Curve], panel: Panel) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for order, curve in enumerate(reversed(curves)):
        points = _points(curve, panel.measure)
        axes.plot(
            [rate for rate, _ in points],
            [value for _, value in points],
            color=curve.style.color,
            marker=curve.style.marker,
            linestyle="--" if curve.dashed else "-",
            linewidth=1.8 if curve.own else 1.2,
            markersize=6.5 if curve.own else 5.0,
            markerfacecolor="white" if curve.dashed else curve.style.color,
            markeredgecolor=curve.style.color if curve.dashed else "white",
            markeredgewidth=1.0 if curve.dashed else 0.5,
            label=curve.style.label,
            zorder=3 + order,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel(panel.label)
    axes.grid(True)
    axes.margins(x=0.06, y=0.10)
    _name_points(axes, curves, panel)


def _name_points(axes: "Axes", curves: Sequence[Curve], panel: Panel) -> None:
    """Write C below the points of one model: those of our others have nearly the same rates."""
    from matplotlib.patheffects import withStroke

    curve = named_curve(curves, panel.measure)
    if curve is None:
        return
    names = [f"C = {summary.quality:g}" for summary in _with_value(curve, panel.measure)]
    for name, point in zip(names, _points(curve, panel.measure), strict=True):
        axes.annotate(
            name,
            point,
            xytext=(0, -12),
            textcoords="offset points",
            ha="center",
            va="center",
            color=curve.style.color,
            fontsize=8,
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
            zorder=2.5,  # above the grid, below every curve: no point is hidden
        )


def _points(curve: Curve, measure: str) -> list[tuple[float, float]]:
    """Give (rate, value) where there is one; PSNR is infinite where nothing was lost."""
    found = _with_value(curve, measure)
    return [(summary.bpp, getattr(summary, measure)) for summary in found]


def _with_value(curve: Curve, measure: str) -> list[Summary]:
    values = ((summary, getattr(summary, measure)) for summary in curve.summaries)
    return [summary for summary, value in values if value is not None and math.isfinite(value)]


def _styles(codecs: Iterable[str]) -> list[Style]:
    """Give the looks of codecs, those of `STYLES` first and in its order."""
    wanted = list(codecs)
    known = [style for style in STYLES if style.codec in wanted]
    others = [codec for codec in wanted if codec not in {style.codec for style in STYLES}]
    return known + [
        Style(codec, codec, *SPARE_LOOKS[index % len(SPARE_LOOKS)])
        for index, codec in enumerate(others)
    ]


def _by_rate(summaries: Iterable[Summary]) -> tuple[Summary, ...]:
    return tuple(sorted(summaries, key=lambda summary: summary.bpp))


def _save(figure: "Figure", stem: Path) -> list[Path]:
    """Write a figure twice, without the date that would make every SVG another."""
    paths = []
    for kind, about in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": None})):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata=about)
        paths.append(stem.with_name(f"{stem.name}.{kind}"))
        write_atomically(paths[-1], buffer.getvalue())
    return paths
