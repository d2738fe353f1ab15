"""Fit the context tables of label maps and of masks.

Maps come from labelled scenes at several sizes, simplified by several measures. Nobody has files of
what people keep, so masks are drawn: instances of the maps, boxes, ellipses and strokes of a brush.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gcdemo.bitstream.contexts import ContextTables
from gcdemo.label_classes import NUM_CLASSES
from gcdemo.label_maps import simplify, to_grid
from gcdemo.training.contextfit import fit_tables
from gcdemo.training.selections import draw_box_of_cells, draw_instances

# Sizes of the pictures that a scene's maps are made for, in pixels: half a million and what is
# three times smaller or larger.
_PIXELS = (1 << 19) / 3, (1 << 19) * 3
_MIN_CELLS = (1, 2, 4, 8)  # one of which a map is simplified by
_MAPS_OF_A_SCENE = 2
_MASK_EXAMPLES = 1_000_000


class MapTables(NamedTuple):
    """The probability models of what SC files hold beside symbols of pictures."""

    labels: ContextTables  # one channel, a value for each class
    mask: ContextTables  # one channel, two values


def draw_maps(scenes: Sequence[NDArray[np.uint8]], seed: int = 0) -> list[NDArray[np.uint8]]:
    """Give maps as files would hold them, of pictures of random sizes and seen in a mirror or not.

    Args:
        scenes: Label maps of whole pictures, class ids, uint8 (H, W).
        seed: Of all random choices.

    Returns:
        Maps on the fine grid, uint8 (rows, columns), two of each scene in a row.
    """
    rng = np.random.default_rng(seed)
    maps = []
    for labels in scenes:
        for _ in range(_MAPS_OF_A_SCENE):
            pixels = np.exp(rng.uniform(*np.log(_PIXELS)))
            scale = np.sqrt(pixels / labels.size)
            rows, columns = (max(1, round(side * scale)) for side in labels.shape)
            y = np.arange(rows) * labels.shape[0] // rows
            x = np.arange(columns) * labels.shape[1] // columns
            drawn = simplify(to_grid(labels[y[:, None], x]), int(rng.choice(_MIN_CELLS)))
            maps.append(drawn[:, ::-1] if rng.random() < 0.5 else drawn)
    return maps


def draw_mask(grid: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw what a person may keep of a picture: one or two kinds of regions.

    Args:
        grid: The picture's label map, uint8 (rows, columns).
        rng: Of all random choices.

    Returns:
        bool (rows, columns).
    """
    kept = np.zeros(grid.shape, bool)
    for _ in range(rng.integers(1, 3)):
        kept |= _KINDS[rng.integers(len(_KINDS))](grid, rng)
    return kept


def fit_map_tables(
    maps: Sequence[NDArray[np.uint8]], num_examples: int = 2_000_000, seed: int = 0
) -> MapTables:
    """Fit the tables to label maps, and to masks drawn from them. Takes a minute on one core.

    Args:
        maps: Class ids on the fine grid, uint8 (rows, columns); a picture's in a row.
        num_examples: Cells that are looked at, counting repetitions.
        seed: Of all random choices.

    Raises:
        TrainingError: No map has two classes.
    """
    rng = np.random.default_rng(seed)
    masks = [draw_mask(grid, rng).astype(np.uint8) for grid in maps]
    return MapTables(
        labels=_fit(maps, NUM_CLASSES, num_examples, seed),
        mask=_fit(masks, 2, min(num_examples, _MASK_EXAMPLES), seed),
    )


def _fit(
    maps: Sequence[NDArray[np.uint8]], num_values: int, num_examples: int, seed: int
) -> ContextTables:
    # Maps of one value are coded without tables.
    coded = [grid[None] for grid in maps if (grid != grid[0, 0]).any()]
    return fit_tables(coded, 1, num_values, num_contexts=0, num_examples=num_examples, seed=seed)


def _draw_box(grid: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.bool_]:
    return draw_box_of_cells(grid.shape[0], grid.shape[1], rng)


def _draw_ellipse(grid: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw an ellipse of any direction around any cell."""
    y, x = np.indices(grid.shape) - rng.uniform(0, grid.shape)[:, None, None]
    radii = min(grid.shape) * np.exp(rng.uniform(np.log(0.05), np.log(0.6), 2))
    angle = rng.uniform(0, np.pi)
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    inside: NDArray[np.bool_] = (along / radii[0]) ** 2 + (across / radii[1]) ** 2 <= 1
    return inside


def _draw_stroke(grid: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a stroke of a round brush that turns a little at each of its points."""
    short = min(grid.shape)
    width = max(1, round(short * np.exp(rng.uniform(np.log(0.02), np.log(0.2)))))
    directions = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.6, rng.integers(2, 20)).cumsum()
    steps = rng.uniform(0.02, 0.12) * short * np.stack([np.cos(directions), np.sin(directions)], 1)
    start = rng.uniform(0, grid.shape[::-1])
    points = [(float(x), float(y)) for x, y in start + steps.cumsum(0)]
    drawn = Image.new("1", grid.shape[::-1])
    ImageDraw.Draw(drawn).line(points, fill=1, width=width, joint="curve")
    return np.array(drawn)


_KINDS: tuple[Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.bool_]], ...] = (
    draw_instances,
    _draw_box,
    _draw_ellipse,
    _draw_stroke,
)
