"""The preset `paper` is the published architecture."""

import dataclasses

import pytest
import torch
from torch import nn

from gcdemo.config import PRESETS, ModelConfig
from gcdemo.model import GenerativeCompressor
from gcdemo.networks.blocks import ResidualBlock
from gcdemo.selective_config import SELECTIVE_PRESETS
from gcdemo.selective_model import SelectiveCompressor


def convolution_weights(module: nn.Module) -> int:
    kinds = (nn.Conv2d, nn.ConvTranspose2d)
    return sum(m.weight.numel() for m in module.modules() if isinstance(m, kinds))


@pytest.fixture(scope="module")
def paper():
    with torch.device("meta"):
        return GenerativeCompressor(PRESETS["paper"])


def test_the_encoder_has_5_53_million_weights(paper):
    # 49*3*60 + 9*(60*120 + 120*240 + 240*480 + 480*960) + 9*960*2
    assert convolution_weights(paper.encoder) == 5_534_100


def test_the_generator_has_154_8_million_weights(paper):
    # 9*2*960 + 18*9*960**2 + 9*(960*480 + 480*240 + 240*120 + 120*60) + 49*60*3
    assert convolution_weights(paper.generator) == 154_833_300
    blocks = [m for m in paper.generator.modules() if isinstance(m, ResidualBlock)]
    assert len(blocks) == 9
    assert round(sum(map(convolution_weights, blocks)) / 1e6, 1) == 149.3


def test_neither_norm_nor_relu_stands_before_the_quantiser(paper):
    assert isinstance(paper.encoder.head, nn.Conv2d)


def test_all_five_symbols_occur():
    torch.manual_seed(0)
    narrow = dataclasses.replace(
        PRESETS["paper"], encoder_widths=(6, 12, 24, 48, 96), generator_widths=(6, 12, 24, 48, 96)
    )
    model = GenerativeCompressor(narrow).eval()
    # E's last layer as wide of spread as its 960 published inputs make it.
    nn.init.normal_(model.encoder.head.weight, std=0.05)
    symbols = model.encode(torch.rand(2, 3, 256, 256) * 2 - 1, channels=2)
    assert set(symbols.unique().tolist()) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"paper"}))
def test_what_we_train_has_at_most_30_million_weights(name):
    with torch.device("meta"):
        model = GenerativeCompressor(PRESETS[name])
    assert sum(p.numel() for p in model.parameters()) <= 30_000_000


def test_the_papers_norm_is_instance_norm_and_ours_is_not(paper):
    assert any(isinstance(m, nn.InstanceNorm2d) for m in paper.modules())
    with torch.device("meta"):
        small = GenerativeCompressor(PRESETS["small"])
    assert not any(isinstance(m, nn.InstanceNorm2d) for m in small.modules())
    assert ModelConfig().normalization == "channel"


@pytest.fixture(scope="module")
def selective_paper():
    with torch.device("meta"):
        return SelectiveCompressor(SELECTIVE_PRESETS["sc-paper"])


def test_the_label_encoder_is_the_published_one_for_our_classes(selective_paper):
    expected = 49 * 11 * 60 + 9 * (60 * 120 + 120 * 240 + 240 * 480 + 480 * 960)
    assert convolution_weights(selective_paper.label_encoder) == expected == 5_540_340


def test_scs_image_encoder_ends_at_an_eighth_and_is_read_back_to_960_channels(selective_paper):
    # c7s1-60, d120, d240, d480, c3s1-C, then q, then c3s1-480, d960
    expected = 49 * 3 * 60 + 9 * (60 * 120 + 120 * 240 + 240 * 480) + 9 * 480 * 8
    assert convolution_weights(selective_paper.detail_encoder) == expected == 1_404_180
    assert convolution_weights(selective_paper.detail_reader) == 9 * (8 * 480 + 480 * 960)


def test_scs_generator_reads_960_channels_of_each_beside_gcs_own_layers(paper, selective_paper):
    of_gc = convolution_weights(paper.generator) - 9 * 2 * 960
    assert convolution_weights(selective_paper.generator) == of_gc + 9 * 2 * 960 * 960
    assert not hasattr(selective_paper, "encoder")
