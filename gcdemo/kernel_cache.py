"""How many prepared convolutions are kept: each size of picture needs its own."""

import os
from collections.abc import MutableMapping

CAPACITY_VARIABLE = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
"""Environment variable of oneDNN, which torch calls on CPUs; read once, at the first layer."""

# Enough for all networks at one size. oneDNN keeps 1024 by itself: 300 MB after 500 pictures.
_MOST_KERNELS = "128"


def bound_kernel_cache(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let memory stay as it is, however many sizes of pictures come; before any network runs.

    Args:
        environment: Of this process; where it states another number, that holds.
    """
    environment.setdefault(CAPACITY_VARIABLE, _MOST_KERNELS)
