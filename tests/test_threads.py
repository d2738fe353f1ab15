"""torch gets as many threads as are granted, never more than it would take, unless told."""

import pytest
import torch

from gcdemo.quota import Quota
from gcdemo.threads import fit_threads


@pytest.fixture(autouse=True)
def four_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("cpus", "threads"), [(2.5, 2), (0.3, 1), (64, 4)])
def test_threads_follow_the_quota_downwards_alone(cpus, threads):
    assert fit_threads(Quota(cpus, None), {}) == threads == torch.get_num_threads()


def test_a_number_that_a_person_chose_stays():
    assert fit_threads(Quota(1, None), {"OMP_NUM_THREADS": "4"}) == 4
