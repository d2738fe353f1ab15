"""The doctor's answers are those of the installation it looks at, and it leaves nothing behind."""

import hashlib
import json
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gcdemo.__main__ import app
from gcdemo.codecs.jxl import JxlCodec
from gcdemo.doctor import machine, parts, storage
from gcdemo.doctor.examine import examine
from gcdemo.doctor.finding import State
from gcdemo.quota import Quota
from gcdemo.released import ModelRecord
from gcdemo.search_trunks import TRUNK_FILES
from gcdemo.segmentation import FILE_NAME as SEGMENTER

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An installation of its own: weights, database and pictures below one folder."""
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "gc.safetensors").write_bytes(b"gc")
    for name in (*(trunk.file for trunk in TRUNK_FILES), SEGMENTER):
        shutil.copy(REQUIREMENTS.parent / "weights" / name, weights)
    record = ModelRecord(1, "gc", "GC", "gc.safetensors", hashlib.sha256(b"gc").hexdigest())
    monkeypatch.setattr(parts, "MODELS", (record,))
    for name, value in {
        "GCDEMO_WEIGHTS": str(weights),
        "GCDEMO_DATA": str(tmp_path / "data"),
        "GCDEMO_HOME": str(tmp_path / "home"),
        "GRADIO_TEMP_DIR": str(tmp_path / "pictures"),
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("GCDEMO_SAM", "GCDEMO_DATABASE_URL", "GCDEMO_WEIGHTS_REPO", "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def findings():
    return {found.name: found for found in examine()}


def test_looking_writes_nothing(place):
    before = sorted(place.rglob("*"))
    assert State.MISSING not in {found.state for found in examine()}
    assert sorted(place.rglob("*")) == before


def test_every_question_is_answered_once_and_whatever_is_missing_comes_with_advice(place):
    answers = examine()
    names = [found.name for found in answers]
    assert len(set(names)) == len(names)
    assert {"device", "threads", "SAM", "database", "disk", "memory", "Gradio"} <= set(names)
    assert all(found.text for found in answers)


def test_weights_that_are_not_there_or_altered_are_missing(place):
    file = place / "weights" / "gc.safetensors"
    file.write_bytes(b"other")
    found = findings()["weights gc"]
    assert (found.state, "Delete it" in found.advice) == (State.MISSING, True)
    file.unlink()
    found = findings()["weights gc"]
    assert found.state is State.MISSING
    assert "GCDEMO_WEIGHTS" in found.advice


def test_weights_of_a_hub_are_told_before_they_are_fetched(place, monkeypatch):
    monkeypatch.delenv("GCDEMO_WEIGHTS")
    monkeypatch.setenv("GCDEMO_WEIGHTS_REPO", f"someone/weights@{'0' * 40}")
    found = findings()["weights gc"]
    assert (found.state, "someone/weights" in found.text) == (State.OK, True)
    monkeypatch.setenv("GCDEMO_WEIGHTS_REPO", "someone/weights")
    assert findings()["weights gc"].state is State.MISSING


def test_the_page_needs_the_segmenter(place):
    assert findings()["weights segmenter"].state is State.OK
    (place / "weights" / SEGMENTER).unlink()
    found = findings()["weights segmenter"]
    assert found.state is State.MISSING
    assert found.advice


def test_a_codec_that_is_not_there_is_a_note_with_its_reason(place, monkeypatch):
    monkeypatch.setattr(JxlCodec, "available", lambda self: "It is not here.")
    found = findings()["codec jxl"]
    assert (found.state, found.text) == (State.NOTE, "It is not here.")
    assert "GPL" in found.advice


def test_a_checkpoint_of_sam_that_is_another_file_is_not_praised(place, monkeypatch):
    assert "GCDEMO_SAM" in findings()["SAM"].advice
    path = place / "sam.pth"
    path.write_bytes(b"something else")
    monkeypatch.setenv("GCDEMO_SAM", str(path))
    found = findings()["SAM"]
    assert (found.state, "another file" in found.text) == (State.NOTE, True)
    monkeypatch.setenv("GCDEMO_SAM", "download")
    assert "will be fetched" in findings()["SAM"].text


def test_a_database_is_tried_and_left_as_it_was(place):
    storage.connect(f"sqlite:///{place}/data/votes.sqlite3").dispose()
    assert findings()["database"].state is State.OK
    with closing(sqlite3.connect(place / "data" / "votes.sqlite3")) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert tables
    assert "gcdemo_doctor" not in tables


def test_a_database_that_cannot_be_used_is_missing_and_its_password_is_not_told(place, monkeypatch):
    (place / "data").mkdir()
    (place / "data" / "votes.sqlite3").write_bytes(b"this is no database" * 100)
    assert findings()["database"].state is State.MISSING
    monkeypatch.setenv("GCDEMO_DATABASE_URL", "postgresql://me:hush@127.0.0.1:1/votes")
    found = findings()["database"]
    assert found.state is State.MISSING
    assert "me:***@127.0.0.1" in found.text
    assert "hush" not in found.text + found.advice


@pytest.mark.parametrize(
    "address",
    ["postgresql://me:hush@somewhere:port/votes", "sqlite:///{place}/new.sqlite3?timeout=soon"],
)
def test_an_address_that_is_none_is_missing_and_not_a_crash(place, monkeypatch, address):
    monkeypatch.setenv("GCDEMO_DATABASE_URL", address.format(place=place))
    before = sorted(place.rglob("*"))
    found = findings()["database"]
    assert (found.state, "malformed" in found.text) == (State.MISSING, True)
    assert "hush" not in found.text + found.advice
    assert sorted(place.rglob("*")) == before


def test_a_database_is_tried_though_its_address_says_more_than_where_it_is(place, monkeypatch):
    file = place / "votes.sqlite3"
    monkeypatch.setenv("GCDEMO_DATABASE_URL", f"sqlite:///{file}?timeout=5")
    assert findings()["database"].state is State.OK
    assert not file.exists()
    file.write_bytes(b"this is no database" * 100)
    assert findings()["database"].state is State.MISSING


def test_a_folder_that_takes_no_files_is_missing(place, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert findings()["database"].state is State.MISSING
    assert findings()["disk"].state is State.MISSING


def test_little_room_and_little_memory_are_noted(place, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(10**9, 10**9, 10**6))
    monkeypatch.setattr(machine, "read_quota", lambda: Quota(0.5, 10**9))
    answers = findings()
    assert (answers["disk"].state, answers["memory"].state) == (State.NOTE, State.NOTE)
    assert answers["threads"].text.endswith("0.5 cores are granted")


def test_a_space_is_named_and_its_votes_need_storage_that_lasts(place, monkeypatch):
    monkeypatch.setenv("SPACE_ID", "someone/compression")
    monkeypatch.delenv("GCDEMO_DATA")
    monkeypatch.setattr("gcdemo.study.database._LASTING_STORAGE", place / "absent")
    answers = findings()
    assert "someone/compression" in answers["place"].text
    assert answers["database"].state is State.NOTE
    assert "/data" in answers["database"].advice
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert "ZeroGPU" in findings()["device"].text


def test_gradio_is_compared_with_what_is_required(place, monkeypatch):
    (oldest, newest), text = machine.GRADIO_VERSIONS, REQUIREMENTS.read_text(encoding="utf-8")
    assert f"gradio>={oldest[0]}.{oldest[1]},<{newest[0]}\n" in text
    for version, state in (("6.30.9", State.NOTE), ("6.31.0", State.OK), ("7.0.0", State.NOTE)):
        monkeypatch.setattr(machine.metadata, "version", lambda name, version=version: version)
        assert machine.find_gradio().state is state


def test_the_exit_status_is_1_only_where_something_is_missing(place):
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 0, done.output
    assert "note     SAM" in done.stdout
    (place / "weights" / "gc.safetensors").unlink()
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == 1
    states = {row["name"]: row["state"] for row in json.loads(done.stdout)}
    assert states["weights gc"] == "missing"
