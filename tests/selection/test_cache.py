"""What was computed of pictures is kept within bounds and computed once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.selection.cache import PictureCache, picture_key


def picture(number):
    return np.full((2, 3, 3), number, np.uint8)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), max_size=40),
    st.integers(1, 4),
    st.integers(1, 100),
)
def test_neither_count_nor_bytes_exceed_their_bounds(requests, max_count, max_bytes):
    cache = PictureCache(max_count, max_bytes, len)
    for number, size in requests:
        cache.get(picture(number), lambda size=size: bytes(size))
        assert len(cache) <= max_count
        assert cache.num_bytes <= max_bytes


def test_the_picture_asked_for_longest_ago_goes_first():
    cache = PictureCache(2, 100, len)
    computed = []

    def ask(number):
        return cache.get(picture(number), lambda: computed.append(number) or b"x")

    for number in (1, 2, 1, 3, 1, 2):
        ask(number)
    assert computed == [1, 2, 3, 2]


def test_a_value_ends_with_its_time_and_is_computed_anew():
    now = 0.0
    cache = PictureCache(4, 100, len, seconds=10, clock=lambda: now)
    computed = []

    def ask(number):
        return cache.get(picture(number), lambda: computed.append(number) or b"x")

    ask(1), ask(2)
    now = 9.0
    ask(1)
    now = 11.0
    ask(1), ask(2)
    assert computed == [1, 2, 2]
    now = 30.0
    ask(3)
    assert (len(cache), cache.num_bytes) == (1, 1)


def test_a_value_ends_with_its_time_though_nobody_asks():
    cache = PictureCache(4, 100, len, seconds=0.05)
    cache.get(picture(1), lambda: b"x")
    end = time.monotonic() + 30
    while len(cache):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert cache.num_bytes == 0


def test_many_threads_that_ask_at_once_compute_once():
    cache = PictureCache(4, 100, len)
    begun, gate = [], threading.Event()

    def compute():
        begun.append(1)
        gate.wait(30)
        return b"value"

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(cache.get, picture(1), compute) for _ in range(8)]
        while not begun:
            time.sleep(0.01)
        gate.set()
        assert {future.result() for future in asked} == {b"value"}
    assert len(begun) == 1


def test_different_pictures_do_not_wait_for_each_other():
    cache = PictureCache(4, 100, len)
    both = threading.Barrier(2, timeout=30)

    def compute():
        both.wait()  # passes only when the other computes at the same time
        return b""

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(cache.get, picture(n), compute) for n in (1, 2)]:
            future.result()


def test_a_failure_is_raised_and_tried_again():
    cache = PictureCache(4, 100, len)

    def fail():
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        cache.get(picture(1), fail)
    assert cache.get(picture(1), lambda: b"x") == b"x"
    assert cache.num_bytes == 1


def test_the_key_tells_content_and_shape_not_memory():
    image = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    assert picture_key(image) == picture_key(np.asfortranarray(image))
    assert picture_key(image) != picture_key(image.reshape(4, 3, 3))
    assert picture_key(image) != picture_key(image + np.uint8(1))
