"""Segment Anything in small: the package's own modules, a few thousand random weights."""

import hashlib
import io

import torch
from segment_anything.modeling import (
    ImageEncoderViT,
    MaskDecoder,
    PromptEncoder,
    Sam,
    TwoWayTransformer,
)

from gcdemo.pinned_files import PinnedFile
from gcdemo.selection.hub import Checkpoint
from gcdemo.selection.sam import SamModel

SIDE, PATCH, WIDTH = 64, 16, 16


def build():
    """Give the network, untrained."""
    encoder = ImageEncoderViT(
        img_size=SIDE, patch_size=PATCH, embed_dim=WIDTH, depth=1, num_heads=2, out_chans=WIDTH
    )
    grid = SIDE // PATCH
    prompts = PromptEncoder(WIDTH, (grid, grid), (SIDE, SIDE), mask_in_chans=4)
    transformer = TwoWayTransformer(depth=1, embedding_dim=WIDTH, num_heads=2, mlp_dim=WIDTH)
    decoder = MaskDecoder(transformer_dim=WIDTH, transformer=transformer)
    return Sam(encoder, prompts, decoder)


def checkpoint_bytes():
    """Give the file of a network with fixed random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build()
    buffer = io.BytesIO()
    torch.save(network.state_dict(), buffer)
    return buffer.getvalue()


def checkpoint_of(data):
    """Pin a file as the released one is pinned."""
    digest = hashlib.sha256(data).hexdigest()
    return Checkpoint(
        "someone/small", "0" * 40, "checkpoints", PinnedFile("small.pth", len(data), digest)
    )


def model_of(data):
    """Give the model whose checkpoint is this file."""
    return SamModel(checkpoint_of(data), build)
