"""EfficientNet-Lite0: the published network, from the published weights."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from gcdemo.efficientnet import (
    ALL_TAP_CHANNELS,
    PACKAGE,
    PACKAGED_FILE,
    TAP_CHANNELS,
    EfficientNetTaps,
    _Block,
    _FoldedConv,
    blank_weights,
    load_efficientnet,
)
from gcdemo.errors import CheckpointError
from gcdemo.images import load_image
from gcdemo.samples import SAMPLES_FOLDER

# ImageNet's numbers.
CATS, CUPS_OF_COFFEE = range(281, 286), (504, 967, 968)
# The published stages that no tap needs: (stride, blocks).
REST = ((2, 4), (1, 1))


@pytest.fixture(scope="module")
def state():
    path = Path(find_spec(PACKAGE).origin).parent / PACKAGED_FILE
    return torch.load(path, weights_only=True)


@pytest.mark.parametrize(
    ("sample", "classes"), [("chelsea.png", CATS), ("coffee.jpg", CUPS_OF_COFFEE)]
)
def test_the_trunk_carries_a_network_that_knows_what_it_sees(state, sample, classes):
    x = torch.from_numpy(load_image(SAMPLES_FOLDER / sample)).permute(2, 0, 1)[None] / 127.5 - 1
    x = F.interpolate(x, (224, 224), mode="bilinear", antialias=True)
    y, index = load_efficientnet()(x)[-1], 11
    for stride, blocks in REST:
        for number in range(blocks):
            adds = number > 0
            y = _Block(state, f"_blocks.{index}", stride if number == 0 else 1, adds=adds)(y)
            index += 1
    y = _FoldedConv(state, "_conv_head", "_bn1", 1, clip=True)(y).mean((2, 3))
    assert int((y @ state["_fc.weight"].T + state["_fc.bias"]).argmax()) in classes


def test_taps_have_the_stated_channels_and_sizes():
    taps = load_efficientnet()(torch.zeros(2, 3, 64, 96))
    assert tuple(tap.shape[1] for tap in taps) == TAP_CHANNELS
    assert [tuple(tap.shape[2:]) for tap in taps] == [(32, 48), (16, 24), (8, 12), (4, 6), (4, 6)]


@pytest.mark.parametrize("size", [(64, 96), (45, 47), (33, 32)])
def test_a_stride_in_bf16_takes_the_same_places(size):
    trunk = load_efficientnet(num_stages=7)
    x = F.interpolate(torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)), size)
    with torch.autocast("cpu", torch.bfloat16):
        rough = trunk(2 * x - 1)
    for exact, tap in zip(trunk(2 * x - 1), rough, strict=True):
        assert tap.dtype is torch.bfloat16
        assert (tap.float() - exact).norm() < 0.05 * exact.norm()


def test_all_seven_stages_end_in_taps_down_to_a_thirty_second():
    taps = load_efficientnet(num_stages=7)(torch.zeros(1, 3, 64, 96))
    assert tuple(tap.shape[1] for tap in taps) == ALL_TAP_CHANNELS
    assert [tuple(tap.shape[2:]) for tap in taps[5:]] == [(2, 3), (2, 3)]


def test_blank_weights_have_the_published_shapes(state):
    blank = EfficientNetTaps(blank_weights(), 7).state_dict()
    loaded = EfficientNetTaps(state, 7).state_dict()
    assert {n: v.shape for n, v in blank.items()} == {n: v.shape for n, v in loaded.items()}


def test_only_pictures_get_a_gradient():
    trunk = load_efficientnet()
    assert not any(parameter.requires_grad for parameter in trunk.parameters())
    x = torch.randn(1, 3, 32, 32, requires_grad=True)
    sum(tap.sum() for tap in trunk(x)).backward()
    assert x.grad.abs().sum() > 0


def test_a_file_beside_the_other_backbones_goes_first(state, tmp_path):
    torch.save({name: torch.zeros_like(value) for name, value in state.items()}, tmp_path / "x")
    (tmp_path / "x").rename(tmp_path / "efficientnet_lite0.pth")
    assert load_efficientnet(tmp_path)(torch.ones(1, 3, 32, 32))[0].abs().sum() == 0


def test_other_weights_are_refused(state, tmp_path):
    with pytest.raises(CheckpointError, match="EfficientNet-Lite0"):
        EfficientNetTaps({"_conv_stem.weight": state["_conv_stem.weight"]})
    torch.save({"epoch": 3}, tmp_path / "efficientnet_lite0.pth")
    with pytest.raises(CheckpointError, match="more than weights"):
        load_efficientnet(tmp_path)
