"""What was used last, kept while there is room and until its time is over."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from gcdemo.expiry import KEPT_SECONDS, Alarm
from gcdemo.shelf import Shelf

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The values used last, up to a total cost and an age; safe to share between threads."""

    def __init__(
        self,
        budget: int,
        cost: Callable[[Value], int] = lambda _: 1,
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start empty.

        Args:
            budget: Total cost that is kept; the newest value stays whatever it costs.
            cost: Of one value.
            seconds: How long a value stays after its last use.
            clock: Gives the time in seconds.
        """
        self._budget, self._seconds = budget, seconds
        self._shelf: Shelf[str, Value] = Shelf(cost, seconds, clock)
        self._lock = threading.Lock()
        self._alarm = Alarm(self.drop_old)

    def __len__(self) -> int:
        return len(self._shelf)

    def get(self, key: str) -> Value | None:
        """Give a value and count it as used; None where it is not kept."""
        with self._lock:
            self._shelf.drop_old()
            return self._shelf.use(key) if key in self._shelf else None

    def put(self, key: str, value: Value) -> None:
        """Keep a value, and drop those not used for longest."""
        with self._lock:
            self._shelf.drop_old()
            self._shelf.put(key, value)
            while self._shelf.cost > self._budget and len(self._shelf) > 1:
                self._shelf.drop_first()
        self._alarm.set(self._seconds)

    def starting_with(self, prefix: str) -> list[Value]:
        """Give the values whose keys begin so, those used last at the end."""
        with self._lock:
            self._shelf.drop_old()
            return [value for key, value in self._shelf if key.startswith(prefix)]

    def drop_old(self) -> float | None:
        """Drop what was not used for too long; give in how many seconds the next will be too old.

        It happens by itself when the time is over.
        """
        with self._lock:
            return self._shelf.drop_old()
