"""Votes as lines of a file that goes to a data set on the Hugging Face Hub every few minutes.

The database is what counts: a vote is in the file after it is there, and a line that is late or
lost on its way can be had from `study export`. Each process has a file of its own, so that no two
ever write, or send, the same.
"""

import json
import logging
import os
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Protocol

from gcdemo.files import write_atomically
from gcdemo.study.answers import Answer, to_jsonl

logger = logging.getLogger(__name__)

REPOSITORY_VARIABLE = "GCDEMO_DATASET_REPO"
"""Environment variable: the data set that votes are sent to, as in someone/votes; made private
where there is none. Unset, nothing is sent."""

TOKEN_VARIABLE = "HF_TOKEN"
"""Environment variable: a token that may write to it."""

MINUTES = 5.0
"""Between two pushes."""

# How long a stop may wait for the last push; Spaces kill after half a minute.
_LAST_PUSH_SECONDS = 20.0


class Journal(Protocol):
    """Where votes are copied to once they are safe; no method raises."""

    def add(self, answer: Answer) -> None:
        """Copy a vote."""
        ...

    def forget(self, rater: str) -> None:
        """Drop the lines of a rater, given by name."""
        ...

    def close(self) -> None:
        """Send what was not sent, and stop."""
        ...


class DatasetJournal:
    """A file of votes, and a thread that pushes it whenever it has changed."""

    def __init__(self, folder: Path, repository: str, token: str, minutes: float = MINUTES) -> None:
        """Begin a new file and find the data set, which may take a while.

        Args:
            folder: Where this process gets a folder of its own.
            repository: Owner and name of the data set.
            token: Of the Hub.
            minutes: Between two pushes.

        Raises:
            OSError: The folder cannot be made, or the Hub cannot be reached or refuses.
            ValueError: The data set's name is none.
        """
        from huggingface_hub import CommitScheduler

        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:12]}"
        self._path = folder / name / f"{name}.jsonl"
        self._path.parent.mkdir(parents=True)
        try:
            self._scheduler = CommitScheduler(
                repo_id=repository,
                repo_type="dataset",
                folder_path=self._path.parent,
                path_in_repo="votes",
                allow_patterns="*.jsonl",
                every=minutes,
                private=True,
                token=token,
            )
        except ValueError:
            raise
        except Exception as error:
            # Of what kind it is depends on the library's version and on the one it sends with.
            raise OSError(str(error)) from error
        self._writing = Lock()

    def add(self, answer: Answer) -> None:
        """Copy a vote."""
        try:
            # The scheduler's lock is held only while it looks how long the file is.
            with (
                self._writing,
                self._scheduler.lock,
                self._path.open("a", encoding="utf-8") as file,
            ):
                file.write(to_jsonl([answer]))
        except OSError as error:
            logger.warning("A vote was not copied for the data set: %s", error)

    def forget(self, rater: str) -> None:
        """Drop the lines of a rater, given by name; the next push replaces the file."""
        try:
            with self._writing, self._scheduler.lock:
                if not self._path.exists():
                    return
                lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
                kept = [line for line in lines if json.loads(line)["rater"] != rater]
                write_atomically(self._path, "".join(kept).encode())
        except OSError as error:
            logger.warning("Lines of a deleted rater are still in %s: %s", self._path, error)

    def close(self) -> None:
        """Send what was not sent, and stop."""
        try:
            self._scheduler.trigger().result(_LAST_PUSH_SECONDS)
        except Exception as error:  # whatever the push raised: the votes are in the database
            logger.warning("The last votes did not reach the data set: %s", error)
        self._scheduler.stop()


def open_journal(folder: Path, environment: Mapping[str, str] = os.environ) -> Journal | None:
    """Give the journal that the environment asks for; None where it asks for none or has no luck.

    Args:
        folder: Where files wait for their push.
        environment: Names the data set and holds the token.
    """
    repository, token = environment.get(REPOSITORY_VARIABLE), environment.get(TOKEN_VARIABLE)
    if not repository:
        return None
    if not token:
        logger.warning("Votes are not sent to %s: there is no %s.", repository, TOKEN_VARIABLE)
        return None
    try:
        return DatasetJournal(folder, repository, token)
    except (OSError, ValueError) as error:
        logger.warning("Votes are not sent to %s: %s", repository, error)
        return None
