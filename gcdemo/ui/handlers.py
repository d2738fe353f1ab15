"""What happens on the page, as plain generators of screens; nothing here knows Gradio."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gcdemo.codecs.base import Codec
from gcdemo.errors import GCDemoError, InputError
from gcdemo.ui.links import write_link
from gcdemo.ui.render import (
    bytes_text,
    coded_pane,
    failed_pane,
    original_pane,
    rival_pane,
    working_pane,
)
from gcdemo.ui.view import ALONE, Comparison, Download, FileCard, Pane, Photo, RivalChoice, Screen
from gcdemo.ui.workbench import Coded, Opened, Workbench

NO_PHOTO = "Choose a photo first: drop one, paste one, or take a sample."


def sample_photo(bench: Workbench, name: object) -> Photo:
    """Give the sample of this name.

    Raises:
        InputError: There is none.
    """
    sample = bench.context.samples_by_name.get(name) if isinstance(name, str) else None
    if sample is None:
        raise InputError("There is no such sample photo.")
    return Photo(stem=sample.name, path=Path(sample.path), is_sample=True)


def uploaded_photo(bench: Workbench, path: Path, name: str | None) -> Photo:
    """Give the photo that a person uploaded.

    Args:
        bench: Holds the limits.
        path: Where the server put it.
        name: What it is called on the person's machine.

    Raises:
        InputError: It is too large.
    """
    check_size(path, bench.context.limits.upload_bytes, "photo")
    return Photo(stem=safe_stem(name), path=path)


def safe_stem(name: str | None) -> str:
    """Give a file name without its ending that is harmless on every system."""
    stem = "".join(
        letter if letter.isalnum() or letter in "-_" else "-" for letter in Path(name or "").stem
    )
    return stem.strip("-")[:60] or "photo"


def compress(
    bench: Workbench,
    photo: Photo | None,
    quality: object,
    rivals: RivalChoice = ALONE,
    *,
    searched: bool = False,
    asked: bool = True,
) -> Iterator[Screen]:
    """Code a photo and show it beside the original, and rivals of as many bytes beside both.

    Args:
        bench: Does the work.
        photo: What was chosen, if anything.
        quality: Where the slider stands.
        rivals: What to compare with, one by one.
        searched: Whether to look longer for a better file.
        asked: Whether the button was pressed; a large photo waits for that.

    Raises:
        GCDemoError: The photo, the quality or the codec does not allow it.
    """
    if photo is None:
        raise InputError(NO_PHOTO)
    context = bench.context
    stops = [rate.quality for rate in context.rates]
    if not isinstance(quality, int) or quality not in stops:
        raise InputError(f"The bitrate must be one of C = {', '.join(map(str, stops))}.")
    opened = bench.open(photo)
    link = write_link(photo.stem, quality, rivals, searched=searched) if photo.is_sample else ""
    chosen = Screen(photo=photo, photo_size=opened.size, link=link)
    if bench.remembered(opened, quality, searched=searched) is None:
        width, height = opened.size
        if not asked and width * height > context.limits.auto_pixels:
            yield replace(chosen, comparison=_waiting(opened))
            return
        for working in making(bench, opened, quality, rivals, searched=searched):
            yield replace(chosen, comparison=working)
    codec, coded = bench.codec(searched=searched), bench.code(opened, quality, searched=searched)
    ours = _finished_pane(codec, opened, coded)
    yield replace(
        chosen,
        comparison=comparison_of(
            opened, ours, *_waiting_panes(bench, rivals.names), spoken=spoken_of(ours)
        ),
        card=FileCard(name=coded.file.name, report=coded.report, data=coded.data),
        download=Download(
            label=f"Download {codec.extension} · {bytes_text(len(coded.data))}",
            path=coded.file,
        ),
    )
    yield from _compare(bench, opened, ours, len(coded.data), rivals)


def marking(screens: Iterator[Screen], quality: int, sample: str | None = None) -> Iterator[Screen]:
    """Give screens of which the first moves the slider and marks a sample.

    The later ones leave both alone: a person may have moved on by then.
    """
    for index, screen in enumerate(screens):
        yield screen if index else replace(screen, quality=quality, sample=sample)


def making(
    bench: Workbench, opened: Opened, quality: int, rivals: RivalChoice, *, searched: bool
) -> Iterator[Comparison]:
    """Code a photo and tell how far it is; after that it is remembered.

    Args:
        bench: Does the work.
        opened: The photo.
        quality: A stop of the slider.
        rivals: What will stand beside ours.
        searched: Whether to look longer for a better file.
    """
    codec = bench.codec(searched=searched)
    yield working_comparison(bench, codec, opened, "Encoding", rivals)
    for part in bench.encode(opened, quality, searched=searched):
        note = f"Searching, {part.share:.0%}"
        if part.data:
            note = f"Decoding {bytes_text(len(part.data))}"
        yield working_comparison(bench, codec, opened, note, rivals)
        if part.data:
            bench.finish(opened, quality, part.data, searched=searched)


def _compare(
    bench: Workbench, opened: Opened, ours: Pane, our_bytes: int, rivals: RivalChoice
) -> Iterator[Screen]:
    """Show one rival after the other; one that fails says so in its place."""
    panes = [ours]
    for index, name in enumerate(rivals.names):
        codec = bench.context.rivals_by_name[name]
        later = _waiting_panes(bench, rivals.names[index + 1 :])
        working = working_pane(name, codec.label, f"Matching {codec.label}")
        yield Screen(comparison=comparison_of(opened, *panes, working, *later))
        num_bytes = math.ceil(our_bytes * rivals.factor)
        panes.append(matched_pane(bench, opened, codec, num_bytes, our_bytes, scaled=rivals.scaled))
        spoken = " ".join(spoken_of(pane) for pane in panes) if not later else ""
        yield Screen(comparison=comparison_of(opened, *panes, *later, spoken=spoken))


def matched_pane(
    bench: Workbench, opened: Opened, codec: Codec, num_bytes: int, our_bytes: int, *, scaled: bool
) -> Pane:
    """Give the pane of a rival's smallest file of at least a size; of why there is none, else.

    Args:
        bench: Does the work.
        opened: The photo.
        codec: The rival.
        num_bytes: What its file is to be matched to.
        our_bytes: Size of the file it is compared with.
        scaled: Whether it may code a smaller picture where it cannot be that small.
    """
    try:
        made = bench.rival(opened, codec, num_bytes, scaled=scaled)
    except GCDemoError as error:
        return failed_pane(codec.name, codec.label, str(error))
    return rival_pane(
        codec,
        made.match,
        made.view,
        made.file,
        our_bytes=our_bytes,
        png_bytes=opened.png_bytes,
        stats=made.stats,
    )


def _waiting_panes(bench: Workbench, names: Sequence[str]) -> list[Pane]:
    codecs = [bench.context.rivals_by_name[name] for name in names]
    return [working_pane(codec.name, codec.label, f"{codec.label} follows") for codec in codecs]


def _finished_pane(codec: Codec, opened: Opened, coded: Coded) -> Pane:
    width, height = opened.size
    return coded_pane(
        id=codec.name,
        title=codec.label,
        subtitle=coded.report.label,
        image=coded.view,
        num_bytes=len(coded.data),
        png_bytes=opened.png_bytes,
        width=width,
        height=height,
        stats=coded.stats,
        file=coded.file,
    )


def spoken_of(pane: Pane) -> str:
    """Say what stands under a pane, for screen readers."""
    told = (pane.headline, pane.subtitle, *pane.lines)
    return f"{pane.title}: {', '.join(part for part in told if part)}."


def working_comparison(
    bench: Workbench, codec: Codec, opened: Opened, note: str, rivals: RivalChoice
) -> Comparison:
    """Give a photo beside panes that wait, the first of them with what is being done for it."""
    ours = working_pane(codec.name, codec.label, note)
    return comparison_of(opened, ours, *_waiting_panes(bench, rivals.names))


def _waiting(opened: Opened) -> Comparison:
    width, height = opened.size
    remark = f"{width * height / 1e6:.0f} megapixels take a while: press Compress to start."
    return comparison_of(opened, remark=remark)


def comparison_of(opened: Opened, *panes: Pane, spoken: str = "", remark: str = "") -> Comparison:
    """Give versions of a photo beside the original."""
    width, height = opened.view_size
    original = original_pane(opened.view, *opened.size, opened.png_bytes)
    return Comparison(
        picture=opened.key,
        width=width,
        height=height,
        panes=(original, *panes),
        remark=remark or view_remark(opened.size[0], width),
        spoken=spoken,
    )


def view_remark(true_width: int, shown_width: int) -> str:
    """Say that a picture is shown reduced; nothing where every pixel is there."""
    if shown_width == true_width:
        return ""
    factor = round(true_width / shown_width)
    return f"Shown at 1/{factor} of its size; all numbers are of the whole picture."


def check_size(path: Path, max_bytes: int, what: str) -> None:
    """Refuse a file that is too large, or not there.

    Args:
        path: Where the server put it.
        max_bytes: How many it may have.
        what: What to call it.

    Raises:
        InputError: It is refused.
    """
    try:
        num_bytes = path.stat().st_size
    except OSError:
        raise InputError(f"The {what} did not arrive. Please try again.") from None
    if num_bytes > max_bytes:
        raise InputError(
            f"The {what} has {num_bytes / 1e6:.1f} MB; at most {max_bytes / 1e6:.0f} MB are taken."
        )
