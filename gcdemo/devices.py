"""Where the networks run, and in which precision."""

import os
import platform
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from gcdemo.errors import InputError

# Linux's names of CPU units that multiply bfloat16; elsewhere it is emulated, slowly.
BF16_CPU_FLAGS = frozenset({"amx_bf16", "avx512_bf16", "sve_bf16", "bf16"})


def resolve_device(name: str) -> torch.device:
    """Give the device called "cpu", "cuda", "cuda:N" or "auto" (CUDA when there).

    Raises:
        InputError: The name is unknown, or there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"'{name}' is no device; choose auto, cpu or cuda.") from error
    if device.type not in ("cpu", "cuda"):
        raise InputError(f"'{name}' is not supported; choose auto, cpu or cuda.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(f"There is no device '{name}' on this machine.")
    return device


def has_bf16_units(device: torch.device) -> bool:
    """Tell whether the device multiplies bfloat16 natively."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        words = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        return False
    return not BF16_CPU_FLAGS.isdisjoint(words)


def autocast(device: torch.device, enabled: bool) -> AbstractContextManager[object]:
    """Give the context in which convolutions run in bfloat16, or one that changes nothing."""
    if not enabled:
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


def processor_name() -> str:
    """Give the name of the CPU, for people."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or f"{os.cpu_count()} cores"
