"""What the benchmark is asked for, what it finds, and both as text."""

import dataclasses
import json
from dataclasses import dataclass

from gcdemo.errors import InputError
from gcdemo.evaluation.report import markdown_table

PRESET_PREFIX = "preset:"
"""Before a preset's name, where networks with random weights stand in for trained ones."""

DEVICES = ("cpu", "cuda")

_MB = 1e6
_PLACE = ("device", "numbers", "picture")  # titles of what `describe_setting` gives


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and on what a case runs."""

    device: str  # "cpu" or "cuda"
    bf16: bool  # autocast to bfloat16; else float32
    width: int  # pixels
    height: int  # pixels
    channels: int  # C
    budget_seconds: float  # for each measurement; a run that takes longer is taken once
    threads: int | None = None  # of the CPU; None leaves the choice to torch

    @property
    def precision(self) -> str:
        """The name of the number format."""
        return "bfloat16" if self.bf16 else "float32"


@dataclass(frozen=True, slots=True)
class FileTiming:
    """From a picture to the bytes of its file and back. Times are medians, in seconds."""

    setting: Setting
    num_bytes: int  # size of the file
    encode_seconds: float  # picture to file
    decode_seconds: float  # file to picture
    symbols_seconds: float  # of these two: symbols to bytes and back
    repeats: int
    loaded_bytes: int | None  # memory with the model loaded, before the first picture
    peak_bytes: int | None  # most memory at any time: of the process; on CUDA, of the GPU
    mode: str = "GC"  # or SC: the left half kept over a thin background; either "searched" besides


@dataclass(frozen=True, slots=True)
class Contender:
    """Networks to time, and how many pictures they get at once."""

    label: str
    model: str  # name or path of weights, or "preset:NAME"
    batch: int = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """E and G of two contenders without files, run by turns in one process."""

    setting: Setting
    contender: Contender
    reference: Contender
    contender_seconds: float  # E and G for the whole batch, median
    reference_seconds: float
    repeats: int
    ratio: float  # pictures per second of the contender over those of the reference


@dataclass(frozen=True, slots=True)
class BenchmarkOptions:
    """What to measure."""

    model: str = "gc"  # name or path of weights
    selective: str = "sc"  # likewise of SC; empty leaves it out
    channels: int = 4  # C; a model with a single rate uses its own
    sizes: tuple[tuple[int, int], ...] = ((768, 512), (1920, 1080), (4000, 3000))
    """Width and height of the pictures coded to files, in pixels."""
    network_size: tuple[int, int] = (768, 512)
    """Width and height of the pictures on which networks are compared and symbols searched for."""
    reference: str = f"{PRESET_PREFIX}paper"  # networks to be compared with, named like `model`
    batch: int = 8  # pictures at once
    devices: tuple[str, ...] = DEVICES  # those that are not there are left out, with a note
    budget_seconds: float = 10.0  # for each measurement, roughly
    threads: int | None = None  # of the CPU; None leaves the choice to torch

    def __post_init__(self) -> None:
        """Check the fields.

        Raises:
            InputError: One is out of range.
        """
        if unknown := set(self.devices) - set(DEVICES):
            raise InputError(f"{sorted(unknown)} is no device; choose from {', '.join(DEVICES)}.")
        sides = [side for size in (*self.sizes, self.network_size) for side in size]
        if min(sides, default=0) < 1 or self.batch < 1 or self.channels < 1:
            raise InputError("Sizes, batch and channels must be at least 1.")


@dataclass(frozen=True, slots=True)
class Machine:
    """What the numbers were taken on."""

    processor: str
    threads: int
    gpu: str | None
    python: str
    torch: str


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """All that was measured."""

    options: BenchmarkOptions
    machine: Machine
    files: tuple[FileTiming, ...]
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]
    """What was left out, and why."""

    def to_json(self) -> str:
        """Give every field as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=1)


def describe_setting(setting: Setting) -> list[str]:
    """Give the device, the number format and the picture's size as words."""
    return [setting.device, setting.precision, f"{setting.width}x{setting.height}"]


def format_table(report: BenchmarkReport) -> str:
    """Give the report as text: two Markdown tables and what was left out."""
    machine = report.machine
    where = f"{machine.processor}, {machine.threads} threads" + (
        f"; {machine.gpu}" if machine.gpu else ""
    )
    parts = [
        f"{where}; Python {machine.python}, torch {machine.torch}\n",
        f"Whole files, model {report.options.model}, C = {report.options.channels}\n\n"
        + _file_table(report.files),
        "Networks alone, E and G, by turns in one process\n\n"
        + _comparison_table(report.comparisons),
    ]
    if report.notes:
        parts.append("".join(f"{note}\n" for note in report.notes))
    return "\n".join(parts)


def _file_table(files: tuple[FileTiming, ...]) -> str:
    titles = [
        *_PLACE,
        "mode",
        "bytes",
        "encode s",
        "decode s",
        "symbols ms",
        "loaded MB",
        "peak MB",
        "runs",
    ]
    rows = [
        [
            *describe_setting(row.setting),
            row.mode,
            str(row.num_bytes),
            f"{row.encode_seconds:.3f}",
            f"{row.decode_seconds:.3f}",
            f"{1000 * row.symbols_seconds:.1f}",
            _megabytes(row.loaded_bytes),
            _megabytes(row.peak_bytes),
            str(row.repeats),
        ]
        for row in files
    ]
    return markdown_table(titles, rows)


def _comparison_table(comparisons: tuple[Comparison, ...]) -> str:
    titles = [*_PLACE, "what", "s", "against", "s", "pictures/s", "runs"]
    rows = [
        [
            *describe_setting(row.setting),
            row.contender.label,
            f"{row.contender_seconds:.3f}",
            row.reference.label,
            f"{row.reference_seconds:.3f}",
            f"{row.ratio:.2f} x",
            str(row.repeats),
        ]
        for row in comparisons
    ]
    return markdown_table(titles, rows)


def _megabytes(num_bytes: int | None) -> str:
    return "-" if num_bytes is None else f"{num_bytes / _MB:.0f}"
