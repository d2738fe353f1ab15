"""The checkpoint is fetched only when asked for, goes on where it stopped, and is checked."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from selection.small_sam import checkpoint_of

from gcdemo.errors import CheckpointError
from gcdemo.pinned_files import check
from gcdemo.selection.hub import SAM_VIT_B, fetch, find, may_download


@pytest.fixture
def checkpoint(small_file):
    return checkpoint_of(small_file)


def quiet(done, total):
    pass


def kept(environment):
    names = {path.name for path in Path(environment["GCDEMO_HOME"]).iterdir()}
    return sorted(names - {"small.pth.lock"})


def test_the_released_checkpoint_is_pinned():
    assert SAM_VIT_B.file.num_bytes == 375_042_383
    assert len(SAM_VIT_B.revision) == 40
    assert len(SAM_VIT_B.file.sha256) == 64


def test_finding_asks_nobody(hub, environment, checkpoint):
    assert find(checkpoint, environment) is None
    assert hub.asked == []


def test_what_is_fetched_is_the_file_and_is_kept(hub, environment, checkpoint, small_file):
    heard = []
    path = fetch(checkpoint, lambda done, total: heard.append((done, total)), environment)
    assert path.read_bytes() == small_file
    assert heard[-1] == (len(small_file), len(small_file))
    assert hub.asked == [(f"/someone/small/resolve/{'0' * 40}/checkpoints/small.pth", None)]
    assert find(checkpoint, environment) == path
    assert fetch(checkpoint, quiet, environment) == path
    assert len(hub.asked) == 1


def test_a_download_that_was_killed_goes_on_where_it_stopped(
    hub, environment, checkpoint, small_file
):
    home = Path(environment["GCDEMO_HOME"])
    home.mkdir()
    (home / "small.pth.part").write_bytes(small_file[:1000])
    heard = []
    path = fetch(checkpoint, lambda done, total: heard.append(done), environment)
    assert path.read_bytes() == small_file
    assert [wanted for _, wanted in hub.asked] == ["bytes=1000-"]
    assert heard[0] > 1000
    assert kept(environment) == ["small.pth"]


def test_a_connection_that_breaks_is_taken_up_again(
    hub, environment, checkpoint, small_file, monkeypatch
):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    hub.sent_at_most = len(small_file) // 3 + 1
    assert fetch(checkpoint, quiet, environment).read_bytes() == small_file
    starts = [wanted for _, wanted in hub.asked]
    assert len(starts) >= 2
    assert starts[1] is not None


def test_a_hub_without_ranges_sends_all_again(hub, environment, checkpoint, small_file):
    hub.honors_ranges = False
    home = Path(environment["GCDEMO_HOME"])
    home.mkdir()
    (home / "small.pth.part").write_bytes(b"x" * 1000)
    assert fetch(checkpoint, quiet, environment).read_bytes() == small_file


def test_another_file_of_the_same_size_is_refused_and_not_kept(
    hub, environment, checkpoint, small_file
):
    hub.data = small_file[:-1] + bytes([small_file[-1] ^ 1])
    with pytest.raises(CheckpointError, match="SHA-256"):
        fetch(checkpoint, quiet, environment)
    assert kept(environment) == []
    hub.data = small_file
    assert fetch(checkpoint, quiet, environment).read_bytes() == small_file


def test_a_part_longer_than_the_file_is_thrown_away(hub, environment, checkpoint, small_file):
    home = Path(environment["GCDEMO_HOME"])
    home.mkdir()
    (home / "small.pth.part").write_bytes(bytes(len(small_file) + 1))
    assert fetch(checkpoint, quiet, environment).read_bytes() == small_file


def test_a_missing_file_is_told_with_its_address(hub, environment, checkpoint):
    hub.data = None
    with pytest.raises(CheckpointError, match=f"{hub.address}/someone/small/.* answers 404"):
        fetch(checkpoint, quiet, environment)


def test_a_hub_that_is_not_there_is_told(environment, checkpoint, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    environment = {**environment, "HF_ENDPOINT": "http://127.0.0.1:9"}
    with pytest.raises(CheckpointError, match="another try"):
        fetch(checkpoint, quiet, environment)


def test_offline_is_told_as_such(environment, checkpoint, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CheckpointError, match="HF_HUB_OFFLINE"):
        fetch(checkpoint, quiet, environment)


def test_two_at_once_fetch_once(hub, environment, checkpoint):
    together = threading.Barrier(2, timeout=30)

    def run():
        together.wait()
        return fetch(checkpoint, quiet, environment)

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(run) for _ in range(2))
        assert first.result() == second.result()
    assert len(hub.asked) == 1


def test_a_path_by_hand_is_used_and_never_removed(hub, environment, checkpoint, tmp_path):
    path = tmp_path / "mine.pth"
    environment = {**environment, "GCDEMO_SAM": str(path)}
    assert find(checkpoint, environment) is None
    path.write_bytes(bytes(checkpoint.file.num_bytes))
    assert find(checkpoint, environment) == path
    with pytest.raises(CheckpointError, match="not used"):
        fetch(checkpoint, quiet, environment)
    assert path.exists()
    assert hub.asked == []


def test_a_path_by_hand_that_leads_nowhere_is_told_not_replaced(hub, environment, checkpoint):
    environment = {**environment, "GCDEMO_SAM": "/nowhere/sam.pth"}
    with pytest.raises(CheckpointError, match="/nowhere/sam"):
        fetch(checkpoint, quiet, environment)
    assert hub.asked == []


def test_a_file_that_the_hubs_own_client_fetched_is_found(checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    snapshot = tmp_path / "models--someone--small" / "snapshots" / checkpoint.revision
    (snapshot / "checkpoints").mkdir(parents=True)
    (snapshot / checkpoint.path).write_bytes(b"x")
    assert find(checkpoint, {"GCDEMO_HOME": str(tmp_path)}) == snapshot / checkpoint.path


@pytest.mark.parametrize("length", [0, 5])
def test_a_file_cut_short_is_told_by_its_size(checkpoint, tmp_path, length):
    (tmp_path / "cut").write_bytes(bytes(length))
    with pytest.raises(CheckpointError, match=f"{length} bytes"):
        check(checkpoint.file, tmp_path / "cut")


def test_downloading_is_allowed_by_one_word_alone():
    assert may_download({"GCDEMO_SAM": "download"})
    assert not may_download({})
    assert not may_download({"GCDEMO_SAM": "/a/path"})
