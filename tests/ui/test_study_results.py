"""Results over HTTP: closed to who is still rating, whole to who has the key."""

import csv
import io
import json
import random
import zipfile

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from study.fakes import Rater, make_pack
from study.memory import MemoryStore

from gcdemo.errors import InputError
from gcdemo.study.records import rater_name
from gcdemo.study.results import Access, StudyResults
from gcdemo.study.screening import NO_RULES, Rules
from gcdemo.study.session import StudyService
from gcdemo.ui.study_results import read_rules, result_routes

KEY = "ein Schlüssel für alles"


class Source:
    """A study of six raters, one of whom is careless."""

    def __init__(self):
        self.store, pack, rng = MemoryStore(), make_pack(pictures=3), random.Random(0)
        self.session = StudyService(pack, self.store, "1", random.Random(0))
        raters = [Rater(pack, rng, half_at=1.5) for _ in range(5)]
        raters.append(Rater(pack, rng, half_at=1.5, response_ms=100))
        self.ids = [rater.take_part(self.session).rater_id for rater in raters]
        self.found = StudyResults(self.store, pack.manifest.pack_hash, KEY)

    def service(self):
        return self.session

    def results(self):
        return self.found


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Neither many resamples nor a real figure: they are tested beside the analysis."""
    monkeypatch.setattr("gcdemo.study.analysis.RESAMPLES", 20)
    monkeypatch.setattr("gcdemo.study.report.draw_preference", lambda *_: b"figure")


@pytest.fixture(scope="module")
def source():
    return Source()


@pytest.fixture
def ask(source):
    """A function (path, key, rater, **query) that gives a reply."""
    client = TestClient(Starlette(routes=result_routes(source)))

    def get(path="", key="", rater="", **query):
        headers = {"x-study-key": key.replace("ü", "%C3%BC").replace(" ", "%20")}
        return client.get(
            f"/study/results{path}", params=query, headers={**headers, "x-study-rater": rater}
        )

    return get


def test_who_has_neither_key_nor_finished_sees_nothing(ask, source):
    rating = source.session.open_session(None).rater_id
    assert ask().json() == {"access": "closed", "message": ""}
    assert ask(rater=rating).json() == {"access": "closed", "message": ""}
    assert ask(key="wrong").json() == {"access": "closed", "message": "This is not the key."}


def test_the_key_shows_everything_under_the_rules_that_are_asked_for(ask, source):
    everybody = ask(key=KEY).json()
    assert (everybody["counting"], everybody["left_out"], everybody["rules"]) == (6, 0, [])
    strict = ask(key=KEY, median_ms=600).json()
    assert (strict["counting"], strict["left_out"]) == (5, 1)
    assert len(strict["points"]) == 4
    assert strict["crossings"][0]["rival"] == "BPG"
    assert {rater["rater"] for rater in strict["raters"]} == set(map(rater_name, source.ids))


def test_who_has_finished_sees_the_same_without_the_names_of_others(ask, source):
    mine = source.ids[2]
    told = ask(rater=mine, median_ms=1)
    assert told.json()["left_out"] == 1  # the usual number, whatever was asked for
    names = [rater["rater"] for rater in told.json()["raters"]]
    assert names.count("you") == 1
    assert all(name == "you" or name.isdecimal() for name in names)
    assert not any(rater_id in told.text for rater_id in source.ids)


def test_every_vote_is_for_who_has_the_key(ask, source):
    for name in ("votes.csv", "votes.jsonl", "report.zip"):
        assert ask(f"/{name}", rater=source.ids[0]).status_code == 403
        reply = ask(f"/{name}", key=KEY)
        assert reply.status_code == 200
        assert name in reply.headers["content-disposition"]
    assert ask("/manifest.json", key=KEY).status_code == 404


def test_both_kinds_of_file_hold_the_same_votes(ask):
    table = list(csv.DictReader(io.StringIO(ask("/votes.csv", key=KEY).text)))
    lines = [json.loads(line) for line in ask("/votes.jsonl", key=KEY).text.splitlines()]
    assert len(table) == len(lines) == 6 * len({line["number"] for line in lines})
    assert [row["rater"] for row in table] == [line["rater"] for line in lines]
    with zipfile.ZipFile(io.BytesIO(ask("/report.zip", key=KEY).content)) as archive:
        assert archive.read("votes.csv").decode() == ask("/votes.csv", key=KEY).text
        assert b"Nobody: no rule was applied." in archive.read("report.md")


def test_rules_that_leave_nobody_are_told(ask):
    told = ask(key=KEY, votes=1000).json()
    assert told["access"] == "admin"
    assert "no vote that counts" in told["message"]
    assert "lies between" in ask(key=KEY, votes=-1).json()["message"]


def test_rules_are_read_as_they_are_switched():
    assert read_rules({}, Access.ADMIN) == NO_RULES
    sent = {"failed": "2", "median_ms": "50", "votes": "3", "agreement": "1", "screen": "1"}
    assert read_rules(sent, Access.ADMIN) == Rules(2, 50.0, 3, True, True)
    assert read_rules(sent, Access.FINISHED) == Rules(need_agreement=True, need_screen=True)


@pytest.mark.parametrize("number", ["many", "-1", "nan", "inf", "1e99", ""])
def test_a_number_that_is_none_is_refused(number):
    with pytest.raises(InputError):
        read_rules({"failed": number}, Access.ADMIN)
