"""StudyStage: the rating page's one component; it shows a step and sends an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gradio.data_classes import FileData, GradioModel

from gcdemo.study.faults import InvalidBallot
from gcdemo.study.records import Ballot, Choice
from gcdemo.study.session import Shown, Summary
from gcdemo.ui.component import Component, Untyped


class StudyData(GradioModel):
    """What the script reads; `answer` is what it sends."""

    phase: str
    rater: str = ""
    message: str = ""
    token: str = ""
    number: int = 0
    total: int = 0
    original: FileData | None = None
    left: FileData | None = None
    right: FileData | None = None
    width: int = 1
    height: int = 1
    undecided: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    answer: dict[str, Untyped] | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A rater wants to begin, or to go on."""

    rater: str  # id of an earlier visit; empty for somebody new


@dataclass(frozen=True, slots=True)
class Voting:
    """A rater has decided."""

    rater: str
    token: str
    ballot: Ballot


@dataclass(frozen=True, slots=True)
class Forgetting:
    """A rater wants all answers deleted."""

    rater: str


Answer = Opening | Voting | Forgetting


@dataclass(frozen=True, slots=True)
class StudyScreen:
    """What is to be seen: one of a phase, a trial or a summary."""

    phase: str  # intro, wait, trial, done, or gone: the answers were deleted
    rater: str = ""
    message: str = ""
    trial: Shown | None = None
    summary: Summary | None = None


class StudyStage(Component):
    """Runs trials; `answered` fires on every answer. Handlers get an `Answer`."""

    part = "study"
    script_events = ("answered",)
    data_model = StudyData

    def from_page(self, payload: StudyData | None) -> Answer:
        """Check what a browser sent.

        Raises:
            InvalidBallot: It makes no sense.
        """
        answer = (payload.answer if payload is not None else None) or {}
        match answer:
            case {"kind": "open", "rater": str(rater)}:
                return Opening(rater)
            case {"kind": "forget", "rater": str(rater)}:
                return Forgetting(rater)
            case {"kind": "vote", "rater": str(rater), "token": str(token)}:
                return Voting(rater, token, _ballot(answer))
        raise InvalidBallot("The answer did not arrive whole. Please reload the page.")

    def to_page(self, value: StudyScreen | None) -> StudyData | None:
        """Give the script a screen."""
        if value is None:
            return None
        data = StudyData(phase=value.phase, rater=value.rater, message=value.message)
        if (trial := value.trial) is not None:
            data.token, data.number, data.total = trial.token, trial.number, trial.total
            data.width, data.height, data.undecided = trial.width, trial.height, trial.undecided
            data.original, data.left, data.right = (
                _file(path) for path in (trial.original, trial.left, trial.right)
            )
        if value.summary is not None:
            data.facts = summary_facts(value.summary)
        return data


def summary_facts(summary: Summary) -> tuple[tuple[str, str], ...]:
    """Tell a rater's own result, as labels and texts."""
    facts = [("Trials", str(summary.trials))]
    for preference in summary.preferences:
        share = f"{preference.ours:g} of {preference.total}"
        facts.append((f"Ours preferred to {preference.codec.upper()}", share))
    if summary.checks:
        facts.append(("Obvious cases seen rightly", f"{summary.checks_passed} of {summary.checks}"))
    if summary.repeats:
        facts.append(("Same answer twice", f"{summary.repeats_agreed} of {summary.repeats}"))
    facts.append(("Time for an answer", f"{summary.median_seconds:.1f} s, the median"))
    return tuple(facts)


def _file(path: Path) -> FileData:
    return FileData(path=str(path))


def _ballot(answer: Mapping[str, Untyped]) -> Ballot:
    try:
        return Ballot(
            choice=Choice(answer["choice"]),
            response_ms=answer["response_ms"],
            screen_width=answer["screen_width"],
            screen_height=answer["screen_height"],
            viewport_width=answer["viewport_width"],
            viewport_height=answer["viewport_height"],
            pixel_ratio=answer["pixel_ratio"],
            zooms=answer["zooms"],
            flips=answer["flips"],
        )
    except (KeyError, ValueError) as error:
        raise InvalidBallot(f"The answer lacks something: {error}.") from error
