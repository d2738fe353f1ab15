"""Which raters count: what is known of how each answered, and rules that are stated beforehand.

Nothing is deleted: a rater who is left out keeps every row, and other rules give another result.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gcdemo.study.answers import Answer
from gcdemo.study.records import Kind


@dataclass(frozen=True, slots=True)
class Rules:
    """Whom to leave out; None switches a rule off."""

    max_failed_checks: int | None = 0  # obvious checks answered wrongly
    min_median_ms: float | None = 600.0  # nobody compares three pictures faster
    min_votes: int | None = None  # on normal pairs
    need_agreement: bool = False  # a pair shown twice must be answered alike
    need_screen: bool = False  # a screen that hid faint patches does not count

    def sentences(self) -> tuple[str, ...]:
        """State every rule as a sentence."""
        found = []
        if self.max_failed_checks is not None:
            found.append(f"More than {self.max_failed_checks} obvious checks failed.")
        if self.min_median_ms is not None:
            found.append(f"Half of the answers took less than {self.min_median_ms:g} ms.")
        if self.min_votes is not None:
            found.append(f"Fewer than {self.min_votes} votes on normal pairs.")
        if self.need_agreement:
            found.append("A pair shown twice was answered differently.")
        if self.need_screen:
            found.append("The screen hid faint patches.")
        return tuple(found)


NO_RULES = Rules(max_failed_checks=None, min_median_ms=None)
"""Leaves nobody out."""


@dataclass(frozen=True, slots=True)
class RaterQuality:
    """How one rater answered: a line of raters.csv."""

    rater: str
    votes: int  # on normal pairs
    checks: int
    checks_passed: int
    repeats: int
    repeats_agreed: int
    median_ms: float
    screen_check: str  # of the last answer
    left_percent: float  # of the answers that named a side; far from 50 is a habit
    excluded: str  # why the rater is left out; "" who is not

    @property
    def counts(self) -> bool:
        """Whether the votes are part of the result."""
        return not self.excluded


def judge_raters(answers: Sequence[Answer], rules: Rules) -> tuple[RaterQuality, ...]:
    """Say of every rater how they answered and whether they count.

    Args:
        answers: Of one pack, in any order.
        rules: Whom to leave out.
    """
    ordered = sorted(answers, key=lambda answer: (answer.rater, answer.number))
    return tuple(
        _judge(rater, list(rows), rules)
        for rater, rows in groupby(ordered, key=lambda answer: answer.rater)
    )


def _judge(rater: str, rows: Sequence[Answer], rules: Rules) -> RaterQuality:
    of_kind = {kind: [row for row in rows if row.kind == kind] for kind in Kind}
    checks, repeats = of_kind[Kind.CHECK], of_kind[Kind.REPEAT]
    before = {row.pair: row.first_share for row in of_kind[Kind.NORMAL]}
    passed = sum(row.first_share == 1 for row in checks)
    agreed = sum(row.first_share == before.get(row.pair) for row in repeats)
    median_ms = statistics.median(row.response_ms for row in rows)
    sides = [row.choice for row in rows if row.choice in ("left", "right")]
    votes = len(of_kind[Kind.NORMAL])
    reasons = []
    if rules.max_failed_checks is not None and len(checks) - passed > rules.max_failed_checks:
        reasons.append("checks failed")
    if rules.min_median_ms is not None and median_ms < rules.min_median_ms:
        reasons.append("too fast")
    if rules.min_votes is not None and votes < rules.min_votes:
        reasons.append("too few votes")
    if rules.need_agreement and agreed < len(repeats):
        reasons.append("repeats differ")
    if rules.need_screen and rows[-1].screen_check.endswith("hidden"):
        reasons.append("poor screen")
    return RaterQuality(
        rater=rater,
        votes=votes,
        checks=len(checks),
        checks_passed=passed,
        repeats=len(repeats),
        repeats_agreed=agreed,
        median_ms=median_ms,
        screen_check=rows[-1].screen_check,
        left_percent=100 * sides.count("left") / len(sides) if sides else 50.0,
        excluded=", ".join(reasons),
    )
