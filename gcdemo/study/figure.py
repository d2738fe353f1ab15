"""The paper's figure: percent who prefer ours, against the rival's rate."""

import io
import math
from typing import Literal

from gcdemo.study.analysis import Point, Result

# Okabe and Ito's colors, told apart by nearly everybody.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = "osD^vP"


def draw_preference(result: Result, kind: Literal["png", "svg"]) -> bytes:
    """Give the figure as a file: points with Wilson's 95 % intervals, and the 50 % crossings.

    Args:
        result: With at least one point.
        kind: Format of the file. The same result gives the same bytes.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "gcdemo", "font.size": 10}):
        # Not pyplot: it keeps figures open and asks for a display.
        figure = Figure(figsize=(6.4, 4.2), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for number, found in enumerate(result.crossings):
            points = [point for point in result.points if point.rival == found.rival]
            color = _COLORS[number % len(_COLORS)]
            axes.errorbar(
                [point.bpp for point in points],
                [point.percent for point in points],
                yerr=_bars(points),
                color=color,
                marker=_MARKERS[number % len(_MARKERS)],
                capsize=3,
                label=f"{found.rival.upper()}, {sum(point.votes for point in points)} votes",
            )
            if math.isfinite(found.bpp):
                axes.axvline(found.bpp, color=color, linewidth=1, linestyle=":")
        axes.axhline(50, color="0.5", linewidth=1, linestyle="--")
        ours = result.points[0]
        rate = sum(p.ours_bpp * p.votes for p in result.points) / result.votes
        axes.axvline(rate, color="0.5", linewidth=1)
        axes.annotate(
            f" {ours.ours.upper()}, {ours.ours_setting}",
            (rate, 2),
            color="0.35",
            va="bottom",
        )
        axes.set(
            xlim=(0, None),
            ylim=(0, 100),
            xlabel="Rate of the other codec, bits per pixel",
            ylabel=f"Percent who prefer {ours.ours.upper()}",
        )
        axes.legend(frameon=False)
        file = io.BytesIO()
        # No date and no program: the file depends on the votes alone.
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(file, format=kind, dpi=160, metadata=metadata)
    return file.getvalue()


def _bars(points: list[Point]) -> tuple[list[float], list[float]]:
    """Give how far the intervals reach below and above the points."""
    below = [max(0.0, point.percent - point.low) for point in points]
    above = [max(0.0, point.high - point.percent) for point in points]
    return below, above
