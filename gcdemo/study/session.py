"""What a page needs to run the study: a rater's session, trial after trial.

    step = service.open_session(rater_id kept in the browser, or None)
    while step.trial:
        step = service.record_vote(step.trial.token, ballot)
    step.summary

The page never learns what a picture is: it is given random names, in random order.
"""

import random
import secrets
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gcdemo.study.answers import make_answer
from gcdemo.study.faults import InvalidBallot, UnknownTrial
from gcdemo.study.journal import Journal
from gcdemo.study.manifest import Pack, Stored
from gcdemo.study.records import (
    Ballot,
    Choice,
    Kind,
    Rater,
    Side,
    Trial,
    rater_name,
    share_of_first,
)
from gcdemo.study.store import Answered, VoteStore
from gcdemo.study.trials import choose, make_plan


@dataclass(frozen=True, slots=True)
class Shown:
    """A trial as a page may know it."""

    token: str
    number: int  # of this trial, from 1
    total: int
    original: Path
    left: Path
    right: Path
    width: int  # of all three pictures, in pixels
    height: int
    undecided: bool  # whether "can't tell" is an answer


@dataclass(frozen=True, slots=True)
class Preference:
    """How often a rater preferred ours to one codec."""

    codec: str
    ours: float  # "can't tell" counts half
    total: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A rater's own result, told when all trials are done."""

    trials: int
    preferences: tuple[Preference, ...]
    checks_passed: int
    checks: int
    repeats_agreed: int
    repeats: int
    median_seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """Where a rater stands."""

    rater_id: str  # for the browser to keep
    done: int
    total: int
    trial: Shown | None
    summary: Summary | None  # when there is no further trial


class StudyService:
    """The study of one pack; safe to share between requests.

    Args:
        pack: What is shown.
        store: Where votes go. Several services, in several processes, may share a database.
        version: Of this program, kept with every vote.
        rng: Draws pairs and sides; None takes the system's, which nobody can foresee.
        journal: Where votes are copied to once they are safe.
    """

    def __init__(
        self,
        pack: Pack,
        store: VoteStore,
        version: str,
        rng: random.Random | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._pack = pack
        self._journal = journal
        self._store = store
        self._version = version
        self._rng = rng or secrets.SystemRandom()
        self._hash = pack.manifest.pack_hash
        store.add_pack(self._hash, pack.manifest.to_json())

    def open_session(self, rater_id: str | None) -> Step:
        """Begin a rater's session, or go on with it where it was left.

        Args:
            rater_id: As an earlier step told it; None for somebody new. An id that is not known,
                or belongs to another pack, is taken as somebody new.

        Raises:
            StoreError: The database failed.
        """
        rater = self._store.rater(rater_id) if rater_id else None
        if rater is None or rater.pack_hash != self._hash:
            manifest = self._pack.manifest
            plan = make_plan(manifest.settings, manifest.pairs, self._rng)
            rater = self._store.add_rater(self._hash, plan)
        return self._next_step(rater)

    def record_vote(self, token: str, ballot: Ballot) -> Step:
        """Keep a vote for good, and give the rater's next trial.

        Args:
            token: Of the trial that was voted on.
            ballot: The answer.

        Raises:
            VoteRefused: The vote is not counted. `open_session` tells how to go on.
            StoreError: The database failed; it is not known whether the vote was kept. Sent
                again, it is kept or refused as AlreadyVoted.
        """
        if ballot.choice is Choice.UNDECIDED and not self._pack.manifest.settings.undecided:
            raise InvalidBallot("Please choose one of the two.")
        # After such a vote the rater would be given pairs that their own pack does not have.
        if self._store.pack_of(token) not in (self._hash, None):
            raise UnknownTrial("Other pictures are shown by now; this vote was not counted.")
        trial, vote = self._store.record(token, ballot, self._version)
        if self._journal and vote and (pair := self._pack.pairs.get(trial.pair_id)):
            self._journal.add(make_answer(self._hash, pair, trial, vote))
        rater = self._store.rater(trial.rater_id)
        # Deleted by another page meanwhile: whoever is here now is somebody new.
        return self._next_step(rater) if rater else self.open_session(None)

    def picture(self, token: str, side: Side | None) -> Path:
        """Say where a picture of a trial is, whichever process handed the trial out.

        Args:
            token: Of the trial.
            side: Of the picture; None for the original.

        Raises:
            UnknownTrial: No trial of this study has the token.
            StoreError: The database failed.
        """
        trial = self._store.trial(token)
        # Pairs of two packs may be called the same: the pair alone does not tell them apart.
        if (
            trial is None
            or trial.pair_id not in self._pack.pairs
            or self._store.pack_of(token) != self._hash
        ):
            raise UnknownTrial("There is no such picture.")
        pair = self._pack.pairs[trial.pair_id]
        if side is None:
            return self._pack.path(self._pack.pictures[pair.picture].stored)
        shown = pair.first if side is trial.first_side else pair.second
        return self._pack.path(shown.stored)

    def forget(self, rater_id: str) -> int:
        """Delete all that is kept of a rater, and give how many votes that were.

        Raises:
            StoreError: Nobody has this id, or the database failed.
        """
        count = self._store.forget(rater_id)
        if self._journal:
            self._journal.forget(rater_name(rater_id))
        return count

    def _next_step(self, rater: Rater) -> Step:
        history = self._store.history(rater.id)
        answered = [item for item in history if item.vote]
        done, total = len(answered), len(rater.plan)
        if done >= total:
            return Step(rater.id, done, total, None, self._summarize(answered))
        # Of the slots, the first without a vote is the one that may be open.
        open_trials = [item.trial for item in history if item.trial.slot == done]
        newest = open_trials[-1] if open_trials else None
        if newest and self._store.is_open(newest):
            trial = newest
        elif newest:
            trial = self._store.issue(
                rater,
                newest.slot,
                newest.attempt + 1,
                newest.pair_id,
                newest.kind,
                newest.first_side,
            )
        else:
            trial = self._new_trial(rater, [item.trial for item in answered])
        return Step(rater.id, done, total, self._show(trial, total), None)

    def _new_trial(self, rater: Rater, past: Sequence[Trial]) -> Trial:
        slot = len(past)
        kind = rater.plan[slot]
        tallies = self._store.tallies(self._hash, kind)
        showing = choose(kind, self._pack.manifest.pairs, past, tallies, self._rng)
        return self._store.issue(rater, slot, 0, showing.pair_id, kind, showing.first_side)

    def _show(self, trial: Trial, total: int) -> Shown:
        pair = self._pack.pairs[trial.pair_id]
        picture = self._pack.pictures[pair.picture]
        sides: tuple[Stored, Stored] = (pair.first.stored, pair.second.stored)
        if trial.first_side is Side.RIGHT:
            sides = sides[::-1]
        return Shown(
            token=trial.token,
            number=trial.slot + 1,
            total=total,
            original=self._pack.path(picture.stored),
            left=self._pack.path(sides[0]),
            right=self._pack.path(sides[1]),
            width=picture.width,
            height=picture.height,
            undecided=self._pack.manifest.settings.undecided,
        )

    def _summarize(self, answered: Sequence[Answered]) -> Summary:
        # The share of the first picture in every answer, by trial.
        first = {
            trial: share_of_first(trial, vote.ballot.choice) for trial, vote in answered if vote
        }
        of_kind = {kind: [trial for trial in first if trial.kind is kind] for kind in Kind}
        shares: dict[str, list[float]] = {}
        for trial in of_kind[Kind.NORMAL]:
            shares.setdefault(self._pack.pairs[trial.pair_id].second.codec, []).append(first[trial])
        before = {trial.pair_id: first[trial] for trial in of_kind[Kind.NORMAL]}
        repeats = of_kind[Kind.REPEAT]
        return Summary(
            trials=len(first),
            preferences=tuple(
                Preference(codec, sum(values), len(values)) for codec, values in shares.items()
            ),
            checks_passed=sum(first[trial] == 1 for trial in of_kind[Kind.CHECK]),
            checks=len(of_kind[Kind.CHECK]),
            repeats_agreed=sum(first[trial] == before[trial.pair_id] for trial in repeats),
            repeats=len(repeats),
            median_seconds=statistics.median(
                vote.ballot.response_ms / 1000 for _, vote in answered if vote
            ),
        )
