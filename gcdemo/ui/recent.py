"""What was used last, kept while there is room."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The values used last, up to a total cost; safe to share between threads."""

    def __init__(self, budget: int, cost: Callable[[Value], int] = lambda _: 1) -> None:
        """Start empty.

        Args:
            budget: Total cost that is kept; the newest value stays whatever it costs.
            cost: Of one value.
        """
        self._budget = budget
        self._cost = cost
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Value | None:
        """Give a value and count it as used; None where it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: Value) -> None:
        """Keep a value, and drop those not used for longest."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            total = sum(self._cost(kept) for kept in self._values.values())
            while total > self._budget and len(self._values) > 1:
                _, dropped = self._values.popitem(last=False)
                total -= self._cost(dropped)

    def starting_with(self, prefix: str) -> list[Value]:
        """Give the values whose keys begin so, those used last at the end."""
        with self._lock:
            return [value for key, value in self._values.items() if key.startswith(prefix)]
