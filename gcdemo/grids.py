"""The grids of cells that stand for a picture: the latent's, and a fine one of twice as many."""

from gcdemo.config import STRIDE

# Reflection padding by one cell needs two.
MIN_CELLS = 2


def grid_shape(height: int, width: int) -> tuple[int, int]:
    """Give the rows and columns of the latent's grid.

    Args:
        height: Of the picture, in pixels, from 1.
        width: Likewise.
    """
    return max(MIN_CELLS, -(-height // STRIDE)), max(MIN_CELLS, -(-width // STRIDE))


def fine_grid_shape(height: int, width: int) -> tuple[int, int]:
    """Give the rows and columns of the fine grid, on which regions are marked and details coded."""
    rows, columns = grid_shape(height, width)
    return 2 * rows, 2 * columns
