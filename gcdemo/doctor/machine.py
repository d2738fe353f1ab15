"""What the machine gives: where this runs, Gradio, a device, threads, memory."""

import os
import sys
from collections.abc import Mapping
from importlib import metadata

import torch

from gcdemo.devices import has_bf16_units, processor_name, resolve_device
from gcdemo.doctor.finding import Finding, State
from gcdemo.quota import read_quota
from gcdemo.zero_gpu import is_lent

GRADIO_VERSIONS = ((6, 31), (7, 0))
"""The oldest Gradio that the page is made for, and the first that it is not."""

# Measured with pictures of 12 megapixels: the README's table has what each size takes.
_LEAST_MEMORY = 2 * 10**9


def find_place(environment: Mapping[str, str]) -> Finding:
    """Say where this runs."""
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    space = environment.get("SPACE_ID", "")
    if not space:
        return Finding("place", State.OK, f"{python}, not on a Space")
    kind = "ZeroGPU" if is_lent(environment) else "its own hardware"
    return Finding("place", State.OK, f"{python} on the Space {space} with {kind}")


def find_gradio() -> Finding:
    """Say which Gradio is installed."""
    oldest, first_unknown = GRADIO_VERSIONS
    wanted = f'pip install "gradio>={oldest[0]}.{oldest[1]},<{first_unknown[0]}"'
    try:
        version = metadata.version("gradio")
    except metadata.PackageNotFoundError:
        return Finding("Gradio", State.MISSING, "not installed", wanted)
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if oldest <= numbers < first_unknown:
        return Finding("Gradio", State.OK, version)
    return Finding("Gradio", State.NOTE, f"{version}, which the page is not made for", wanted)


def find_device(environment: Mapping[str, str]) -> Finding:
    """Say where the networks run, and whether bfloat16 is fast there."""
    if is_lent(environment):
        return Finding("device", State.OK, "GPUs of ZeroGPU, lent for each picture")
    device = resolve_device("auto")
    units = "with" if has_bf16_units(device) else "without"
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        text = f"{properties.name}, {properties.total_memory / 1e9:.0f} GB, {units} bfloat16 units"
        return Finding("device", State.OK, text)
    text = f"CPU ({processor_name()}), {units} bfloat16 units"
    return Finding("device", State.OK, text)


def find_threads() -> Finding:
    """Compare torch's threads with the processor time that is granted."""
    quota, threads = read_quota(), torch.get_num_threads()
    text = f"torch would start {threads}; {quota.cpus:g} cores are granted"
    if threads <= quota.threads:
        return Finding("threads", State.OK, text)
    advice = f"The page takes {quota.threads}; for other programs set OMP_NUM_THREADS."
    return Finding("threads", State.NOTE, text, advice)


def find_memory() -> Finding:
    """Say how much memory there is."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return Finding("memory", State.OK, "this system does not say how much there is")
    granted = min(machine, read_quota().memory_bytes or machine)
    text = f"{granted / 1e9:.1f} GB are granted"
    if granted < _LEAST_MEMORY:
        advice = f"Pictures of 12 megapixels take up to {_LEAST_MEMORY / 1e9:.0f} GB."
        return Finding("memory", State.NOTE, text, advice)
    return Finding("memory", State.OK, text)
