"""A published file is used where it is the one that was pinned, and never otherwise."""

import hashlib

import pytest

from gcdemo.errors import CheckpointError
from gcdemo.pinned_files import PinnedFile, check, fetch, find

CONTENTS = b"a few weights"
FILE = PinnedFile("w.pth", len(CONTENTS), hashlib.sha256(CONTENTS).hexdigest())
ALTERED = b"A few weights"


@pytest.fixture
def published(tmp_path):
    """A place to fetch from, and its address."""
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / FILE.name).write_bytes(CONTENTS)
    return folder


def test_the_first_place_that_has_the_file_is_given(tmp_path):
    places = [tmp_path / name for name in ("none.pth", "one.pth", "two.pth")]
    assert find(FILE, places) is None
    for path in places[1:]:
        path.write_bytes(CONTENTS)
    assert find(FILE, places) == places[1]


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (ALTERED, rf"SHA-256 begins with .*, not {FILE.sha256[:12]}"),
        (CONTENTS[:-1], "12 bytes and w.pth has 13"),
        (b"", "0 bytes"),
    ],
)
def test_another_file_is_refused_and_not_passed_over(tmp_path, contents, message):
    wrong, right = tmp_path / "wrong.pth", tmp_path / "right.pth"
    wrong.write_bytes(contents)
    right.write_bytes(CONTENTS)
    with pytest.raises(CheckpointError, match=message):
        find(FILE, [wrong, right])


def test_the_whole_hash_counts_and_not_its_beginning(tmp_path):
    path = tmp_path / FILE.name
    path.write_bytes(CONTENTS)
    with pytest.raises(CheckpointError, match="is not"):
        check(PinnedFile(FILE.name, FILE.num_bytes, FILE.sha256[:-1] + "x"), path)


def test_what_is_fetched_is_there_the_next_time(published, tmp_path):
    folder = tmp_path / "deep" / "cache"
    address = (published / FILE.name).as_uri()
    path = fetch(FILE, address, folder)
    assert path.read_bytes() == CONTENTS
    (published / FILE.name).unlink()
    assert fetch(FILE, address, folder) == path


def test_what_arrives_with_another_hash_never_gets_the_name(published, tmp_path):
    (published / FILE.name).write_bytes(ALTERED)
    with pytest.raises(CheckpointError, match=r"could not be fetched: .*hash"):
        fetch(FILE, (published / FILE.name).as_uri(), tmp_path / "cache")
    assert {path.name for path in (tmp_path / "cache").iterdir()} <= {"w.pth.lock"}


def test_an_address_that_does_not_answer_is_a_sentence(tmp_path):
    with pytest.raises(CheckpointError, match=r"^w\.pth could not be fetched: "):
        fetch(FILE, (tmp_path / "nothing").as_uri(), tmp_path / "cache")
