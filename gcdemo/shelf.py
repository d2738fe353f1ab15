"""Values in the order of their last use, each with its time and its cost."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Kept(NamedTuple, Generic[Value]):
    value: Value
    cost: int
    used: float  # when, by the clock


class Shelf(Generic[Key, Value]):
    """What caches keep their values on; whoever shares one between threads locks it."""

    def __init__(
        self,
        cost_of: Callable[[Value], int],
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start empty.

        Args:
            cost_of: Tells what a value costs.
            seconds: How long a value may stay after its last use.
            clock: Gives the time in seconds.
        """
        self.cost = 0  # of all values
        self._cost_of, self._seconds, self._clock = cost_of, seconds, clock
        self._kept: OrderedDict[Key, _Kept[Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def __iter__(self) -> Iterator[tuple[Key, Value]]:
        """Give keys and values, those used last at the end."""
        return ((key, kept.value) for key, kept in self._kept.items())

    def use(self, key: Key) -> Value:
        """Give a value that is here; from now on it is the one used last."""
        kept = self._kept.pop(key)
        self._kept[key] = kept._replace(used=self._clock())
        return kept.value

    def put(self, key: Key, value: Value) -> None:
        """Add a value, or replace it; it is the one used last."""
        self._drop(key)
        cost = self._cost_of(value)
        self._kept[key] = _Kept(value, cost, self._clock())
        self.cost += cost

    def drop_first(self) -> None:
        """Drop the value used longest ago."""
        self._drop(next(iter(self._kept)))

    def drop_old(self) -> float | None:
        """Drop what was not used for too long.

        Returns:
            In how many seconds the next value will be too old; None where there is none.
        """
        now = self._clock()
        while self._kept:
            left = next(iter(self._kept.values())).used + self._seconds - now
            if left > 0:
                return left
            self.drop_first()
        return None

    def _drop(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        self.cost -= 0 if kept is None else kept.cost
