"""The segmenter's network: its shapes, and that every part of it counts."""

import pytest
import torch
from tiny_segmenter import tiny_segmenter

from gcdemo.label_classes import NUM_CLASSES


@pytest.mark.parametrize(("height", "width"), [(32, 32), (32, 96), (64, 32)])
def test_there_is_a_score_for_each_class_and_a_quarter_of_the_places(height, width):
    scores = tiny_segmenter()(torch.zeros(2, 3, height, width))
    assert scores.shape == (2, NUM_CLASSES, height // 4, width // 4)


def test_every_level_of_the_encoder_is_heard():
    network = tiny_segmenter().train().requires_grad_(True)
    network(torch.rand(2, 3, 64, 64)).square().sum().backward()
    assert [n for n, p in network.named_parameters() if not p.grad.abs().sum()] == []
