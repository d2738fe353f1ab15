"""How fast coding is and how much memory it takes: `python -m gcdemo bench`.

Whole files are timed at three picture sizes, and the networks alone against the published sizes
(preset `paper`, random weights) and on a batch against one picture. Both sides of a ratio are run
by turns in one process; every case has a process of its own.
"""

import dataclasses
import multiprocessing
import platform
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import product
from pathlib import Path
from typing import TypeVar

import torch
from tqdm import tqdm

from gcdemo.benchmark_cases import compare_networks, time_file, time_selective_file
from gcdemo.benchmark_report import (
    PRESET_PREFIX,
    BenchmarkOptions,
    BenchmarkReport,
    Comparison,
    Contender,
    FileTiming,
    Machine,
    Setting,
    describe_setting,
)
from gcdemo.checkpoints import load_model
from gcdemo.devices import has_bf16_units, processor_name
from gcdemo.errors import GCDemoError, InputError

_Result = TypeVar("_Result", FileTiming, Comparison)


def run_benchmark(options: BenchmarkOptions, *, progress: bool = True) -> BenchmarkReport:
    """Measure everything, one case after the other.

    Args:
        options: What to measure.
        progress: Whether to show a progress bar.

    Raises:
        CheckpointError: The weights cannot be used.
        InputError: The model does not code at the rate asked for.
    """
    config = load_model(options.model).network.config
    if options.channels > config.latent_channels:
        raise InputError(
            f"C = {options.channels} is more than the model's {config.latent_channels} channels."
        )
    channels = options.channels if config.nested_rates else config.latent_channels
    options = dataclasses.replace(options, channels=channels)
    notes: list[str] = []
    places = list(find_places(options, notes))
    files: list[FileTiming] = []
    comparisons: list[Comparison] = []
    timed: list[tuple[Callable[..., FileTiming], str]] = [(time_file, options.model)]
    if options.selective:
        timed.append((time_selective_file, options.selective))
    total = len(places) * (len(timed) * (len(options.sizes) + 1) + 2)
    with tqdm(total=total, unit="case", disable=not progress) as bar:
        for device, bf16 in places:
            for (measure, model), size in product(timed, options.sizes):
                setting = _setting(options, device, bf16, size)
                files += measure_in_child(notes, measure, setting, model)
                bar.update()
            setting = _setting(options, device, bf16, options.network_size)
            for measure, model in timed:
                searched = partial(measure, search=True)
                files += measure_in_child(notes, searched, setting, model)
                bar.update()
            for contender, reference in _pairs(options):
                comparisons += measure_in_child(
                    notes, compare_networks, setting, contender, reference
                )
                bar.update()
    return BenchmarkReport(
        options, describe_machine(options), tuple(files), tuple(comparisons), tuple(notes)
    )


def describe_machine(options: BenchmarkOptions) -> Machine:
    """Say what the numbers are taken on."""
    return Machine(
        processor=processor_name(),
        threads=options.threads or torch.get_num_threads(),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        python=platform.python_version(),
        torch=str(torch.__version__),
    )


def find_places(options: BenchmarkOptions, notes: list[str]) -> Iterator[tuple[str, bool]]:
    """Give each device of the options that is there, in float32 and, with units for it, bfloat16.

    Args:
        options: The devices asked for.
        notes: Gets a sentence for each that is left out.

    Yields:
        The device and whether in bfloat16.
    """
    for name in options.devices:
        if name == "cuda" and not torch.cuda.is_available():
            notes.append("CUDA is left out: this machine has no such device.")
            continue
        yield name, False
        if has_bf16_units(torch.device(name)):
            yield name, True
        else:
            notes.append(f"bfloat16 on {name} is left out: it has no units for it.")


def measure_in_child(
    notes: list[str], measure: Callable[..., _Result], setting: Setting, *arguments: object
) -> list[_Result]:
    """Measure one case in a process of its own.

    Args:
        notes: Gets a sentence where the case fails.
        measure: A function of a module, not of another function.
        setting: Its first argument.
        arguments: The others.

    Returns:
        The result alone; nothing where the case fails.
    """
    # Spawned, not forked: a fork would start with this process's memory, and without CUDA.
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            return [pool.submit(measure, setting, *arguments).result()]
    except BrokenProcessPool:
        reason = "its process was stopped, most likely for want of memory."
    except (GCDemoError, MemoryError, RuntimeError) as error:  # torch lacks memory by RuntimeError
        # torch's messages run over many lines; the first says what happened.
        reason = str(error).partition("\n")[0] or type(error).__name__
    notes.append(f"{' '.join(describe_setting(setting))} is left out: {reason}")
    return []


def _pairs(options: BenchmarkOptions) -> tuple[tuple[Contender, Contender], ...]:
    ours = Contender(Path(options.model).stem, options.model)
    reference = Contender(options.reference.removeprefix(PRESET_PREFIX), options.reference)
    many = Contender(f"{options.batch} at once", options.model, options.batch)
    return (ours, reference), (many, ours)


def _setting(options: BenchmarkOptions, device: str, bf16: bool, size: tuple[int, int]) -> Setting:
    return Setting(device, bf16, *size, options.channels, options.budget_seconds, options.threads)
