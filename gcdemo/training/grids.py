"""Sample grids: originals above what the networks make of them, to look at while they train."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from gcdemo.config import FINE_STRIDE
from gcdemo.label_maps import to_grid
from gcdemo.model import GenerativeCompressor
from gcdemo.selective_model import (
    FINE_PER_COARSE,
    Noise,
    Selection,
    SelectiveCompressor,
    Symbols,
)
from gcdemo.selective_tiling import draw_noise
from gcdemo.training.data import Picture

GRID_PICTURES = 6
GRID_SIDE = 192


def make_grid(
    model: GenerativeCompressor | SelectiveCompressor,
    pictures: Sequence[Picture],
    device: torch.device,
) -> Image.Image:
    """Draw the middle squares of the first pictures above their reconstructions.

    Args:
        model: In evaluation mode, on `device`.
        pictures: At least one, not trained on.
        device: Where the model runs.
    """
    pictures = pictures[:GRID_PICTURES]
    x = _middles([picture.image for picture in pictures], Image.Resampling.BICUBIC)
    x = x.permute(0, 3, 1, 2).float().to(device) / 127.5 - 1
    if isinstance(model, SelectiveCompressor):
        rows = _selective_rows(model, x, pictures)
    else:
        rows = _rows(model, x)
    tiles = torch.cat([torch.cat(list(row.cpu()), dim=2) for row in (x, *rows)], dim=1)
    pixels = ((tiles + 1) * 127.5).round().clamp(0, 255).byte()
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())


def _rows(model: GenerativeCompressor, x: Tensor) -> list[Tensor]:
    """Give the reconstructions at rising rates."""
    largest = model.config.latent_channels
    rates = sorted({c for c in (2, 4, 8, 16) if c < largest} | {largest})
    if not model.config.nested_rates:
        rates = [largest]
    return [model.decode(model.encode(x, channels)) for channels in rates]


def _selective_rows(
    model: SelectiveCompressor, x: Tensor, pictures: Sequence[Picture]
) -> list[Tensor]:
    """Give reconstructions that keep nothing, the middle, and everything, on each background."""
    labels = torch.zeros(len(x), *(side // FINE_STRIDE for side in x.shape[2:]), dtype=torch.long)
    for index, picture in enumerate(pictures):
        if picture.labels is not None:
            grid = to_grid(_middles([picture.labels], Image.Resampling.NEAREST)[0].numpy())
            labels[index] = torch.from_numpy(grid)
    nothing = torch.zeros(len(x), 1, *labels.shape[1:], dtype=torch.bool, device=x.device)
    middle = nothing.clone()
    quarter = labels.shape[1] // 4
    middle[:, :, quarter:-quarter, quarter:-quarter] = True
    planes = draw_noise(
        model.config.noise_channels, *(side // FINE_PER_COARSE for side in labels.shape[1:])
    )
    noise = Noise(*(torch.from_numpy(p)[None].repeat(len(x), 1, 1, 1).to(x.device) for p in planes))
    rows = []
    for thin in (False, True) if model.config.thin else (False,):
        for kept in (nothing, middle, ~nothing):
            selection = Selection(
                kept, labels.to(x.device), torch.full((len(x),), thin, device=x.device)
            )
            coarse = model.encode_thin(x, min(2, model.latent_channels), selection)
            details = model.encode_details(x, coarse, selection, model.config.detail_channels)
            rows.append(model.decode(Symbols(coarse, details), selection, noise))
    return rows


def _middles(images: Sequence[NDArray[np.uint8]], resampling: Image.Resampling) -> Tensor:
    """Give the middle squares of pictures or maps, uint8 (n, S, S) or (n, S, S, 3)."""
    crops = []
    for image in images:
        side = min(image.shape[:2])
        top, left = ((length - side) // 2 for length in image.shape[:2])
        square = Image.fromarray(image).crop((left, top, left + side, top + side))
        crops.append(np.asarray(square.resize((GRID_SIDE, GRID_SIDE), resampling)))
    return torch.from_numpy(np.stack(crops))
