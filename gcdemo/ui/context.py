"""What the page is given: everything it knows of codecs, metrics and samples comes in here.

The root app.py builds the real `AppContext`; tests build one of fakes. Nothing in `ui` imports a
network or a metric.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from gcdemo.codecs.base import Codec, Image, bound_bpp
from gcdemo.errors import InputError
from gcdemo.study.results import StudyResults
from gcdemo.study.session import StudyService
from gcdemo.ui.curves import Benchmark
from gcdemo.ui.selective_context import Selective

PUBLISHED_CHANNELS = (2, 4, 8, 16)
"""The rates at which the paper reports GC, as latent channels C."""

PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
"""How names of photos end that can be compressed."""

FACTORS = (1.0, 1.5, 2.0, 3.0)
"""How many times our bytes a rival may be given; the paper's study goes up to about three."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One stop of the bitrate slider."""

    quality: int  # what the codec is asked for
    bound_bpp: float  # what the symbols take without any entropy coding, in bits per pixel
    published: bool = False  # one of the paper's points: marked on the slider
    typical_bpp: float | None = None  # of real files, where it was measured


@dataclass(frozen=True, slots=True)
class Metric:
    """A number under a reconstruction."""

    label: str
    measure: Callable[[Image, Image], float]  # original first
    unit: str = ""
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of what is known of a file."""

    label: str
    text: str
    hint: str = ""  # shown smaller, after the text


@dataclass(frozen=True, slots=True)
class Section:
    """A run of bytes of a file, in the order in which they lie in it."""

    label: str
    num_bytes: int


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a compressed file says of itself."""

    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]  # num_bytes add up to the whole file
    label: str = ""  # what to call the setting it was made at, as in "C = 4"
    codec: str = ""  # what people call the codec that made it
    extension: str = ""  # how names of such files end
    drawn_pixels: int = 0  # that a network draws to decode it; of other codecs' files, 0


class FileReader(Protocol):
    """Reads compressed files, wherever they were made; it knows each kind by its content."""

    @property
    def endings(self) -> Sequence[str]:
        """How names of such files end, as in ".gci"."""
        ...

    def describe(self, data: bytes) -> FileReport:
        """Give what a file says of itself, without decoding its picture.

        Raises:
            GCDemoError: It is of no kind that is read here, or damaged.
        """
        ...

    def decode(self, data: bytes) -> Image:
        """Give the picture of a file, uint8 (H, W, 3).

        Raises:
            GCDemoError: It is of no kind that is read here, or damaged.
        """
        ...


class SamplePhoto(Protocol):
    """A picture that is shipped with the program."""

    @property
    def name(self) -> str:
        """Stable id, also used for file names."""
        ...

    @property
    def title(self) -> str:
        """What is to be seen."""
        ...

    @property
    def path(self) -> Path:
        """Where the file is."""
        ...

    @property
    def credit(self) -> str:
        """Who made it, and its licence."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the page takes on."""

    upload_bytes: int = 20_000_000  # of a photo
    requests_per_minute: int = 240  # of one visitor; a comparison takes two or three
    study_requests_per_minute: int = 2400  # of one address; a room of raters may share it
    file_bytes: int = 20_000_000  # of a compressed file; of ours, 50 megapixels are below 1 MB
    decode_pixels: int = 25_000_000  # of a file of ours: a few bytes may state any number
    auto_pixels: int = 2_500_000  # larger photos wait for the button
    view_pixels: int = 12_000_000  # larger pictures are shown reduced; their files are not
    queue: int = 32  # people waiting

    def check_file(self, report: FileReport) -> None:
        """Refuse a compressed file that would keep everybody else waiting.

        Raises:
            InputError: A network would have to draw more pixels than it does for one person here.
        """
        if report.drawn_pixels > self.decode_pixels:
            raise InputError(
                f"The file asks for {report.drawn_pixels:,} pixels; here files of at most "
                f"{self.decode_pixels:,} are decoded, larger ones by the command line."
            )


class StudySource(Protocol):
    """Where the study is to be had; all are None while its pictures are being made.

    What gives something raises StudyError where the study is broken.
    """

    def service(self) -> StudyService | None:
        """Give what visitors vote in."""
        ...

    def results(self) -> StudyResults | None:
        """Give what the votes say."""
        ...

    def close(self) -> None:
        """Send votes that wait to be sent elsewhere; for the end of the program."""
        ...


@dataclass(frozen=True, slots=True)
class AppContext:
    """All that the page is built from."""

    codec: Codec
    rates: tuple[Rate, ...]  # from smallest to largest file
    reader: FileReader  # of ours and all others
    metrics: tuple[Metric, ...] = ()
    samples: tuple[SamplePhoto, ...] = ()
    limits: Limits = field(default_factory=Limits)
    wanted_quality: int = 4  # the slider opens at the stop nearest to it
    rivals: tuple[Codec, ...] = ()  # what ours can be compared with
    first_rivals: tuple[str, ...] = ()  # names of those that are shown from the start
    rate_rival: str = ""  # name of the one that stands below ours in the figure of all rates
    benchmark: Benchmark | None = None  # what was measured before
    study: StudySource | None = None  # what visitors may vote in
    searching: Codec | None = None  # ours, looking longer for a better file
    search_first: bool = False  # whether it is used until somebody chooses otherwise
    selective: Selective | None = None  # codes with some of a picture kept, the rest invented

    def __post_init__(self) -> None:
        """Refuse a slider that asks for what the codec does not have."""
        stops = [rate.quality for rate in self.rates]
        if not stops or not set(stops) <= set(self.codec.qualities):
            raise ValueError(f"rates {stops} must be among {list(self.codec.qualities)}")
        wanted = {*self.first_rivals, self.rate_rival} - {""}
        if unknown := wanted - {codec.name for codec in self.rivals}:
            raise ValueError(f"there are no rivals {sorted(unknown)}")

    @property
    def start_quality(self) -> int:
        """Where the slider stands when the page opens."""
        stops = [rate.quality for rate in self.rates]
        return min(stops, key=lambda stop: abs(stop - self.wanted_quality))

    @property
    def file_endings(self) -> tuple[str, ...]:
        """How names of compressed files end that cannot also be photos to compress."""
        return tuple(ending for ending in self.reader.endings if ending not in PHOTO_ENDINGS)

    @property
    def figure_rates(self) -> tuple[Rate, ...]:
        """The published rates; every rate of a codec that has none of them."""
        return tuple(rate for rate in self.rates if rate.published) or self.rates

    @property
    def figure_rival(self) -> Codec | None:
        """What stands below ours in the figure of all rates; None for ours alone."""
        return self.rivals_by_name.get(self.rate_rival)

    @property
    def rivals_by_name(self) -> Mapping[str, Codec]:
        """The rivals under their names."""
        return {codec.name: codec for codec in self.rivals}

    @property
    def samples_by_name(self) -> Mapping[str, SamplePhoto]:
        """The samples under their names."""
        return {sample.name: sample for sample in self.samples}


def channel_rates(
    qualities: Iterable[int],
    num_centers: int = 5,
    typical_bpp: Mapping[int, float] = MappingProxyType({}),
) -> tuple[Rate, ...]:
    """Give the slider's stops for a codec whose quality is the number of latent channels.

    Args:
        qualities: Latent channels C, increasing.
        num_centers: Symbols L that each value of the latent can take.
        typical_bpp: Measured rates of real files, for the channels for which there are any.

    Returns:
        The bound of each is C log2(L) / 256 bits per pixel: one vector of C symbols for every
        16x16 pixels (Agustsson et al. 2019).
    """
    return tuple(
        Rate(
            quality=channels,
            bound_bpp=bound_bpp(channels, num_centers),
            published=channels in PUBLISHED_CHANNELS,
            typical_bpp=typical_bpp.get(channels),
        )
        for channels in qualities
    )
