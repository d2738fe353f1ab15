from pathlib import Path

import pytest

VECTORS = Path(__file__).parent / "vectors"


@pytest.fixture(scope="session")
def vector():
    """A function that gives the bytes of a reference file by its name."""
    return lambda name: (VECTORS / f"{name}.bpg").read_bytes()


@pytest.fixture(scope="session")
def kodak(shared):
    """The Kodak pictures, for measuring only."""
    return sorted((shared / "eval" / "kodak").glob("*.png"))
