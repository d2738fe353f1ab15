"""What a ballot may hold."""

import dataclasses
import math

import pytest
from study.fakes import ballot

from gcdemo.study.faults import InvalidBallot
from gcdemo.study.records import Choice, Kind, Side, Trial, share_of_first


@pytest.mark.parametrize(
    "fields",
    [
        {"choice": "left!"},
        {"choice": None},
        {"response_ms": -1.0},
        {"response_ms": math.nan},
        {"response_ms": math.inf},
        {"response_ms": "2"},
        {"response_ms": True},
        {"screen_width": -1},
        {"screen_height": 10**9},
        {"viewport_width": 3.5},
        {"viewport_height": None},
        {"pixel_ratio": 0.0},
        {"zooms": -1},
        {"flips": 2**40},
        {"flips": "many"},
    ],
    ids=str,
)
def test_values_that_no_page_sends_are_refused(fields):
    with pytest.raises(InvalidBallot):
        ballot(**fields)


@pytest.mark.parametrize("name", ["response_ms", "pixel_ratio", "screen_width", "zooms"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_too_large_for_a_float_is_refused_in_a_short_sentence(name, sign):
    with pytest.raises(InvalidBallot, match="must be a number") as caught:
        ballot(**{name: sign * 10**400})
    assert len(str(caught.value)) < 150


def test_a_ballot_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ballot().choice = Choice.RIGHT


@pytest.mark.parametrize(
    ("first_side", "choice", "share"),
    [
        (Side.LEFT, Choice.LEFT, 1),
        (Side.LEFT, Choice.RIGHT, 0),
        (Side.RIGHT, Choice.LEFT, 0),
        (Side.RIGHT, Choice.RIGHT, 1),
        (Side.RIGHT, Choice.UNDECIDED, 0.5),
    ],
)
def test_an_answer_prefers_what_was_on_the_side_it_names(first_side, choice, share):
    trial = Trial("token", "rater", 0, 0, "pair", Kind.NORMAL, first_side, 0.0)
    assert share_of_first(trial, choice) == share
