"""A checkpoint in small, and the way to a hub on this machine."""

import huggingface_hub
import pytest
from selection import small_sam
from selection.stand_in_hub import serving


@pytest.fixture(scope="session")
def small_file():
    """The bytes of the small network's checkpoint."""
    return small_sam.checkpoint_bytes()


@pytest.fixture
def hub(small_file, monkeypatch):
    """A hub that serves the small checkpoint; this one may be reached."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 4096)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(small_file) as hub:
        yield hub
    huggingface_hub.close_session()


@pytest.fixture
def environment(hub, tmp_path):
    """An installation that keeps its files in a folder of the test and asks that hub."""
    return {"GCDEMO_HOME": str(tmp_path / "home"), "HF_ENDPOINT": hub.address}
