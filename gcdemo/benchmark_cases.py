"""What one child process of the benchmark measures; see `benchmark` for the whole.

A process per case keeps memory apart: a peak once reached stays a process's peak.
"""

import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gcdemo.benchmark_report import PRESET_PREFIX, Comparison, Contender, FileTiming, Setting
from gcdemo.bitstream.container import unpack
from gcdemo.bitstream.header import Background
from gcdemo.bitstream.symbols import decode_symbols, encode_symbols
from gcdemo.checkpoints import load_model
from gcdemo.codecs.generative import GenerativeCodec
from gcdemo.codecs.selective import Regions, SelectiveCodec
from gcdemo.config import PRESETS
from gcdemo.devices import autocast, resolve_device
from gcdemo.grids import grid_shape
from gcdemo.model import GenerativeCompressor
from gcdemo.selective_checkpoints import load_selective
from gcdemo.selective_search import SelectiveSearch
from gcdemo.symbol_search import SymbolSearch
from gcdemo.tiling import Precision

_MIN_REPEATS, _MAX_REPEATS = 3, 9
_WARM_UP_SIDE = 64  # pixels


class Timing(NamedTuple):
    """How long something took."""

    seconds: float  # median
    repeats: int


def time_by_turns(
    actions: Sequence[Callable[[], object]],
    budget_seconds: float,
    finish: Callable[[], object] = lambda: None,
) -> list[Timing]:
    """Time actions by turns, so that what else the machine does falls on all of them alike.

    A first round warms up. It is followed by 3 to 9 rounds, as the budget allows; where it alone
    exceeds the budget, set-up is a small part of it, and it is what counts.

    Args:
        actions: What to time.
        budget_seconds: How long all rounds may take, roughly.
        finish: Waits until an action's work is done; its time counts.
    """

    def run(action: Callable[[], object]) -> float:
        start = perf_counter()
        action()
        finish()
        return perf_counter() - start

    rounds = [[run(action) for action in actions]]
    if (first := sum(rounds[0])) < budget_seconds:
        repeats = min(max(int(budget_seconds / max(first, 1e-9)), _MIN_REPEATS), _MAX_REPEATS)
        rounds = [[run(action) for action in actions] for _ in range(repeats)]
    return [Timing(statistics.median(times), len(times)) for times in zip(*rounds, strict=True)]


class _Coder(NamedTuple):
    """What is timed of a codec on one picture."""

    mode: str
    encode: Callable[[NDArray[np.uint8]], bytes]
    decode: Callable[[bytes], object]
    code_symbols: Callable[[bytes], Sequence[Callable[[], object]]]  # of a file: there and back


def time_file(setting: Setting, model: str, *, search: bool = False) -> FileTiming:
    """Time a model of GC on whole files.

    Args:
        setting: Where and on what.
        model: Name or path of weights.
        search: Whether of symbols that were looked for, not of E's own.

    Raises:
        GCDemoError: The weights or the device cannot be used.
    """
    device = _prepare(setting)
    better = SymbolSearch.load(device) if search else None
    codec = GenerativeCodec(load_model(model), Precision(device, setting.bf16), better)
    tables = codec.loaded.tables
    shape = (setting.channels, *grid_shape(setting.height, setting.width))

    def code_symbols(data: bytes) -> Sequence[Callable[[], object]]:
        section = unpack(data).sections[-1]
        symbols = decode_symbols(section, shape, tables)
        return [
            lambda: encode_symbols(symbols, tables),
            lambda: decode_symbols(section, shape, tables),
        ]

    encode = partial(codec.encode, quality=setting.channels)
    return _time(setting, device, _Coder(_mode("GC", search), encode, codec.decode, code_symbols))


def time_selective_file(setting: Setting, model: str, *, search: bool = False) -> FileTiming:
    """Time a model of SC on whole files that keep the left half over a thin background.

    Args:
        setting: Where and on what; its C is that of the thin latent.
        model: Name or path of weights.
        search: Whether of symbols that were looked for, not of the encoders' own.

    Raises:
        GCDemoError: The weights or the device cannot be used.
    """
    device = _prepare(setting)
    better = SelectiveSearch.load(device) if search else None
    codec = SelectiveCodec(load_selective(model), Precision(device, setting.bf16), better)

    def encode(image: NDArray[np.uint8]) -> bytes:
        kept = np.zeros(image.shape[:2], bool)
        kept[:, : image.shape[1] // 2] = True
        regions = Regions(kept, Background.THIN)
        return codec.encode(image, regions, codec.qualities[-1], setting.channels)

    def code_symbols(data: bytes) -> Sequence[Callable[[], object]]:
        contents = unpack(data)
        plan, planes = codec.read_sections(contents.header, contents.sections)
        return [
            lambda: codec.write_sections(plan, planes),
            lambda: codec.read_sections(contents.header, contents.sections),
        ]

    return _time(setting, device, _Coder(_mode("SC", search), encode, codec.decode, code_symbols))


def _mode(name: str, search: bool) -> str:
    return f"{name}, searched" if search else name


def _time(setting: Setting, device: torch.device, coder: _Coder) -> FileTiming:
    loaded_bytes = used_bytes(device, "VmRSS")
    coder.decode(coder.encode(make_picture(_WARM_UP_SIDE, _WARM_UP_SIDE)))
    image = make_picture(setting.width, setting.height)
    data = b""

    def encode() -> None:
        nonlocal data
        data = coder.encode(image)

    encoded, decoded = time_by_turns([encode, lambda: coder.decode(data)], setting.budget_seconds)
    peak_bytes = used_bytes(device, "VmHWM")
    coded = time_by_turns(coder.code_symbols(data), setting.budget_seconds)
    return FileTiming(
        setting=setting,
        num_bytes=len(data),
        encode_seconds=encoded.seconds,
        decode_seconds=decoded.seconds,
        symbols_seconds=sum(timing.seconds for timing in coded),
        repeats=encoded.repeats,
        loaded_bytes=loaded_bytes,
        peak_bytes=peak_bytes,
        mode=coder.mode,
    )


def compare_networks(setting: Setting, contender: Contender, reference: Contender) -> Comparison:
    """Time the networks of two models, or of one on two batches, by turns.

    Args:
        setting: Where and on what; its C, or the one C of a model with a single rate.
        contender: The one whose speed is asked for.
        reference: The one it is compared with.

    Raises:
        GCDemoError: The weights or the device cannot be used.
    """
    device = _prepare(setting)
    mine, other = time_by_turns(
        [_round_trip(setting, device, entry) for entry in (contender, reference)],
        setting.budget_seconds,
        torch.cuda.synchronize if device.type == "cuda" else lambda: None,
    )
    return Comparison(
        setting=setting,
        contender=contender,
        reference=reference,
        contender_seconds=mine.seconds,
        reference_seconds=other.seconds,
        repeats=mine.repeats,
        ratio=(contender.batch / mine.seconds) / (reference.batch / other.seconds),
    )


def make_picture(width: int, height: int) -> NDArray[np.uint8]:
    """Give a picture with smooth and rough parts, uint8 (height, width, 3).

    It is laid out of copies of one small picture, so that making it takes no memory to speak of.
    """
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:256, :256] * (2 * np.pi / 256)
    waves = np.stack([np.sin(3 * x), np.cos(2 * y), np.sin(5 * x + 4 * y)], axis=2)
    grain = rng.normal(0, 25, waves.shape) * (np.sin(x) > 0)[..., None]
    tile = (128 + 80 * waves + grain).clip(0, 255).astype(np.uint8)
    return np.tile(tile, (-(-height // 256), -(-width // 256), 1))[:height, :width]


def used_bytes(device: torch.device, field: Literal["VmRSS", "VmHWM"]) -> int | None:
    """Give the memory that is in use or was at most, in bytes.

    Args:
        device: Of the CPU the process's memory counts, of a GPU what torch took of its.
        field: "VmRSS" for now or "VmHWM" for the most at any time, as Linux names them.

    Returns:
        None where the system does not say.
    """
    if device.type == "cuda":
        peak = field == "VmHWM"
        return torch.cuda.max_memory_allocated() if peak else torch.cuda.memory_allocated()
    # Not getrusage's ru_maxrss: on Linux a child starts with its parent's.
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next((int(ln.split()[1]) * 1024 for ln in lines if ln.startswith(f"{field}:")), None)
    if field == "VmHWM" and sys.platform != "win32":
        import resource

        peak_units = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak_units if sys.platform == "darwin" else peak_units * 1024
    return None


def _prepare(setting: Setting) -> torch.device:
    if setting.threads is not None:
        torch.set_num_threads(setting.threads)
    return resolve_device(setting.device)


def _load_network(model: str) -> GenerativeCompressor:
    if model.startswith(PRESET_PREFIX):
        network = GenerativeCompressor(PRESETS[model.removeprefix(PRESET_PREFIX)])
        return network.eval().requires_grad_(False)
    return load_model(model).network


def _round_trip(setting: Setting, device: torch.device, entry: Contender) -> Callable[[], object]:
    """Give the action that sends a batch through E, q and G."""
    network = _load_network(entry.model).to(device)
    config = network.config
    channels = min(setting.channels, config.latent_channels)
    if not config.nested_rates:
        channels = config.latent_channels
    rows, columns = grid_shape(setting.height, setting.width)
    image = make_picture(16 * columns, 16 * rows)
    x = torch.from_numpy(image).to(device).permute(2, 0, 1)[None].float() / 127.5 - 1
    batch = x.repeat(entry.batch, 1, 1, 1).contiguous(memory_format=torch.channels_last)

    def run() -> object:
        with autocast(device, setting.bf16):
            return network.decode(network.encode(batch, channels))

    return run
