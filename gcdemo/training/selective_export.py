"""From an SC run to a weight file: averaged weights in fp16, and tables for every section."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gcdemo.errors import CheckpointError
from gcdemo.files import write_atomically
from gcdemo.label_maps import to_grid
from gcdemo.selective_checkpoints import SelectiveTables, save_selective
from gcdemo.selective_config import SelectiveConfig
from gcdemo.selective_model import SelectiveCompressor
from gcdemo.selective_tiling import Plan, encode_selective
from gcdemo.tiling import Precision
from gcdemo.training.contextfit import fit_tables
from gcdemo.training.data import Picture, draw_channels
from gcdemo.training.export import Exported
from gcdemo.training.mapfit import draw_maps, fit_map_tables
from gcdemo.training.selections import THIN_CHANCES, THIN_CHANNELS, draw_kept
from gcdemo.training.state import SavedRun


def collect_planes(
    network: SelectiveCompressor,
    pictures: Sequence[Picture],
    precision: Precision,
    seed: int = 0,
) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.uint8]]]:
    """Encode pictures at random rates with random selections, half of them on each background.

    Returns:
        Fine and thin symbols, uint8 (C, h, w) of differing C each; what is not stored holds L.
    """
    rng = np.random.default_rng(seed)
    config = network.config
    unknown = config.base.num_centers
    details, thin = [], []
    for picture in tqdm(pictures, desc="Encoding", unit="picture"):
        height, width = picture.image.shape[:2]
        labels = np.zeros((height, width), np.uint8) if picture.labels is None else picture.labels
        grid = to_grid(labels)
        plan = Plan(draw_kept(grid, rng), grid, bool(rng.random() < 0.5))
        drawn = int(rng.choice(THIN_CHANNELS, p=THIN_CHANCES))
        channels = min(drawn, config.base.latent_channels)
        number = int(draw_channels(rng, 1, config.detail_channels)[0])
        planes = encode_selective(network, picture.image, plan, channels, number, precision)
        details.append(np.where(plan.kept, planes.details, np.uint8(unknown)))
        thin.append(np.where(plan.stored, planes.thin, np.uint8(unknown)))
    return details, thin


def export_selective(
    saved: SavedRun,
    pictures: Sequence[Picture],
    target: Path,
    precision: Precision,
) -> Exported:
    """Write the weight file of an SC run.

    Args:
        saved: The run.
        pictures: Training pictures, labelled ones among them, that the tables are fitted to.
        target: The .safetensors file.
        precision: Where and how the encoders run.

    Raises:
        CheckpointError: The run is of GC.
    """
    config = saved.model_config
    if not isinstance(config, SelectiveConfig):
        raise CheckpointError("This is a run of GC, not of SC.")
    network = SelectiveCompressor(config)
    # The tables must fit the symbols that the rounded weights make.
    network.load_state_dict({k: v.half().float() for k, v in saved.averaged_weights.items()})
    network.eval().requires_grad_(False).to(precision.device)
    details, thin = collect_planes(network, pictures, precision)
    maps = fit_map_tables(draw_maps([p.labels for p in pictures if p.labels is not None]))
    base = config.base
    tables = SelectiveTables(
        labels=maps.labels,
        mask=maps.mask,
        details=fit_tables(details, config.detail_channels, base.num_centers),
        thin=fit_tables(thin, base.latent_channels, base.num_centers),
    )
    notes = {"steps": str(saved.values["step"]), "train_config": saved.train_config.to_json()}
    data = save_selective(network.cpu(), tables, notes)
    write_atomically(target, data)
    return Exported(target, hashlib.sha256(data).hexdigest(), len(data))
