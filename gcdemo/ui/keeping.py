"""What happens on the tab of selective compression, as generators of screens; no Gradio here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import Image
from gcdemo.codecs.matching import fit_size
from gcdemo.errors import GCDemoError
from gcdemo.label_classes import LabelClass
from gcdemo.label_maps import mix_in
from gcdemo.ui.canvas import Scene
from gcdemo.ui.handlers import comparison_of, matched_pane
from gcdemo.ui.render import bytes_text, coded_pane, failed_pane, working_pane
from gcdemo.ui.selective_context import KeptPicture, Selective
from gcdemo.ui.view import Download, FileCard, Pane, Photo, Screen
from gcdemo.ui.wishes import Asked, open_photo
from gcdemo.ui.workbench import Opened, Workbench

# What the page tints: a picture shows through it.
TINT_SHARE = 0.55
THIN_TINT = (96, 96, 112)


def open_scene(bench: Workbench, selective: Selective, photo: Photo | None) -> Scene:
    """Give a photo to be marked, with what is known of it beforehand.

    Raises:
        InputError: There is none, or it cannot be used.
    """
    opened = open_photo(bench, photo)
    width, height = opened.size
    answerer, reason = selective.selector.label, selective.reason
    scene = Scene(opened.key, opened.view, width, height, answerer=answerer, reason=reason)
    known = selective.known(opened.image)
    if known is None:
        return scene
    return replace(scene, kept=known.kept, labels=known.labels, objects=known.objects)


def find_labels(
    bench: Workbench, selective: Selective, photo: Photo | None
) -> tuple[str, NDArray[np.uint8]]:
    """Find what is where in a photo, and begin what clicks in it need.

    Returns:
        The photo's identity, and its label map, uint8 (H, W).

    Raises:
        GCDemoError: There is no photo, or the segmenter cannot run here.
    """
    opened = open_photo(bench, photo)
    selective.prepare(opened.image)
    return opened.key, selective.label_map(opened.image)


def opened_image(bench: Workbench, photo: Photo | None) -> tuple[str, Image]:
    """Give a photo's identity and its pixels.

    Raises:
        InputError: There is none, or it cannot be used.
    """
    opened = open_photo(bench, photo)
    return opened.key, opened.image


def keep(bench: Workbench, selective: Selective, asked: Asked) -> Iterator[Screen]:
    """Code a photo selectively and show it beside others of as many bytes.

    Args:
        bench: Knows the codecs that are compared.
        selective: Does the work.
        asked: What is to be made.

    Raises:
        GCDemoError: The codec does not allow it.
    """
    opened = asked.opened
    yield _screen(opened, working_pane("sc", selective.label, "Encoding"))
    for part in selective.encode(opened.image, asked.wish(selective)):
        data = part.data
        note = f"Decoding {bytes_text(len(data))}" if data else f"Searching, {part.share:.0%}"
        yield _screen(opened, working_pane("sc", selective.label, note))
    yield from _show(bench, selective, opened, data)


def _show(bench: Workbench, selective: Selective, opened: Opened, data: bytes) -> Iterator[Screen]:
    made = selective.decode(data)
    name = f"{opened.stem}-sc{selective.extension}"
    file = bench.store(data, name)
    how = "invented" if made.synthesised else "coarse"
    ours = _pane(
        bench,
        opened,
        "sc",
        selective.label,
        f"{made.kept.mean():.0%} kept, the rest {how}",
        made.image,
        data,
        name,
    )
    legend = Pane(
        id="kept",
        title="What was kept",
        subtitle=f"the tinted rest is {how}",
        image=bench.show(tint(made, selective.classes))[0],
        lines=("as the file says",),
    )
    panes = [ours, legend]
    codec = bench.context.codec
    note = f"{codec.label} of as many bytes"
    finished = replace(
        _screen(opened, *panes, working_pane(codec.name, codec.label, note)),
        card=FileCard(name=name, report=bench.context.reader.describe(data), data=data),
        download=Download(
            label=f"Download {selective.extension} · {bytes_text(len(data))}", path=file
        ),
    )
    yield finished
    panes.append(_whole(bench, opened, len(data)))
    rival = bench.context.figure_rival
    if rival is None:
        yield _screen(opened, *panes)
        return
    yield _screen(opened, *panes, working_pane(rival.name, rival.label, f"Matching {rival.label}"))
    panes.append(matched_pane(bench, opened, rival, len(data), len(data), scaled=False))
    spoken = f"{ours.title}: {ours.headline}, {ours.subtitle}."
    yield _screen(opened, *panes, spoken=spoken)


def tint(made: KeptPicture, classes: Sequence[LabelClass]) -> Image:
    """Lay colours over what was not kept: its class's where it was invented, else gray."""
    if made.synthesised:
        colors, chosen = [known.color for known in classes], made.labels
    else:
        colors, chosen = [THIN_TINT], np.zeros_like(made.labels)
    tinted = mix_in(made.image, chosen, colors, TINT_SHARE)
    return np.where(made.kept[..., None], made.image, tinted)


def _whole(bench: Workbench, opened: Opened, num_bytes: int) -> Pane:
    """Give the pane of the same photo coded alike everywhere, in as many bytes at most."""
    codec = bench.context.codec
    try:
        match = fit_size(codec, opened.image, num_bytes)
    except GCDemoError as error:
        return failed_pane(codec.name, codec.label, str(error))
    report = bench.context.reader.describe(match.data)
    image = codec.decode(match.data)
    name = f"{opened.stem}{codec.extension}"
    return _pane(bench, opened, codec.name, codec.label, report.label, image, match.data, name)


def _pane(
    bench: Workbench,
    opened: Opened,
    id: str,
    title: str,
    subtitle: str,
    image: Image,
    data: bytes,
    name: str,
) -> Pane:
    width, height = opened.size
    return coded_pane(
        id=id,
        title=title,
        subtitle=subtitle,
        image=bench.show(image)[0],
        num_bytes=len(data),
        png_bytes=opened.png_bytes,
        width=width,
        height=height,
        stats=(),
        file=bench.store(data, name),
    )


def _screen(opened: Opened, *panes: Pane, spoken: str = "") -> Screen:
    return Screen(comparison=comparison_of(opened, *panes, spoken=spoken))
