"""What all tests share: synthetic pictures, a closed network, and one rule about skipping.

Four variables say what this machine has:
    GCDEMO_SHARED     folder of pictures and trunks that are not part of the repository; unset, a
                      folder named "shared" beside the repository; empty, there is none
    GCDEMO_BACKBONES  folder of the trunks' weights; unset, "backbones" in the shared folder
    CHROMIUM          the browser's program; unset, /usr/bin/chromium
    GCDEMO_CI         1: a test that is skipped has failed, so that nothing is left out unseen
"""

import ipaddress
import os
import socket
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[1]
STRICT = os.environ.get("GCDEMO_CI") == "1"
SHARED = os.environ.setdefault("GCDEMO_SHARED", str(REPOSITORY.parent / "shared"))
if SHARED:
    os.environ.setdefault("GCDEMO_BACKBONES", f"{SHARED}/backbones")

# Before anything is imported that reads them: no test may depend on, or write to, a person's home.
_HOME = tempfile.TemporaryDirectory(prefix="gcdemo-home-")
os.environ.update(
    HOME=_HOME.name,
    XDG_CACHE_HOME=f"{_HOME.name}/cache",
    XDG_CONFIG_HOME=f"{_HOME.name}/config",
    GRADIO_TEMP_DIR=f"{_HOME.name}/gradio",
    GRADIO_ANALYTICS_ENABLED="False",
    HF_HUB_OFFLINE="1",
)

# Times vary on a busy machine, and strict runs are to give the same result every time.
settings.register_profile("gcdemo", deadline=None, derandomize=STRICT)
settings.load_profile("gcdemo")


def _forbid_skip(report):
    """Turn a skip into a failure that says why, unless the machine was declared to lack it."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    declared = not SHARED and ("GCDEMO_SHARED" in reason or "GCDEMO_BACKBONES" in reason)
    if not declared:
        report.outcome = "failed"
        report.longrepr = f"GCDEMO_CI=1 allows no skip. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if STRICT:
        _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    if STRICT:
        _forbid_skip(report)
    return report


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing beyond this machine can be reached."""
    connect = socket.socket.connect

    def connect_here(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise RuntimeError(f"A test reached for the network: {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)


@pytest.fixture(scope="session")
def repository():
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared():
    """The folder of pictures and trunks outside the repository."""
    if not SHARED or not Path(SHARED).is_dir():
        pytest.skip("GCDEMO_SHARED does not name a folder")
    return Path(SHARED)


@pytest.fixture(scope="session")
def chromium():
    """The browser's program."""
    program = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    if not program.exists():
        pytest.skip(f"CHROMIUM: there is no browser at {program}")
    return program


@pytest.fixture
def rng():
    """Random numbers, the same in every run."""
    return np.random.default_rng(0)


def photo_like(height, width, seed=0):
    """Smooth colors, an edge and some grain: the nearest thing to a photo that needs no file."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 16
    phase = rng.uniform(0, 2 * np.pi, 3)
    waves = np.stack([np.sin(x + phase[0]), np.cos(y + phase[1]), np.sin(x + y + phase[2])], axis=2)
    waves[y > x + 1] *= -0.5
    grain = rng.normal(0, 8, waves.shape)
    return (128 + 80 * waves + grain).clip(0, 255).astype(np.uint8)


@pytest.fixture
def make_photo():
    """A function (height, width, seed=0) that gives a picture, uint8 (height, width, 3)."""
    return photo_like


@pytest.fixture(params=[(16, 16), (17, 33), (48, 64), (65, 49)], ids=lambda s: f"{s[1]}x{s[0]}")
def image(request):
    """Pictures whose sides do and do not divide by the stride of the networks."""
    return photo_like(*request.param)
