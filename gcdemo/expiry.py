"""What a visitor sent is forgotten when its time is over, though nobody asks for anything then."""

import threading
import weakref
from collections.abc import Callable

KEPT_SECONDS = 3_600
"""How long anything of a visitor stays after it was last used, on disk and in memory."""


class Alarm:
    """Calls a method at a time, and again for as long as the method names another time.

    It does not keep the method's object alive, nor the program running.
    """

    def __init__(self, method: Callable[[], float | None]) -> None:
        """Be silent until `set`.

        Args:
            method: Of an object; gives in how many seconds it is to be called again, or None.
        """
        self._method = weakref.WeakMethod(method)
        self._is_set = False
        self._lock = threading.Lock()

    def set(self, seconds: float) -> None:
        """Have the method called after a time, unless it will be called anyway."""
        with self._lock:
            if self._is_set:
                return
            self._is_set = True
        timer = threading.Timer(seconds, self._ring)
        timer.daemon = True
        timer.start()

    def _ring(self) -> None:
        # Before the method looks: what comes while it does so sets the alarm itself.
        with self._lock:
            self._is_set = False
        method = self._method()
        seconds = None if method is None else method()
        if seconds is not None:
            self.set(seconds)
