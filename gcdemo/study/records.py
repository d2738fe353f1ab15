"""The plain values of the study: who was shown what, and what was answered."""

import hashlib
import reprlib
from dataclasses import dataclass
from enum import StrEnum

from gcdemo.study.faults import InvalidBallot

LARGEST_SIDE = 100_000
"""Sides of screens beyond this, in CSS pixels, are no screens."""

LARGEST_COUNT = 1_000_000
"""Of zooms and flips in one trial."""

LONGEST_RESPONSE_MS = 7 * 24 * 3600 * 1000.0
"""A page may be left open; after a week it is no response."""


class Side(StrEnum):
    """Where a picture is shown."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        """The opposite one."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Choice(StrEnum):
    """What a rater answered."""

    LEFT = "left"
    RIGHT = "right"
    UNDECIDED = "undecided"


class ScreenCheck(StrEnum):
    """Whether a rater saw faint patches on a dark and on a light ground."""

    UNTESTED = "untested"
    SEEN = "seen"
    DARK_HIDDEN = "dark-hidden"
    LIGHT_HIDDEN = "light-hidden"
    BOTH_HIDDEN = "both-hidden"


class Kind(StrEnum):
    """What a trial is for."""

    NORMAL = "normal"
    CHECK = "check"  # one side is plainly broken
    REPEAT = "repeat"  # a pair that this rater has seen, with the sides swapped


@dataclass(frozen=True, slots=True)
class Ballot:
    """A rater's answer and what it was given on, as the page tells it."""

    choice: Choice
    response_ms: float
    """From the moment when all pictures could be seen, by the page's own clock."""
    screen_width: int
    """In CSS pixels, as all sizes here."""
    screen_height: int
    viewport_width: int
    viewport_height: int
    pixel_ratio: float
    """Device pixels in a CSS pixel."""
    zooms: int = 0
    """How often the zoom was changed."""
    flips: int = 0
    """How often the original was shown in place of the two."""
    screen_check: ScreenCheck = ScreenCheck.UNTESTED
    """What the screen can show, as found before the first trial."""

    def __post_init__(self) -> None:
        """Refuse what no page sends.

        Raises:
            InvalidBallot: A value is of the wrong kind or out of range.
        """
        if not isinstance(self.choice, Choice):
            raise InvalidBallot(f"'{self.choice}' is no answer.")
        if not isinstance(self.screen_check, ScreenCheck):
            raise InvalidBallot(f"'{self.screen_check}' is no outcome of the screen's check.")
        _check("response time", self.response_ms, 0, LONGEST_RESPONSE_MS)
        _check("pixel ratio", self.pixel_ratio, 0.01, 100)
        for side in (
            self.screen_width,
            self.screen_height,
            self.viewport_width,
            self.viewport_height,
        ):
            _check_whole("size of the screen or window", side, LARGEST_SIDE)
        _check_whole("number of zooms", self.zooms, LARGEST_COUNT)
        _check_whole("number of flips", self.flips, LARGEST_COUNT)


@dataclass(frozen=True, slots=True)
class Rater:
    """Somebody who takes part; nothing is known of them but what they answer."""

    id: str  # random; whoever knows it can go on with the session
    pack_hash: str
    plan: tuple[Kind, ...]  # what each of the trials is for, in order
    created_at: float  # seconds since 1970, by the server's clock, as all times here


def rater_name(rater_id: str) -> str:
    """Give what a rater is called in tables and files that others read.

    Who reads it cannot go on with the session or delete it, as who knows the id can.
    """
    return hashlib.sha256(rater_id.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Trial:
    """One pair as it was handed out to one rater. Handed out anew, it is another trial."""

    token: str  # random; whoever knows it can vote, once
    rater_id: str
    slot: int  # place in the rater's plan, from 0
    attempt: int  # how often this slot had been handed out before
    pair_id: str
    kind: Kind
    first_side: Side  # where the pair's first picture is shown
    issued_at: float


@dataclass(frozen=True, slots=True)
class Vote:
    """A ballot as it was received."""

    ballot: Ballot
    version: str  # of the program that received it
    received_at: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a pair was shown, by the side that its first picture was on."""

    left: int = 0
    right: int = 0

    @property
    def total(self) -> int:
        """Both sides together."""
        return self.left + self.right


def share_of_first(trial: Trial, choice: Choice) -> float:
    """Say how far an answer prefers the pair's first picture: 1, 0, or ½ where undecided."""
    if choice is Choice.UNDECIDED:
        return 0.5
    return float(choice.value == trial.first_side.value)


def _check(name: str, value: float, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    # Comparing takes integers of any length; what is no number, as NaN, lies nowhere.
    if not number or not low <= value <= high:
        raise InvalidBallot(
            f"The {name} must be a number from {low:g} to {high:g}, not {reprlib.repr(value)}."
        )


def _check_whole(name: str, value: int, high: int) -> None:
    if not isinstance(value, int):
        raise InvalidBallot(f"The {name} must be a whole number, not {reprlib.repr(value)}.")
    _check(name, value, 0, high)
