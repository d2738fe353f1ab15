"""What is to be forgotten is forgotten in time, though nobody asks for anything then."""

import gc
import threading
import time
import weakref

from gcdemo.expiry import Alarm


class Owner:
    """Is called some times, and then no more."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.done = threading.Event()
        self.alarm = Alarm(self.ring)

    def ring(self):
        answer = self.answers.pop(0) if self.answers else None
        if not self.answers:
            self.done.set()
        return answer


def test_an_alarm_rings_again_for_as_long_as_it_is_told_to():
    owner = Owner(0.0, 0.01, None)
    owner.alarm.set(0.0)
    assert owner.done.wait(30)


def test_an_alarm_that_is_set_twice_rings_once():
    owner = Owner(None, None)
    before = threading.active_count()
    for _ in range(3):
        owner.alarm.set(1000.0)
    assert threading.active_count() == before + 1


def test_an_alarm_can_be_set_again_once_it_rang():
    owner = Owner(None, None)
    end = time.monotonic() + 30
    while not owner.done.is_set():
        assert time.monotonic() < end
        owner.alarm.set(0.0)
        time.sleep(0.01)


def test_an_alarm_keeps_nothing_alive():
    owner = Owner(None)
    owner.alarm.set(1000.0)
    seen = weakref.ref(owner)
    del owner
    gc.collect()
    assert seen() is None
