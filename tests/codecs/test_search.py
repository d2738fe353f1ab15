"""The search finds where sizes pass a wanted one, and asks for few of them."""

from bisect import bisect_left
from itertools import accumulate
from math import ceil, log2

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gcdemo.codecs.search import find_passing, largest_searched, largest_within
from gcdemo.errors import InputError

TOP_BYTES = 500_000
SIZES = st.integers(1, 10**6)
MONOTONE = st.one_of(
    st.lists(SIZES, min_size=1, max_size=120).map(sorted),
    st.builds(lambda size, count: [size] * count, SIZES, st.integers(1, 120)),  # constant
    st.builds(  # a step so steep that no slope foretells it
        lambda low, high, before, after: [low] * before + [low + high] * after,
        SIZES,
        SIZES,
        st.integers(0, 60),
        st.integers(1, 60),
    ),
    st.lists(st.floats(1, 3), min_size=1, max_size=60).map(
        lambda steps: [
            int(size) for size in accumulate(steps, lambda a, b: min(a * b, 1e9), initial=300)
        ]
    ),
)
ANY = st.lists(SIZES, min_size=1, max_size=120)


def asked_of(curves):
    """A curve, and a size to look for: any, or one at which or beside which there is a file."""
    return curves.flatmap(
        lambda sizes: st.tuples(
            st.just(sizes),
            SIZES
            | st.builds(
                lambda size, step: max(1, size + step),
                st.sampled_from(sizes),
                st.integers(-1, 1),
            ),
        )
    )


def searched(sizes, num_bytes):
    """What the search gives, and the settings it asked for."""
    asked = []

    def size_of(setting):
        asked.append(setting)
        return sizes[setting]

    return find_passing(size_of, len(sizes), num_bytes, TOP_BYTES), asked


@given(asked_of(MONOTONE))
def test_where_sizes_grow_the_first_that_reaches_is_found(case):
    sizes, num_bytes = case
    (below, reaching), _ = searched(sizes, num_bytes)
    assert reaching == bisect_left(sizes, num_bytes)
    assert below == reaching - 1


@given(asked_of(ANY))
def test_whatever_the_sizes_they_pass_between_the_two(case):
    sizes, num_bytes = case
    (below, reaching), asked = searched(sizes, num_bytes)
    assert reaching == below + 1
    assert below == -1 or sizes[below] < num_bytes
    assert reaching == len(sizes) or sizes[reaching] >= num_bytes
    assert {below, reaching} - {-1, len(sizes)} <= set(asked)


# Along a climb as slow as this beside a jump, a secant alone creeps.
@example(([*range(1000, 1500), *range(10**6, 1_500_000, 1000)], 10**6 + 1))
@given(asked_of(MONOTONE | ANY))
def test_no_size_is_asked_for_twice_and_few_more_than_bisection_needs(case):
    sizes, num_bytes = case
    _, asked = searched(sizes, num_bytes)
    assert len(set(asked)) == len(asked)
    assert len(asked) <= ceil(log2(len(sizes))) + 6


@given(
    st.integers(440, 2750),
    st.lists(st.floats(0.84, 0.88), min_size=51, max_size=51),
    st.floats(0.5, 10),
)
def test_five_files_are_enough_where_steps_are_those_of_bpg(floor, steps, times):
    sizes = [int(size) for size in accumulate(steps, lambda a, b: a / b, initial=floor)]
    _, asked = searched(sizes, int(floor * times))
    assert len(asked) <= 5


@given(ANY, SIZES)
def test_the_smallest_file_alone_answers_where_it_reaches(sizes, num_bytes):
    _, asked = searched([num_bytes, *sizes], num_bytes)
    assert asked == [0]


QUICK = [100, 200, 300, 400]


def files_of(sizes, letter):
    """What makes files of those sizes, and tells by a letter who made them."""
    return lambda setting: letter * sizes[setting]


@given(st.integers(100, 10**4))
def test_the_largest_file_within_is_given(num_bytes):
    data = largest_within(files_of(QUICK, b"q"), range(len(QUICK)), num_bytes)
    assert len(data) == max(size for size in QUICK if size <= num_bytes)


@pytest.mark.parametrize(
    ("better", "nearby", "size", "maker"),
    [
        ([80, 160, 240, 320], (1, 0, -1), 240, b"b"),  # C + 1 fits
        ([80, 160, 260, 320], (1, 0, -1), 160, b"b"),
        ([80, 251, 260, 320], (1, 0, -1), 80, b"b"),
        ([251, 251, 251, 251], (1, 0, -1), 200, b"q"),  # none does: the quick one is left
        ([80, 160, 240, 320], (0,), 160, b"b"),
    ],
)
def test_of_better_files_nearby_the_first_that_fits_is_given(better, nearby, size, maker):
    data = largest_searched(files_of(QUICK, b"q"), files_of(better, b"b"), range(4), 250, nearby)
    assert data == maker * size


def test_a_better_file_may_fit_where_no_quick_one_does():
    def search(num_bytes):
        return largest_searched(
            files_of(QUICK, b"q"), files_of([80] * 4, b"b"), range(4), num_bytes, nearby=(0,)
        )

    assert search(90) == b"b" * 80
    with pytest.raises(InputError, match="smallest"):
        search(79)
