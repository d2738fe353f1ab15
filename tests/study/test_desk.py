"""The study of an installation: made once, found again, and honest when it cannot be had."""

import pytest
from study.fakes import SizedCodec

from gcdemo.study import pack
from gcdemo.study.desk import PACK_VARIABLE, StudyDesk
from gcdemo.study.faults import PackError, StoreError, StudyError
from gcdemo.study.manifest import Settings
from gcdemo.study.pack import Recipe, build_pack


@pytest.fixture
def environment(tmp_path):
    return {"GCDEMO_DATA": str(tmp_path / "data")}


@pytest.fixture
def make(photos):
    """A function that builds a small pack, and how often it did."""
    ours, rival = SizedCodec("gc", (2, 4, 8)), SizedCodec("bpg", tuple(range(1, 41)))

    def build(folder):
        build.count += 1
        recipe = Recipe(quality=4, factors=(1.0, 2.0), settings=Settings(trials=4))
        return build_pack(sorted(photos.iterdir()), folder, ours, [rival], recipe, "1")

    build.count = 0
    return build


def opened(desk):
    desk.open().join()
    return desk.service()


def test_the_first_start_makes_a_pack_and_the_next_finds_it(make, environment):
    first = opened(StudyDesk("k", make, "1", environment)).open_session(None)
    again = opened(StudyDesk("k", make, "1", environment)).open_session(first.rater_id)
    assert again.trial == first.trial
    assert make.count == 1


def test_other_weights_make_another_pack(make, environment):
    opened(StudyDesk("k", make, "1", environment))
    opened(StudyDesk("l", make, "1", environment))
    assert make.count == 2


@pytest.mark.parametrize("moment", ["before", "within"])
def test_of_two_first_starts_the_slower_one_takes_the_quicker_ones_pack(
    make, environment, monkeypatch, moment
):
    save = pack.save_manifest

    def build(folder):
        def late(*arguments):
            monkeypatch.setattr(pack, "save_manifest", save)
            make(folder)
            save(*arguments)

        if moment == "before":
            make(folder)
        else:
            monkeypatch.setattr(pack, "save_manifest", late)
        return make(folder)

    slower = opened(StudyDesk("k", build, "1", environment))
    step = slower.open_session(None)
    assert make.count == 2
    quicker = opened(StudyDesk("k", make, "1", environment))
    assert quicker.open_session(step.rater_id) == step
    assert step.trial.original.exists()
    data = step.trial.original.parents[2]
    assert [path.name for path in data.iterdir() if path.is_dir()] == ["pack-k"]


def test_there_is_no_study_before_it_is_opened(make, environment):
    assert StudyDesk("k", make, "1", environment).service() is None


def test_a_pack_that_is_named_is_the_one(make, environment, tmp_path):
    make(tmp_path / "mine")
    named = {**environment, PACK_VARIABLE: str(tmp_path / "mine")}
    assert opened(StudyDesk("k", make, "1", named)) is not None
    assert make.count == 1
    missing = {**environment, PACK_VARIABLE: str(tmp_path / "none")}
    with pytest.raises(PackError):
        opened(StudyDesk("k", make, "1", missing))


def test_a_damaged_pack_is_left_alone_and_another_made(make, environment, tmp_path):
    opened(StudyDesk("k", make, "1", environment))
    (tmp_path / "data" / "pack-k" / "manifest.json").write_text("{}")
    assert opened(StudyDesk("k", make, "1", environment)) is not None
    assert make.count == 2
    assert (tmp_path / "data" / "pack-k" / "manifest.json").read_text() == "{}"


def test_an_address_of_the_database_that_is_none_is_told_in_a_sentence(make, environment):
    malformed = {**environment, "GCDEMO_DATABASE_URL": "postgresql://me:secret@host:port/votes"}
    with pytest.raises(StoreError, match="malformed"):
        opened(StudyDesk("k", make, "1", malformed))


def test_whatever_goes_wrong_nobody_waits_for_ever(environment, caplog):
    def fail(_):
        raise ZeroDivisionError("a detail for the log")

    with pytest.raises(StudyError, match="could not be opened") as caught:
        opened(StudyDesk("k", fail, "1", environment))
    assert "detail" not in str(caught.value)
    assert "a detail for the log" in caplog.text


def test_a_disk_that_takes_nothing_is_told_in_a_sentence(make, tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(PackError, match="cannot be kept"):
        opened(StudyDesk("k", make, "1", {"GCDEMO_DATA": str(tmp_path / "data")}))
