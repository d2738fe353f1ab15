"""What was computed of pictures, kept within bounds, and computed once however many ask."""

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

import numpy as np

from gcdemo.codecs.base import Image
from gcdemo.expiry import KEPT_SECONDS, Alarm
from gcdemo.shelf import Shelf

Value = TypeVar("Value")


def picture_key(image: Image) -> bytes:
    """Give the key of a picture's content: equal pictures have equal keys.

    Args:
        image: uint8 (H, W, 3).
    """
    digest = hashlib.blake2b(repr(image.shape).encode(), digest_size=20)
    digest.update(np.ascontiguousarray(image).data)
    return digest.digest()


class PictureCache(Generic[Value]):
    """Values by picture, the ones asked for last; safe to share between threads."""

    def __init__(
        self,
        max_count: int,
        max_bytes: int,
        num_bytes_of: Callable[[Value], int],
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin empty.

        Args:
            max_count: The most values kept.
            max_bytes: The most bytes kept; a value larger than that is given and not kept.
            num_bytes_of: Tells a value's size.
            seconds: How long a value stays after it was last asked for.
            clock: Gives the time in seconds.
        """
        self._max_count, self._max_bytes, self._seconds = max_count, max_bytes, seconds
        self._kept: Shelf[bytes, Value] = Shelf(num_bytes_of, seconds, clock)
        self._waiting: dict[bytes, Future[Value]] = {}
        self._lock = threading.Lock()
        self._alarm = Alarm(self.drop_old)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def num_bytes(self) -> int:
        """Size of all that is kept."""
        return self._kept.cost

    def get(self, image: Image, compute: Callable[[], Value]) -> Value:
        """Give a picture's value; the first who asks computes it, others who ask then wait for it.

        A failure is raised to all who wait, and not kept: whoever asks next tries again.

        Args:
            image: uint8 (H, W, 3).
            compute: Makes the value.
        """
        key = picture_key(image)
        with self._lock:
            self._kept.drop_old()
            if key in self._kept:
                return self._kept.use(key)
            future = self._waiting.get(key)
            first = future is None
            if future is None:
                future = self._waiting[key] = Future()
        if first:
            self._compute(key, future, compute)
        return future.result()

    def drop_old(self) -> float | None:
        """Drop what nobody asked for lately; give in how many seconds the next will be too old.

        It happens by itself when the time is over.
        """
        with self._lock:
            return self._kept.drop_old()

    def _compute(self, key: bytes, future: Future[Value], compute: Callable[[], Value]) -> None:
        try:
            value = compute()
        except BaseException as error:
            with self._lock:
                del self._waiting[key]
            future.set_exception(error)
            return
        with self._lock:
            del self._waiting[key]
            self._keep(key, value)
        self._alarm.set(self._seconds)
        future.set_result(value)

    def _keep(self, key: bytes, value: Value) -> None:
        self._kept.drop_old()
        self._kept.put(key, value)
        while len(self._kept) > self._max_count or self._kept.cost > self._max_bytes:
            self._kept.drop_first()
