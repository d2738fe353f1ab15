import pytest
import torch
from torch import Tensor, nn


class TinyTrunk(nn.Module):
    """Two seeded convolutions with taps: computes in a millisecond what a trunk gives."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.first = nn.Conv2d(3, 6, 3, stride=2)
        self.second = nn.Conv2d(6, 8, 3, stride=2)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.5, generator=generator)

    def forward(self, x: Tensor) -> list[Tensor]:
        first = self.first(x).relu()
        return [first, self.second(first).relu()]


@pytest.fixture
def tiny_trunk():
    return TinyTrunk()


@pytest.fixture
def picture(make_photo):
    return make_photo(80, 96)


@pytest.fixture(scope="session")
def backbones(shared):
    """The folder with the trunks' published weights."""
    return shared / "backbones"


@pytest.fixture(scope="session")
def kodak(shared):
    """The Kodak pictures, for measuring only."""
    return sorted((shared / "eval" / "kodak").glob("*.png"))
