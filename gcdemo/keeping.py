"""Which cells of a picture are kept: the one rule between marked pixels and the fine grid."""

import numpy as np
from numpy.typing import NDArray

from gcdemo.config import FINE_STRIDE
from gcdemo.grids import fine_grid_shape


def kept_cells(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which cells are kept: those of whose pixels at least half are marked.

    What of a cell lies beyond the picture does not count, and a cell wholly beyond is not kept.

    Args:
        marked: True where a pixel is to be kept, bool (H, W).

    Returns:
        bool (rows, columns) on the fine grid, cells of 8x8 pixels.
    """
    height, width = marked.shape
    rows, columns = fine_grid_shape(height, width)
    beyond = ((0, rows * FINE_STRIDE - height), (0, columns * FINE_STRIDE - width))
    cells = np.pad(marked, beyond).reshape(rows, FINE_STRIDE, columns, FINE_STRIDE)
    count = cells.sum(axis=(1, 3), dtype=np.uint8)
    area = np.multiply.outer(_inside(rows, height), _inside(columns, width))
    kept: NDArray[np.bool_] = (2 * count >= area) & (area > 0)
    return kept


def _inside(cells: int, pixels: int) -> NDArray[np.uint8]:
    """Count, for each cell along a side, its pixels that lie in the picture."""
    left = pixels - FINE_STRIDE * np.arange(cells)
    return np.clip(left, 0, FINE_STRIDE).astype(np.uint8)
