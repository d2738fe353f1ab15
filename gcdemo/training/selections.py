"""What SC keeps while it is trained: instances and boxes, over either background."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from gcdemo.config import FINE_STRIDE, TrainConfig
from gcdemo.label_maps import to_grid
from gcdemo.selective_config import SelectiveConfig
from gcdemo.selective_model import FINE_PER_COARSE
from gcdemo.training.data import Batch, BatchSource, Choices, Picture, draw_channels

# Selections are drawn apart from the crops.
SELECTION_SEED = 7919
# Share of selections that keep nothing, and everything.
NOTHING, EVERYTHING = 0.12, 0.08
# Share of the map's instances that a selection of instances keeps (paper).
INSTANCE_SHARE = 0.25
# Share of crops with a map, and of those without, whose background is synthesised.
SYNTHESISED, SYNTHESISED_WITHOUT_MAP = 0.6, 0.1
# Share of thin files that hold a map although they need none.
THIN_WITH_MAP = 0.5
# Rates of the thin latent, and how often each is drawn: the first two are what files have.
THIN_CHANNELS, THIN_CHANCES = (2, 4, 8, 16), (0.45, 0.35, 0.1, 0.1)


def draw_instances(grid: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Keep each instance of a label map with a chance of 25 %: the paper's RI.

    Args:
        grid: uint8 (rows, columns); an instance is a region of one class that is labelled.
        rng: Of the crop.

    Returns:
        Bool (rows, columns).
    """
    kept = np.zeros(grid.shape, bool)
    for label in np.unique(grid[grid > 0]):
        regions, count = ndimage.label(grid == label)
        kept |= np.isin(regions, 1 + np.flatnonzero(rng.random(count) < INSTANCE_SHARE))
    return kept


def draw_box_of_cells(rows: int, columns: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Keep one uniformly placed box, bool (rows, columns): the paper's RB."""
    kept = np.zeros((rows, columns), bool)
    (top, bottom), (left, right) = (
        sorted(rng.choice(length + 1, 2, replace=False)) for length in (rows, columns)
    )
    kept[top:bottom, left:right] = True
    return kept


def draw_kept(grid: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw what is kept of a crop, bool shaped as its map on the fine grid."""
    chance = rng.random()
    if chance < NOTHING:
        return np.zeros(grid.shape, bool)
    if chance < NOTHING + EVERYTHING:
        return np.ones(grid.shape, bool)
    if grid.any() and rng.random() < 0.5:
        return draw_instances(grid, rng)
    return draw_box_of_cells(grid.shape[0], grid.shape[1], rng)


class SelectiveSource(BatchSource):
    """Batches of SC: crops, label maps, and what is kept of each."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        config: TrainConfig,
        model_config: SelectiveConfig,
        rank: int = 0,
    ) -> None:
        """Serve crops of `pictures`; processes of different `rank` see different ones."""
        base = model_config.base
        super().__init__(
            pictures,
            config,
            base.latent_channels,
            nested_rates=base.nested_rates,
            rank=rank,
        )
        self.model_config = model_config

    def batch(self, index: int) -> Batch:
        """Give the batch of that index, always the same."""
        batch = super().batch(index)
        rng = np.random.default_rng((self.config.seed + SELECTION_SEED, self.rank, index))
        count, config = len(batch.x), self.model_config
        cells = self.config.crop // FINE_STRIDE
        if batch.labels is None:
            grids = np.zeros((count, cells, cells), np.uint8)
        else:
            grids = np.stack([to_grid(labels) for labels in batch.labels.numpy().astype(np.uint8)])
        kept = np.stack([draw_kept(grid, rng) for grid in grids])
        with_map = grids.any(axis=(1, 2))
        synthesised = rng.random(count) < np.where(
            with_map, SYNTHESISED, SYNTHESISED_WITHOUT_MAP if config.thin else 1.0
        )
        if config.thin:
            told = synthesised | (rng.random(count) < THIN_WITH_MAP)
            grids[~told] = 0
        channels, detail_channels = batch.channels, np.full(count, config.detail_channels)
        if config.base.nested_rates:
            channels = torch.from_numpy(rng.choice(THIN_CHANNELS, count, p=THIN_CHANCES))
            channels = channels.clamp(max=config.base.latent_channels)
            detail_channels = draw_channels(rng, count, config.detail_channels)
        fine = (config.noise_channels, cells, cells)
        coarse = (config.noise_channels, cells // FINE_PER_COARSE, cells // FINE_PER_COARSE)
        choices = Choices(
            torch.from_numpy(kept)[:, None],
            torch.from_numpy(grids).long(),
            torch.from_numpy(~synthesised & config.thin),
            torch.from_numpy(detail_channels),
            torch.from_numpy(rng.standard_normal((count, *coarse), np.float32)),
            torch.from_numpy(rng.standard_normal((count, *fine), np.float32)),
        )
        return batch._replace(channels=channels, choices=choices)
