"""The statistics, against closed forms and other libraries."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from gcdemo.study.estimates import (
    bradley_terry,
    crossing,
    percentile_interval,
    resamples,
    wilson,
)


@given(total=st.integers(1, 500), share=st.floats(0, 1))
def test_wilsons_interval_is_that_of_scipy(total, share):
    wins = round(share * total)
    ours = wilson(wins, total)
    theirs = binomtest(wins, total).proportion_ci(0.95, method="wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-9)
    assert ours.high == pytest.approx(theirs.high, abs=1e-9)


def test_no_answers_leave_the_whole_range_open():
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)


def array(*values):
    return np.array(values, dtype=np.float64)


RATES = array(0.1, 0.2, 0.4)


@pytest.mark.parametrize(
    ("wins", "totals", "rate"),
    [
        ((8, 5, 2), (10, 10, 10), 0.2),
        ((8, 6, 4), (10, 10, 10), 0.3),
        ((9, 8, 2), (10, 10, 10), 0.3),
        ((3, 2, 1), (10, 10, 10), -math.inf),
        ((9, 8, 7), (10, 10, 10), math.inf),
        ((8, 0, 2), (10, 0, 10), 0.25),
        ((5, 5, 5), (10, 10, 10), -math.inf),
        # Rising in between by chance: the first two are pooled to 0.7.
        ((6, 8, 3), (10, 10, 10), 0.3),
    ],
)
def test_the_crossing_lies_where_the_falling_share_is_one_half(wins, totals, rate):
    assert crossing(RATES, array(*wins), array(*totals)) == pytest.approx(rate)


def test_nothing_crosses_without_answers():
    assert math.isnan(crossing(RATES, array(0, 0, 0), array(0, 0, 0)))


def test_two_items_score_the_logit_of_their_share():
    low, high = bradley_terry(array(0, 25, 75, 0).reshape(2, 2))
    assert high - low == pytest.approx(math.log(75.5 / 25.5), abs=1e-4)
    assert low + high == pytest.approx(0)


def test_scores_recover_what_votes_were_drawn_from(rng):
    scores = array(1.0, 0.4, 0.0, -1.4)
    chances = 1 / (1 + np.exp(scores - scores[:, None]))  # of the row's item over the column's
    wins = np.zeros((4, 4))
    for i in range(4):
        for j in range(i):
            wins[i, j] = rng.binomial(2000, chances[i, j])
            wins[j, i] = 2000 - wins[i, j]
    assert np.abs(bradley_terry(wins) - scores).max() < 0.1


def test_one_who_wins_all_and_items_that_never_met_have_finite_scores():
    wins = np.zeros((4, 4))
    wins[0, 1] = 20
    wins[2, 3] = 20
    scores = bradley_terry(wins)
    assert np.isfinite(scores).all()
    assert scores[0] > scores[1] + 3
    assert scores[2] > scores[3] + 3


def test_every_resample_draws_as_many_clusters_as_there_are():
    draws = resamples(7, 500, seed=0)
    assert draws.shape == (500, 7)
    assert set(draws.sum(axis=1)) == {7}
    assert np.abs(draws.mean(axis=0) - 1).max() < 0.2
    assert np.array_equal(draws, resamples(7, 500, seed=0))
    assert not np.array_equal(draws, resamples(7, 500, seed=1))


def test_an_interval_of_resampled_values_may_end_in_infinity():
    values = np.concatenate([np.full(100, math.inf), np.linspace(1, 2, 900), [math.nan] * 50])
    found = percentile_interval(values)
    assert found.low == pytest.approx(1.027, abs=0.01)
    assert found.high == math.inf
    nothing = percentile_interval(array(math.nan))
    assert (nothing.low, nothing.high) == (-math.inf, math.inf)
