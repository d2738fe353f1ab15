"""Weight files: what is written is what is loaded, and nothing else is."""

import hashlib

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_models import TINY, flat_tables, tiny_network, write_weights

from gcdemo.checkpoints import load_model, save_model, weights_folder
from gcdemo.errors import CheckpointError, WrongModel
from gcdemo.released import MODELS, model_name_for
from gcdemo.selective_checkpoints import load_selective


def test_a_weight_file_gives_back_networks_tables_and_configuration(tmp_path):
    path = write_weights(tmp_path / "w.safetensors")
    loaded = load_model(path)
    assert loaded.network.config == TINY
    assert loaded.weights.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert loaded.weights.weight_hash == hashlib.sha256(path.read_bytes()).digest()[:2]
    assert loaded.tables.latent_channels == TINY.latent_channels
    for name, value in tiny_network().state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], value), name
    assert not loaded.network.training


def test_missing_foreign_and_altered_files_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="no weights"):
        load_model(tmp_path / "absent.safetensors")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CheckpointError, match="not a weight file"):
        load_model(tmp_path / "text")
    save_file({"a": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="does not say"):
        load_model(tmp_path / "other.safetensors")


def test_a_missing_or_extra_tensor_is_refused(tmp_path):
    path = write_weights(tmp_path / "w.safetensors")
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    tensors.pop("encoder.head.bias")
    save_file(tensors, tmp_path / "less.safetensors", metadata)
    with pytest.raises(CheckpointError, match="does not fit"):
        load_model(tmp_path / "less.safetensors")
    tensors = {**load_file(path), "extra": torch.zeros(1)}
    save_file(tensors, tmp_path / "more.safetensors", metadata)
    with pytest.raises(CheckpointError, match="does not fit"):
        load_model(tmp_path / "more.safetensors")


def test_a_released_name_refuses_other_bytes(tmp_path, monkeypatch):
    monkeypatch.setenv("GCDEMO_WEIGHTS", str(tmp_path))
    write_weights(tmp_path / MODELS[0].file)
    with pytest.raises(CheckpointError, match="hash differs"):
        load_model(MODELS[0].name)


def test_released_models_are_told_apart():
    assert len({record.id for record in MODELS}) == len(MODELS)
    assert len({record.name for record in MODELS}) == len(MODELS)
    assert len({record.sha256[:4] for record in MODELS}) == len(MODELS)
    assert {record.name: record.id for record in MODELS} == {"gc": 1, "gc-mse": 2, "sc": 3}


@pytest.mark.parametrize("record", MODELS, ids=lambda record: record.name)
def test_the_released_weights_are_here_and_small_enough(record):
    load = load_selective if record.name == "sc" else load_model
    loaded = load(record.name)
    parameters = sum(p.numel() for p in loaded.network.parameters())
    assert parameters <= 30_000_000
    assert (weights_folder() / record.file).stat().st_size <= 60_000_000
    assert (weights_folder() / record.file).with_suffix(".md").is_file()
    assert model_name_for(record.id, loaded.weights.weight_hash) == record.name


def test_unknown_weights_are_named_in_the_error():
    with pytest.raises(WrongModel, match="gc"):
        model_name_for(1, b"\x00\x00" if not MODELS[0].sha256.startswith("0000") else b"\x01\x00")
    with pytest.raises(WrongModel, match="abcd"):
        model_name_for(0, b"\xab\xcd")


def test_a_weight_file_keeps_the_rates_that_were_measured(tmp_path):
    network = tiny_network()
    data = save_model(network, flat_tables(4), {}, {2: 0.0125, 4: 0.02})
    (tmp_path / "x.safetensors").write_bytes(data)
    assert load_model(tmp_path / "x.safetensors").typical_bpp == {2: 0.0125, 4: 0.02}
    assert load_model(write_weights(tmp_path / "y.safetensors")).typical_bpp == {}
