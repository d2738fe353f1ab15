"""Results so far: who may know them, and how seldom they are computed."""

import random

import pytest
from study.fakes import Rater
from study.memory import MemoryStore

from gcdemo.errors import InputError
from gcdemo.study import results as module
from gcdemo.study.records import rater_name
from gcdemo.study.results import FRESH_SECONDS, Access, StudyResults
from gcdemo.study.screening import NO_RULES, Rules
from gcdemo.study.session import StudyService

KEY = "a key that nobody guesses"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Few resamples: they are tested beside the analysis."""
    monkeypatch.setattr("gcdemo.study.analysis.RESAMPLES", 20)


@pytest.fixture
def voted(pack):
    """A store with the votes of three raters, a service, and the last rater's id."""
    store = MemoryStore()
    service = StudyService(pack, store, "1", random.Random(0))
    rng = random.Random(0)
    ids = [Rater(pack, rng, half_at=1.5).take_part(service).rater_id for _ in range(3)]
    return store, service, ids[-1]


@pytest.fixture
def results(voted, pack, clock):
    return StudyResults(voted[0], pack.manifest.pack_hash, KEY, clock)


@pytest.fixture
def computed(monkeypatch):
    """The rules of every analysis that was run."""
    seen = []
    analyze = module.analyze

    def noted(answers, rules):
        seen.append(rules)
        return analyze(answers, rules)

    monkeypatch.setattr(module, "analyze", noted)
    return seen


def test_the_key_opens_everything_and_nothing_like_it_does(results):
    assert results.access(KEY, "") is Access.ADMIN
    for key in ("", KEY[:-1], KEY + " ", KEY.upper(), "ключ"):
        assert results.access(key, "") is Access.CLOSED


def test_without_a_key_of_some_length_nobody_is_let_in(voted, pack, caplog):
    for key in ("", "short"):
        results = StudyResults(voted[0], pack.manifest.pack_hash, key)
        assert results.access(key, "") is Access.CLOSED
    assert "fewer than" in caplog.text


def test_who_has_finished_may_know_and_who_is_still_rating_may_not(results, voted):
    _, service, finished = voted
    assert results.access("", finished) is Access.FINISHED
    step = service.open_session(None)
    assert results.access("", step.rater_id) is Access.CLOSED
    assert results.access("", "nobody") is Access.CLOSED


def test_a_rater_of_another_pack_learns_nothing(voted):
    store, _, finished = voted
    assert StudyResults(store, "another", KEY).access("", finished) is Access.CLOSED


def test_the_same_votes_are_analyzed_once_for_each_set_of_rules(results, computed):
    first = results.find(NO_RULES)
    assert results.find(NO_RULES) is first
    results.find(Rules(min_votes=1))
    assert results.find(NO_RULES) is first
    assert computed == [NO_RULES, Rules(min_votes=1)]


def test_new_votes_show_after_a_while_and_not_at_every_request(
    results, voted, computed, clock, pack
):
    first = results.find(NO_RULES)
    Rater(pack, random.Random(1), half_at=1.5).take_part(voted[1])
    assert results.find(NO_RULES) is first
    clock.now += FRESH_SECONDS
    assert results.find(NO_RULES).result.votes > first.result.votes
    assert len(computed) == 2


def test_old_results_make_room(results, computed, monkeypatch):
    monkeypatch.setattr(module, "_KEPT", 2)
    for votes in (1, 2, 3, 1):
        results.find(Rules(min_votes=votes))
    assert [rules.min_votes for rules in computed] == [1, 2, 3, 1]


def test_a_study_without_votes_says_so(pack):
    store = MemoryStore()
    StudyService(pack, store, "1")
    with pytest.raises(InputError, match="no vote"):
        StudyResults(store, pack.manifest.pack_hash).find(NO_RULES)


def test_names_in_tables_do_not_tell_the_id(results, voted):
    store, _, finished = voted
    found = results.find(NO_RULES)
    assert not {answer.rater for answer in found.answers} & set(store.raters)
    assert rater_name(finished) in {answer.rater for answer in found.answers}
