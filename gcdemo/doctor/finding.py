"""The answer to one question about an installation."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    NOTE = "note"  # the page runs, with less, slower, or without keeping something
    MISSING = "missing"  # the page does not run as it is set up


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question."""

    name: str
    state: State
    text: str
    advice: str = ""  # what to do about it
