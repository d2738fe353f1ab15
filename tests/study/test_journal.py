"""Votes on their way to a data set: against a stand-in of the Hub, in a process that is stopped."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from base64 import b64decode
from pathlib import Path

import pytest

from gcdemo.study.journal import open_journal

PROGRAM = """
import random, signal, sys
from pathlib import Path
from study.fakes import ballot, make_pack
from gcdemo.study.desk import StudyDesk
import gcdemo.study.desk

pack = make_pack()
gcdemo.study.desk.load_pack = lambda folder: pack
desk = StudyDesk("key", None, "1.2.3")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
desk.open().join()
try:
    service = desk.service()
    for rater in range(2):
        step = service.open_session(None)
        for _ in range(3):
            step = service.record_vote(step.trial.token, ballot())
        if rater == 0:
            service.forget(step.rater_id)
    print(step.rater_id, flush=True)
    signal.pause()
finally:
    desk.close()
"""


class Hub(http.server.ThreadingHTTPServer):
    """What the scheduler asks of the Hub: make the data set, say how files go up, take them."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.files, self.made, self.tokens = {}, [], set()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class HubHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.tokens.add(self.headers["Authorization"])
        if self.path == "/api/repos/create":
            self.server.made.append(json.loads(body))
            self.reply({"url": f"{self.server.address}/datasets/someone/votes"})
        elif self.path == "/api/datasets/someone/votes/preupload/main":
            files = json.loads(body)["files"]
            modes = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                for file in files
            ]
            self.reply({"files": modes})
        elif self.path == "/api/datasets/someone/votes/commit/main":
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    content = b64decode(line["value"]["content"])
                    self.server.files[line["value"]["path"]] = content.decode()
            url = f"{self.server.address}/datasets/someone/votes/commit/1"
            self.reply({"commitUrl": url, "commitOid": "1", "success": True})
        else:
            self.reply({"error": self.path}, 404)

    def reply(self, value, status=200):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub():
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def environment(tmp_path, repository):
    return {
        **os.environ,
        "GCDEMO_DATABASE_URL": f"sqlite:///{tmp_path}/votes.sqlite3",
        "GCDEMO_DATA": str(tmp_path),
        "GCDEMO_STUDY_PACK": str(tmp_path),
        "GCDEMO_DATASET_REPO": "someone/votes",
        "HF_TOKEN": "hf_secret",
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "PYTHONPATH": f"{repository}{os.pathsep}{repository / 'tests'}",
        "no_proxy": "127.0.0.1",
    }


def start(environment, hub_address):
    """A process that votes for two raters, forgets the first, and waits; gives the second's id."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**environment, "HF_ENDPOINT": hub_address},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, process.stdout.readline().strip()


def test_a_stop_sends_every_vote_that_was_not_sent_and_none_of_who_was_forgotten(hub, environment):
    process, rater = start(environment, hub.address)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert rater
    ((path, text),) = hub.files.items()
    assert path.startswith("votes/")
    assert path.endswith(".jsonl")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["number"] for line in lines] == [1, 2, 3]
    assert len({line["rater"] for line in lines}) == 1
    assert rater not in text  # who reads the data set cannot pass as the rater
    (made,) = hub.made
    assert made["type"] == "dataset"
    assert made.get("private") or made.get("visibility") == "private"  # by version of the library
    assert hub.tokens == {"Bearer hf_secret"}


def test_a_hub_that_is_not_there_stops_no_study(environment, tmp_path):
    process, rater = start(environment, "http://127.0.0.1:9")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert rater
    assert "Votes are not sent to someone/votes" in errors
    assert "hf_secret" not in errors


@pytest.mark.parametrize(
    ("asked", "words"),
    [({}, ""), ({"GCDEMO_DATASET_REPO": "someone/votes"}, "there is no HF_TOKEN")],
)
def test_nothing_is_sent_that_nobody_asked_for(tmp_path, caplog, asked, words):
    assert open_journal(tmp_path, asked) is None
    assert words in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_none_is_told(tmp_path, caplog, monkeypatch):
    asked = {"GCDEMO_DATASET_REPO": "no/such/name", "HF_TOKEN": "hf_secret"}
    assert open_journal(Path(tmp_path), asked) is None
    assert "no/such/name" in caplog.text
