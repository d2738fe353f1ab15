"""SC of pictures of any size through networks of bounded memory, tile by tile as GC's."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gcdemo.config import FINE_STRIDE, STRIDE
from gcdemo.devices import autocast
from gcdemo.grids import grid_shape
from gcdemo.model import receptive_cells
from gcdemo.selective_config import SelectiveConfig
from gcdemo.selective_model import FINE_PER_COARSE, Noise, Selection, SelectiveCompressor, Symbols
from gcdemo.tiling import (
    TILE_CELLS,
    Precision,
    Span,
    padded_part,
    tiles,
    to_image,
    to_tensor,
)

# The coarse picture at a pixel is made of the cells around its own.
LINEAR_REACH = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file of a picture keeps and knows, on the fine grid."""

    kept: NDArray[np.bool_]  # (rows, columns)
    labels: NDArray[np.uint8]  # (rows, columns), class ids
    thin: bool  # whether the coarse latent covers every cell

    @property
    def stored(self) -> NDArray[np.bool_]:
        """The coarse cells whose thin symbols a file holds, bool (h, w)."""
        rows, columns = (length // FINE_PER_COARSE for length in self.kept.shape)
        if self.thin:
            return np.ones((rows, columns), bool)
        quads = self.kept.reshape(rows, FINE_PER_COARSE, columns, FINE_PER_COARSE)
        return np.asarray(quads.any(axis=(1, 3)))


class Planes(NamedTuple):
    """The symbols of a picture; 0 where none is stored."""

    thin: NDArray[np.uint8]  # (C, h, w)
    details: NDArray[np.uint8]  # (D, 2 h, 2 w)


class Reach(NamedTuple):
    """How many coarse cells around a cell each result can depend on."""

    thin: int  # E's symbols
    details: int  # the detail encoder's
    picture: int  # G's pixels


def selective_reach(config: SelectiveConfig) -> Reach:
    """Give how far the networks see; a tile with that much around it gives the whole's result."""
    base = config.base
    thin, generator = receptive_cells(base)
    edge = (base.edge_kernel // 2) * base.patch
    steps = [base.patch * 2**i for i in range(len(config.detail_widths))]
    details = edge + sum(steps[:-1]) + FINE_STRIDE * (2 * config.detail_blocks + 1)
    reader = FINE_STRIDE + FINE_STRIDE
    strides = [config.label_stride * 2**i for i in range(len(config.label_widths))]
    labels = (config.label_kernel // 2) * config.label_stride + sum(strides[:-1])
    refinement = FINE_STRIDE * (1 + 2 * config.refinement_blocks)
    return Reach(
        thin,
        -(-details // STRIDE) + LINEAR_REACH + 1,
        generator - (-(max(reader, labels) + refinement) // STRIDE) + 1,
    )


def encode_selective(
    model: SelectiveCompressor,
    image: NDArray[np.uint8],
    plan: Plan,
    channels: int,
    detail_channels: int,
    precision: Precision,
    tile_cells: int = TILE_CELLS,
) -> Planes:
    """Give the symbols of a picture.

    Args:
        model: In evaluation mode, on the device of `precision`.
        image: uint8 (H, W, 3), any size from 1x1.
        plan: What is kept, for the picture's size.
        channels: The rate C of the thin latent.
        detail_channels: The rate of the details.
        precision: Where and how the encoders run.
        tile_cells: Coarse cells per side of a tile.
    """
    rows, columns = grid_shape(*image.shape[:2])
    reach = selective_reach(model.config)
    thin = np.zeros((channels, rows, columns), np.uint8)
    for y, x in tiles(rows, columns, reach.thin, tile_cells) if model.config.thin else ():
        selection = cut_selection(plan, y, x, precision)
        part = to_tensor(padded_part(image, y, x), precision.device)
        with autocast(precision.device, precision.bf16):
            coded = model.encode_thin(part, channels, selection)
        thin[:, y.start : y.stop, x.start : x.stop] = _inner(coded, y, x, 1)
    fine = FINE_PER_COARSE
    details = np.zeros((detail_channels, fine * rows, fine * columns), np.uint8)
    if not plan.kept.any():
        return Planes(thin, details)
    for y, x in tiles(rows, columns, reach.details, tile_cells):
        selection = cut_selection(plan, y, x, precision)
        part = to_tensor(padded_part(image, y, x), precision.device)
        with autocast(precision.device, precision.bf16):
            coded = model.encode_details(
                part, cut(thin, y, x, 1, precision), selection, detail_channels
            )
        target = details[:, fine * y.start : fine * y.stop, fine * x.start : fine * x.stop]
        target[:] = _inner(coded, y, x, fine)
    return Planes(thin, details)


def decode_selective(
    model: SelectiveCompressor,
    planes: Planes,
    plan: Plan,
    height: int,
    width: int,
    precision: Precision,
    tile_cells: int = TILE_CELLS,
) -> NDArray[np.uint8]:
    """Give the picture of symbols, uint8 (height, width, 3): the mirror of `encode_selective`."""
    rows, columns = planes.thin.shape[1:]
    image = np.empty((height, width, 3), np.uint8)
    coarse, fine = draw_noise(model.config.noise_channels, rows, columns)
    for y, x in tiles(rows, columns, selective_reach(model.config).picture, tile_cells):
        symbols = Symbols(
            cut(planes.thin, y, x, 1, precision),
            cut(planes.details, y, x, FINE_PER_COARSE, precision),
        )
        noise = Noise(cut(coarse, y, x, 1, precision), cut(fine, y, x, FINE_PER_COARSE, precision))
        with autocast(precision.device, precision.bf16):
            x_hat = model.decode(symbols, cut_selection(plan, y, x, precision), noise)
        top, left = (y.start - y.outer_start) * STRIDE, (x.start - x.outer_start) * STRIDE
        target = image[y.start * STRIDE : y.stop * STRIDE, x.start * STRIDE : x.stop * STRIDE]
        inner = x_hat[:, :, top : top + target.shape[0], left : left + target.shape[1]]
        target[:] = to_image(inner)
    return image


def draw_noise(
    channels: int, rows: int, columns: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw v of a whole picture on both grids, so that tiles share it; the same for equal sizes.

    Returns:
        Float32 (channels, rows, columns) and (channels, 2 rows, 2 columns).
    """
    rng = np.random.default_rng(0)
    coarse = rng.standard_normal((channels, rows, columns), np.float32)
    fine = (channels, FINE_PER_COARSE * rows, FINE_PER_COARSE * columns)
    return coarse, rng.standard_normal(fine, np.float32)


def cut(
    plane: NDArray[np.generic], y: Span, x: Span, cells: int, precision: Precision
) -> torch.Tensor:
    """Cut a tile with its surroundings out of (..., rows, columns), as a batch of one.

    Args:
        plane: Of a whole picture.
        y: The tile's coarse rows.
        x: Its coarse columns.
        cells: Cells of the plane for each coarse one, per side.
        precision: Says where it goes.
    """
    part = plane[
        ...,
        cells * y.outer_start : cells * y.outer_stop,
        cells * x.outer_start : cells * x.outer_stop,
    ]
    return torch.tensor(part, device=precision.device)[None]


def cut_selection(plan: Plan, y: Span, x: Span, precision: Precision) -> Selection:
    """Cut a tile with its surroundings out of a plan, as a batch of one."""
    return Selection(
        cut(plan.kept, y, x, FINE_PER_COARSE, precision)[:, None],
        cut(plan.labels, y, x, FINE_PER_COARSE, precision).long(),
        torch.tensor([plan.thin], device=precision.device),
    )


def _inner(coded: torch.Tensor, y: Span, x: Span, cells: int) -> NDArray[np.uint8]:
    """Cut the tile itself out of its symbols (1, C, h, w)."""
    top, left = cells * (y.start - y.outer_start), cells * (x.start - x.outer_start)
    height, width = cells * (y.stop - y.start), cells * (x.stop - x.start)
    inner: NDArray[np.uint8] = coded[0, :, top : top + height, left : left + width].cpu().numpy()
    return inner
