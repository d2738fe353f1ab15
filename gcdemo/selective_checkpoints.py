"""Weight files of SC: its networks, and tables for each kind of section."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gcdemo.bitstream.contexts import ContextTables
from gcdemo.checkpoints import read_weight_file, save_tensors
from gcdemo.errors import CheckpointError
from gcdemo.released import WeightsId
from gcdemo.selective_config import SelectiveConfig
from gcdemo.selective_model import SelectiveCompressor


@dataclass(frozen=True, slots=True)
class SelectiveTables:
    """The probability models of a file's sections."""

    labels: ContextTables  # of label maps: one channel, a value for each class
    mask: ContextTables  # of which cells are kept: one channel, two values
    details: ContextTables  # of the fine symbols of kept cells
    thin: ContextTables  # of the coarse symbols

    def by_group(self) -> Mapping[str, ContextTables]:
        """Give them by the names under which weight files hold them."""
        return {
            "labels.": self.labels,
            "mask.": self.mask,
            "details.": self.details,
            "thin.": self.thin,
        }


@dataclass(frozen=True, slots=True)
class LoadedSelective:
    """SC's networks and tables, ready to code."""

    weights: WeightsId
    network: SelectiveCompressor  # in evaluation mode, float32, on the CPU until moved
    tables: SelectiveTables


def save_selective(
    network: SelectiveCompressor, tables: SelectiveTables, notes: Mapping[str, str]
) -> bytes:
    """Give the bytes of a weight file: fp16 weights, integer tables, the configuration.

    Args:
        network: The networks.
        tables: Of its sections.
        notes: Facts about the training, kept as text in the file.
    """
    metadata = {
        "config": network.config.to_json(),
        "notes": json.dumps(dict(notes), sort_keys=True),
    }
    return save_tensors(network, tables.by_group(), metadata)


def load_selective(name_or_path: str | Path) -> LoadedSelective:
    """Load shipped weights of SC by name, or a weight file by path, on the CPU.

    Raises:
        CheckpointError: The file is missing, altered, or does not hold SC's networks.
    """
    file = read_weight_file(name_or_path)
    config = SelectiveConfig.from_json(file.config_text)
    network = SelectiveCompressor(config)
    file.fill(network)
    tables = SelectiveTables(
        *(file.context_tables(group) for group in ("labels.", "mask.", "details.", "thin."))
    )
    if (
        tables.labels.num_centers != config.num_classes
        or tables.mask.num_centers != 2
        or tables.details.latent_channels < config.detail_channels
        or tables.thin.latent_channels < config.base.latent_channels
    ):
        raise CheckpointError(f"The context tables of {file.path} are not for its networks.")
    return LoadedSelective(file.id, network, tables)
