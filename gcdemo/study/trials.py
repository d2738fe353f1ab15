"""Which pair a rater sees next, and on which sides: pure functions of what was shown so far."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gcdemo.study.faults import PackError
from gcdemo.study.manifest import Pair, Settings
from gcdemo.study.records import Kind, Side, Tally, Trial

REPEAT_GAP = 3
"""Trials that lie at least between a pair and its repetition."""


@dataclass(frozen=True, slots=True)
class Showing:
    """A pair and where its first picture goes."""

    pair_id: str
    first_side: Side


def make_plan(settings: Settings, pairs: Sequence[Pair], rng: random.Random) -> tuple[Kind, ...]:
    """Draw what each trial of a new rater is for.

    Every block of `check_every` trials has an obvious check at a random place, never as the very
    first trial of all; repetitions stand anywhere late enough to repeat something. A pack with few
    pairs makes a short plan, for nothing is shown twice but what is to be repeated.

    Args:
        settings: Of the study.
        pairs: All pairs of the pack.
        rng: What it is drawn by.
    """
    available = sum(not pair.check for pair in pairs)
    num_checks = settings.trials // settings.check_every if settings.check_every else 0
    num_checks = min(num_checks, len(pairs) - available)
    others = settings.trials - num_checks
    # The repetition after k others needs k + 1 pairs before the gap, so that one is left for it.
    num_repeats = min(settings.repeats, available - REPEAT_GAP, (others - REPEAT_GAP) // 2)
    num_repeats = max(0, num_repeats)
    num_normal = min(available, others - num_repeats)
    plan = [Kind.NORMAL] * num_normal
    places = sorted(rng.sample(range(REPEAT_GAP + 1, num_normal + 1), num_repeats))
    for number, place in enumerate(places):
        plan.insert(place + number, Kind.REPEAT)
    length = len(plan) + num_checks
    for number in range(num_checks):
        start, end = (length * part // num_checks for part in (number, number + 1))
        plan.insert(rng.randrange(max(start, 1), end), Kind.CHECK)
    return tuple(plan)


def choose(
    kind: Kind,
    pairs: Sequence[Pair],
    past: Sequence[Trial],
    tallies: Mapping[str, Tally],
    rng: random.Random,
) -> Showing:
    """Choose the next pair of a rater.

    A normal trial or a check gets a pair that this rater has not seen: of those with the fewest
    votes by all raters, one of a picture that this rater has seen least. Its first picture goes
    to the side where it was less often; ties are drawn. A repetition takes a pair of at least
    `REPEAT_GAP` trials ago, drawn, and swaps the sides.

    Args:
        kind: What the trial is for.
        pairs: All pairs of the pack.
        past: This rater's trials, in order.
        tallies: How often each pair was shown by side, in trials of this kind.
        rng: What is drawn is drawn by it.

    Raises:
        PackError: The rater has seen all there is.
    """
    if kind is Kind.REPEAT:
        return _repetition(past, rng)
    seen = {trial.pair_id for trial in past}
    left = [pair for pair in pairs if pair.check is (kind is Kind.CHECK) and pair.id not in seen]
    if not left:
        raise PackError("The pack has no further pair for this rater.")
    pictures = {pair.id: pair.picture for pair in pairs}
    views = Counter(pictures[pair] for pair in seen)
    rank = {pair.id: (tallies.get(pair.id, Tally()).total, views[pair.picture]) for pair in left}
    lowest = min(rank.values())
    pair_id = rng.choice([pair.id for pair in left if rank[pair.id] == lowest])
    tally = tallies.get(pair_id, Tally())
    if tally.left == tally.right:
        return Showing(pair_id, rng.choice(list(Side)))
    return Showing(pair_id, Side.LEFT if tally.left < tally.right else Side.RIGHT)


def _repetition(past: Sequence[Trial], rng: random.Random) -> Showing:
    repeated = {trial.pair_id for trial in past if trial.kind is Kind.REPEAT}
    early = [
        trial
        for trial in past[: max(0, len(past) - REPEAT_GAP)]
        if trial.kind is Kind.NORMAL and trial.pair_id not in repeated
    ]
    if not early:
        raise PackError("There is no pair yet that could be repeated.")
    trial = rng.choice(early)
    return Showing(trial.pair_id, trial.first_side.other)
