"""AlexNet and VGG16: where their weights are found, and that LPIPS in them is its authors'."""

import dataclasses
import hashlib
import warnings
from types import SimpleNamespace

import pytest
import torch

from gcdemo import lpips_trunks
from gcdemo.errors import CheckpointError
from gcdemo.evaluation.metrics import load_lpips
from gcdemo.lpips_trunks import ALEXNET, VGG16, load_linear, load_trunk
from gcdemo.pinned_files import PinnedFile

CHANNELS = {"AlexNet": (64, 192, 384, 256, 256), "VGG16": (64, 128, 256, 512, 512)}
TRUNKS = (ALEXNET, VGG16)
both_trunks = pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.label)


def random_state(trunk):
    """Weights of the right names and shapes; each filter sees all channels alike.

    So a file holds a view of a few numbers instead of 59 MB.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in trunk.build().state_dict().items()}
    state = {"classifier.1.bias": torch.zeros(3)}
    for name, shape in shapes.items():
        scale = 4 / shape[1:].numel() if len(shape) > 1 else 0.1
        few = (shape[0], 1, *shape[2:])[: len(shape)]
        state[f"features.{name}"] = (torch.randn(few, generator=generator) * scale).expand(shape)
    return state


def pinned(trunk, path):
    """The trunk as if a file had been published."""
    contents = path.read_bytes()
    file = PinnedFile(trunk.features.name, len(contents), hashlib.sha256(contents).hexdigest())
    return dataclasses.replace(trunk, features=file)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Torch's cache, empty; and no folder of trunks."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("GCDEMO_BACKBONES", raising=False)
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def folder(tmp_path):
    """A folder of trunks with both."""
    folder = tmp_path / "trunks"
    folder.mkdir()
    for trunk in TRUNKS:
        torch.save(random_state(trunk), folder / trunk.features.name)
    return folder


@both_trunks
def test_weights_are_found_in_the_folder_of_trunks_and_in_torchs_cache(
    trunk, folder, cache, monkeypatch
):
    path = folder / trunk.features.name
    trunk = pinned(trunk, path)
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    taps = load_trunk(trunk, folder)(x)
    assert tuple(tap.shape[1] for tap in taps) == CHANNELS[trunk.label]
    assert all((tap >= 0).all() and (tap > 0).any() for tap in taps)
    monkeypatch.setenv("GCDEMO_BACKBONES", str(folder))
    torch.testing.assert_close(load_trunk(trunk)(x), taps)
    monkeypatch.delenv("GCDEMO_BACKBONES")
    path.rename(cache / path.name)
    torch.testing.assert_close(load_trunk(trunk)(x), taps)


@both_trunks
def test_without_weights_and_leave_nothing_is_fetched(trunk, tmp_path, cache, monkeypatch):
    monkeypatch.setattr(lpips_trunks, "fetch", lambda *_: pytest.fail("fetched"))
    with pytest.raises(CheckpointError, match=rf"{trunk.features.name} .*--download"):
        load_trunk(trunk, tmp_path)


def test_with_leave_weights_are_fetched_once_into_torchs_cache(folder, cache, monkeypatch):
    path = folder / ALEXNET.features.name
    trunk = pinned(ALEXNET, path)
    monkeypatch.setattr(lpips_trunks, "PUBLISHED_AT", f"{folder.as_uri()}/")
    load_trunk(trunk, download=True)
    assert (cache / path.name).read_bytes() == path.read_bytes()
    path.unlink()
    load_trunk(trunk, download=True)


@both_trunks
def test_other_weights_of_the_same_name_are_refused(trunk, folder):
    with pytest.raises(CheckpointError, match="another file or cut short"):
        load_trunk(trunk, folder)
    size = (folder / trunk.features.name).stat().st_size
    same_size = dataclasses.replace(trunk.features, num_bytes=size)
    with pytest.raises(CheckpointError, match=rf"not {trunk.features.sha256[:12]}"):
        load_trunk(dataclasses.replace(trunk, features=same_size), folder)


def test_weights_of_another_network_are_refused(folder):
    path = folder / VGG16.features.name
    with pytest.raises(CheckpointError, match="AlexNet could not be loaded"):
        load_trunk(pinned(dataclasses.replace(ALEXNET, features=VGG16.features), path), folder)


@both_trunks
def test_names_begin_the_hash_as_torchvisions_do(trunk):
    stated = trunk.features.name.removesuffix(".pth").rpartition("-")[2]
    assert trunk.features.sha256.startswith(stated)
    assert len(trunk.features.sha256) == len(trunk.linear.sha256) == 64


@both_trunks
def test_the_authors_weights_of_the_channels_come_with_their_package(trunk):
    pytest.importorskip("lpips", reason="the lpips package is not installed")
    linear = load_linear(trunk)
    assert tuple(weights.shape[1] for weights in linear) == CHANNELS[trunk.label]
    assert all((weights >= 0).all() for weights in linear)


def test_without_the_package_a_folder_is_asked_and_then_a_sentence_given(tmp_path, monkeypatch):
    package = pytest.importorskip("lpips", reason="the lpips package is not installed")
    monkeypatch.setattr(lpips_trunks, "find_spec", lambda name: None)
    with pytest.raises(CheckpointError, match="pip install lpips"):
        load_linear(ALEXNET, tmp_path)
    (weights,) = (path for path in package.__path__)
    contents = (tmp_path.__class__(weights) / "weights/v0.1/alex.pth").read_bytes()
    (tmp_path / "lpips_alex_lin.pth").write_bytes(contents)
    assert len(load_linear(ALEXNET, tmp_path)) == 5


@pytest.mark.parametrize(("trunk", "name"), [(ALEXNET, "alex"), (VGG16, "vgg")])
def test_lpips_is_the_value_of_its_authors_package(trunk, name, folder, make_photo, monkeypatch):
    package = pytest.importorskip("lpips", reason="the lpips package is not installed")
    trunk = pinned(trunk, folder / trunk.features.name)
    with torch.device("meta"):
        features = trunk.build()
    state = random_state(trunk)
    del state["classifier.1.bias"]
    features.load_state_dict(
        {key.removeprefix("features."): value for key, value in state.items()}, assign=True
    )
    models = package.pretrained_networks.tv
    attribute = {"alex": "alexnet", "vgg": "vgg16"}[name]
    monkeypatch.setattr(models, attribute, lambda **_: SimpleNamespace(features=features))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls torch.load in ways of the past
        reference = package.LPIPS(net=name, pnet_rand=True, verbose=False)
    image, image_hat = make_photo(70, 90), make_photo(70, 90, seed=1)
    x, x_hat = (
        torch.from_numpy(array).permute(2, 0, 1)[None] / 127.5 - 1 for array in (image, image_hat)
    )
    with torch.inference_mode():
        expected = float(reference(x, x_hat))
        layers = list(reference.net(reference.scaling_layer(x)))
    # The deepest layers tell little of a distance in random weights: each is compared by itself.
    torch.testing.assert_close(load_trunk(trunk, folder)(x), layers)
    found = load_lpips(trunk, folder)(image, image_hat)
    assert expected > 0.01
    assert found == pytest.approx(expected, rel=1e-4)
