"""What was used last is kept, no more than there is room for, and no longer than its time."""

import time

from gcdemo.ui.recent import Recent


def test_the_values_used_last_are_kept():
    recent = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.get("a")
    recent.put("c", 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]


def test_a_value_over_the_whole_budget_is_kept_alone():
    recent = Recent(10, cost=lambda value: value)
    recent.put("small", 4)
    recent.put("large", 40)
    assert recent.get("small") is None
    assert recent.get("large") == 40


def test_values_are_found_by_how_their_keys_begin():
    recent = Recent(9)
    for key in ("a:1", "b:1", "a:2"):
        recent.put(key, key)
    assert recent.starting_with("a:") == ["a:1", "a:2"]


def test_a_value_ends_with_its_time_though_others_are_used():
    now = 0.0
    recent = Recent(9, seconds=10, clock=lambda: now)
    for key in ("a:1", "a:2"):
        recent.put(key, key)
    now = 6.0
    recent.get("a:2")
    now = 10.0
    assert recent.starting_with("a:") == ["a:2"]
    assert recent.get("a:1") is None
    recent.put("b", "b")
    now = 16.0
    recent.put("c", "c")
    assert recent.get("a:2") is None
    assert len(recent) == 2


def test_a_value_ends_with_its_time_though_nothing_happens():
    recent = Recent(9, seconds=0.05)
    recent.put("a", 1)
    end = time.monotonic() + 30
    while len(recent):
        assert time.monotonic() < end
        time.sleep(0.01)
