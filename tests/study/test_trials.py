"""Which pair comes next, and on which sides."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from study.fakes import make_pack

from gcdemo.study.faults import PackError
from gcdemo.study.manifest import Settings
from gcdemo.study.records import Kind, Side, Tally, Trial
from gcdemo.study.trials import REPEAT_GAP, choose, make_plan

PAIRS = make_pack(pictures=6).manifest.pairs


def plan_of(seed=0, pairs=PAIRS, **settings):
    return make_plan(Settings(**settings), pairs, random.Random(seed))


def walk(plan, pairs, rng, tallies=None):
    """Take a rater through a plan; gives the trials."""
    past = []
    for slot, kind in enumerate(plan):
        showing = choose(kind, pairs, past, tallies or {}, rng)
        past.append(
            Trial(
                token=str(slot),
                rater_id="rater",
                slot=slot,
                attempt=0,
                pair_id=showing.pair_id,
                kind=kind,
                first_side=showing.first_side,
                issued_at=0.0,
            )
        )
    return past


@given(seed=st.integers(0, 2**32))
def test_twenty_trials_hold_two_checks_and_one_repetition(seed):
    assert Counter(plan_of(seed)) == {Kind.NORMAL: 17, Kind.CHECK: 2, Kind.REPEAT: 1}


def test_checks_and_repetitions_come_at_any_place_but_the_first():
    plans = [plan_of(seed) for seed in range(500)]
    checks = {place for plan in plans for place, kind in enumerate(plan) if kind is Kind.CHECK}
    repeats = {place for plan in plans for place, kind in enumerate(plan) if kind is Kind.REPEAT}
    assert checks == set(range(1, 20))
    assert repeats == set(range(REPEAT_GAP + 1, 20))


def test_checks_are_spread_over_the_session():
    for seed in range(200):
        first, second = (n for n, kind in enumerate(plan_of(seed)) if kind is Kind.CHECK)
        assert first < 10 <= second


def test_the_same_seed_gives_the_same_plan_and_the_same_trials():
    runs = [walk(plan_of(3), PAIRS, random.Random(3)) for _ in range(2)]
    assert runs[0] == runs[1]
    assert walk(plan_of(3), PAIRS, random.Random(4)) != runs[0]


@given(
    seed=st.integers(0, 2**32),
    trials=st.integers(1, 40),
    check_every=st.integers(2, 12) | st.just(0),
    repeats=st.integers(0, 12),
    pictures=st.integers(1, 6),
)
def test_any_plan_can_be_walked_and_shows_nothing_twice_but_repetitions(
    seed, trials, check_every, repeats, pictures
):
    pairs = make_pack(pictures=pictures).manifest.pairs
    plan = plan_of(seed, pairs, trials=trials, check_every=check_every, repeats=repeats)
    assert 1 <= len(plan) <= trials
    past = walk(plan, pairs, random.Random(seed))
    fresh = [trial.pair_id for trial in past if trial.kind is not Kind.REPEAT]
    again = [trial.pair_id for trial in past if trial.kind is Kind.REPEAT]
    assert len(set(fresh)) == len(fresh)
    assert len(set(again)) == len(again)


def test_a_repetition_swaps_the_sides_of_a_pair_seen_some_trials_before():
    for seed in range(100):
        past = walk(plan_of(seed), PAIRS, random.Random(seed))
        (again,) = (trial for trial in past if trial.kind is Kind.REPEAT)
        (before,) = (t for t in past if t.pair_id == again.pair_id and t is not again)
        assert before.kind is Kind.NORMAL
        assert again.first_side is before.first_side.other
        assert again.slot - before.slot > REPEAT_GAP


def test_checks_get_pairs_with_a_broken_side_and_no_other_trial_does():
    checks = {pair.id for pair in PAIRS if pair.check}
    for trial in walk(plan_of(1), PAIRS, random.Random(1)):
        assert (trial.pair_id in checks) == (trial.kind is Kind.CHECK)


def test_the_least_rated_pair_comes_first():
    rare = PAIRS[5]
    tallies = {pair.id: Tally(3, 3) for pair in PAIRS if pair is not rare}
    for seed in range(20):
        assert choose(Kind.NORMAL, PAIRS, [], tallies, random.Random(seed)).pair_id == rare.id


def test_pictures_that_the_rater_has_not_seen_come_before_others():
    past = walk([Kind.NORMAL] * 6, PAIRS, random.Random(2))
    pictures = {pair.id: pair.picture for pair in PAIRS}
    assert len({pictures[trial.pair_id] for trial in past}) == 6


def test_a_pair_goes_to_the_side_where_it_was_less_often():
    pair = PAIRS[0]
    for tally, side in ((Tally(2, 1), Side.RIGHT), (Tally(1, 2), Side.LEFT)):
        for seed in range(10):
            showing = choose(Kind.NORMAL, [pair], [], {pair.id: tally}, random.Random(seed))
            assert showing.first_side is side


def test_a_first_showing_goes_to_either_side_alike():
    sides = Counter(
        choose(Kind.NORMAL, PAIRS, [], {}, random.Random(seed)).first_side for seed in range(400)
    )
    assert 160 < sides[Side.LEFT] < 240


def test_a_rater_who_has_seen_all_is_told():
    pairs = PAIRS[:2]
    past = walk([Kind.NORMAL] * 2, pairs, random.Random(0))
    with pytest.raises(PackError, match="no further pair"):
        choose(Kind.NORMAL, pairs, past, {}, random.Random(0))
    with pytest.raises(PackError, match="repeated"):
        choose(Kind.REPEAT, pairs, past, {}, random.Random(0))
