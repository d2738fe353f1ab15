"""A file is replaced whole or not at all."""

import os
import stat
import threading

import pytest

from gcdemo.files import write_atomically


def test_a_file_holds_exactly_what_was_written(tmp_path):
    path = tmp_path / "state.bin"
    for data in (b"", b"first", b"second, longer"):
        write_atomically(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_path_is_taken_too(tmp_path):
    write_atomically(f"{tmp_path}/state.bin", b"x")
    assert (tmp_path / "state.bin").read_bytes() == b"x"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_before_the_end_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "state.bin"
    write_atomically(path, b"old")

    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync" if step == "fsync" else "pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_bytes_are_on_the_disk_before_they_take_the_name(tmp_path, monkeypatch):
    path = tmp_path / "state.bin"
    seen = []
    fsync = os.fsync

    def watched(handle):
        seen.append((stat.S_ISDIR(os.fstat(handle).st_mode), path.exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_atomically(path, b"new")
    assert seen == [(False, False), (True, True)]


def test_a_new_file_is_as_open_to_others_as_any_other(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_atomically(tmp_path / "state.bin", b"")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_name_of_the_greatest_length_can_be_written(tmp_path):
    path = tmp_path / ("x" * 255)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_link_keeps_pointing_at_the_file_that_is_replaced(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_atomically(pipe, b"through")
    reader.join(timeout=10)
    assert received == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_missing_folder_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "gone" / "state.bin", b"")
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, b"")
