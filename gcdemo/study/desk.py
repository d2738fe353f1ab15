"""The study of this installation: its pack, made at the first start if need be, and its votes."""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from gcdemo.errors import GCDemoError
from gcdemo.study.database import data_folder, database_url
from gcdemo.study.faults import PackError, StudyError
from gcdemo.study.journal import Journal, open_journal
from gcdemo.study.manifest import Pack, load_pack
from gcdemo.study.results import ADMIN_VARIABLE, StudyResults
from gcdemo.study.session import StudyService
from gcdemo.study.store import VoteStore

logger = logging.getLogger(__name__)

PACK_VARIABLE = "GCDEMO_STUDY_PACK"
"""Environment variable: the folder of the pack to run; unset, a pack of the samples is made."""


class StudyDesk:
    """Opens the study once, in the background; safe to share between requests."""

    def __init__(
        self,
        key: str,
        build: Callable[[Path], Pack],
        version: str,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Prepare, without doing anything yet.

        Args:
            key: Of what `build` makes, for its folder's name: another key is another pack.
            build: Makes the default pack in a folder that does not exist yet; it may appear there
                meanwhile, made by another process.
            version: Of this program, kept with every vote.
            environment: Names the pack, the database and the folder of data.
        """
        self._key, self._build, self._version = key, build, version
        self._environment = environment
        self._service: StudyService | None = None
        self._results: StudyResults | None = None
        self._journal: Journal | None = None
        self._fault: GCDemoError | None = None

    def open(self) -> threading.Thread:
        """Start to open the study; give the thread that does it."""
        thread = threading.Thread(target=self._open, name="study", daemon=True)
        thread.start()
        return thread

    def service(self) -> StudyService | None:
        """Give the study; None while its pack is being made.

        Raises:
            StudyError: It could not be opened.
        """
        if self._fault is not None:
            raise self._fault
        return self._service

    def results(self) -> StudyResults | None:
        """Give what the votes say; None while the study is not open yet.

        Raises:
            StudyError: It could not be opened.
        """
        return self._results if self.service() else None

    def close(self) -> None:
        """Send votes that wait to be sent; for the end of the program."""
        if self._journal is not None:
            self._journal.close()

    def _open(self) -> None:
        try:
            pack = self._find_pack()
            store = VoteStore(database_url(self._environment))
            key = self._environment.get(ADMIN_VARIABLE, "")
            self._results = StudyResults(store, pack.manifest.pack_hash, key)
            folder = data_folder(self._environment) / "votes"
            self._journal = open_journal(folder, self._environment)
            self._service = StudyService(pack, store, self._version, journal=self._journal)
        except GCDemoError as error:
            logger.warning("The study is not open: %s", error)
            self._fault = error
        except OSError as error:
            logger.warning("The study is not open: %s", error)
            self._fault = PackError("The study's pictures cannot be kept on this machine.")
        except Exception:  # whatever it is: else visitors would be told to wait for ever
            logger.exception("The study is not open.")
            self._fault = StudyError("The study could not be opened.")

    def _find_pack(self) -> Pack:
        if named := self._environment.get(PACK_VARIABLE):
            return load_pack(Path(named))
        folder = data_folder(self._environment) / f"pack-{self._key}"
        if folder.exists():
            try:
                return load_pack(folder)
            except PackError as error:
                # Votes name the pack's hash, so a new pack beside the damaged one loses none.
                logger.warning("%s is left alone: %s", folder, error)
                folder = folder.with_name(f"{folder.name}-{os.urandom(4).hex()}")
        try:
            return self._build(folder)
        except (GCDemoError, OSError) as error:
            if not folder.exists():
                raise
            # Of several processes that start on the same data, one is the first to be done.
            logger.info("The pack is there by now: %s", error)
            return load_pack(folder)
