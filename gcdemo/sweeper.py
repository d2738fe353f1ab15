"""Files of visitors are deleted when their time is over, whoever made them and whatever for."""

import contextlib
import logging
import os
import threading
import time
from pathlib import Path

logger = logging.getLogger(__name__)

# How many times within its age a folder is looked through: a file may stay longer by as much.
_LOOKS = 12


class Sweeper:
    """Deletes what lies in a folder, however deep, and has not been touched for a time.

    Gradio deletes the files that it remembers having made in this run. This is for all others:
    those that were made beside it, and those of a run that ended without warning.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        """Prepare, without doing anything yet.

        Args:
            folder: May not exist yet; all in it is taken for a visitor's.
            seconds: How long a file stays after it was made or last touched.
        """
        self._folder, self._seconds = folder, seconds
        self._stopped = threading.Event()

    def start(self) -> threading.Thread:
        """Sweep now and then until `stop`; give the thread that does it."""
        thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Sweep no more."""
        self._stopped.set()

    def sweep(self) -> int:
        """Delete what is too old, and folders that are empty since; give how many files went."""
        limit, deleted = time.time() - self._seconds, 0
        folders: list[Path] = []
        for place, inner, names in os.walk(self._folder):  # which follows no links
            folders += [Path(place, name) for name in inner]
            deleted += sum(_deleted(Path(place, name), limit) for name in names)
        for folder in reversed(folders):
            # A folder that is not empty, or was made a moment ago for a file to come, stays.
            with contextlib.suppress(OSError):
                if folder.lstat().st_mtime < limit:
                    folder.rmdir()
        return deleted

    def _run(self) -> None:
        while True:
            try:
                self.sweep()
            except OSError as error:
                logger.warning("Old files could not be deleted: %s", error.strerror)
            if self._stopped.wait(self._seconds / _LOOKS):
                return


def _deleted(path: Path, limit: float) -> bool:
    """Delete a file that was touched last before a time; tell whether it is gone by that."""
    with contextlib.suppress(FileNotFoundError):
        if path.lstat().st_mtime < limit:
            path.unlink()
            return True
    return False
