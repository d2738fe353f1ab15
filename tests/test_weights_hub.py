"""Weights from a hub are pinned, fetched once, and refused unless they are the released ones."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import huggingface_hub.constants
import pytest

from gcdemo import checkpoints
from gcdemo.errors import CheckpointError
from gcdemo.weights_hub import WeightsRepo, fetch_weights, named_repo, weights_home

REVISION = "0123456789abcdef" * 2 + "01234567"
REPO = WeightsRepo("someone/weights", REVISION)
DATA = bytes(range(256)) * 40
SHA256 = hashlib.sha256(DATA).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    """Answers for one file as the Hub does: its size and commit first, then itself."""

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def _answer(self, with_body):
        self.server.asked.append(f"{self.command} {self.path}")
        if self.path != f"/someone/weights/resolve/{REVISION}/gc.safetensors":
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{hashlib.sha256(self.server.data).hexdigest()}"')
        self.send_header("Content-Length", str(len(self.server.data)))
        self.end_headers()
        if with_body:
            self.wfile.write(self.server.data)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.data, server.asked = DATA, []
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
    huggingface_hub.close_session()


@pytest.fixture
def environment(hub, tmp_path):
    return {
        "GCDEMO_HOME": str(tmp_path),
        "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}",
    }


def test_weights_are_fetched_once_and_kept(hub, environment):
    path = fetch_weights(REPO, "gc.safetensors", SHA256, environment)
    assert path.read_bytes() == DATA
    assert path.is_relative_to(environment["GCDEMO_HOME"])
    asked = len(hub.asked)
    assert asked
    assert fetch_weights(REPO, "gc.safetensors", SHA256, environment) == path
    assert len(hub.asked) == asked


def test_a_model_is_read_from_the_repository_that_is_named(environment, tmp_path, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GCDEMO_WEIGHTS_REPO", f"{REPO.repository}@{REPO.revision}")
    monkeypatch.delenv("GCDEMO_WEIGHTS", raising=False)
    path = checkpoints.find_weights("gc.safetensors", SHA256)
    assert path.read_bytes() == DATA
    own = tmp_path / "own"
    own.mkdir()
    (own / "gc.safetensors").write_bytes(DATA)
    monkeypatch.setenv("GCDEMO_WEIGHTS", str(own))
    assert checkpoints.find_weights("gc.safetensors", SHA256) == own / "gc.safetensors"


def test_another_file_is_refused_and_not_kept(hub, environment):
    hub.data = DATA[:-1] + b"x"
    with pytest.raises(CheckpointError, match=r"is not the file that was released.*not used"):
        fetch_weights(REPO, "gc.safetensors", SHA256, environment)
    assert not list(Path(environment["GCDEMO_HOME"]).rglob("*.safetensors"))
    hub.data = DATA
    assert fetch_weights(REPO, "gc.safetensors", SHA256, environment).read_bytes() == DATA


def test_a_kept_file_that_was_altered_is_fetched_anew(hub, environment):
    path = fetch_weights(REPO, "gc.safetensors", SHA256, environment)
    path.write_bytes(b"altered")
    assert fetch_weights(REPO, "gc.safetensors", SHA256, environment).read_bytes() == DATA


def test_what_the_repository_does_not_have_is_told(environment):
    with pytest.raises(CheckpointError, match=r"sc\.safetensors of someone/weights cannot"):
        fetch_weights(REPO, "sc.safetensors", SHA256, environment)


def test_a_hub_that_may_not_be_asked_is_told(environment, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(CheckpointError, match="cannot be reached"):
        fetch_weights(REPO, "gc.safetensors", SHA256, environment)


def test_a_repository_is_named_with_its_commit():
    assert named_repo({}) is None
    named = {"GCDEMO_WEIGHTS_REPO": f"someone/weights@{REVISION}"}
    assert named_repo(named) == REPO
    assert named_repo({**named, "GCDEMO_WEIGHTS": "weights/"}) is None


@pytest.mark.parametrize(
    "named",
    [
        "someone/weights",
        "someone/weights@main",
        f"someone/weights@{REVISION[:12]}",
        f"weights@{REVISION}",
        f"../weights/x@{REVISION}",
        f"someone/weights@{REVISION}\n",
        f"https://huggingface.co/someone/weights@{REVISION}",
    ],
)
def test_any_other_name_is_refused(named):
    with pytest.raises(CheckpointError, match="OWNER/NAME@COMMIT"):
        named_repo({"GCDEMO_WEIGHTS_REPO": named})


def test_each_commit_has_a_folder_of_its_own(tmp_path):
    other = WeightsRepo("someone/weights", REVISION[::-1])
    environment = {"GCDEMO_HOME": str(tmp_path)}
    assert weights_home(REPO, environment) != weights_home(other, environment)
