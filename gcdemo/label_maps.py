"""Label maps: as pictures of ids, and on the grid of cells on which files hold them."""

import heapq
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from scipy import ndimage

from gcdemo.config import FINE_STRIDE
from gcdemo.errors import InputError
from gcdemo.files import write_atomically
from gcdemo.grids import fine_grid_shape
from gcdemo.label_classes import LABEL_CLASSES, NUM_CLASSES, UNLABELLED
from gcdemo.limits import MAX_PIXELS
from gcdemo.pixels import DECODER_ERRORS


def to_grid(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give each cell the class of most of its pixels, of equally many the one of the smaller id.

    Args:
        labels: Ids, uint8 (H, W) of any size; beyond the picture its last pixels are repeated.

    Returns:
        uint8 (rows, columns) on the fine grid.
    """
    rows, columns = fine_grid_shape(*labels.shape)
    beyond = (
        (0, rows * FINE_STRIDE - labels.shape[0]),
        (0, columns * FINE_STRIDE - labels.shape[1]),
    )
    cells = np.pad(labels, beyond, "edge").reshape(rows, FINE_STRIDE, columns, FINE_STRIDE)
    grid = np.zeros((rows, columns), np.uint8)
    most = np.zeros((rows, columns), np.uint8)
    # One class after the other: counts of all at once would take 44 bytes a cell, and more.
    for label in np.unique(labels):
        count = (cells == label).sum(axis=(1, 3), dtype=np.uint8)
        grid[count > most] = label
        np.maximum(most, count, out=most)
    return grid


def from_grid(grid: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Enlarge a map on the fine grid to the pixels of its picture.

    Args:
        grid: uint8 (rows, columns), as `fine_grid_shape(height, width)` says.
        height: Of the picture, in pixels.
        width: Likewise.

    Returns:
        uint8 (height, width).
    """
    rows = np.arange(height) // FINE_STRIDE
    columns = np.arange(width) // FINE_STRIDE
    return grid[rows[:, None], columns]


def simplify(grid: NDArray[np.uint8], min_cells: int) -> NDArray[np.uint8]:
    """Give every region smaller than `min_cells` the class that borders it most.

    A region is a set of cells of one class that hang together by their sides. The smallest goes
    first and takes the class it shares the most sides of cells with (of equal ones the class of
    the smaller id), so it becomes one region with those neighbors. This goes on until no region
    is smaller than `min_cells`, or one fills the grid: doing it again changes nothing, and no
    class appears that was not there.

    Args:
        grid: uint8 (rows, columns).
        min_cells: The smallest area a region may keep, in cells; up to 1 changes nothing.

    Returns:
        A new grid of the same shape.
    """
    regions, classes = _find_regions(grid)
    areas = np.bincount(regions.ravel())
    borders = _count_borders(regions, len(classes))
    merged_into = np.arange(len(classes))
    waiting = [(int(areas[region]), int(region)) for region in np.flatnonzero(areas < min_cells)]
    heapq.heapify(waiting)
    while waiting:
        area, region = heapq.heappop(waiting)
        if merged_into[region] != region or areas[region] != area:
            continue  # it has grown since, or is part of another
        sides: Counter[int] = Counter()
        for neighbor, count in borders[region].items():
            sides[int(classes[neighbor])] += count
        if not sides:
            break  # it fills the grid
        taken = min(sides, key=lambda label: (-sides[label], label))
        classes[region] = taken
        same = [n for n in borders[region] if classes[n] == taken]
        # The one with most neighbors takes in the others, which is the least work.
        target = max([region, *same], key=lambda r: (len(borders[r]), -r))
        for other in {region, *same} - {target}:
            _move_borders(borders, other, target)
            merged_into[other] = target
            areas[target] += areas[other]
        if areas[target] < min_cells:
            heapq.heappush(waiting, (int(areas[target]), target))
    while True:
        further = merged_into[merged_into]
        if np.array_equal(further, merged_into):
            return classes[merged_into][regions]
        merged_into = further


def _find_regions(grid: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Number the regions from the top left on.

    Returns:
        Each cell's region, int64 (rows, columns), and each region's class, uint8 (regions,).
    """
    numbers = np.zeros(grid.shape, np.int64)
    found = 0
    for label in np.unique(grid):
        inside = grid == label
        parts, count = ndimage.label(inside)
        numbers[inside] = parts[inside] + (found - 1)
        found += count
    _, first, numbers_of = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(found, np.int64)
    rank[order] = np.arange(found)
    return rank[numbers_of.reshape(grid.shape)], grid.ravel()[first[order]]


def _count_borders(regions: NDArray[np.int64], count: int) -> list[dict[int, int]]:
    """Count, for each region, the sides of cells it shares with each of its neighbors."""
    pairs = np.concatenate(
        [
            np.stack([regions[:-1].ravel(), regions[1:].ravel()]),
            np.stack([regions[:, :-1].ravel(), regions[:, 1:].ravel()]),
        ],
        axis=1,
    )
    pairs = np.sort(pairs[:, pairs[0] != pairs[1]], axis=0)
    kinds, sides = np.unique(pairs, axis=1, return_counts=True)
    borders: list[dict[int, int]] = [{} for _ in range(count)]
    for a, b, length in zip(*kinds.tolist(), sides.tolist(), strict=True):
        borders[a][b] = borders[b][a] = length
    return borders


def _move_borders(borders: list[dict[int, int]], source: int, target: int) -> None:
    """Give all neighbors of a region to the one it becomes a part of."""
    for neighbor, sides in borders[source].items():
        del borders[neighbor][source]
        if neighbor != target:
            total = borders[target].get(neighbor, 0) + sides
            borders[target][neighbor] = borders[neighbor][target] = total
    borders[source] = {}


def read_label_map(source: str | Path | bytes) -> NDArray[np.uint8]:
    """Read a PNG whose values are ids of classes: 8-bit gray, or with a palette of any colors.

    Args:
        source: The file's path or contents.

    Returns:
        uint8 (H, W).

    Raises:
        InputError: It is no such file, is too large, or holds ids of no class.
    """
    name = "The label map" if isinstance(source, bytes) else f'"{Path(source).name}"'
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        image = Image.open(io.BytesIO(data), formats=("PNG",))
        if image.mode not in ("L", "P"):
            raise InputError(
                f"{name} must be an 8-bit gray or palette PNG of class ids, not {image.mode}."
            )
        if image.width * image.height > MAX_PIXELS:
            raise InputError(f"{name} has more than {MAX_PIXELS:,} pixels.")
        labels = np.array(image)
    except UnidentifiedImageError as error:
        raise InputError(f"{name} is no PNG.") from error
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}.") from error
    except (Image.DecompressionBombError, *DECODER_ERRORS) as error:
        raise InputError(f"{name} is damaged or too large.") from error
    check_ids(labels, name)
    return labels


def check_ids(labels: NDArray[np.uint8], name: str) -> None:
    """Make sure that every id in a map is that of a class.

    Raises:
        InputError: Some are not; the message names them.
    """
    unknown = [str(label) for label in np.unique(labels) if label >= NUM_CLASSES]
    if unknown:
        raise InputError(
            f"{name} holds ids of no class: {', '.join(unknown)}; ids are 0 to {NUM_CLASSES - 1}."
        )


def encode_label_map(labels: NDArray[np.uint8]) -> bytes:
    """Give the palette PNG of a map, uint8 (H, W), in the classes' colors."""
    image = Image.fromarray(np.ascontiguousarray(labels)).convert("L")
    image.putpalette([part for label_class in LABEL_CLASSES for part in label_class.color])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def write_label_map(labels: NDArray[np.uint8], path: str | Path) -> None:
    """Write a map, uint8 (H, W), as a palette PNG in the classes' colors.

    Raises:
        OSError: The file cannot be written.
    """
    write_atomically(path, encode_label_map(labels))


def lay_over(
    image: NDArray[np.uint8], labels: NDArray[np.uint8], opacity: float = 0.5
) -> NDArray[np.uint8]:
    """Lay the classes' colors over a picture; what is unlabelled stays as it is.

    Args:
        image: uint8 (H, W, 3).
        labels: Ids, uint8 (H, W).
        opacity: Of the colors, 0 to 1.

    Returns:
        uint8 (H, W, 3).
    """
    colors = [label_class.color for label_class in LABEL_CLASSES]
    colored = mix_in(image, labels, colors, opacity)
    return np.where((labels == UNLABELLED)[..., None], image, colored)


def mix_in(
    image: NDArray[np.uint8],
    chosen: NDArray[np.uint8],
    colors: Sequence[tuple[int, int, int]],
    opacity: float,
) -> NDArray[np.uint8]:
    """Mix into each pixel of a picture one of some colors.

    Args:
        image: uint8 (H, W, 3).
        chosen: Which of the colors, uint8 (H, W).
        colors: RGB, 0 to 255.
        opacity: Of the colors, 0 to 1.

    Returns:
        uint8 (H, W, 3).
    """
    # All mixtures of a color with one of 256 values are few: no picture of fractions is made.
    mixed = (1 - opacity) * np.arange(256) + opacity * np.array(colors)[..., None]
    table: NDArray[np.uint8] = mixed.round().astype(np.uint8)
    return table[chosen[..., None], np.arange(3), image]
