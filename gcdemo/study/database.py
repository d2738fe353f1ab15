"""Connections to the study's database, set up so that what is committed is on the disk."""

import os
import random
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from gcdemo.study.faults import StoreError
from gcdemo.study.migrations import migrate

DATABASE_VARIABLE = "GCDEMO_DATABASE_URL"
"""Environment variable: the database's address, as in postgresql://user:password@host/name."""

FOLDER_VARIABLE = "GCDEMO_DATA"
"""Environment variable: the folder of the SQLite file where no address is given."""

# Where Spaces mount their lasting storage.
_LASTING_STORAGE = Path("/data")
_FILE = "votes.sqlite3"
_BUSY_SECONDS = 30
# Connections: those kept, and those that may come on top of them in a rush.
_KEPT, _MORE = 8, 16
# What a transaction is for, as an option of its connections.
_PURPOSE, _READING, _PASSING = "gcdemo_purpose", "reading", "passing"


def database_url(environment: Mapping[str, str] = os.environ) -> str:
    """Say where votes are kept: PostgreSQL where it is named, else a file of SQLite."""
    if url := environment.get(DATABASE_VARIABLE):
        return url
    return f"sqlite:///{data_folder(environment) / _FILE}"


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Say where the study's files are kept on this machine."""
    if named := environment.get(FOLDER_VARIABLE):
        return Path(named)
    if os.access(_LASTING_STORAGE, os.W_OK):
        return _LASTING_STORAGE
    return Path("runs") / "study"


def connect(url: str) -> Engine:
    """Open a database and bring it to the present layout.

    SQLite keeps a write-ahead log and syncs it at every commit; PostgreSQL is asked for the same
    whatever its own settings say. `passing` gives the exception.

    Args:
        url: As SQLAlchemy writes it: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.

    Raises:
        StoreError: It cannot be reached or used, or the address is none.
    """
    try:
        engine = _open(make_url(url))
        try:
            with engine.begin() as connection:
                migrate(connection)
        except BaseException:
            engine.dispose()
            raise
    except (sqlalchemy.exc.SQLAlchemyError, OSError) as error:
        raise StoreError(f"The database of votes cannot be used: {_reason(error)}.") from error
    except (ValueError, TypeError, OverflowError) as error:
        # What they say holds parts of the address, and so perhaps of the password.
        raise StoreError(
            "The database of votes cannot be used: the address is malformed."
        ) from error
    except ImportError as error:
        raise StoreError(
            f"The database of votes needs a package that is not installed: {error.name}."
        ) from error
    return engine


def reading(engine: Engine) -> Engine:
    """Give the same database for transactions that write nothing and hold up no writer."""
    return engine.execution_options(**{_PURPOSE: _READING})


def passing(engine: Engine) -> Engine:
    """Give the same database for writing what may be lost when the machine, not the program, stops.

    Everybody sees it at once, but its commit does not wait for the disk.
    """
    return engine.execution_options(**{_PURPOSE: _PASSING})


def _open(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise StoreError("Votes are kept in a file; the address names none.")
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sqlalchemy.create_engine(
            url,
            pool_size=_KEPT,
            max_overflow=_MORE,
            connect_args={"timeout": _BUSY_SECONDS},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.get_backend_name() in ("postgresql", "postgres"):
        engine = sqlalchemy.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=_KEPT,
            max_overflow=_MORE,
            pool_pre_ping=True,
        )
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    raise StoreError(
        f"Votes are kept in SQLite or PostgreSQL, not in {url.get_backend_name() or 'nothing'}."
    )


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # Python's module begins transactions late, and for writes alone: _begin_sqlite does it here.
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    _keep_log(connection)
    for setting in (
        f"busy_timeout = {_BUSY_SECONDS * 1000}",
        "foreign_keys = ON",
        "secure_delete = ON",  # deleted data is overwritten
    ):
        connection.execute(f"PRAGMA {setting}")


def _keep_log(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; of many that open a new file at once, one does it first.

    SQLite does not wait for that lock, whatever its timeout is: others are refused at once.
    """
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(random.uniform(0.005, 0.05))


def _begin_sqlite(connection: Connection) -> None:
    purpose = connection.get_execution_options().get(_PURPOSE)
    if purpose == _READING:
        connection.exec_driver_sql("BEGIN")
        return
    # Connections are used by turns: what the last transaction asked for says nothing of this one.
    level = "NORMAL" if purpose == _PASSING else "FULL"
    connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
    # A transaction that reads first and writes later could find another writer in between, and
    # would fail without waiting: writers ask for the lock at once.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(_PURPOSE) == _PASSING:
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")


def _prepare_postgresql(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit TO on")
    cursor.close()
    connection.commit()


def _reason(error: Exception) -> str:
    """Give the first line of what the database said, without SQL and without passwords."""
    said = getattr(error, "orig", None) or error
    lines = str(said).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
