"""The rating page without a browser: steps out, answers in, nothing forged."""

import random

import gradio as gr
import pytest
from study.fakes import make_pack

from gcdemo.study.faults import InvalidBallot
from gcdemo.study.records import Choice
from gcdemo.study.session import StudyService
from gcdemo.study.store import VoteStore
from gcdemo.ui.study_stage import Forgetting, Opening, StudyData, StudyStage, Voting
from gcdemo.ui.study_tab import StudyTab
from tests.ui.conftest import in_loop

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
}


@pytest.fixture
def store(tmp_path):
    store = VoteStore(f"sqlite:///{tmp_path}/votes.sqlite3")
    yield store
    store.close()


@pytest.fixture
def service(store):
    return StudyService(make_pack(pictures=6), store, "1", random.Random(0))


@pytest.fixture
def stage():
    def build():
        with gr.Blocks():
            return StudyStage()

    return in_loop(build)


@pytest.fixture
def make_tab():
    def build(service):
        with gr.Blocks():
            return StudyTab(lambda: service, lambda path: path)

    return lambda service: in_loop(build, service)


def sent(**answer):
    """What the script sends."""
    return StudyData(phase="", answer=answer)


def vote(stage, screen, **changes):
    """A vote on what is seen, as a handler gets it."""
    fields = {**BALLOT, **changes}
    return stage.from_page(
        sent(kind="vote", rater=screen.rater, token=screen.trial.token, **fields)
    )


def test_a_rater_goes_from_the_first_trial_to_the_summary(make_tab, service, stage):
    tab = make_tab(service)
    screen = tab.answer(Opening(""))
    assert (screen.phase, screen.trial.number) == ("trial", 1)
    seen = []
    while screen.trial:
        seen.append(screen.trial.token)
        screen = tab.answer(vote(stage, screen))
    assert screen.phase == "done"
    assert len(set(seen)) == screen.summary.trials == 20
    facts = dict(stage.to_page(screen).facts)
    assert facts["Trials"] == "20"
    assert facts["Time for an answer"] == "1.2 s, the median"


def test_a_reload_goes_on_at_the_same_trial(make_tab, service):
    tab = make_tab(service)
    first = tab.answer(Opening(""))
    again = tab.answer(Opening(first.rater))
    assert again.trial == first.trial


def test_a_vote_counts_once_and_the_page_goes_on(make_tab, service, stage, store):
    tab = make_tab(service)
    first = tab.answer(Opening(""))
    ballot = vote(stage, first)
    second = tab.answer(ballot)
    again = tab.answer(ballot)
    assert again.message
    assert again.trial == second.trial
    assert sum(item.vote is not None for item in store.history(first.rater)) == 1


def test_a_forged_token_is_no_vote(make_tab, service, stage, store):
    tab = make_tab(service)
    first = tab.answer(Opening(""))
    answer = stage.from_page(sent(kind="vote", rater=first.rater, token="made-up", **BALLOT))
    screen = tab.answer(answer)
    assert screen.message
    assert screen.trial == first.trial
    assert all(item.vote is None for item in store.history(first.rater))


def test_what_was_said_can_be_taken_back(make_tab, service, stage, store):
    tab = make_tab(service)
    first = tab.answer(Opening(""))
    tab.answer(vote(stage, first))
    screen = tab.answer(Forgetting(first.rater))
    assert (screen.phase, screen.message) == ("gone", "1 answers were deleted.")
    assert tab.answer(Forgetting(first.rater)).message


def test_a_page_learns_nothing_but_random_names(make_tab, service, stage):
    data = stage.to_page(make_tab(service).answer(Opening("")))
    told = data.model_dump_json()
    for secret in ("gc", "bpg", "factor", "check", "broken", "quality", "bytes", "picture0"):
        assert secret not in told


def test_a_study_that_is_being_made_says_so(make_tab):
    screen = make_tab(None).answer(Opening(""))
    assert screen.phase == "intro"
    assert "being prepared" in screen.message


def test_what_goes_wrong_is_one_sentence(make_tab, caplog):
    class Broken:
        def open_session(self, rater):
            raise RuntimeError("/secret/path")

    screen = make_tab(Broken()).answer(Opening(""))
    assert screen.message.startswith("Something went wrong on our side.")
    assert "/secret" not in screen.message
    assert "/secret" in caplog.text


def test_answers_are_read_as_they_were_given(stage):
    assert stage.from_page(sent(kind="open", rater="")) == Opening("")
    assert stage.from_page(sent(kind="forget", rater="r")) == Forgetting("r")
    voting = stage.from_page(sent(kind="vote", rater="r", token="t", **BALLOT))
    assert isinstance(voting, Voting)
    assert (voting.token, voting.ballot.choice, voting.ballot.zooms) == ("t", Choice.LEFT, 1)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"kind": "open"},
        {"kind": "open", "rater": None},
        {"kind": "drop tables", "rater": ""},
        {"kind": "vote", "rater": "r", "token": 5, **BALLOT},
        {"kind": "vote", "rater": "r", "token": "t"},
        {"kind": "vote", "rater": "r", "token": "t", **BALLOT, "choice": "both"},
        {"kind": "vote", "rater": "r", "token": "t", **BALLOT, "choice": ["left"]},
        {"kind": "vote", "rater": "r", "token": "t", **BALLOT, "response_ms": float("nan")},
        {"kind": "vote", "rater": "r", "token": "t", **BALLOT, "zooms": -1},
        {"kind": "vote", "rater": "r", "token": "t", **BALLOT, "screen_width": "wide"},
    ],
)
def test_a_forged_answer_is_refused(stage, answer):
    with pytest.raises(InvalidBallot):
        stage.from_page(StudyData(phase="", answer=answer))
