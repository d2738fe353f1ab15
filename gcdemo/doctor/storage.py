"""Where things can be kept: the database of votes, and pictures of visitors."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from gcdemo.doctor.finding import Finding, State
from gcdemo.study.database import DATABASE_VARIABLE, FOLDER_VARIABLE, connect, database_url
from gcdemo.study.faults import StoreError

_LEAST_DISK = 10**9  # bytes; a large photo and all its versions take some ten million


def find_database(environment: Mapping[str, str]) -> Finding:
    """Say where votes are kept, and whether they can be."""
    address = database_url(environment)
    url = _parsed(address)
    shown = url.render_as_string(hide_password=True) if url else "its address"
    try:
        _try_writing(address, url)
    except StoreError as error:
        advice = f"Set {FOLDER_VARIABLE} to a folder that can be written to, or {DATABASE_VARIABLE}"
        return Finding("database", State.MISSING, f"{shown}: {error}", f"{advice}.")
    if environment.get("SPACE_ID") and shown == "sqlite:///runs/study/votes.sqlite3":
        advice = f"Attach storage at /data, or set {DATABASE_VARIABLE}."
        return Finding("database", State.NOTE, f"{shown}: lost when the Space restarts", advice)
    return Finding("database", State.OK, f"{shown} takes votes")


def find_disk(environment: Mapping[str, str]) -> Finding:
    """Say how much room there is for pictures of visitors."""
    folder = Path(environment.get("GRADIO_TEMP_DIR") or tempfile.gettempdir())
    free = shutil.disk_usage(_existing(folder)).free
    text = f"{free / 1e9:.1f} GB free for visitors' pictures in {folder}"
    if not os.access(_existing(folder), os.W_OK):
        advice = "Set GRADIO_TEMP_DIR to a folder that can be written to."
        return Finding("disk", State.MISSING, f"{folder} cannot be written to", advice)
    if free < _LEAST_DISK:
        return Finding("disk", State.NOTE, text, "Make room, or set GRADIO_TEMP_DIR.")
    return Finding("disk", State.OK, text)


def _parsed(address: str) -> URL | None:
    """Give the parts of a database's address; None where it is malformed."""
    try:
        return make_url(address)
    except (SQLAlchemyError, ValueError):
        return None


def _try_writing(address: str, url: URL | None) -> None:
    """Write something and take it back; a file of SQLite that is not there yet stays so.

    Raises:
        StoreError: Nothing can be written, or the address is none.
    """
    named = url.database if url and url.get_backend_name() == "sqlite" else None
    if url and named and named != ":memory:" and not Path(named).exists():
        if not os.access(_existing(Path(named)), os.W_OK):
            raise StoreError(f"The folder {Path(named).parent} cannot be written to.")
        # What the address says besides is tried on a file elsewhere.
        with tempfile.TemporaryDirectory() as folder:
            elsewhere = url.set(database=str(Path(folder) / "votes.sqlite3"))
            connect(elsewhere.render_as_string(hide_password=False)).dispose()
        return
    engine = connect(address)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            connection.exec_driver_sql("CREATE TABLE gcdemo_doctor (number INTEGER)")
            transaction.rollback()
    except SQLAlchemyError as error:
        raise StoreError("The database can be read, but not written to.") from error
    finally:
        engine.dispose()


def _existing(folder: Path) -> Path:
    """Give the folder, or the first above it that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())
