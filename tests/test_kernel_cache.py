"""What is kept for each size of picture is bounded, unless a person says otherwise."""

from gcdemo.kernel_cache import CAPACITY_VARIABLE, bound_kernel_cache


def test_the_number_is_stated_where_nobody_stated_one():
    environment = {}
    bound_kernel_cache(environment)
    assert 0 < int(environment[CAPACITY_VARIABLE]) < 1024


def test_what_a_person_stated_holds():
    environment = {CAPACITY_VARIABLE: "7"}
    bound_kernel_cache(environment)
    assert environment == {CAPACITY_VARIABLE: "7"}
