"""Weight files: one safetensors file holds networks, context tables and the configuration."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from gcdemo.bitstream.contexts import ContextTables
from gcdemo.config import ModelConfig
from gcdemo.errors import CheckpointError
from gcdemo.model import GenerativeCompressor
from gcdemo.released import MODELS, WeightsId, find_record
from gcdemo.weights_hub import fetch_weights, named_repo

CONTEXTS_PREFIX = "contexts."


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Networks and tables, ready to code."""

    weights: WeightsId
    network: GenerativeCompressor  # in evaluation mode, float32, on the CPU until moved
    tables: ContextTables
    typical_bpp: Mapping[int, float]  # mean rate of whole files for each C; empty: not measured


def weights_folder() -> Path:
    """Give the folder of the shipped weights: GCDEMO_WEIGHTS, else `weights` beside the package."""
    if configured := os.environ.get("GCDEMO_WEIGHTS"):
        return Path(configured)
    return Path(__file__).resolve().parent.parent / "weights"


def find_weights(file: str, sha256: str) -> Path:
    """Give a released file, checked: of the folder of weights, or from the Hub if so named.

    Raises:
        CheckpointError: It is missing or altered, or to be fetched and cannot be.
    """
    if repo := named_repo():
        return fetch_weights(repo, file, sha256)
    path = weights_folder() / file
    if _sha256(path) != sha256:
        raise CheckpointError(f"{path} is not the file that was released: its hash differs.")
    return path


def save_model(
    network: GenerativeCompressor,
    tables: ContextTables,
    notes: Mapping[str, str],
    typical_bpp: Mapping[int, float] = MappingProxyType({}),
) -> bytes:
    """Give the bytes of a weight file: fp16 weights, integer tables, the configuration.

    Args:
        network: The networks.
        tables: The context tables of its symbols.
        notes: Facts about the training, kept as text in the file.
        typical_bpp: Mean rate of whole files of pictures not trained on, for each C measured.
    """
    metadata = {
        "config": network.config.to_json(),
        "notes": json.dumps(dict(notes), sort_keys=True),
        "typical_bpp": json.dumps({str(c): round(bpp, 6) for c, bpp in typical_bpp.items()}),
    }
    return save_tensors(network, {"": tables}, metadata)


def save_tensors(
    network: nn.Module, tables: Mapping[str, ContextTables], metadata: Mapping[str, str]
) -> bytes:
    """Give the bytes of a weight file of any kind.

    Args:
        network: Its state is stored as fp16.
        tables: By the group that `WeightFile.context_tables` asks for.
        metadata: Texts.
    """
    tensors = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    for group, table in tables.items():
        for name, array in table.to_arrays().items():
            key = CONTEXTS_PREFIX + group + name
            tensors[key] = torch.from_numpy(np.ascontiguousarray(array))
    return save(tensors, dict(metadata))


def read_tensors(path: Path) -> tuple[Mapping[str, str], Mapping[str, Tensor]]:
    """Read the texts and the arrays of a safetensors file.

    Raises:
        CheckpointError: It is missing or something else.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            return metadata, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise CheckpointError(f"There are no weights {path}.") from error
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is not a weight file: {error}") from error


@dataclass(frozen=True, slots=True)
class WeightFile:
    """What a weight file holds, before networks are made of it."""

    path: Path
    id: WeightsId
    metadata: Mapping[str, str]
    tensors: Mapping[str, Tensor]

    @property
    def config_text(self) -> str:
        """The configuration as JSON text.

        Raises:
            CheckpointError: There is none.
        """
        if "config" not in self.metadata:
            raise CheckpointError(f"{self.path} does not say which networks it is for.")
        return self.metadata["config"]

    @property
    def weights(self) -> Mapping[str, Tensor]:
        """What the networks are filled with, in float32."""
        return {n: t.float() for n, t in self.tensors.items() if not n.startswith(CONTEXTS_PREFIX)}

    def fill(self, network: nn.Module) -> None:
        """Give a network its weights and make it ready for inference.

        Raises:
            CheckpointError: They do not fit.
        """
        try:
            network.load_state_dict(self.weights)
        except RuntimeError as error:
            raise CheckpointError(
                f"{self.path} does not fit its own configuration: {error}"
            ) from error
        network.eval().requires_grad_(False)

    def context_tables(self, group: str = "") -> ContextTables:
        """Give the context tables whose arrays are named contexts.<group><array>.

        Raises:
            CheckpointError: They are missing or not as they must be.
        """
        prefix = CONTEXTS_PREFIX + group
        return ContextTables.from_arrays(
            {
                n.removeprefix(prefix): t.numpy()
                for n, t in self.tensors.items()
                if n.startswith(prefix)
            }
        )


def read_weight_file(name_or_path: str | Path) -> WeightFile:
    """Read shipped weights by name, or any weight file by path.

    Raises:
        CheckpointError: The file is missing, altered or no weight file.
    """
    record = find_record(str(name_or_path))
    path = find_weights(record.file, record.sha256) if record else Path(name_or_path)
    sha256 = record.sha256 if record else _sha256(path)
    metadata, tensors = read_tensors(path)
    return WeightFile(path, WeightsId.of(path.stem, sha256, record), metadata, tensors)


def load_model(name_or_path: str | Path) -> LoadedModel:
    """Load shipped weights of GC by name, or a weight file by path, on the CPU.

    Raises:
        CheckpointError: The file is missing, altered, or does not hold one of our models.
    """
    file = read_weight_file(name_or_path)
    network = GenerativeCompressor(ModelConfig.from_json(file.config_text))
    file.fill(network)
    return LoadedModel(
        file.id,
        network,
        file.context_tables(),
        _typical_bpp(file.path, file.metadata),
    )


def _typical_bpp(path: Path, metadata: Mapping[str, str]) -> Mapping[int, float]:
    try:
        stored = json.loads(metadata.get("typical_bpp", "{}"))
        return MappingProxyType({int(c): float(bpp) for c, bpp in stored.items()})
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} states its rates in a way that cannot be read.") from error


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        names = ", ".join(record.name for record in MODELS)
        raise CheckpointError(
            f"There are no weights {path}; the models by name are: {names}."
        ) from error
