"""Who is measured at what: our models, the codecs they are compared with, and whose bytes count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gcdemo.codecs.base import Codec
from gcdemo.errors import InputError
from gcdemo.evaluation.bench import Bench, is_rival
from gcdemo.evaluation.points import Plan, Point, Setting
from gcdemo.evaluation.rows import Row, RowKey
from gcdemo.evaluation.versions import (
    ABSENT,
    Environment,
    codec_version,
    current_environment,
)

DEFAULT_ANCHOR = "gc"


class Contender(NamedTuple):
    """A codec and its points."""

    source: str
    """What it is loaded by: a name, or a weight file's path."""
    codec: Codec
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """Every codec that is measured, the anchor first."""

    contenders: tuple[Contender, ...]
    anchored: bool
    """Whether the others are given multiples of the first one's bytes."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """For each codec that cannot run here, why."""

    def targets(self, picture: str, rows: Mapping[RowKey, Row]) -> Iterator[tuple[int, int]]:
        """Give C and bytes of the anchor's files of a picture, as far as there are rows.

        Args:
            picture: Its name in the rows.
            rows: Everything measured so far.
        """
        anchor = self.contenders[0]
        if not self.anchored:
            return
        for point in anchor.points:
            row = rows.get(RowKey(picture, anchor.codec.name, point.name))
            if row is not None:
                yield row.quality, row.num_bytes

    @property
    def keys(self) -> list[tuple[str, Point]]:
        """Every codec's name and point, in order."""
        return [(entry.codec.name, point) for entry in self.contenders for point in entry.points]

    @property
    def own(self) -> list[Contender]:
        """Our models."""
        return [entry for entry in self.contenders if _is_own(entry)]


def assemble(sources: Sequence[str], plan: Plan, bench: Bench) -> Field:
    """Load codecs and give them their points.

    Args:
        sources: Names of codecs, or paths of weight files. Where codecs are to match bytes of ours
            and none of ours is named, "gc" is measured as well.
        plan: Which points.
        bench: Loads the codecs.

    Raises:
        InputError: There is no codec, two have one name, or a rate is not coded.
        CheckpointError: Weights cannot be used.
    """
    own = [source for source in dict.fromkeys(sources) if not is_rival(source)]
    rivals = [source for source in dict.fromkeys(sources) if is_rival(source)]
    if rivals and plan.factors and not own:
        own = [DEFAULT_ANCHOR]
    if not own and not rivals:
        raise InputError("Nothing to measure: name at least one codec.")
    contenders, absent = [], {}
    for source in own:
        codec = bench.load(source)
        points = plan.own_points(codec.label, codec.qualities)
        contenders.append(Contender(source, codec, points))
    for source in rivals:
        codec = bench.load(source)
        if reason := codec.available():
            absent[source] = reason
            continue
        points = plan.rival_points(codec.name, codec.qualities)
        contenders.append(Contender(source, codec, points))
    if not contenders:
        raise InputError(f"Nothing to measure: {' '.join(absent.values())}")
    names = [entry.codec.name for entry in contenders]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"Two codecs are called {twice[0]}; rename one of their files.")
    return Field(tuple(contenders), anchored=bool(own), absent=absent)


def _is_own(entry: Contender) -> bool:
    return any(isinstance(point, Setting) and point.own for point in entry.points)


def describe_environment(field: Field, bench: Bench, device: str) -> Environment:
    """Say what a field is measured with.

    Args:
        field: Every codec.
        bench: Has the metrics.
        device: Where the workers compute.
    """
    return current_environment(
        anchor=field.contenders[0].codec.name if field.anchored else "",
        codecs={entry.codec.name: codec_version(entry.codec) for entry in field.contenders},
        metrics={**dict.fromkeys(bench.metrics.absent, ABSENT), **bench.metrics.weights},
        device=device,
    )
