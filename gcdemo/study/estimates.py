"""The statistics of forced choice, on plain arrays; nothing here knows what was compared."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import choix
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats: TypeAlias = NDArray[np.float64]

CONFIDENCE = 0.95
"""Of every interval."""

# A virtual win for each side of every comparison, in wins: an item that won all stays finite.
_PRIOR = 0.5
# Ties items that nobody compared, so weakly that nothing else is moved by it.
_LINK = 1e-6


@dataclass(frozen=True, slots=True)
class Interval:
    """From where to where; either end may be infinite."""

    low: float
    high: float


def wilson(wins: float, total: float) -> Interval:
    """Give Wilson's score interval of a share (Wilson 1927).

    Args:
        wins: Out of `total`; halves are allowed, as for answers that did not decide.
        total: Number of answers; 0 gives the whole range.
    """
    if total == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share, scale = wins / total, 1 + z * z / total
    center = (share + z * z / (2 * total)) / scale
    half = z * math.sqrt(share * (1 - share) / total + (z / (2 * total)) ** 2) / scale
    return Interval(max(0.0, center - half), min(1.0, center + half))


def crossing(rates: Floats, wins: Floats, totals: Floats) -> float:
    """Say at which rate a falling share of wins passes one half.

    The shares are first made to fall by isotonic regression, weighted by the number of answers:
    where chance makes them rise in between, neighbors are pooled. Between two rates the share is
    taken to be linear.

    Args:
        rates: Increasing, (P,).
        wins: At each rate, (P,).
        totals: Answers at each rate, (P,); rates without any are left out.

    Returns:
        The rate; infinity where the share is above one half at the largest rate, minus infinity
        where it is not above at the smallest; nan without any answer.
    """
    asked = totals > 0
    if not asked.any():
        return math.nan
    rates, totals = rates[asked], totals[asked]
    shares = isotonic_regression(wins[asked] / totals, weights=totals, increasing=False).x
    above = np.flatnonzero(shares > 0.5)
    if not above.size:
        return -math.inf
    last = int(above[-1])
    if last == len(shares) - 1:
        return math.inf
    fraction = (shares[last] - 0.5) / (shares[last] - shares[last + 1])
    return float(rates[last] + fraction * (rates[last + 1] - rates[last]))


def bradley_terry(wins: Floats) -> Floats:
    """Give the scores of the Bradley-Terry model, by maximum likelihood.

    The chance that i wins over j is 1 / (1 + exp(score j - score i)). Items that were compared
    are given half a virtual win each way, so that one that won or lost all has a score.

    Args:
        wins: How often row i won over column j, (K, K); an undecided answer adds ½ both ways.

    Returns:
        Scores (K,) of mean 0.
    """
    met = (wins + wins.T) > 0
    scores = choix.ilsr_pairwise_dense(wins + _PRIOR * met, alpha=_LINK, max_iter=10_000)
    return np.asarray(scores - scores.mean())


def resamples(num_clusters: int, times: int, seed: int) -> Floats:
    """Draw clusters with replacement, as many as there are, many times over.

    Whole raters are drawn, not votes: one person's answers are alike.

    Returns:
        How often each cluster was drawn, (times, num_clusters).
    """
    rng = np.random.default_rng(seed)
    shares = np.full(num_clusters, 1 / num_clusters)
    return rng.multinomial(num_clusters, shares, size=times).astype(np.float64)


def percentile_interval(values: Floats) -> Interval:
    """Give the middle of resampled values; they may be infinite, and nan is left out."""
    known = values[~np.isnan(values)]
    if not known.size:
        return Interval(-math.inf, math.inf)
    tail = (1 - CONFIDENCE) / 2
    # Not interpolated: between a number and infinity there is nothing.
    low, high = np.quantile(known, [tail, 1 - tail], method="inverted_cdf")
    return Interval(float(low), float(high))
