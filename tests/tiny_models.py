"""Small codecs for tests: random weights, tables in which every symbol is as likely."""

import numpy as np
import torch

from gcdemo.bitstream.contexts import ContextTables
from gcdemo.checkpoints import save_model
from gcdemo.config import PRESETS, ModelConfig
from gcdemo.model import GenerativeCompressor
from gcdemo.selective_checkpoints import SelectiveTables, save_selective
from gcdemo.selective_config import SELECTIVE_PRESETS, SelectiveConfig
from gcdemo.selective_model import SelectiveCompressor

TINY = PRESETS["tiny"]
TINY_SELECTIVE = SELECTIVE_PRESETS["sc-tiny"]
# As the paper's, without a thin latent, but narrow.
NARROW_SELECTIVE = SelectiveConfig(
    base=ModelConfig(
        encoder_widths=(4, 4, 4, 4, 4),
        generator_widths=(4, 4, 4, 4, 6),
        generator_blocks=1,
        normalization="instance",
    ),
    detail_widths=(4, 4, 4, 4),
    reader_width=4,
    label_widths=(4, 4, 4, 4, 6),
)


def flat_tables(channels, centers=5):
    """Tables without contexts."""
    return ContextTables(
        places=np.zeros((channels, 0, 2, 3), np.int8),
        rows=np.zeros((channels, 0, (centers + 1) ** 2, centers), np.int16),
        bias=np.zeros((channels, channels, centers), np.int16),
        responses=np.zeros((channels, 0, 1, centers), np.int16),
    )


def tiny_network(config=TINY, seed=0):
    """Networks whose weights are exact in fp16, so that saving changes nothing."""
    torch.manual_seed(seed)
    network = GenerativeCompressor(config).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.copy_(parameter.half().float())
    return network


def write_weights(path, config=TINY, seed=0):
    """Write a weight file and give its path."""
    network = tiny_network(config, seed)
    path.write_bytes(save_model(network, flat_tables(config.latent_channels), {"steps": "0"}))
    return path


def flat_selective_tables(config=TINY_SELECTIVE):
    """Tables without contexts for every section of SC."""
    return SelectiveTables(
        labels=flat_tables(1, config.num_classes),
        mask=flat_tables(1, 2),
        details=flat_tables(config.detail_channels),
        thin=flat_tables(config.base.latent_channels),
    )


def tiny_selective_network(config=TINY_SELECTIVE, seed=0):
    """SC's networks, with weights that are exact in fp16 and all of which count."""
    torch.manual_seed(seed)
    network = SelectiveCompressor(config).eval().requires_grad_(False)
    for parameter in network.parameters():
        if not parameter.any():
            parameter.normal_(std=0.1)
        parameter.copy_(parameter.half().float())
    return network


def write_selective_weights(path, config=TINY_SELECTIVE, seed=0):
    """Write a weight file of SC and give its path."""
    network = tiny_selective_network(config, seed)
    path.write_bytes(save_selective(network, flat_selective_tables(config), {"steps": "0"}))
    return path
