"""Rate against quality as plain values: what the benchmark's plot shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of quality; a photo's own numbers are found by the label."""

    label: str
    title: str  # what the axis says
    decimals: int
    higher_is_better: bool


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A codec at one setting."""

    name: str  # of the setting, as in "C = 4"
    num_bytes: float  # of whole files, the mean
    bpp: float
    values: tuple[float | None, ...]  # one for each measure; None where it was not taken


@dataclass(frozen=True, slots=True)
class Curve:
    """A codec's points, by growing rate."""

    codec: str  # stable id
    label: str
    color: str  # "#rrggbb"
    points: tuple[CurvePoint, ...]
    mine: bool = False  # of the visitor's photo, not of the benchmark


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What was measured, and on what."""

    title: str
    measures: tuple[Measure, ...]
    curves: tuple[Curve, ...]
