"""Which selector answers on this machine, and why that one."""

import logging
import os
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from gcdemo.codecs.base import Image
from gcdemo.errors import GCDemoError, InputError
from gcdemo.selection.base import Selector
from gcdemo.selection.classical import ClassicalSelector
from gcdemo.selection.hub import SAM_VARIABLE, SAM_VIT_B, Progress, fetch, may_download

if TYPE_CHECKING:
    from gcdemo.selection.sam import SamSelector

logger = logging.getLogger(__name__)

CHOICES = ("auto", "sam", "classical")
"""What may be asked for."""

# Pictures that wait to be prepared; beyond that the first click does it.
_MAX_WAITING = 16


class Choice(NamedTuple):
    """The selector in use, and the sentence that says why."""

    selector: Selector
    reason: str


class SelectionDesk:
    """Holds both selectors and chooses between them; safe to share between requests."""

    def __init__(
        self,
        sam: "SamSelector | None" = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Load nothing yet.

        Args:
            sam: Another one than the released; None makes it, once it is needed.
            environment: Says where the checkpoint is and whether it may be fetched.
        """
        self._sam = sam
        self._classical = ClassicalSelector()
        self._environment = environment
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="selection")
        self._waiting = 0

    @property
    def sam(self) -> "SamSelector":
        """Segment Anything, whether or not it can run here."""
        with self._lock:
            if self._sam is None:
                from gcdemo.selection.sam import SamSelector

                self._sam = SamSelector(environment=self._environment)
            return self._sam

    @property
    def classical(self) -> ClassicalSelector:
        """The selector that always runs."""
        return self._classical

    def choose(self, wanted: str = "auto") -> Choice:
        """Give the selector in use: Segment Anything where its checkpoint is, else the classical.

        Args:
            wanted: One of `CHOICES`.

        Raises:
            InputError: There is no such choice, or Segment Anything is asked for and cannot run.
        """
        if wanted not in CHOICES:
            raise InputError(f"'{wanted}' is no selector; choose {', '.join(CHOICES)}.")
        if wanted == "classical":
            return Choice(self._classical, "It was asked for.")
        problem = self.sam.available()
        if problem is None:
            return Choice(self.sam, "Its checkpoint is on this machine.")
        if wanted == "sam":
            raise InputError(
                f"Segment Anything cannot run: {problem} Fetch it with --download-sam, or set "
                f"{SAM_VARIABLE}."
            )
        return Choice(self._classical, f"Segment Anything is not in use: {problem}")

    def start(self) -> Future[None] | None:
        """Begin to fetch the checkpoint in the background, where this installation allows it.

        Returns:
            What ends when it is here; None where nothing is to be done.
        """
        if not may_download(self._environment) or self.sam.available() is None:
            return None
        return self._worker.submit(self._fetch_quietly)

    def download(self, progress: Progress | None = None) -> None:
        """Fetch the checkpoint now, because a person asked for it.

        Args:
            progress: Is told of bytes that arrived, and of how many; None draws a bar.

        Raises:
            CheckpointError: It cannot be fetched, or is not the file it should be.
        """
        fetch(SAM_VIT_B, progress, self._environment)

    def prepare(self, image: Image) -> Future[None] | None:
        """Begin in the background what clicks in a picture will need.

        Args:
            image: uint8 (H, W, 3).

        Returns:
            What ends when it is done; None where so many wait that the first click does it.
        """
        with self._lock:
            if self._waiting >= _MAX_WAITING:
                return None
            self._waiting += 1
        return self._worker.submit(self._prepare_quietly, image)

    def _prepare_quietly(self, image: Image) -> None:
        try:
            self.choose().selector.prepare(image)
        except GCDemoError as error:
            logger.warning("A picture could not be prepared for clicks: %s", error)
        finally:
            with self._lock:
                self._waiting -= 1

    def _fetch_quietly(self) -> None:
        try:
            self.download(progress=lambda done, total: None)
        except GCDemoError as error:
            logger.warning("Segment Anything stays out of use: %s", error)
