"""The tables of the study's database, as SQLAlchemy sees them; migrations.py makes them.

A row is added once and never changed. Rows leave only with the whole of a rater's data.
"""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from gcdemo.study.records import Ballot, Choice, Kind, Rater, ScreenCheck, Side, Trial, Vote


class Table(DeclarativeBase):
    """Base of all tables."""


class PackRow(Table):
    """A study pack that was shown; without it nobody could say what a vote was about."""

    __tablename__ = "packs"

    hash: Mapped[str] = mapped_column(primary_key=True)
    manifest: Mapped[str]  # text of manifest.json


class RaterRow(Table):
    """Somebody who takes part."""

    __tablename__ = "raters"

    id: Mapped[str] = mapped_column(primary_key=True)
    pack_hash: Mapped[str] = mapped_column(ForeignKey("packs.hash"))
    plan: Mapped[str]  # kinds of trials with spaces between
    created_at: Mapped[float]


class TrialRow(Table):
    """A pair that was handed out."""

    __tablename__ = "trials"
    __table_args__ = (UniqueConstraint("rater_id", "slot", "attempt"),)

    token: Mapped[str] = mapped_column(primary_key=True)
    rater_id: Mapped[str] = mapped_column(ForeignKey("raters.id"))
    slot: Mapped[int]
    attempt: Mapped[int]
    pair_id: Mapped[str]
    kind: Mapped[str]
    first_side: Mapped[str]
    issued_at: Mapped[float]


class VoteRow(Table):
    """An answer. The two keys let the database itself refuse a second one."""

    __tablename__ = "votes"
    __table_args__ = (UniqueConstraint("rater_id", "slot"),)

    token: Mapped[str] = mapped_column(ForeignKey("trials.token"), primary_key=True)
    rater_id: Mapped[str] = mapped_column(ForeignKey("raters.id"))
    slot: Mapped[int]
    choice: Mapped[str]
    response_ms: Mapped[float]
    screen_width: Mapped[int]
    screen_height: Mapped[int]
    viewport_width: Mapped[int]
    viewport_height: Mapped[int]
    pixel_ratio: Mapped[float]
    zooms: Mapped[int]
    flips: Mapped[int]
    version: Mapped[str]
    received_at: Mapped[float]
    screen_check: Mapped[str]


def trial_of(row: TrialRow) -> Trial:
    """Give the trial that a row holds."""
    return Trial(
        token=row.token,
        rater_id=row.rater_id,
        slot=row.slot,
        attempt=row.attempt,
        pair_id=row.pair_id,
        kind=Kind(row.kind),
        first_side=Side(row.first_side),
        issued_at=row.issued_at,
    )


def vote_of(row: VoteRow) -> Vote:
    """Give the vote that a row holds."""
    ballot = Ballot(
        choice=Choice(row.choice),
        response_ms=row.response_ms,
        screen_width=row.screen_width,
        screen_height=row.screen_height,
        viewport_width=row.viewport_width,
        viewport_height=row.viewport_height,
        pixel_ratio=row.pixel_ratio,
        zooms=row.zooms,
        flips=row.flips,
        screen_check=ScreenCheck(row.screen_check),
    )
    return Vote(ballot, row.version, row.received_at)


def rater_of(row: RaterRow) -> Rater:
    """Give the rater that a row holds."""
    return Rater(row.id, row.pack_hash, tuple(map(Kind, row.plan.split())), row.created_at)
