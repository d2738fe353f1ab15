"""The study over HTTP without a browser: steps out, answers in, nothing forged."""

import random

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from study.fakes import SizedCodec

from gcdemo.study.faults import StoreError
from gcdemo.study.manifest import Settings
from gcdemo.study.pack import Recipe, build_pack
from gcdemo.study.session import StudyService
from gcdemo.study.store import VoteStore
from gcdemo.ui.study_http import LARGEST_BODY
from gcdemo.ui.study_routes import study_routes

BALLOT = {
    "choice": "left",
    "response_ms": 1234.5,
    "screen_width": 1440,
    "screen_height": 900,
    "viewport_width": 1400,
    "viewport_height": 800,
    "pixel_ratio": 1.5,
    "zooms": 1,
    "flips": 2,
    "screen_check": "seen",
}
TRIALS = 6


class Source:
    """A study that a function gives."""

    def __init__(self, service):
        self.service = service

    def results(self):
        return None


@pytest.fixture
def store(tmp_path):
    store = VoteStore(f"sqlite:///{tmp_path}/votes.sqlite3")
    yield store
    store.close()


@pytest.fixture
def pack(tmp_path, make_photo):
    """Real files of two pictures."""
    from PIL import Image

    for number in range(2):
        Image.fromarray(make_photo(32, 48, seed=number)).save(tmp_path / f"photo{number}.png")
    ours, rival = SizedCodec("gc", (2, 4, 8)), SizedCodec("bpg", tuple(range(1, 41)))
    recipe = Recipe(settings=Settings(trials=TRIALS, check_every=3))
    paths = sorted(tmp_path.glob("photo*.png"))
    return build_pack(paths, tmp_path / "pack", ours, [rival], recipe, "1", rng=random.Random(0))


@pytest.fixture
def service(pack, store):
    return StudyService(pack, store, "1", random.Random(0))


@pytest.fixture
def make_client():
    """A function that gives a client of a study's routes."""

    def make(source):
        return TestClient(Starlette(routes=study_routes(Source(source))))

    return make


@pytest.fixture
def client(make_client, service):
    return make_client(lambda: service)


def start(client, rater=""):
    return client.post("/study/open", json={"rater": rater}).json()


def vote(client, step, **changes):
    """Vote on what is seen."""
    sent = {"rater": step["rater"], "token": step["token"], **BALLOT, **changes}
    return client.post("/study/vote", json=sent).json()


def test_a_rater_goes_from_the_first_trial_to_the_summary(client):
    step = start(client)
    assert (step["phase"], step["number"], step["total"]) == ("trial", 1, TRIALS)
    seen = []
    while step["phase"] == "trial":
        seen.append(step["token"])
        step = vote(client, step)
    assert step["phase"] == "done"
    assert len(set(seen)) == TRIALS
    facts = dict(step["facts"])
    assert facts["Trials"] == str(TRIALS)
    assert facts["Time for an answer"] == "1.2 s, the median"


def test_a_reload_goes_on_at_the_same_trial(client):
    first = start(client)
    assert start(client, first["rater"]) == first


def test_any_server_takes_the_vote_on_what_another_showed(client, make_client, pack, store):
    other = StudyService(pack, store, "1")
    second = make_client(lambda: other)
    step = start(client)
    assert second.get(f"/study/picture/{step['token']}/left").status_code == 200
    assert vote(second, step)["number"] == 2


def test_a_vote_counts_once_and_the_page_goes_on(client, store):
    first = start(client)
    second = vote(client, first)
    again = vote(client, first)
    assert again["message"]
    assert again["token"] == second["token"]
    assert sum(item.vote is not None for item in store.history(first["rater"])) == 1


def test_a_forged_token_is_no_vote(client, store):
    first = start(client)
    step = vote(client, first, token="made-up")
    assert step["message"]
    assert step["token"] == first["token"]
    assert all(item.vote is None for item in store.history(first["rater"]))


def test_a_page_that_was_left_open_while_the_pack_changed_begins_anew(
    client, make_client, store, tmp_path
):
    first = start(client)
    ours, rival = SizedCodec("gc", (2, 4, 8)), SizedCodec("bpg", tuple(range(1, 41)))
    paths = sorted(tmp_path.glob("photo*.png"))
    pack = build_pack(paths, tmp_path / "other", ours, [rival], Recipe(), "1")
    restarted = make_client(lambda: StudyService(pack, store, "1"))
    assert restarted.get(f"/study/picture/{first['token']}/left").status_code == 404
    step = vote(restarted, first)
    assert "not counted" in step["message"]
    assert (step["number"], step["rater"] != first["rater"]) == (1, True)


def test_what_was_said_can_be_taken_back(client):
    first = start(client)
    vote(client, first)
    gone = client.post("/study/forget", json={"rater": first["rater"]})
    assert gone.json() == {"phase": "gone", "message": "1 answers were deleted."}
    again = client.post("/study/forget", json={"rater": first["rater"]})
    assert again.status_code == 503
    assert "no rater" in again.json()["message"]


def test_a_page_learns_nothing_of_what_is_shown(client):
    told = start(client)
    seen = {"rater", "message", "phase", "token", "number", "total", "width", "height", "undecided"}
    assert set(told) == seen
    assert (told["width"], told["height"], told["undecided"]) == (48, 32, False)
    assert len({len(start(client)["token"]) for _ in range(5)}) == 1


def test_pictures_of_a_trial_are_those_it_shows_and_tell_nothing_by_their_headers(client, service):
    step = start(client)
    shown = service.open_session(step["rater"]).trial
    replies = {
        part: client.get(f"/study/picture/{step['token']}/{part}")
        for part in ("original", "left", "right")
    }
    for part, reply in replies.items():
        assert reply.content == getattr(shown, part).read_bytes()
    assert replies["left"].headers == replies["right"].headers
    assert not {"etag", "last-modified", "content-disposition"} & set(replies["left"].headers)


@pytest.mark.parametrize("path", ["made-up/left", "{token}/manifest", "{token}/..%2fmanifest.json"])
def test_there_is_no_other_picture(client, path):
    token = start(client)["token"]
    assert client.get("/study/picture/" + path.format(token=token)).status_code == 404


def test_a_study_that_is_being_made_says_so(make_client):
    client = make_client(lambda: None)
    assert "being prepared" in start(client)["message"]
    assert client.get("/study/picture/x/left").status_code == 404


def test_a_study_that_cannot_be_opened_says_why(make_client):
    def fail():
        raise StoreError("The disk is full.")

    reply = make_client(fail).post("/study/open", json={"rater": ""})
    assert (reply.status_code, reply.json()["message"]) == (503, "The disk is full.")


def test_what_goes_wrong_is_one_sentence(make_client, caplog):
    class Broken:
        def open_session(self, rater):
            raise RuntimeError("/secret/path")

    reply = make_client(Broken).post("/study/open", json={"rater": ""})
    assert reply.status_code == 500
    assert reply.json()["message"].startswith("Something went wrong on our side.")
    assert "/secret" not in reply.text
    assert "/secret" in caplog.text


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("open", None),
        ("open", []),
        ("open", {}),
        ("open", {"rater": None}),
        ("open", {"rater": "a\0b"}),
        ("forget", {"rater": 3}),
        ("vote", {"rater": "r", "token": 5, **BALLOT}),
        ("vote", {"rater": "r", "token": "t"}),
        ("vote", {"rater": "r", "token": "t", **BALLOT, "choice": "both"}),
        ("vote", {"rater": "r", "token": "t", **BALLOT, "choice": ["left"]}),
        ("vote", {"rater": "r", "token": "t", **BALLOT, "zooms": -1}),
        ("vote", {"rater": "r", "token": "t", **BALLOT, "screen_width": "wide"}),
    ],
)
def test_a_forged_answer_is_refused(client, path, sent):
    reply = client.post(f"/study/{path}", json=sent)
    assert reply.status_code == 400
    assert reply.json()["message"]


def test_no_number_is_no_answer_either(client):
    step = start(client)
    body = str({**BALLOT, "rater": step["rater"], "token": step["token"]})
    nan = body.replace("'", '"').replace("1234.5", "NaN")
    assert client.post("/study/vote", content=nan).status_code == 400


@pytest.mark.parametrize("name", ["response_ms", "zooms"])
def test_a_number_too_large_for_a_float_is_refused(client, name):
    reply = client.post("/study/vote", json={"rater": "r", "token": "t", **BALLOT, name: 10**400})
    assert (reply.status_code, "must be a number" in reply.json()["message"]) == (400, True)


@pytest.mark.parametrize("opening", ["[", '{"rater":'])
@pytest.mark.parametrize("path", ["open", "vote", "forget"])
def test_what_is_nested_without_end_is_refused(client, path, opening):
    reply = client.post(f"/study/{path}", content=opening * (16_000 // len(opening)))
    assert (reply.status_code, "whole" in reply.json()["message"]) == (400, True)


def test_a_request_without_end_is_cut_off(client):
    reply = client.post("/study/open", content=b" " * (LARGEST_BODY + 1))
    assert reply.status_code == 413
