"""What stands on a shelf is in order of use, and its cost is always that of what is there."""

from hypothesis import given
from hypothesis import strategies as st

from gcdemo.shelf import Shelf

ACTS = st.lists(
    st.tuples(st.sampled_from(["put", "use", "drop", "wait"]), st.integers(0, 4), st.integers(0, 9))
)


@given(ACTS)
def test_order_ages_and_costs_are_those_of_a_list_of_uses(acts):
    now = 0.0
    shelf = Shelf(lambda value: value, 10, lambda: now)
    uses = []  # key, value, time: those used last at the end
    for act, key, number in acts:
        known = [use for use in uses if use[0] == key]
        if act == "put":
            shelf.put(key, number)
            uses = [use for use in uses if use[0] != key] + [(key, number, now)]
        elif act == "use" and known:
            assert shelf.use(key) == known[0][1]
            uses = [use for use in uses if use[0] != key] + [(key, known[0][1], now)]
        elif act == "drop" and uses:
            shelf.drop_first()
            uses = uses[1:]
        elif act == "wait":
            now += number
            left = shelf.drop_old()
            uses = [use for use in uses if use[2] + 10 > now]
            assert left == (uses[0][2] + 10 - now if uses else None)
        assert list(shelf) == [(key, value) for key, value, _ in uses]
        assert shelf.cost == sum(value for _, value, _ in uses)
