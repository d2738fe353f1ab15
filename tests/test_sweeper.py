"""What visitors leave is gone after its time, and nothing else."""

import os
import time

import pytest

from gcdemo.sweeper import Sweeper


@pytest.fixture
def folder(tmp_path):
    inside = tmp_path / "pictures"
    inside.mkdir()
    return inside


def put(path, age):
    """Make a file, and its folder, as old as that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture")
    then = time.time() - age
    os.utime(path, (then, then))
    if path.parent != path.parents[1]:
        os.utime(path.parent, (then, then))
    return path


def test_old_files_go_however_deep_and_young_ones_stay(folder):
    old = [put(folder / "a" / "old.png", 4000), put(folder / "b" / "c" / "old.gci", 4000)]
    young = [put(folder / "a" / "young.png", 10), put(folder / "d" / "young.gci", 3000)]
    assert Sweeper(folder, 3600).sweep() == len(old)
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in young)


def test_a_file_that_is_used_again_starts_its_time_anew(folder):
    path = put(folder / "a" / "picture.png", 4000)
    os.utime(path)
    assert Sweeper(folder, 3600).sweep() == 0
    assert path.exists()


def test_empty_folders_go_unless_a_file_is_about_to_come(folder):
    put(folder / "a" / "old.png", 4000)
    Sweeper(folder, 3600).sweep()
    os.utime(folder / "a", (0, 0))
    (folder / "new").mkdir()
    Sweeper(folder, 3600).sweep()
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert folder.exists()


def test_a_link_goes_and_what_it_leads_to_stays(folder, tmp_path):
    outside = put(tmp_path / "elsewhere" / "kept.png", 4000)
    (folder / "link.png").symlink_to(outside)
    (folder / "links").symlink_to(outside.parent)
    os.utime(folder / "link.png", (0, 0), follow_symlinks=False)
    Sweeper(folder, 3600).sweep()
    assert outside.exists()
    assert not (folder / "link.png").is_symlink()


def test_a_folder_that_is_not_there_is_no_matter(tmp_path):
    assert Sweeper(tmp_path / "absent", 1).sweep() == 0


def test_the_first_sweep_comes_at_the_start_and_the_thread_ends_when_told(folder):
    old = put(folder / "old.png", 4000)
    sweeper = Sweeper(folder, 3600)
    sweeper.stop()
    sweeper.start().join(timeout=30)
    assert not old.exists()
