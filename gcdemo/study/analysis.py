"""What the votes say: preference against the rival's rate, its 50 % crossing, scores, pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gcdemo.errors import InputError
from gcdemo.study.answers import Answer
from gcdemo.study.estimates import (
    Floats,
    Interval,
    bradley_terry,
    crossing,
    percentile_interval,
    resamples,
    wilson,
)
from gcdemo.study.records import Kind
from gcdemo.study.screening import RaterQuality, Rules, judge_raters

Numbers: TypeAlias = NDArray[np.int64]

RESAMPLES = 1000
"""Of the raters, for every interval that is found by resampling."""


@dataclass(frozen=True, slots=True)
class Point:
    """How often ours was preferred to a rival at one rate: a line of points.csv."""

    ours: str
    ours_setting: str
    ours_bpp: float  # mean over the votes, as the rival's
    rival: str
    setting: str  # of the rival
    factor: float  # the rival's bytes as a multiple of ours, as asked for; 0: not asked
    bpp: float
    bytes_ratio: float  # as it came out: mean of the rival's bytes over ours
    votes: int
    percent: float  # preferring ours; an undecided answer counts half
    low: float  # Wilson's 95 % interval, in percent
    high: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """The largest rate at which more than half preferred ours: a line of crossings.csv.

    Infinite where it lies beyond the rates that were shown, minus infinity where below.
    """

    rival: str
    bpp: float
    bpp_low: float  # 95 %, from resampled raters
    bpp_high: float
    ratio: float  # the same as a multiple of our bytes
    ratio_low: float
    ratio_high: float


@dataclass(frozen=True, slots=True)
class Score:
    """A Bradley-Terry score: a line of scores.csv. Larger by 1: preferred in 73 of 100."""

    codec: str
    setting: str
    score: float
    low: float  # 95 %, from resampled raters
    high: float
    votes: int


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One picture against one rival at one rate: a line of pictures.csv."""

    picture: str
    rival: str
    setting: str
    factor: float
    bpp: float
    floor: bool  # the rival has no smaller file
    votes: int
    percent: float
    low: float  # Wilson's 95 % interval, in percent
    high: float


@dataclass(frozen=True, slots=True)
class Result:
    """All that is found in the votes on one pack."""

    pack: str  # hash
    rules: Rules
    raters: tuple[RaterQuality, ...]  # also those left out
    points: tuple[Point, ...]  # by rival, then by rate
    crossings: tuple[Crossing, ...]  # one for each rival
    scores: tuple[Score, ...]  # best first
    pictures: tuple[PictureRow, ...]

    @property
    def votes(self) -> int:
        """How many votes on normal pairs count."""
        return sum(point.votes for point in self.points)


def analyze(answers: Sequence[Answer], rules: Rules, *, seed: int = 0) -> Result:
    """Find what the votes on one pack say.

    Only normal trials count: checks and repetitions judge raters.

    Args:
        answers: Of one pack.
        rules: Which raters are left out.
        seed: Of the resampling; the same votes and seed give the same numbers.

    Raises:
        InputError: There is no vote that counts, or votes of several packs are mixed.
    """
    packs = {answer.pack for answer in answers}
    if len(packs) > 1:
        raise InputError("Votes on different study packs cannot be analyzed together.")
    raters = judge_raters(answers, rules)
    counting = {rater.rater for rater in raters if rater.counts}
    normal = [
        answer for answer in answers if answer.kind == Kind.NORMAL and answer.rater in counting
    ]
    if not normal:
        raise InputError("There is no vote that counts: none was given, or the rules leave none.")
    rows = sorted(normal, key=lambda answer: (answer.second_codec, answer.factor, answer.picture))
    clusters = _clusters(rows)
    draws = resamples(int(clusters.max()) + 1, RESAMPLES, seed)
    rivals = list(dict.fromkeys(answer.second_codec for answer in rows))
    points = [point for rival in rivals for point in _points(rows, rival)]
    return Result(
        pack=packs.pop(),
        rules=rules,
        raters=raters,
        points=tuple(points),
        crossings=tuple(
            _crossing([point for point in points if point.rival == rival], rows, clusters, draws)
            for rival in rivals
        ),
        scores=_scores(rows, clusters, draws),
        pictures=_pictures(rows),
    )


def _clusters(rows: Sequence[Answer]) -> Numbers:
    """Number the raters: for each row, whose it is."""
    numbers = {rater: number for number, rater in enumerate(sorted({row.rater for row in rows}))}
    return np.array([numbers[row.rater] for row in rows])


def _points(rows: Sequence[Answer], rival: str) -> list[Point]:
    own = [row for row in rows if row.second_codec == rival]
    points = [
        _point([row for row in own if row.second_setting == setting])
        for setting in dict.fromkeys(row.second_setting for row in own)
    ]
    return sorted(points, key=lambda point: point.bpp)


def _point(rows: Sequence[Answer]) -> Point:
    interval, share = _share(rows)
    return Point(
        ours=rows[0].first_codec,
        ours_setting=rows[0].first_setting,
        ours_bpp=_mean(row.first_bpp for row in rows),
        rival=rows[0].second_codec,
        setting=rows[0].second_setting,
        factor=rows[0].factor,
        bpp=_mean(row.second_bpp for row in rows),
        bytes_ratio=_mean(row.second_num_bytes / row.first_num_bytes for row in rows),
        votes=len(rows),
        percent=share,
        low=interval.low,
        high=interval.high,
    )


def _share(rows: Sequence[Answer]) -> tuple[Interval, float]:
    """Give the percentage that preferred ours, behind its interval."""
    wins = sum(row.first_share for row in rows)
    interval = wilson(wins, len(rows))
    return Interval(100 * interval.low, 100 * interval.high), 100 * wins / len(rows)


def _crossing(
    points: Sequence[Point],
    rows: Sequence[Answer],
    clusters: Numbers,
    draws: Floats,
) -> Crossing:
    """Find where one rival's points, in the order of their rates, pass one half."""
    wins, totals = np.zeros((2, draws.shape[1], len(points)))
    columns = {point.setting: column for column, point in enumerate(points)}
    for row, cluster in zip(rows, clusters, strict=True):
        if row.second_codec == points[0].rival:
            wins[cluster, columns[row.second_setting]] += row.first_share
            totals[cluster, columns[row.second_setting]] += 1
    found, intervals = [], []
    for rates in (
        np.array([point.bpp for point in points]),
        np.array([point.bytes_ratio for point in points]),
    ):
        drawn = zip(draws @ wins, draws @ totals, strict=True)
        values = np.array([crossing(rates, *counts) for counts in drawn])
        found.append(crossing(rates, wins.sum(axis=0), totals.sum(axis=0)))
        intervals.append(percentile_interval(values))
    return Crossing(
        rival=points[0].rival,
        bpp=found[0],
        bpp_low=intervals[0].low,
        bpp_high=intervals[0].high,
        ratio=found[1],
        ratio_low=intervals[1].low,
        ratio_high=intervals[1].high,
    )


def _scores(
    rows: Sequence[Answer],
    clusters: Numbers,
    draws: Floats,
) -> tuple[Score, ...]:
    sides = [
        ((row.first_codec, row.first_setting), (row.second_codec, row.second_setting))
        for row in rows
    ]
    items = {item: place for place, item in enumerate(sorted({i for pair in sides for i in pair}))}
    wins = np.zeros((draws.shape[1], len(items), len(items)))
    for (first, second), row, cluster in zip(sides, rows, clusters, strict=True):
        wins[cluster, items[first], items[second]] += row.first_share
        wins[cluster, items[second], items[first]] += 1 - row.first_share
    total = wins.sum(axis=0)
    scores = bradley_terry(total)
    drawn = np.array([bradley_terry(counts) for counts in np.tensordot(draws, wins, axes=1)])
    found = []
    for (codec, setting), place in items.items():
        interval = percentile_interval(drawn[:, place])
        votes = round(total[place].sum() + total[:, place].sum())
        score = float(scores[place])
        found.append(Score(codec, setting, score, interval.low, interval.high, votes))
    return tuple(sorted(found, key=lambda score: -score.score))


def _pictures(rows: Sequence[Answer]) -> tuple[PictureRow, ...]:
    pairs: dict[str, list[Answer]] = {}
    for row in sorted(rows, key=lambda row: (row.picture, row.second_codec, row.factor)):
        pairs.setdefault(row.pair, []).append(row)
    found = []
    for same in pairs.values():
        interval, share = _share(same)
        found.append(
            PictureRow(
                picture=same[0].picture,
                rival=same[0].second_codec,
                setting=same[0].second_setting,
                factor=same[0].factor,
                bpp=same[0].second_bpp,
                floor=same[0].second_floor,
                votes=len(same),
                percent=share,
                low=interval.low,
                high=interval.high,
            )
        )
    return tuple(found)


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
