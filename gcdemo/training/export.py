"""From a run to a weight file: averaged weights in fp16, and the tables of their symbols."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gcdemo.bitstream.contexts import ContextTables
from gcdemo.bitstream.symbols import encode_symbols
from gcdemo.checkpoints import save_model
from gcdemo.codecs.base import bpp
from gcdemo.config import ModelConfig
from gcdemo.errors import CheckpointError
from gcdemo.files import write_atomically
from gcdemo.model import GenerativeCompressor
from gcdemo.tiling import Precision, encode_image
from gcdemo.training.contextfit import fit_tables
from gcdemo.training.data import Picture
from gcdemo.training.state import SavedRun

# Header and checksum of a file below 4096 x 4096, see FORMAT.md.
FRAME_BYTES = 12
# Pictures on which the rates are measured: enough for the second digit.
RATE_PICTURES = 24


@dataclass(frozen=True, slots=True)
class Exported:
    """A weight file that was written."""

    path: Path
    sha256: str
    num_bytes: int


def averaged_network(saved: SavedRun) -> GenerativeCompressor:
    """Build the run's averaged networks with weights rounded to fp16, as they will be shipped.

    The tables must fit the symbols that the rounded weights make.

    Raises:
        CheckpointError: The run is of other networks.
    """
    if not isinstance(saved.model_config, ModelConfig):
        raise CheckpointError("This is a run of SC, not of GC.")
    network = GenerativeCompressor(saved.model_config)
    network.load_state_dict({k: v.half().float() for k, v in saved.averaged_weights.items()})
    return network.eval().requires_grad_(False)


def collect_symbols(
    network: GenerativeCompressor,
    pictures: Sequence[Picture],
    precision: Precision,
    rates_per_picture: int,
    seed: int = 0,
) -> list[NDArray[np.uint8]]:
    """Encode pictures at random rates, powers of two half of the time.

    Returns:
        Symbols uint8 (C, h, w) of differing C, `rates_per_picture` for each picture.
    """
    rng = np.random.default_rng(seed)
    largest = network.config.latent_channels
    powers = [c for c in (2, 4, 8, 16) if c <= largest]
    symbols = []
    for picture in tqdm(pictures, desc="Encoding", unit="picture"):
        for _ in range(rates_per_picture):
            channels = largest
            if network.config.nested_rates:
                every = rng.random() < 0.5
                channels = int(rng.integers(2, largest + 1) if every else rng.choice(powers))
            symbols.append(encode_image(network, picture.image, channels, precision))
    return symbols


def measure_rates(
    network: GenerativeCompressor,
    tables: ContextTables,
    pictures: Sequence[Picture],
    precision: Precision,
) -> dict[int, float]:
    """Give the mean bits per pixel of whole files at every C, over pictures not trained on."""
    largest = network.config.latent_channels
    rates = range(min(2, largest), largest + 1) if network.config.nested_rates else (largest,)
    totals = dict.fromkeys(rates, 0.0)
    for picture in tqdm(pictures, desc="Measuring rates", unit="picture"):
        height, width = picture.image.shape[:2]
        for channels in rates:
            symbols = encode_image(network, picture.image, channels, precision)
            num_bytes = len(encode_symbols(symbols, tables)) + FRAME_BYTES
            totals[channels] += bpp(num_bytes, width, height)
    return {channels: total / len(pictures) for channels, total in totals.items()}


def export_run(
    saved: SavedRun,
    pictures: Sequence[Picture],
    held_out: Sequence[Picture],
    target: Path,
    precision: Precision,
    rates_per_picture: int = 2,
) -> Exported:
    """Write the weight file of a run.

    Args:
        saved: The run.
        pictures: The training pictures, whose symbols the context tables are fitted to.
        held_out: Others, at least one, on which the rates are measured.
        target: The .safetensors file.
        precision: Where and how E runs.
        rates_per_picture: How many files' worth of symbols each picture gives.

    Raises:
        CheckpointError: The run is of SC.
    """
    network = averaged_network(saved).to(precision.device)
    symbols = collect_symbols(network, pictures, precision, rates_per_picture)
    config = network.config
    tables = fit_tables(symbols, config.latent_channels, config.num_centers)
    notes = {"steps": str(saved.values["step"]), "train_config": saved.train_config.to_json()}
    rates = measure_rates(network, tables, held_out, precision)
    data = save_model(network.cpu(), tables, notes, rates)
    write_atomically(target, data)
    return Exported(target, hashlib.sha256(data).hexdigest(), len(data))
