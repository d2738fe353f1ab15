"""A rater's session, as a page runs it, on SQLite and on PostgreSQL."""

import dataclasses
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from study.fakes import Rater, ballot, make_pack

from gcdemo.study.answers import read_answers
from gcdemo.study.faults import AlreadyVoted, InvalidBallot, LateVote, UnknownTrial
from gcdemo.study.manifest import Settings
from gcdemo.study.records import Choice, Kind, Side
from gcdemo.study.session import StudyService
from gcdemo.study.store import TRIAL_SECONDS


def answer_all(service, step, choice=Choice.LEFT):
    shown = []
    while step.trial:
        shown.append(step.trial)
        step = service.record_vote(step.trial.token, ballot(choice))
    return shown, step


def pair_of(pack, shown):
    """What the page must not know: which pair it shows, and whether its first is on the left."""
    for pair in pack.manifest.pairs:
        files = [pair.first.stored.file, pair.second.stored.file]
        if {shown.left.name, shown.right.name} == set(files):
            return pair, shown.left.name == files[0]
    raise AssertionError


def test_a_session_runs_through_its_trials_to_a_summary(service):
    shown, last = answer_all(service, service.open_session(None))
    assert [trial.number for trial in shown] == list(range(1, 8))  # 4 pairs: a short plan
    assert {trial.total for trial in shown} == {7}
    assert (last.done, last.total, last.trial) == (7, 7, None)
    assert last.summary.trials == 7
    assert service.open_session(last.rater_id) == last


def test_a_reload_shows_the_same_trial_on_the_same_sides(service):
    step = service.open_session(None)
    for _ in range(3):
        assert service.open_session(step.rater_id) == step
        step = service.record_vote(step.trial.token, ballot())
    assert step.done == 3


def test_a_session_goes_on_in_another_process(service, pack, open_store):
    step = service.open_session(None)
    step = service.record_vote(step.trial.token, ballot())
    other = StudyService(pack, open_store(), "1.2.4")
    assert other.open_session(step.rater_id) == step
    assert other.record_vote(step.trial.token, ballot()).done == 2


def test_a_page_that_was_left_open_gets_its_pair_anew(service, clock):
    step = service.open_session(None)
    clock.now += TRIAL_SECONDS + 1
    with pytest.raises(LateVote):
        service.record_vote(step.trial.token, ballot())
    again = service.open_session(step.rater_id)
    assert again.trial.token != step.trial.token
    assert dataclasses.replace(again.trial, token=step.trial.token) == step.trial
    with pytest.raises(LateVote):
        service.record_vote(step.trial.token, ballot())
    assert service.record_vote(again.trial.token, ballot()).done == 1


def test_a_vote_that_beats_the_pair_handed_out_anew_leaves_the_session_usable(
    service, store, clock
):
    step = service.open_session(None)
    trial = store.history(step.rater_id)[0].trial
    service.record_vote(step.trial.token, ballot())
    rater = store.rater(step.rater_id)
    store.issue(rater, 0, 1, trial.pair_id, trial.kind, trial.first_side)
    assert answer_all(service, service.open_session(step.rater_id))[1].done == step.total


def test_replayed_and_forged_votes_are_refused_and_change_nothing(service):
    first = service.open_session(None)
    second = service.record_vote(first.trial.token, ballot())
    with pytest.raises(AlreadyVoted):
        service.record_vote(first.trial.token, ballot())
    with pytest.raises(UnknownTrial):
        service.record_vote(first.rater_id, ballot())
    assert service.open_session(first.rater_id) == second


def test_two_pages_of_one_rater_do_not_vote_twice(service):
    step = service.open_session(None)
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(service.open_session, [step.rater_id] * 4))
    assert pages == [step] * 4


def test_an_unknown_rater_is_somebody_new(service):
    step = service.open_session("who?")
    assert step.rater_id != "who?"
    assert step.done == 0


def test_a_rater_of_another_pack_is_somebody_new_here(service, store):
    other = StudyService(make_pack(pictures=3), store, "1.2.3")
    step = other.open_session(None)
    assert service.open_session(step.rater_id).rater_id != step.rater_id


def test_a_vote_on_a_trial_of_another_pack_is_refused_and_leaves_no_trace(service, store):
    other = StudyService(make_pack(pictures=3), store, "1.2.3")
    step = other.open_session(None)
    before = store.history(step.rater_id)
    with pytest.raises(UnknownTrial):
        service.record_vote(step.trial.token, ballot())
    assert store.history(step.rater_id) == before
    assert other.record_vote(step.trial.token, ballot()).done == 1


def test_pictures_of_another_packs_trial_are_not_shown_though_its_pair_is_called_the_same(
    service, pack, store
):
    manifest = dataclasses.replace(pack.manifest, title="Another study")
    other = StudyService(dataclasses.replace(pack, manifest=manifest), store, "1.2.3")
    token = other.open_session(None).trial.token
    for side in (None, *Side):
        assert other.picture(token, side)
        with pytest.raises(UnknownTrial):
            service.picture(token, side)


def test_a_vote_on_a_pair_that_the_pack_does_not_have_is_left_out_and_logged(
    service, pack, store, caplog
):
    _, last = answer_all(service, service.open_session(None))
    rater = store.add_rater(pack.manifest.pack_hash, (Kind.NORMAL,))
    trial = store.issue(rater, 0, 0, "a pair of another pack", Kind.NORMAL, Side.LEFT)
    store.record(trial.token, ballot(), "1.2.3")
    answers = read_answers(store, pack.manifest.pack_hash)
    assert len(answers) == last.done
    assert "1 votes are on pairs" in caplog.text


def test_undecided_is_an_answer_only_where_the_pack_says_so(service, store):
    step = service.open_session(None)
    assert not step.trial.undecided
    with pytest.raises(InvalidBallot):
        service.record_vote(step.trial.token, ballot(Choice.UNDECIDED))
    lenient = StudyService(
        make_pack(2, (1.0, 2.0), settings=Settings(undecided=True)), store, "1.2.3"
    )
    step = lenient.open_session(None)
    assert step.trial.undecided
    _, last = answer_all(lenient, step, Choice.UNDECIDED)
    (preference,) = last.summary.preferences
    assert preference.ours == preference.total / 2
    assert (last.summary.checks_passed, last.summary.repeats_agreed) == (0, 1)


def test_a_page_is_told_nothing_but_random_names(service, pack):
    step = service.open_session(None)
    shown = dataclasses.asdict(step.trial)
    random_names = {"original", "left", "right"}
    assert set(shown) == {
        *random_names,
        "token",
        "number",
        "total",
        "width",
        "height",
        "undecided",
    }
    for name in random_names:
        assert isinstance(shown[name], Path)
        assert len(shown[name].stem) == 32
    pair, _ = pair_of(pack, step.trial)
    told = " ".join(map(str, shown.values()))
    for secret in (pair.id, pair.picture, "gc", "bpg", "check", "normal", step.rater_id):
        assert secret not in told


def test_every_pair_is_shown_left_and_right_alike_and_as_often_as_any_other(service, pack):
    rng = random.Random(1)
    sides, pairs = Counter(), Counter()
    for _ in range(6):
        step = service.open_session(None)
        seen = []
        while step.trial:
            pair, first_on_left = pair_of(pack, step.trial)
            if not pair.check and pair.id not in seen:
                pairs[pair.id] += 1
                sides[pair.id] += 1 if first_on_left else -1
            seen.append(pair.id)
            choice = rng.choice([Choice.LEFT, Choice.RIGHT])
            step = service.record_vote(step.trial.token, ballot(choice))
    assert set(pairs.values()) == {6}
    assert set(sides.values()) == {0}


def test_raters_who_leave_early_do_not_unbalance_the_pairs(service, pack, clock):
    pairs = Counter()
    for _ in range(10):
        clock.now += TRIAL_SECONDS + 1  # the last rater's open trial no longer counts as looked at
        step = service.open_session(None)
        for _ in range(2):
            pair, _ = pair_of(pack, step.trial)
            pairs[pair.id] += not pair.check
            step = service.record_vote(step.trial.token, ballot())
    counts = [pairs[pair.id] for pair in pack.manifest.pairs if not pair.check]
    assert max(counts) - min(counts) <= 1


def test_the_summary_tells_a_raters_own_answers(service, pack, store):
    rater = Rater(pack, random.Random(0), half_at=1e9)
    last = rater.take_part(service)
    (preference,) = last.summary.preferences
    assert (preference.codec, preference.ours, preference.total) == ("bpg", 4, 4)
    assert (last.summary.checks_passed, last.summary.checks) == (2, 2)
    assert (last.summary.repeats_agreed, last.summary.repeats) == (1, 1)
    assert 1 < last.summary.median_seconds < 3
    assert {trial.kind for trial, _ in store.history(last.rater_id)} == set(Kind)


def test_who_asks_to_be_forgotten_is(service):
    step = service.open_session(None)
    second = service.record_vote(step.trial.token, ballot())
    assert service.forget(step.rater_id) == 1
    with pytest.raises(UnknownTrial):
        service.record_vote(second.trial.token, ballot())
    assert service.open_session(step.rater_id).rater_id != step.rater_id


def test_the_same_seed_draws_the_same_session(pack, store):
    runs = []
    for _ in range(2):
        lone = make_pack(2, (1.0, 2.0))
        lone = dataclasses.replace(
            lone, manifest=dataclasses.replace(lone.manifest, title=f"study {len(runs)}")
        )
        shown, _ = answer_all(
            StudyService(lone, store, "1", random.Random(5)),
            StudyService(lone, store, "1", random.Random(5)).open_session(None),
        )
        runs.append([(trial.left, trial.right) for trial in shown])
    assert runs[0] == runs[1]
