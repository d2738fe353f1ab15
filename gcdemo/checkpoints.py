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
from torch import Tensor

from gcdemo.bitstream.contexts import ContextTables
from gcdemo.config import ModelConfig
from gcdemo.errors import CheckpointError, WrongModel
from gcdemo.model import GenerativeCompressor

CONTEXTS_PREFIX = "contexts."
# Weights that are not in the table below carry this id: only their hash tells them apart.
CUSTOM_ID = 0


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Weights that we ship."""

    id: int  # in every file; written by hand and never used again for other networks
    name: str
    label: str
    file: str  # in the folder of weights
    sha256: str


MODELS: tuple[ModelRecord, ...] = (
    ModelRecord(
        1,
        "gc",
        "GC",
        "gc.safetensors",
        "cc4168ab7c4657450af915450cc6a035019387a0842630ebf7ec2811b7d08b13",
    ),
    ModelRecord(
        2,
        "gc-mse",
        "GC, MSE only",
        "gc-mse.safetensors",
        "33bba5d4d7e5f6b1db2a424b8b7b8b3cd962000c9a01db0ed6637d2daafa18cd",
    ),
)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Networks and tables, ready to code."""

    model_id: int
    name: str
    label: str
    sha256: str  # of the weight file, hexadecimal
    network: GenerativeCompressor  # in evaluation mode, float32, on the CPU until moved
    tables: ContextTables
    typical_bpp: Mapping[int, float]  # mean rate of whole files for each C; empty: not measured

    @property
    def weight_hash(self) -> bytes:
        """The first two bytes of the weight file's hash, as every coded file states them."""
        return bytes.fromhex(self.sha256[:4])


def weights_folder() -> Path:
    """Give the folder of the shipped weights: GCDEMO_WEIGHTS, else `weights` beside the package."""
    if configured := os.environ.get("GCDEMO_WEIGHTS"):
        return Path(configured)
    return Path(__file__).resolve().parent.parent / "weights"


def find_record(name: str) -> ModelRecord | None:
    """Give the shipped model of that name, or None."""
    return next((record for record in MODELS if record.name == name), None)


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
    tensors = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    for name, array in tables.to_arrays().items():
        tensors[CONTEXTS_PREFIX + name] = torch.from_numpy(np.ascontiguousarray(array))
    metadata = {
        "config": network.config.to_json(),
        "notes": json.dumps(dict(notes), sort_keys=True),
        "typical_bpp": json.dumps({str(c): round(bpp, 6) for c, bpp in typical_bpp.items()}),
    }
    return save(tensors, metadata)


def load_model(name_or_path: str | Path) -> LoadedModel:
    """Load shipped weights by name, or any weight file by path, on the CPU.

    Raises:
        CheckpointError: The file is missing, altered, or does not hold one of our models.
    """
    record = find_record(str(name_or_path))
    path = weights_folder() / record.file if record else Path(name_or_path)
    if not path.is_file():
        names = ", ".join(r.name for r in MODELS)
        raise CheckpointError(f"There are no weights {path}; the models by name are: {names}.")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if record and sha256 != record.sha256:
        raise CheckpointError(f"{path} is not the file that was released: its hash differs.")
    network, tables, typical_bpp = _read(path)
    return LoadedModel(
        record.id if record else CUSTOM_ID,
        record.name if record else path.stem,
        record.label if record else path.stem,
        sha256,
        network,
        tables,
        typical_bpp,
    )


def _read(path: Path) -> tuple[GenerativeCompressor, ContextTables, Mapping[int, float]]:
    try:
        with safe_open(path, "pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is not a weight file: {error}") from error
    if "config" not in metadata:
        raise CheckpointError(f"{path} does not say which networks it is for.")
    network = GenerativeCompressor(ModelConfig.from_json(metadata["config"]))
    weights = {n: t.float() for n, t in tensors.items() if not n.startswith(CONTEXTS_PREFIX)}
    arrays = {
        name.removeprefix(CONTEXTS_PREFIX): tensor.numpy()
        for name, tensor in tensors.items()
        if name.startswith(CONTEXTS_PREFIX)
    }
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"{path} does not fit its own configuration: {error}") from error
    tables = ContextTables.from_arrays(arrays)
    return network.eval().requires_grad_(False), tables, _typical_bpp(path, metadata)


def _typical_bpp(path: Path, metadata: Mapping[str, str]) -> Mapping[int, float]:
    try:
        stored = json.loads(metadata.get("typical_bpp", "{}"))
        return MappingProxyType({int(c): float(bpp) for c, bpp in stored.items()})
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} states its rates in a way that cannot be read.") from error


def model_name_for(model_id: int, weight_hash: bytes) -> str:
    """Give the name of the shipped model that a coded file asks for.

    Raises:
        WrongModel: It asks for weights that were not shipped with this version.
    """
    for record in MODELS:
        if record.id == model_id and record.sha256.startswith(weight_hash.hex()):
            return record.name
    known = [record.name for record in MODELS if record.id == model_id]
    if known:
        raise WrongModel(
            f"The file was made with other weights of the model {known[0]} "
            f"(they begin with {weight_hash.hex()}) than the ones installed here."
        )
    raise WrongModel(
        f"The file was made with weights that are not shipped ({weight_hash.hex()}); "
        "name their file to read it."
    )
