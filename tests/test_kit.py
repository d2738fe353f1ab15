"""The rules that all other tests stand on hold themselves."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = """
import pytest

def test_that_runs():
    pass

def test_that_lacks_a_browser(chromium):
    pass

def test_that_lacks_pictures(shared):
    pass

@pytest.mark.xfail(reason="known")
def test_that_fails_as_it_should():
    raise ValueError
"""


def outcome(folder, test, **variables):
    """The exit status and summary of pytest on one test file under our conftest."""
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_one.py").write_text(test)
    names = ("GCDEMO_SHARED", "GCDEMO_BACKBONES", "GCDEMO_CI", "CHROMIUM", "PYTEST_ADDOPTS")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**kept, "CHROMIUM": str(folder / "none"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()[-1]


def test_what_a_machine_lacks_is_skipped_by_a_person(tmp_path):
    status, summary = outcome(tmp_path, SKIPPING)
    assert status == 0
    assert "1 passed, 2 skipped, 1 xfailed" in summary


def test_what_a_machine_lacks_fails_in_a_strict_run(tmp_path):
    status, summary = outcome(tmp_path, SKIPPING, GCDEMO_CI="1")
    assert status == 1
    assert "1 passed, 1 xfailed, 2 errors" in summary


def test_a_strict_run_may_be_told_that_there_are_no_pictures(tmp_path):
    status, summary = outcome(tmp_path, SKIPPING, GCDEMO_CI="1", GCDEMO_SHARED="")
    assert status == 1
    assert "1 passed, 1 skipped, 1 xfailed, 1 error" in summary


def test_a_whole_file_cannot_be_skipped_in_a_strict_run(tmp_path):
    test = "import pytest\npytest.importorskip('no_such_package')\n"
    assert outcome(tmp_path, test)[0] == 5  # nothing was run
    assert outcome(tmp_path, test, GCDEMO_CI="1")[0] == 2


def test_no_test_reaches_the_network():
    with socket.socket() as connection, pytest.raises(RuntimeError, match="reached for the net"):
        connection.connect(("192.0.2.1", 80))
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_no_test_writes_to_a_home():
    assert "gcdemo-home-" in str(Path.home())


def test_made_photos_are_the_same_each_time_and_differ_by_seed(make_photo):
    assert (make_photo(20, 30) == make_photo(20, 30)).all()
    assert (make_photo(20, 30) != make_photo(20, 30, seed=1)).any()
