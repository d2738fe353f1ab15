"""SC on scenes that it was not trained on: what is kept, what is invented, and what it costs.

The regions of a scene are drawn as in the paper: instances of its label map, each kept with a
chance of one in four. GC gets at most as many bytes as the whole SC file, or all that its largest
rate takes. Inside the kept region both are compared by PSNR over its pixels, and by LPIPS and d10
of pictures that are the original everywhere else, divided by the region's share of the picture.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from gcdemo.bitstream.header import Background
from gcdemo.codecs.base import Image, bpp
from gcdemo.codecs.generative import GenerativeCodec, describe
from gcdemo.codecs.selective import Regions, SelectiveCodec
from gcdemo.errors import InputError
from gcdemo.evaluation.confusion import class_ious
from gcdemo.label_classes import LABEL_CLASSES, NUM_CLASSES, UNLABELLED
from gcdemo.label_maps import from_grid, to_grid
from gcdemo.segmentation import Segmenter
from gcdemo.training.selections import draw_instances

Distance = Callable[[Image, Image], float]

# The size of the street scenes in the paper.
STREET_WIDTH, STREET_HEIGHT = 1024, 512
# Regions of a smaller share say little.
MIN_SHARE, MAX_SHARE = 0.03, 0.6
TRIES = 50


@dataclass(frozen=True, slots=True)
class KeptRow:
    """What is kept of one picture, by SC and by GC of as many bytes."""

    picture: str
    background: str
    share: float  # of the picture that is kept
    sc_bytes: int
    gc_bytes: int
    gc_channels: int
    sc_psnr: float  # dB, in the kept region
    gc_psnr: float
    sc_lpips: float
    gc_lpips: float
    sc_d10: float
    gc_d10: float
    sc_rest_d10: float  # of everything else
    gc2_rest_d10: float  # likewise, of GC at C = 2


@dataclass(frozen=True, slots=True)
class Metrics:
    """The distances that are compared."""

    lpips: Distance
    d10: Distance


def draw_region(grid: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw what is kept of a scene, bool on the fine grid: instances, else a box in the middle.

    Args:
        grid: The label map on the fine grid.
        rng: Of the picture.
    """
    for _ in range(TRIES):
        kept = draw_instances(grid, rng)
        if MIN_SHARE <= kept.mean() <= MAX_SHARE:
            return kept
    kept = np.zeros(grid.shape, bool)
    rows, columns = grid.shape
    kept[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4] = True
    return kept


def compare_kept(
    name: str,
    image: Image,
    labels: NDArray[np.uint8] | None,
    background: Background,
    detail: int,
    sc: SelectiveCodec,
    gc: GenerativeCodec,
    metrics: Metrics,
) -> KeptRow:
    """Measure one picture with one region.

    Args:
        name: Of the picture; also decides the region.
        image: uint8 (H, W, 3).
        labels: Its label map, uint8 (H, W); None where there is none.
        background: SC's.
        detail: Rate of the details.
        sc: SC.
        gc: What it is compared with.
        metrics: Besides PSNR.
    """
    height, width = image.shape[:2]
    rng = np.random.default_rng(list(name.encode()))
    grid = to_grid(np.zeros((height, width), np.uint8) if labels is None else labels)
    kept = from_grid(draw_region(grid, rng).astype(np.uint8), height, width) > 0
    data = sc.encode(image, Regions(kept, background, labels), detail)
    mine = sc.decode(data)
    try:
        of_gc = gc.encode_to_budget(image, len(data))
    except InputError:
        of_gc = gc.encode(image, gc.qualities[0])
    theirs, thinnest = gc.decode(of_gc), gc.decode(gc.encode(image, gc.qualities[0]))
    share = float(mine.kept.mean())

    def inside(distance: Distance, x_hat: Image) -> float:
        return distance(image, np.where(mine.kept[..., None], x_hat, image)) / share

    def outside(x_hat: Image) -> float:
        return metrics.d10(image, np.where(mine.kept[..., None], image, x_hat)) / (1 - share)

    def psnr(x_hat: Image) -> float:
        error = x_hat[mine.kept].astype(np.float64) - image[mine.kept]
        return float(20 * np.log10(255 / np.sqrt(np.square(error).mean())))

    return KeptRow(
        picture=name,
        background=background.name.lower(),
        share=share,
        sc_bytes=len(data),
        gc_bytes=len(of_gc),
        gc_channels=describe(of_gc).latent_channels,
        sc_psnr=psnr(mine.image),
        gc_psnr=psnr(theirs),
        sc_lpips=inside(metrics.lpips, mine.image),
        gc_lpips=inside(metrics.lpips, theirs),
        sc_d10=inside(metrics.d10, mine.image),
        gc_d10=inside(metrics.d10, theirs),
        sc_rest_d10=outside(mine.image),
        gc2_rest_d10=outside(thinnest),
    )


@dataclass(frozen=True, slots=True)
class InventedRow:
    """One scene of which nothing is kept: only its label map is in the file."""

    picture: str
    num_bytes: int  # of the scene brought to 1024 x 512
    bpp: float  # likewise
    seen: NDArray[np.int64]  # (classes, classes): pixels by label and by what the segmenter sees
    seen_in_original: NDArray[np.int64]


def measure_invented(
    name: str, image: Image, labels: NDArray[np.uint8], sc: SelectiveCodec, segmenter: Segmenter
) -> InventedRow:
    """Synthesise a whole scene from its map and look at it with a segmenter.

    Args:
        name: Of the picture.
        image: uint8 (H, W, 3).
        labels: Its label map, uint8 (H, W).
        sc: SC.
        segmenter: That finds the classes again.
    """
    nothing = Regions(np.zeros(labels.shape, bool), Background.SYNTHESISED, labels)
    invented = sc.decode(sc.encode(image, nothing, sc.qualities[0]))
    street = _as_street(image, labels)
    empty = Regions(np.zeros(street[1].shape, bool), Background.SYNTHESISED, street[1])
    num_bytes = len(sc.encode(street[0], empty, sc.qualities[0]))
    return InventedRow(
        picture=name,
        num_bytes=num_bytes,
        bpp=bpp(num_bytes, STREET_WIDTH, STREET_HEIGHT),
        # What it was asked to draw is the map in the file, not finer than its grid.
        seen=_confusion(invented.labels, segmenter.segment(invented.image).labels),
        seen_in_original=_confusion(invented.labels, segmenter.segment(image).labels),
    )


def _as_street(image: Image, labels: NDArray[np.uint8]) -> tuple[Image, NDArray[np.uint8]]:
    """Bring a scene to 1024 x 512 by enlarging it and cutting its middle."""
    height, width = labels.shape
    scale = max(STREET_WIDTH / width, STREET_HEIGHT / height)
    size = max(STREET_WIDTH, round(width * scale)), max(STREET_HEIGHT, round(height * scale))
    left, top = (size[0] - STREET_WIDTH) // 2, (size[1] - STREET_HEIGHT) // 2
    box = (left, top, left + STREET_WIDTH, top + STREET_HEIGHT)
    large = PillowImage.fromarray(image).resize(size, PillowImage.Resampling.BICUBIC).crop(box)
    maps = PillowImage.fromarray(labels).resize(size, PillowImage.Resampling.NEAREST).crop(box)
    return np.asarray(large), np.asarray(maps)


def _confusion(truth: NDArray[np.uint8], seen: NDArray[np.uint8]) -> NDArray[np.int64]:
    labelled = truth != UNLABELLED
    pairs = truth[labelled].astype(np.int64) * NUM_CLASSES + seen[labelled]
    return np.bincount(pairs, minlength=NUM_CLASSES**2).reshape(NUM_CLASSES, NUM_CLASSES)


def kept_csv(rows: Sequence[KeptRow]) -> str:
    """Give the rows as CSV text."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [field.name for field in fields(KeptRow)])
    writer.writeheader()
    for row in rows:
        values = asdict(row).items()
        writer.writerow({k: round(v, 5) if isinstance(v, float) else v for k, v in values})
    return buffer.getvalue()


def kept_table(rows: Sequence[KeptRow]) -> str:
    """Give the means of each background as a Markdown table."""
    lines = [
        "| background | pictures | kept | SC bytes | GC bytes | PSNR SC / GC | LPIPS SC / GC "
        "| d10 SC / GC | d10 of the rest, SC / GC C = 2 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for background in sorted({row.background for row in rows}):
        chosen = [row for row in rows if row.background == background]

        def mean(name: str, chosen: Sequence[KeptRow] = chosen) -> float:
            return float(np.mean([getattr(row, name) for row in chosen]))

        lines.append(
            f"| {background} | {len(chosen)} | {mean('share'):.0%} | {mean('sc_bytes'):.0f} "
            f"| {mean('gc_bytes'):.0f} | {mean('sc_psnr'):.2f} / {mean('gc_psnr'):.2f} "
            f"| {mean('sc_lpips'):.3f} / {mean('gc_lpips'):.3f} "
            f"| {mean('sc_d10'):.3f} / {mean('gc_d10'):.3f} "
            f"| {mean('sc_rest_d10'):.3f} / {mean('gc2_rest_d10'):.3f} |"
        )
    return "\n".join(lines)


def invented_table(rows: Sequence[InventedRow]) -> str:
    """Give, as a Markdown table, how well each class is found again in what was invented."""
    found = class_ious(np.sum([row.seen for row in rows], axis=0))
    original = class_ious(np.sum([row.seen_in_original for row in rows], axis=0))
    lines = [
        "| class | IoU in the originals | IoU in what SC invents |",
        "|---|---|---|",
        *(
            f"| {label_class.name} | {original[label_class.id]:.3f} | {found[label_class.id]:.3f} |"
            for label_class in LABEL_CLASSES
            if np.isfinite(original[label_class.id])
        ),
        f"| mean | {np.nanmean(original):.3f} | {np.nanmean(found):.3f} |",
    ]
    sizes = [row.num_bytes for row in rows]
    lines += [
        "",
        f"{len(rows)} scenes; at {STREET_WIDTH} x {STREET_HEIGHT} the file of a wholly synthesised "
        f"one has {np.mean(sizes):.0f} bytes, {np.mean([row.bpp for row in rows]):.4f} bpp "
        f"(at most {max(sizes)} bytes).",
    ]
    return "\n".join(lines)
