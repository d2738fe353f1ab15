"""A photo into a file of at most a size; nothing here knows Gradio."""

from collections.abc import Iterator
from dataclasses import replace

from gcdemo.codecs.matching import fit_size
from gcdemo.errors import InputError
from gcdemo.ui.handlers import NO_PHOTO, compress, making, marking, working_comparison
from gcdemo.ui.render import bytes_text
from gcdemo.ui.view import ALONE, Photo, RivalChoice, Screen
from gcdemo.ui.workbench import Workbench

MAX_BUDGET = 1e9
"""No file has more bytes than this."""


def fit(
    bench: Workbench,
    photo: Photo | None,
    num_bytes: object,
    rivals: RivalChoice = ALONE,
    *,
    searched: bool = False,
) -> Iterator[Screen]:
    """Code a photo into a file of at most a size, as well as that allows.

    Args:
        bench: Does the work.
        photo: What was chosen, if anything.
        num_bytes: The limit, as a person wrote it.
        rivals: What to compare with, one by one.
        searched: Whether to look longer for a better file, in which one C more may fit.

    Raises:
        GCDemoError: The photo, the limit or the codec does not allow it.
    """
    if photo is None:
        raise InputError(NO_PHOTO)
    if not isinstance(num_bytes, int | float) or not 1 <= num_bytes <= MAX_BUDGET:
        raise InputError("A size to fit into is a number of kilobytes above zero.")
    opened = bench.open(photo)
    note = f"Fitting into {bytes_text(int(num_bytes))}"
    working = working_comparison(bench, bench.context.codec, opened, note, rivals)
    chosen = Screen(photo=photo, photo_size=opened.size, comparison=working)
    yield chosen
    stops = [rate.quality for rate in bench.context.rates]
    refusal, quality, following = None, stops[0], 0
    try:
        match = fit_size(bench.context.codec, opened.image, int(num_bytes))
    except InputError as error:
        if not searched:
            raise
        refusal = error
    else:
        quality = match.quality
        following = stops.index(quality) + 1
        if bench.remembered(opened, quality) is None:
            bench.finish(opened, quality, match.data)
    if searched:
        for stop in stops[: following + 1][::-1]:
            for working in making(bench, opened, stop, rivals, searched=True):
                yield replace(chosen, comparison=working)
            if len(bench.code(opened, stop, searched=True).data) <= num_bytes:
                quality = stop
                break
        else:  # only the file that was not searched for is that small, or none
            if refusal:
                raise refusal
            searched = False
    yield from marking(compress(bench, photo, quality, rivals, searched=searched), quality)
