"""The database of votes, on SQLite and on PostgreSQL."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy
from sqlalchemy.orm import Session
from study.fakes import ballot

from gcdemo.study import database
from gcdemo.study.faults import (
    AlreadyVoted,
    LateVote,
    StoreError,
    UnknownTrial,
    VoteRefused,
)
from gcdemo.study.migrations import STEPS, Step, migrate
from gcdemo.study.records import Choice, Kind, ScreenCheck, Side, Tally
from gcdemo.study.store import TRIAL_SECONDS, VoteStore
from gcdemo.study.tables import Table, VoteRow

PLAN = (Kind.NORMAL, Kind.CHECK, Kind.REPEAT)


@pytest.fixture
def rater(store):
    store.add_pack("hash", "{}")
    return store.add_rater("hash", PLAN)


def issue(store, rater, slot=0, attempt=0, pair="pair", side=Side.LEFT, kind=Kind.NORMAL):
    return store.issue(rater, slot, attempt, pair, kind, side)


def count(store, table):
    with Session(store._engine) as session:
        return session.scalar(sqlalchemy.select(sqlalchemy.func.count()).select_from(table))


def test_what_is_stored_comes_back(store, open_store, rater, clock):
    trial = issue(store, rater, side=Side.RIGHT, kind=Kind.CHECK)
    clock.now += 3.25
    given = ballot(Choice.UNDECIDED, 1234.5, zooms=3, flips=2, pixel_ratio=1.25)
    assert store.record(trial.token, given, "1.2.3").trial == trial
    other = open_store()
    ((found, vote),) = other.history(rater.id)
    assert (found, vote.ballot, vote.version) == (trial, given, "1.2.3")
    assert vote.received_at == clock.now
    assert other.votes("hash") == [(found, vote)]
    assert other.rater(rater.id) == rater
    assert rater.plan == PLAN
    assert other.manifest("hash") == "{}"


def test_a_second_vote_on_a_trial_is_refused_and_the_first_stays(store, rater):
    trial = issue(store, rater)
    store.record(trial.token, ballot(Choice.LEFT), "1")
    for choice in Choice:
        with pytest.raises(AlreadyVoted):
            store.record(trial.token, ballot(choice), "1")
    ((_, vote),) = store.votes("hash")
    assert vote.ballot.choice is Choice.LEFT


def test_a_forged_token_is_refused(store, rater):
    issue(store, rater)
    for token in ("", "0" * 32, rater.id, "' OR 1=1 --"):
        with pytest.raises(UnknownTrial):
            store.record(token, ballot(), "1")
    assert count(store, VoteRow) == 0


def test_a_late_vote_is_refused(store, rater, clock):
    trial = issue(store, rater)
    clock.now += TRIAL_SECONDS + 1
    assert not store.is_open(trial)
    with pytest.raises(LateVote, match="too long ago"):
        store.record(trial.token, ballot(), "1")


def test_a_vote_is_refused_once_its_trial_is_handed_out_anew(store, rater):
    first, second = issue(store, rater), issue(store, rater, attempt=1)
    with pytest.raises(LateVote, match="anew"):
        store.record(first.token, ballot(), "1")
    store.record(second.token, ballot(), "1")
    with pytest.raises(AlreadyVoted):
        store.record(first.token, ballot(), "1")


def test_a_clock_that_jumps_back_refuses_nothing_and_loses_no_order(store, rater, clock):
    for slot in range(3):
        trial = issue(store, rater, slot)
        clock.now -= 5000
        store.record(trial.token, ballot(), "1")
    assert [trial.slot for trial, _ in store.history(rater.id)] == [0, 1, 2]


def test_two_pages_that_ask_at_once_get_one_trial(store, open_store, rater):
    first = issue(store, rater, pair="a")
    assert issue(open_store(), rater, pair="b") == first


def test_of_many_votes_on_one_trial_at_once_one_is_kept(open_store, store, rater):
    trial = issue(store, rater)
    stores = [open_store() for _ in range(4)]
    barrier = threading.Barrier(len(stores))

    def vote(store):
        barrier.wait()
        try:
            return store.record(trial.token, ballot(), "1").trial
        except VoteRefused as error:
            return type(error)

    with ThreadPoolExecutor(len(stores)) as pool:
        results = list(pool.map(vote, stores))
    assert sorted(map(str, results)) == sorted(map(str, [trial, *[AlreadyVoted] * 3]))
    assert count(store, VoteRow) == 1


def test_a_vote_on_a_trial_that_another_process_decided_meanwhile_is_refused(
    store, open_store, rater, monkeypatch
):
    # The look at the trial is made blind: only the database's own keys stand in the way.
    trial = issue(store, rater)
    open_store().record(trial.token, ballot(), "1")
    look, looks = store._trial_to_vote_on, iter([lambda *_: trial])
    monkeypatch.setattr(store, "_trial_to_vote_on", lambda *a: next(looks, look)(*a))
    with pytest.raises(AlreadyVoted):
        store.record(trial.token, ballot(Choice.RIGHT), "1")


def test_the_database_itself_refuses_to_edit_a_vote(store, rater):
    store.record(issue(store, rater).token, ballot(), "1")
    with (
        pytest.raises(sqlalchemy.exc.DBAPIError, match="never edited"),
        store._engine.begin() as connection,
    ):
        connection.execute(sqlalchemy.update(VoteRow).values(choice="right"))


def test_a_rater_is_forgotten_with_all_votes_and_no_others(store, rater):
    other = store.add_rater("hash", PLAN)
    mine, theirs = issue(store, rater), issue(store, other)
    store.record(mine.token, ballot(), "1")
    store.record(theirs.token, ballot(), "1")
    open_trial = issue(store, rater, slot=1)
    assert store.forget(rater.id) == 1
    assert store.rater(rater.id) is None
    assert store.history(rater.id) == []
    assert [trial for trial, _ in store.votes("hash")] == [theirs]
    with pytest.raises(UnknownTrial):
        store.record(open_trial.token, ballot(), "1")
    with pytest.raises(StoreError, match="no rater"):
        store.forget(rater.id)
    with pytest.raises(UnknownTrial, match="deleted"):
        issue(store, rater, slot=1)


def test_tallies_count_votes_and_what_is_being_looked_at(store, rater, clock):
    other = store.add_rater("hash", PLAN)
    store.record(issue(store, rater, pair="a", side=Side.LEFT).token, ballot(), "1")
    issue(store, other, pair="a", side=Side.RIGHT)
    issue(store, rater, slot=1, pair="c", kind=Kind.CHECK)
    assert store.tallies("hash", Kind.NORMAL) == {"a": Tally(1, 1)}
    assert store.tallies("hash", Kind.CHECK) == {"c": Tally(1, 0)}
    assert store.tallies("another", Kind.NORMAL) == {}
    clock.now += TRIAL_SECONDS + 1
    assert store.tallies("hash", Kind.NORMAL) == {"a": Tally(1, 0)}


def test_a_pack_is_kept_once_and_as_it_was(store, open_store):
    store.add_pack("hash", "{}")
    open_store().add_pack("hash", "other")
    assert store.pack_hashes() == ["hash"]
    assert store.manifest("hash") == "{}"
    with pytest.raises(StoreError, match="no study pack"):
        store.manifest("other")


def test_nothing_that_could_name_a_person_has_a_column():
    columns = {column for table in Table.metadata.tables.values() for column in table.c.keys()}  # noqa: SIM118
    assert not {name for name in columns if {"ip", "name", "mail", "agent"} & set(name.split("_"))}


def test_the_migrated_database_has_the_columns_of_the_tables(store):
    found = sqlalchemy.inspect(store._engine)
    assert set(found.get_table_names()) == {*Table.metadata.tables, "schema_version"}
    for name, table in Table.metadata.tables.items():
        columns = found.get_columns(name)
        assert [column["name"] for column in columns] == table.c.keys()
        assert not any(column["nullable"] for column in columns)
        for column, stated in zip(columns, table.c, strict=True):
            assert column["type"]._type_affinity is stated.type._type_affinity, column
        uniques = {tuple(unique["column_names"]) for unique in found.get_unique_constraints(name)}
        assert uniques == {
            tuple(constraint.columns.keys())
            for constraint in table.constraints
            if isinstance(constraint, sqlalchemy.UniqueConstraint)
        }


def test_votes_of_the_first_layout_are_kept_and_say_that_no_screen_was_tested(url, open_store):
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        migrate(connection, STEPS[:1])
        for statement in (
            "INSERT INTO packs VALUES ('p', '{}')",
            "INSERT INTO raters VALUES ('r', 'p', 'normal', 0)",
            "INSERT INTO trials VALUES ('t', 'r', 0, 0, 'a', 'normal', 'left', 0)",
            "INSERT INTO votes VALUES ('t', 'r', 0, 'left', 9, 1, 1, 1, 1, 1, 0, 0, '1', 0)",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    ((_, vote),) = open_store().votes("p")
    assert vote.ballot == ballot(
        Choice.LEFT, 9.0, screen_width=1, screen_height=1, viewport_width=1, viewport_height=1,
        pixel_ratio=1.0,
    )  # fmt: skip
    assert vote.ballot.screen_check is ScreenCheck.UNTESTED


def test_steps_are_taken_once_and_later_ones_keep_what_is_there(store, rater):
    trial = issue(store, rater)
    longer = (*STEPS, Step(["ALTER TABLE raters ADD COLUMN later INTEGER"]))
    for _ in range(2):
        with store._engine.begin() as connection:
            migrate(connection, longer)
    assert "later" in {c["name"] for c in sqlalchemy.inspect(store._engine).get_columns("raters")}
    assert store.record(trial.token, ballot(), "1").trial == trial


def test_a_step_that_fails_leaves_nothing_behind(store):
    broken = (*STEPS, Step(["CREATE TABLE half (a INTEGER)", "THIS IS NO SQL"]))
    with pytest.raises(sqlalchemy.exc.DBAPIError), store._engine.begin() as connection:
        migrate(connection, broken)
    assert "half" not in sqlalchemy.inspect(store._engine).get_table_names()


def test_a_database_of_a_newer_program_is_refused(store, url):
    with store._engine.begin() as connection:
        migrate(connection, (*STEPS, Step(["CREATE TABLE later (a INTEGER)"])))
    with pytest.raises(StoreError, match="newer"):
        VoteStore(url)


def test_many_processes_may_open_an_empty_database_at_once(url):
    barrier = threading.Barrier(6)

    def open_it(_):
        barrier.wait()
        VoteStore(url).close()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(open_it, range(6))) == [None] * 6


def test_a_commit_waits_for_the_disk(store):
    with store._engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert settings == ["wal", 2, 1]  # 2 is FULL
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_only_what_is_marked_as_passing_does_not_wait_for_the_disk(store):
    levels = []
    for engine in (store._passing, store._engine, store._passing, store._engine):
        with engine.begin() as connection:
            sqlite = connection.dialect.name == "sqlite"
            asked = "PRAGMA synchronous" if sqlite else "SHOW synchronous_commit"
            levels.append(connection.exec_driver_sql(asked).scalar())
    assert levels == ([1, 2, 1, 2] if sqlite else ["off", "on", "off", "on"])


def test_a_reader_waits_for_no_writer(store, rater):
    with store._engine.begin() as connection:
        connection.execute(sqlalchemy.insert(VoteRow.metadata.tables["packs"]).values(
            hash="new", manifest="{}"
        ))  # fmt: skip
        assert store.rater(rater.id) == rater


def test_a_database_that_fails_is_named_as_such(store, rater, monkeypatch):
    def fail(*_):
        raise sqlalchemy.exc.OperationalError("INSERT ...", {}, Exception("disk full"))

    trial = issue(store, rater)
    monkeypatch.setattr(Session, "flush", fail)
    with pytest.raises(StoreError, match="failed") as caught:
        store.record(trial.token, ballot(), "1")
    assert not isinstance(caught.value, VoteRefused)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://somewhere/votes", "SQLite or PostgreSQL"),
        ("sqlite://", "file"),
        ("no address", "cannot be used"),
        ("sqlite:////proc/votes/votes.sqlite3", "cannot be used"),
        ("sqlite:///{folder}/x?timeout=abc", "malformed"),
        ("sqlite:///{folder}/x?timeout=1&timeout=2", "malformed"),
        (f"sqlite:///{{folder}}/x?cached_statements={10**20}", "malformed"),
        ("postgresql://me:secret@somewhere:port/votes", "malformed"),
        ("postgresql://[::1/votes", "malformed"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_a_sentence(address, words, tmp_path):
    with pytest.raises(StoreError, match=words):
        VoteStore(address.format(folder=tmp_path))


# A password with "@" and ":" is taken for a host and a port.
@pytest.mark.parametrize("password", ["secret", "a@b:secret"])
def test_a_password_is_in_no_message(password):
    with pytest.raises(StoreError) as caught:
        VoteStore(f"postgresql://me:{password}@127.0.0.1:1/votes")
    assert "secret" not in str(caught.value)


def test_a_missing_driver_is_named(monkeypatch):
    def missing(*_, **__):
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr(sqlalchemy, "create_engine", missing)
    with pytest.raises(StoreError, match="not installed: psycopg"):
        VoteStore("postgresql://127.0.0.1/votes")


def test_votes_go_to_the_database_that_is_named_else_to_a_file(tmp_path, monkeypatch):
    assert database.database_url({"GCDEMO_DATABASE_URL": "postgresql://x/y"}) == "postgresql://x/y"
    named = database.database_url({"GCDEMO_DATA": str(tmp_path)})
    assert named == f"sqlite:///{tmp_path}/votes.sqlite3"
    VoteStore(named).close()
    assert (tmp_path / "votes.sqlite3").exists()
    monkeypatch.setattr(database, "_LASTING_STORAGE", tmp_path / "absent")
    assert database.database_url({}) == "sqlite:///runs/study/votes.sqlite3"
    monkeypatch.setattr(database, "_LASTING_STORAGE", tmp_path)
    assert database.database_url({}) == named
