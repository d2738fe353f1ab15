"""The page builds from fakes, offers nothing by accident, and survives what goes wrong."""

import gradio as gr
import pytest
from gradio import processing_utils
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gcdemo.errors import CodecFailed
from gcdemo.request_limit import REFUSAL
from gcdemo.sweeper import Sweeper
from gcdemo.ui.app import TITLE, build_app, launch
from gcdemo.ui.compress_tab import CompressTab
from gcdemo.ui.context import Limits
from gcdemo.ui.inputs import Upload
from gcdemo.ui.links import read_link
from gcdemo.ui.study_routes import WRITING, study_routes
from gcdemo.ui.view import ALONE
from tests.ui.conftest import in_loop
from tests.ui.fakes import FakeCodec, FakeSelective, fake_context

VIEWER, CARD, DOWNLOAD = 3, 4, 5


@pytest.fixture
def page(bench):
    """The whole page over fakes."""
    return in_loop(build_app, bench.context)


@pytest.fixture
def make_tab(make_bench):
    """A function (codec) that gives the tab over a workbench."""

    def build(codec):
        with gr.Blocks():
            return CompressTab(make_bench(codec), {"api_visibility": "private"})

    return lambda codec=None: in_loop(build, codec)


class BrokenCodec(FakeCodec):
    """Fails as it is told."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def encode(self, image, quality):
        raise self.error


def test_the_page_builds_from_fakes(page):
    assert page.title == TITLE
    assert not page.analytics_enabled


def test_the_page_builds_without_samples():
    assert in_loop(build_app, fake_context())


@pytest.mark.parametrize("selective", [None, FakeSelective(FakeCodec())])
def test_programs_are_offered_what_has_a_name_and_no_more(selective):
    page = in_loop(build_app, fake_context(selective=selective))
    offered = {fn.api_name for fn in page.fns.values() if fn.api_visibility == "public"}
    assert offered == {"compress", "decompress", "compare"} | ({"keep"} if selective else set())
    assert {fn.api_visibility for fn in page.fns.values()} == {"public", "private"}


def test_all_heavy_work_shares_one_worker(page):
    queued = [fn for fn in page.fns.values() if fn.queue]
    assert len(queued) > 5
    assert {fn.concurrency_id for fn in queued} == {"codec"}


def test_the_page_opens_on_a_finished_result(make_tab):
    tab = make_tab()
    *_, last = tab.start(read_link({}, tab._bench.context, ["try"]))
    assert last[VIEWER].panes[1].headline.endswith(" bytes")
    assert last[tab.outputs.index(tab.link)] == "?example=dawn&C=4&with=&search=0"


def test_only_the_first_step_marks_the_sample_and_moves_the_slider(make_tab):
    # A person may have moved on before the later ones come.
    tab = make_tab()
    first, *later = tab.start(read_link({"C": "8"}, tab._bench.context, ["try"]))
    sample, slider = tab.outputs.index(tab.samples), tab.outputs.index(tab.rate)
    assert first[sample] == "dawn"
    assert first[slider]["value"] == 8
    assert all(updates[sample] == gr.skip() for updates in later)
    assert all("value" not in updates[slider] for updates in later)


class NoStudy:
    """A study whose pictures are being made."""

    def service(self):
        return None

    def results(self):
        return None

    def close(self):
        pass


@pytest.fixture
def serve_study(monkeypatch):
    """A function (limits) that gives a client of what is served beside the page."""
    fetch = processing_utils.async_ssrf_protected_download
    monkeypatch.setattr(processing_utils, "async_ssrf_protected_download", fetch)  # put back later
    monkeypatch.setattr(Sweeper, "start", lambda self: None)
    served = {}
    monkeypatch.setattr(gr.Blocks, "launch", lambda self, **how: served.update(how))

    def serve(limits):
        context = fake_context(study=NoStudy(), limits=limits)
        launch(in_loop(build_app, context), context)
        return TestClient(Starlette(**served["app_kwargs"]))

    return serve


def test_what_writes_to_the_study_is_limited_by_a_number_of_its_own(serve_study):
    client = serve_study(Limits(requests_per_minute=1, study_requests_per_minute=6))
    statuses = [client.post(path, json={}).status_code for path in (*WRITING * 2, WRITING[0])]
    assert statuses == [200] * 6 + [429]
    # As the page reads it: a sentence, after which the same answer can be sent again.
    refused = client.post(WRITING[1], json={})
    assert refused.json() == {"phase": "intro", "message": REFUSAL}


def test_every_route_that_writes_to_the_study_is_counted():
    posts = {route.path for route in study_routes(NoStudy()) if "POST" in route.methods}
    assert posts == set(WRITING)


def test_a_room_of_raters_behind_one_address_is_not_hindered(serve_study):
    client = serve_study(Limits())
    votes = {client.post("/study/vote", json={}).status_code for _ in range(30 * 21)}
    assert votes == {200}


def test_an_uploaded_photo_lets_go_of_the_sample(make_tab, photo_file):
    tab = make_tab()
    *_, last = tab._take(Upload(photo_file, "my photo.png"), 4, ALONE, False)
    assert last[tab.outputs.index(tab.samples)] == ""
    assert last[0].stem == "my-photo"


def test_the_slider_does_nothing_before_there_is_a_photo(make_tab):
    assert list(make_tab()._settle(None, 8, ALONE, False)) == []


def test_what_a_person_can_mend_is_said_as_it_stands(make_tab):
    tab = make_tab(BrokenCodec(CodecFailed("The picture is too small for this codec.")))
    with pytest.warns(UserWarning, match="too small for this codec"):
        *_, last = tab._pick("dawn", 4, ALONE, False)
    assert last[VIEWER]["alert"]["text"] == "The picture is too small for this codec."


def test_what_nobody_expected_is_logged_under_the_number_that_is_shown(make_tab, caplog):
    tab = make_tab(BrokenCodec(ZeroDivisionError("secret detail")))
    with pytest.warns(UserWarning, match="Something went wrong"):
        *_, last = tab._pick("dawn", 4, ALONE, False)
    text = last[VIEWER]["alert"]["text"]
    assert "secret" not in text
    number = text.rstrip(".").split()[-1]
    assert number in caplog.text
    assert "secret detail" in caplog.text


def test_an_upload_that_did_not_arrive_is_asked_for_again(make_tab):
    with pytest.warns(UserWarning, match="did not arrive"):
        list(make_tab()._take(None, 4, ALONE, False))


def test_an_error_changes_nothing_but_the_message(make_tab):
    tab = make_tab()
    with pytest.warns(UserWarning, match="Choose a photo first"):
        (updates,) = tab._compress(None, 4, ALONE, False)
    others = [update for index, update in enumerate(updates) if index != VIEWER]
    assert all(update == gr.skip() for update in others)
