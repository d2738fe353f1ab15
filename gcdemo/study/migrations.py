"""Brings a database to the present layout, step by step; a step is never changed once released.

The number of steps that were taken stands in the table schema_version. All that is missing is done
in one transaction, which several processes may attempt at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, inspect

from gcdemo.study.faults import StoreError

# Any number, the same in every process: who holds it may migrate.
_ADVISORY_LOCK = 0x6763_6465_6D6F


@dataclass(frozen=True, slots=True)
class Step:
    """SQL statements that both databases read, and those for one of them."""

    statements: Sequence[str]
    sqlite: Sequence[str] = field(default=())
    postgresql: Sequence[str] = field(default=())


STEPS = (
    Step(
        statements=(
            "CREATE TABLE packs (hash TEXT NOT NULL PRIMARY KEY, manifest TEXT NOT NULL)",
            """CREATE TABLE raters (
                id TEXT NOT NULL PRIMARY KEY,
                pack_hash TEXT NOT NULL REFERENCES packs (hash),
                plan TEXT NOT NULL,
                created_at DOUBLE PRECISION NOT NULL
            )""",
            """CREATE TABLE trials (
                token TEXT NOT NULL PRIMARY KEY,
                rater_id TEXT NOT NULL REFERENCES raters (id),
                slot INTEGER NOT NULL,
                attempt INTEGER NOT NULL,
                pair_id TEXT NOT NULL,
                kind TEXT NOT NULL,
                first_side TEXT NOT NULL,
                issued_at DOUBLE PRECISION NOT NULL,
                UNIQUE (rater_id, slot, attempt)
            )""",
            """CREATE TABLE votes (
                token TEXT NOT NULL PRIMARY KEY REFERENCES trials (token),
                rater_id TEXT NOT NULL REFERENCES raters (id),
                slot INTEGER NOT NULL,
                choice TEXT NOT NULL,
                response_ms DOUBLE PRECISION NOT NULL,
                screen_width INTEGER NOT NULL,
                screen_height INTEGER NOT NULL,
                viewport_width INTEGER NOT NULL,
                viewport_height INTEGER NOT NULL,
                pixel_ratio DOUBLE PRECISION NOT NULL,
                zooms INTEGER NOT NULL,
                flips INTEGER NOT NULL,
                version TEXT NOT NULL,
                received_at DOUBLE PRECISION NOT NULL,
                UNIQUE (rater_id, slot)
            )""",
            "CREATE INDEX raters_by_pack ON raters (pack_hash)",
        ),
        sqlite=(
            """CREATE TRIGGER votes_are_final BEFORE UPDATE ON votes
            BEGIN SELECT RAISE(ABORT, 'votes are never edited'); END""",
        ),
        postgresql=(
            """CREATE FUNCTION refuse_edit() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'votes are never edited'; END $$""",
            """CREATE TRIGGER votes_are_final BEFORE UPDATE ON votes
            FOR EACH ROW EXECUTE FUNCTION refuse_edit()""",
        ),
    ),
    Step(
        statements=(
            "ALTER TABLE votes ADD COLUMN screen_check TEXT NOT NULL DEFAULT 'untested'",
            # Every vote asks which pairs have the fewest.
            "CREATE INDEX trials_by_kind ON trials (kind, pair_id)",
        ),
    ),
)
"""Every step, oldest first."""


def migrate(connection: Connection, steps: Sequence[Step] = STEPS) -> None:
    """Take the steps that a database lacks; the caller commits.

    Args:
        connection: In a transaction that no other process can write beside: on SQLite begun as
            IMMEDIATE; on PostgreSQL a lock is taken here.
        steps: All there are.

    Raises:
        StoreError: The database was laid out by a newer program.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
    if not inspect(connection).has_table("schema_version"):
        connection.exec_driver_sql("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
    taken = connection.exec_driver_sql("SELECT MAX(version) FROM schema_version").scalar() or 0
    if taken > len(steps):
        raise StoreError(
            f"The database of votes has layout {taken}; this program knows {len(steps)}. "
            "Start a newer one."
        )
    for number, step in enumerate(steps[taken:], start=taken + 1):
        own = step.sqlite if dialect == "sqlite" else step.postgresql
        for statement in (*step.statements, *own):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"INSERT INTO schema_version (version) VALUES ({number})")
