"""Addresses that reopen the page as it was: which tab, which sample, which settings."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from gcdemo.ui.context import FACTORS, AppContext
from gcdemo.ui.view import RivalChoice

EXAMPLE, CHANNELS, RATE, SEARCH, RIVALS, FACTOR, SCALED, TAB = (
    "example",
    "C",
    "bpp",
    "search",
    "with",
    "factor",
    "scaled",
    "tab",
)
"""What may stand in an address."""


@dataclass(frozen=True, slots=True)
class Link:
    """What an address asks for; all of it is there."""

    tab: str  # id of the tab that is to be open
    example: str  # name of a sample; empty where there are none
    quality: int  # one of the slider's stops
    rivals: RivalChoice
    searched: bool  # whether to look longer for a better file


def read_link(query: Mapping[str, str], context: AppContext, tabs: Collection[str]) -> Link:
    """Read an address; whatever is missing, unknown or makes no sense is as it always is.

    Args:
        query: What follows the question mark.
        context: The samples, rates and rivals that there are.
        tabs: Ids of the tabs, the one that is open by itself first.
    """
    names = [sample.name for sample in context.samples]
    return Link(
        tab=_one_of(query.get(TAB), list(tabs)),
        example=_one_of(query.get(EXAMPLE), names or [""]),
        quality=_quality(query, context),
        rivals=_rivals(query, context),
        searched=_searched(query, context),
    )


def write_link(example: str, quality: int, rivals: RivalChoice, *, searched: bool = False) -> str:
    """Give what `read_link` reads, with its question mark.

    Args:
        example: Name of a sample.
        quality: Where the slider stands.
        rivals: What stands beside ours.
        searched: Whether it was looked longer for a better file.
    """
    query = {EXAMPLE: example, CHANNELS: str(quality), RIVALS: ",".join(rivals.names)}
    query[SEARCH] = str(int(searched))
    if rivals.factor != 1:
        query[FACTOR] = f"{rivals.factor:g}"
    if rivals.scaled:
        query[SCALED] = "1"
    return f"?{urlencode(query, safe=',')}"


def _one_of(wanted: str | None, known: list[str]) -> str:
    return wanted if wanted in known else known[0]


def _quality(query: Mapping[str, str], context: AppContext) -> int:
    stops = {str(rate.quality): rate.quality for rate in context.rates}
    if (asked := query.get(CHANNELS)) in stops:
        return stops[asked]
    bpp = _positive(query.get(RATE))
    if bpp is None:
        return context.start_quality
    nearest = min(
        context.rates, key=lambda rate: abs(math.log(bpp / (rate.typical_bpp or rate.bound_bpp)))
    )
    return nearest.quality


def _rivals(query: Mapping[str, str], context: AppContext) -> RivalChoice:
    names = context.first_rivals
    if (asked := query.get(RIVALS)) is not None:
        names = tuple(name for name in context.rivals_by_name if name in asked.split(","))
    factor = _positive(query.get(FACTOR))
    return RivalChoice(
        names=names,
        factor=factor if factor in FACTORS else FACTORS[0],
        scaled=query.get(SCALED) == "1",
    )


def _searched(query: Mapping[str, str], context: AppContext) -> bool:
    if context.searching is None or query.get(SEARCH) not in ("0", "1"):
        return context.search_first
    return query[SEARCH] == "1"


def _positive(text: str | None) -> float | None:
    """Give a number that is positive and finite; None for anything else."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 < number < math.inf else None
