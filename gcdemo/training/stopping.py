"""Asking a run to stop: once its step is whole it saves and ends, so nothing is half done."""

import contextlib
import logging
import os
import signal
import time
from collections.abc import Iterator
from types import FrameType

logger = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# GNU timeout sends its signal to the process and to its group: those two are one request.
_SAME_REQUEST_SECONDS = 1.0
_STOPPING = b"\nStopping after this step; a second time stops at once, without saving.\n"


class StopRequest:
    """Whether SIGINT or SIGTERM asked a run to stop."""

    def __init__(self, *, tells: bool = True) -> None:
        """Await signals.

        Args:
            tells: Whether to say on stderr what a request does; of several processes one should.
        """
        self._tells = tells
        self._asked_at: float | None = None  # when a stop was first asked for

    def __bool__(self) -> bool:
        """Whether to stop once the step is whole."""
        return self._asked_at is not None

    @contextlib.contextmanager
    def by_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM ask meanwhile; for the main thread."""
        before = {signum: signal.signal(signum, self.ask) for signum in _SIGNALS}
        try:
            yield
        finally:
            for signum, handler in before.items():
                signal.signal(signum, handler)

    def report(self, step: int) -> None:
        """Log where a run stopped, if it was asked to."""
        if self:
            logger.warning("Stopped at step %d; the same command goes on from here.", step)

    def ask(self, signum: int, frame: FrameType | None) -> None:
        """Stop once the step is whole; asked again, at once and without saving. Handles signals.

        Raises:
            KeyboardInterrupt: It was asked for before.
        """
        now = time.monotonic()
        if self._asked_at is None:
            self._asked_at = now
            if self._tells:
                # Not by the log or print, whose streams may be in the midst of a line.
                with contextlib.suppress(OSError):
                    os.write(2, _STOPPING)
        elif now - self._asked_at > _SAME_REQUEST_SECONDS:
            raise KeyboardInterrupt
