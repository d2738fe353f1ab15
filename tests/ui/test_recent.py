"""What was used last is kept, and no more than there is room for."""

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
