"""A small segmenter for tests: EfficientNet's shapes with random weights, a narrow pyramid."""

import torch

from gcdemo.efficientnet import ALL_TAP_CHANNELS, EfficientNetTaps, blank_weights
from gcdemo.networks.segmenter import SegmentationNetwork
from gcdemo.segmentation import save_segmenter


def tiny_segmenter(width=8, seed=0):
    """A network whose weights are exact in fp16, so that saving changes nothing."""
    torch.manual_seed(seed)
    encoder = EfficientNetTaps(blank_weights(), len(ALL_TAP_CHANNELS))
    for parameter in encoder.parameters():
        # Of a size that neither dies out nor grows over the encoder's depth.
        scale = (2 / parameter[0].numel()) ** 0.5 if parameter.dim() == 4 else 0.1
        parameter.normal_(0, scale)
    network = SegmentationNetwork(encoder, width).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.copy_(parameter.half().float())
    return network


def write_segmenter(path, threshold=0.25, seed=0):
    """Write a weight file and give its path."""
    path.write_bytes(save_segmenter(tiny_segmenter(seed=seed), threshold, {"steps": "0"}))
    return path
