"""How many threads the networks run in on a CPU."""

import os
from collections.abc import Mapping

import torch

from gcdemo.quota import Quota, read_quota

THREADS_VARIABLE = "OMP_NUM_THREADS"
"""Environment variable of torch and OpenMP: the number of threads; set, it is left to decide."""


def fit_threads(quota: Quota | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Let torch run no more threads than this container is given processor time for.

    By itself torch starts a thread for each core of the machine. Where only some of their time is
    granted, all of them are stopped for the rest of every tenth of a second.

    Args:
        quota: What is granted; None asks the system.
        environment: May state the number.

    Returns:
        The number of threads that torch uses now.
    """
    if not environment.get(THREADS_VARIABLE):
        granted = (quota or read_quota()).threads
        if granted < torch.get_num_threads():
            torch.set_num_threads(granted)
    return torch.get_num_threads()
