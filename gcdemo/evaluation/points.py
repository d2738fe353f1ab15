"""Operating points: what each codec is asked for on every picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gcdemo.errors import InputError

# A rival's own curve, from its smallest file to about 1 bit per pixel; of a codec that is not
# listed, every so many settings are taken instead.
SWEEPS: dict[str, tuple[int, ...]] = {
    "bpg": (0, 4, 8, 12, 16, 20, 24, 28),  # HEVC's QP 51, 47, ... 23
    "jpeg": (1, 5, 10, 15, 20, 30, 40, 50, 60, 75),
    "webp": (0, 5, 10, 20, 30, 40, 50, 60, 75),
    "avif": (0, 5, 10, 20, 30, 40, 50, 60),
    "jpeg2000": (10, 20, 40, 60, 100, 150, 250, 400, 700, 1000),  # thousandths of a bit per pixel
    "jxl": (0, 5, 10, 20, 30, 40, 50, 60, 70),
}
SWEEP_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Setting:
    """A codec at one of its own qualities; of ours that is the number of channels."""

    quality: int
    own: bool = False
    """Whether the codec is one of ours, and the quality C."""

    @property
    def name(self) -> str:
        """Stable id among the points of a codec, as in "C=4" or "q=20"."""
        return f"{'C' if self.own else 'q'}={self.quality}"


@dataclass(frozen=True, slots=True)
class Size:
    """A codec at a multiple of the real bytes of our anchor model on the same picture."""

    anchor: int
    """C of the anchor's file."""
    factor: float
    """How many times its bytes."""
    scaled: bool = False
    """Whether the picture may be coded smaller where the codec's smallest file is larger."""

    @property
    def name(self) -> str:
        """Stable id among the points of a codec, as in "2xC=4" or "2xC=4 scaled"."""
        return f"{self.factor:g}xC={self.anchor}" + (" scaled" if self.scaled else "")


Point: TypeAlias = Setting | Size


@dataclass(frozen=True, slots=True)
class Plan:
    """Which points are measured."""

    rates: tuple[int, ...] = (2, 4, 8, 16)
    """C of ours."""
    factors: tuple[float, ...] = (1.0, 2.0, 3.0)
    """A rival gets so many times the anchor's bytes at each C."""
    scaled: bool = False
    """Whether rivals may also code the picture smaller."""
    sweep: bool = False
    """Whether rivals are measured at a grid of their own qualities as well."""

    def __post_init__(self) -> None:
        """Sort the numbers and check them.

        Raises:
            InputError: There is no rate, or a factor is not positive.
        """
        if not self.rates:
            raise InputError("Nothing to measure: name at least one rate.")
        if not all(factor > 0 for factor in self.factors):
            raise InputError("A factor is a positive number of times our bytes.")
        object.__setattr__(self, "rates", tuple(sorted(set(self.rates))))
        object.__setattr__(self, "factors", tuple(sorted(set(self.factors))))

    def own_points(self, label: str, qualities: Sequence[int]) -> tuple[Point, ...]:
        """Give the points of one of our models.

        Args:
            label: What people call it.
            qualities: The channels C that it codes.

        Raises:
            InputError: It does not code a rate.
        """
        if unknown := sorted(set(self.rates) - set(qualities)):
            raise InputError(
                f"{label} does not code C = {', '.join(map(str, unknown))}; "
                f"it codes C = {', '.join(map(str, qualities))}."
            )
        return tuple(Setting(channels, own=True) for channels in self.rates)

    def rival_points(self, name: str, qualities: Sequence[int]) -> tuple[Point, ...]:
        """Give the points of a codec that ours is compared with.

        Args:
            name: The codec's id.
            qualities: Every setting, from the smallest file to the largest.
        """
        sizes = [
            Size(channels, factor, scaled)
            for scaled in ((False, True) if self.scaled else (False,))
            for channels in self.rates
            for factor in self.factors
        ]
        settings = sweep_qualities(name, qualities) if self.sweep else ()
        return (*sizes, *map(Setting, settings))


def sweep_qualities(name: str, qualities: Sequence[int]) -> tuple[int, ...]:
    """Give the settings of a codec's own curve, from the smallest file to the largest.

    Args:
        name: The codec's id.
        qualities: Every setting, from the smallest file to the largest.
    """
    chosen = set(SWEEPS.get(name, qualities[:: -(-len(qualities) // SWEEP_LENGTH)]))
    return tuple(quality for quality in qualities if quality in chosen)
