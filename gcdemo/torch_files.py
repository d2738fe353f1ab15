"""Reading files written by torch.save, without running what they may hold."""

import pickle
import struct
from pathlib import Path
from typing import Any

import torch

from gcdemo.errors import CheckpointError

# What torch's safe reader has been seen to raise on files that are something else.
_READER_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    struct.error,
)


def load_values(path: Path) -> dict[str, Any]:
    """Give the dictionary of tensors and plain values that a file holds, on the CPU.

    Raises:
        CheckpointError: The file is missing, damaged or something else.
    """
    if not path.is_file():
        raise CheckpointError(f"There is no {path}.")
    try:
        values = torch.load(path, map_location="cpu", weights_only=True)
    except _READER_ERRORS as error:
        raise CheckpointError(f"{path} could not be loaded: {error}") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{path} could not be loaded: it holds no dictionary.")
    return values
