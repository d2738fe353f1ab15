"""Keeps raters, trials and votes: rows are added, never changed, and safe once a call returns."""

import dataclasses
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import NamedTuple

from sqlalchemy import case, delete, func, or_, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from gcdemo.study.database import connect, passing, reading
from gcdemo.study.faults import AlreadyVoted, LateVote, StoreError, UnknownTrial
from gcdemo.study.records import Ballot, Kind, Rater, Side, Tally, Trial, Vote, rater_name
from gcdemo.study.tables import (
    PackRow,
    RaterRow,
    TrialRow,
    VoteRow,
    rater_of,
    trial_of,
    vote_of,
)

TRIAL_SECONDS = 3600.0
"""How long a trial can be voted on: longer than anybody looks, shorter than a forgotten page."""


class Answered(NamedTuple):
    """A trial and its vote, if there is one."""

    trial: Trial
    vote: Vote | None


class VoteStore:
    """The database of one or more studies; safe to share between threads and processes.

    Args:
        url: Address of the database, see `database.connect`.
        clock: Seconds since 1970. Nothing is ordered by it and it may jump: all it decides is
            whether a trial is too old to vote on.
        trial_seconds: How long a trial can be voted on.

    Raises:
        StoreError: The database cannot be used. Every method raises it too.
    """

    def __init__(
        self,
        url: str,
        clock: Callable[[], float] = time.time,
        trial_seconds: float = TRIAL_SECONDS,
    ) -> None:
        self._engine = connect(url)
        self._reading, self._passing = reading(self._engine), passing(self._engine)
        # Writers of SQLite go one by one. Threads of this process wait here for their turn: the
        # database's own way of waiting is to ask again and again, and lets the unlucky wait long.
        one_by_one = self._engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[object] = Lock() if one_by_one else nullcontext()
        self._clock = clock
        self._trial_seconds = trial_seconds

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def add_pack(self, pack_hash: str, manifest: str) -> None:
        """Keep the manifest of a pack; one that is kept already stays as it is."""
        if pack_hash in self.pack_hashes():
            return
        try:
            with self._writer() as session:
                session.add(PackRow(hash=pack_hash, manifest=manifest))
        except _Conflict:
            return  # another process was quicker

    def pack_hashes(self) -> Sequence[str]:
        """Give the hash of every pack that is kept."""
        with self._reader() as session:
            return session.scalars(select(PackRow.hash).order_by(PackRow.hash)).all()

    def manifest(self, pack_hash: str) -> str:
        """Give the manifest of a pack as it was added.

        Raises:
            StoreError: There is none.
        """
        with self._reader() as session:
            row = session.get(PackRow, pack_hash)
            if row is None:
                raise StoreError(f"The database of votes knows no study pack {pack_hash}.")
            return row.manifest

    def add_rater(self, pack_hash: str, plan: Sequence[Kind]) -> Rater:
        """Let somebody new take part in the study of a pack that was added."""
        rater = Rater(secrets.token_urlsafe(16), pack_hash, tuple(plan), self._clock())
        row = RaterRow(
            id=rater.id, pack_hash=pack_hash, plan=" ".join(plan), created_at=rater.created_at
        )
        with self._writer(safe=False) as session:
            session.add(row)
        return rater

    def rater(self, rater_id: str) -> Rater | None:
        """Give a rater; None where nobody has this id."""
        with self._reader() as session:
            row = session.get(RaterRow, rater_id)
            return rater_of(row) if row else None

    def rater_named(self, name: str) -> Rater | None:
        """Give a rater by their id or their name in tables; None where nobody is called so."""
        with self._reader() as session:
            ids = session.scalars(select(RaterRow.id)).all()
        found = next((rater_id for rater_id in ids if name in (rater_id, rater_name(rater_id))), "")
        return self.rater(found) if found else None

    def forget(self, rater_id: str) -> int:
        """Delete all that is kept of a rater.

        Returns:
            How many votes were deleted.

        Raises:
            StoreError: Nobody has this id.
        """
        with self._writer() as session:
            row = session.get(RaterRow, rater_id)
            if row is None:
                raise StoreError(f"The database of votes knows no rater '{rater_id}'.")
            mine = VoteRow.rater_id == rater_id
            votes = session.scalar(select(func.count()).select_from(VoteRow).where(mine))
            session.execute(delete(VoteRow).where(mine))
            session.execute(delete(TrialRow).where(TrialRow.rater_id == rater_id))
            session.delete(row)
            return votes or 0

    def issue(
        self, rater: Rater, slot: int, attempt: int, pair_id: str, kind: Kind, first_side: Side
    ) -> Trial:
        """Hand out a pair; the fields are those of `Trial`.

        Returns:
            The new trial; or, where another page of the same rater was quicker, that page's.

        Raises:
            UnknownTrial: The rater's data was deleted.
        """
        trial = Trial(
            token=secrets.token_urlsafe(24),
            rater_id=rater.id,
            slot=slot,
            attempt=attempt,
            pair_id=pair_id,
            kind=kind,
            first_side=first_side,
            issued_at=self._clock(),
        )
        try:
            with self._writer(safe=False) as session:
                session.add(TrialRow(**dataclasses.asdict(trial)))
        except _Conflict:
            for other, _ in self.history(rater.id):
                if (other.slot, other.attempt) == (slot, attempt):
                    return other
            raise UnknownTrial("This session was deleted.") from None
        return trial

    def trial(self, token: str) -> Trial | None:
        """Give a trial; None where none has this token."""
        with self._reader() as session:
            row = session.get(TrialRow, token)
            return trial_of(row) if row else None

    def pack_of(self, token: str) -> str | None:
        """Give the hash of the pack that a trial is of; None where none has this token."""
        query = (
            select(RaterRow.pack_hash)
            .join(TrialRow, TrialRow.rater_id == RaterRow.id)
            .where(TrialRow.token == token)
        )
        with self._reader() as session:
            return session.scalar(query)

    def is_open(self, trial: Trial) -> bool:
        """Say whether a trial is recent enough to be voted on."""
        return self._clock() - trial.issued_at <= self._trial_seconds

    def record(self, token: str, ballot: Ballot, version: str) -> Answered:
        """Keep a vote. Once this returns, the vote is on the disk.

        Args:
            token: Of the trial.
            ballot: The answer.
            version: Of the program that received it.

        Returns:
            The trial it is about, and the vote as it was kept.

        Raises:
            UnknownTrial: No trial has this token.
            AlreadyVoted: The trial, or the same one handed out anew, has its vote.
            LateVote: The trial is too old, or was handed out anew.
            StoreError: The database failed. The vote may have been kept nonetheless: sent again,
                it is then refused as AlreadyVoted.
        """
        received_at = self._clock()
        try:
            with self._writer() as session:
                trial = self._trial_to_vote_on(session, token)
                session.add(
                    VoteRow(
                        token=token,
                        rater_id=trial.rater_id,
                        slot=trial.slot,
                        version=version,
                        received_at=received_at,
                        **dataclasses.asdict(ballot),
                    )
                )
        except _Conflict:
            # Another process voted, or deleted the rater, since the look at the trial.
            with self._reader() as session:
                self._trial_to_vote_on(session, token)
            raise
        return Answered(trial, Vote(ballot, version, received_at))

    def history(self, rater_id: str) -> Sequence[Answered]:
        """Give every trial of a rater in the order in which they were handed out."""
        query = (
            select(TrialRow, VoteRow)
            .outerjoin(VoteRow, TrialRow.token == VoteRow.token)
            .where(TrialRow.rater_id == rater_id)
            .order_by(TrialRow.slot, TrialRow.attempt)
        )
        with self._reader() as session:
            rows = session.execute(query)
            return [
                Answered(trial_of(trial), vote_of(vote) if vote else None) for trial, vote in rows
            ]

    def votes(self, pack_hash: str) -> Sequence[tuple[Trial, Vote]]:
        """Give every vote of a pack with its trial, by rater and then in order."""
        query = (
            select(TrialRow, VoteRow)
            .join(VoteRow, TrialRow.token == VoteRow.token)
            .join(RaterRow, TrialRow.rater_id == RaterRow.id)
            .where(RaterRow.pack_hash == pack_hash)
            .order_by(TrialRow.rater_id, TrialRow.slot)
        )
        with self._reader() as session:
            rows = session.execute(query)
            return [(trial_of(trial), vote_of(vote)) for trial, vote in rows]

    def vote_state(self, pack_hash: str) -> tuple[int, float]:
        """Give how many votes a pack has and when the last came: equal while nothing is new."""
        query = (
            select(func.count(), func.max(VoteRow.received_at))
            .join(RaterRow, VoteRow.rater_id == RaterRow.id)
            .where(RaterRow.pack_hash == pack_hash)
        )
        with self._reader() as session:
            count, last = session.execute(query).one()
            return count, last or 0.0

    def tallies(self, pack_hash: str, kind: Kind) -> dict[str, Tally]:
        """Count how often each pair was voted on, or is just being looked at, by side.

        Args:
            pack_hash: Of the pack.
            kind: Trials of this kind are counted.

        Returns:
            By pair id; a pair that was never shown is not in it.
        """
        left = func.sum(case((TrialRow.first_side == Side.LEFT.value, 1), else_=0))
        recent = TrialRow.issued_at >= self._clock() - self._trial_seconds
        query = (
            select(TrialRow.pair_id, left, func.count())
            .outerjoin(VoteRow, TrialRow.token == VoteRow.token)
            .join(RaterRow, TrialRow.rater_id == RaterRow.id)
            .where(RaterRow.pack_hash == pack_hash, TrialRow.kind == kind.value)
            .where(or_(VoteRow.token.is_not(None), recent))
            .group_by(TrialRow.pair_id)
        )
        with self._reader() as session:
            rows = session.execute(query)
            return {pair: Tally(left=left, right=shown - left) for pair, left, shown in rows}

    def _trial_to_vote_on(self, session: Session, token: str) -> Trial:
        row = session.get(TrialRow, token)
        if row is None:
            raise UnknownTrial("This vote is about nothing that was shown.")
        trial = trial_of(row)
        votes = select(VoteRow.token).where(
            VoteRow.rater_id == trial.rater_id, VoteRow.slot == trial.slot
        )
        if session.execute(votes).first():
            raise AlreadyVoted("There is a vote on this pair already.")
        attempts = select(func.max(TrialRow.attempt)).where(
            TrialRow.rater_id == trial.rater_id, TrialRow.slot == trial.slot
        )
        if session.scalar(attempts) != trial.attempt:
            raise LateVote("This pair was shown anew since; the vote belongs there.")
        if not self.is_open(trial):
            raise LateVote("This pair was shown too long ago to be voted on.")
        return trial

    @contextmanager
    def _writer(self, *, safe: bool = True) -> Iterator[Session]:
        """Give a transaction that is on the disk when the block is left, or on its way if not safe.

        Not safe stands what a rater can do without after a power failure: a trial that is lost is
        handed out anew.
        """
        engine = self._engine if safe else self._passing
        with _our_errors(), self._turn, Session(engine) as session, session.begin():
            yield session

    @contextmanager
    def _reader(self) -> Iterator[Session]:
        with _our_errors(), Session(self._reading) as session, session.begin():
            yield session


class _Conflict(StoreError):
    """A key is taken, or what a row refers to is gone."""


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise _Conflict("The database of votes refused what contradicts it.") from error
    except SQLAlchemyError as error:
        raise StoreError("The database of votes failed; please try again.") from error
