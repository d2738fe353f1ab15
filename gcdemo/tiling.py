"""Pictures of any size through networks of bounded memory.

Both networks see only so many latent cells around a cell (`model.receptive_cells`). A tile that is
cut with that much of its surroundings therefore gives exactly what the whole picture would.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gcdemo.config import STRIDE
from gcdemo.devices import autocast
from gcdemo.grids import grid_shape
from gcdemo.model import GenerativeCompressor, receptive_cells
from gcdemo.tint import Tint

# Cells per side of a tile without its surroundings: 1536 pixels.
TILE_CELLS = 96


class Span(NamedTuple):
    """A stretch of cells along one side, and the larger stretch that decides it."""

    start: int
    stop: int
    outer_start: int
    outer_stop: int


class Precision(NamedTuple):
    """Where and how the networks run."""

    device: torch.device
    bf16: bool = False


def spans(cells: int, halo: int, tile: int = TILE_CELLS) -> list[Span]:
    """Cut a side of `cells` into tiles that overlap by `halo` on each inner border."""
    count = -(-cells // tile)
    edges = [round(index * cells / count) for index in range(count + 1)]
    return [
        Span(start, stop, max(0, start - halo), min(cells, stop + halo))
        for start, stop in pairwise(edges)
    ]


def tiles(rows: int, columns: int, halo: int, tile: int) -> Iterator[tuple[Span, Span]]:
    """Give the tiles of a grid of cells, each as its stretch of rows and of columns."""
    for y in spans(rows, halo, tile):
        for x in spans(columns, halo, tile):
            yield y, x


def to_tensor(image: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Give a picture as the networks read it: uint8 (H, W, 3) to float (1, 3, H, W) in [-1, 1]."""
    x = torch.tensor(image, device=device).permute(2, 0, 1)[None].float() / 127.5 - 1
    return x.contiguous(memory_format=torch.channels_last)


def to_image(x_hat: Tensor) -> NDArray[np.uint8]:
    """Give a picture of what G made: float (1, 3, H, W) in [-1, 1] to uint8 (H, W, 3)."""
    pixels = ((x_hat[0] + 1) * 127.5).round().clamp(0, 255).byte()
    image: NDArray[np.uint8] = pixels.permute(1, 2, 0).cpu().numpy()
    return image


def padded_part(image: NDArray[np.uint8], y: Span, x: Span) -> NDArray[np.uint8]:
    """Cut a tile with its surroundings; past the picture's end its last pixels repeat."""
    part = image[
        y.outer_start * STRIDE : y.outer_stop * STRIDE,
        x.outer_start * STRIDE : x.outer_stop * STRIDE,
    ]
    missing_rows = (y.outer_stop - y.outer_start) * STRIDE - part.shape[0]
    missing_columns = (x.outer_stop - x.outer_start) * STRIDE - part.shape[1]
    return np.pad(part, ((0, missing_rows), (0, missing_columns), (0, 0)), mode="edge")


def encode_image(
    model: GenerativeCompressor,
    image: NDArray[np.uint8],
    channels: int,
    precision: Precision,
    tile_cells: int = TILE_CELLS,
) -> NDArray[np.uint8]:
    """Give the symbols of a picture.

    Args:
        model: In evaluation mode, on the device of `precision`.
        image: uint8 (H, W, 3), any size from 1x1.
        channels: The rate C.
        precision: Where and how E runs.
        tile_cells: Cells per side of a tile.

    Returns:
        uint8 (C, h, w), with (h, w) the `grid_shape` of (H, W).
    """
    rows, columns = grid_shape(*image.shape[:2])
    symbols = np.empty((channels, rows, columns), np.uint8)
    halo = receptive_cells(model.config)[0]
    for y, x in tiles(rows, columns, halo, tile_cells):
        part = to_tensor(padded_part(image, y, x), precision.device)
        with autocast(precision.device, precision.bf16):
            coded = model.encode(part, channels)[0]
        inner = coded[:, y.start - y.outer_start :, x.start - x.outer_start :]
        height, width = y.stop - y.start, x.stop - x.start
        symbols[:, y.start : y.stop, x.start : x.stop] = inner[:, :height, :width].cpu().numpy()
    return symbols


def decode_image(
    model: GenerativeCompressor,
    symbols: NDArray[np.uint8],
    height: int,
    width: int,
    precision: Precision,
    tile_cells: int = TILE_CELLS,
    tint: Tint | None = None,
) -> NDArray[np.uint8]:
    """Give the picture of symbols: the mirror of `encode_image`.

    Args:
        model: In evaluation mode, on the device of `precision`.
        symbols: uint8 (C, h, w), with (h, w) the `grid_shape` of (height, width).
        height: Of the picture in pixels.
        width: Of the picture in pixels.
        precision: Where and how G runs.
        tile_cells: Cells per side of a tile.
        tint: What is added to what G makes; None: nothing.

    Returns:
        uint8 (height, width, 3).
    """
    rows, columns = symbols.shape[1:]
    image = np.empty((height, width, 3), np.uint8)
    halo = receptive_cells(model.config)[1]
    noise = draw_noise(model, rows, columns)
    for y, x in tiles(rows, columns, halo, tile_cells):
        outer = (slice(y.outer_start, y.outer_stop), slice(x.outer_start, x.outer_stop))
        part = torch.tensor(symbols[:, *outer], device=precision.device)[None]
        v = None if noise is None else noise[:, :, *outer].to(precision.device)
        with autocast(precision.device, precision.bf16):
            x_hat = model.decode(part, v)
        top, left = (y.start - y.outer_start) * STRIDE, (x.start - x.outer_start) * STRIDE
        target = image[y.start * STRIDE : y.stop * STRIDE, x.start * STRIDE : x.stop * STRIDE]
        inner = x_hat[:, :, top : top + target.shape[0], left : left + target.shape[1]]
        if tint is not None:
            inner = tint.added(inner, y.start * STRIDE, x.start * STRIDE)
        target[:] = to_image(inner)
    return image


def draw_noise(model: GenerativeCompressor, rows: int, columns: int) -> Tensor | None:
    """Draw v for a whole picture, so that tiles share it; the same for the same grid.

    Returns:
        Float (1, noise_channels, rows, columns); None for a G that reads none.
    """
    if model.config.noise_channels == 0:
        return None
    shape = (1, model.config.noise_channels, rows, columns)
    return torch.from_numpy(np.random.default_rng(0).standard_normal(shape, np.float32))
