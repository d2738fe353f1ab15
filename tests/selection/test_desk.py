"""The desk chooses a selector and says which and why."""

import threading

import pytest
from selection.small_sam import model_of

from gcdemo.errors import InputError
from gcdemo.selection.base import Point, Prompt
from gcdemo.selection.desk import SelectionDesk
from gcdemo.selection.hub import fetch
from gcdemo.selection.sam import SamSelector


@pytest.fixture
def desk(small_file, environment):
    return SelectionDesk(SamSelector(model_of(small_file), "cpu", environment), environment)


def put_checkpoint(desk, environment):
    return fetch(desk.sam._model.checkpoint, None, environment)


def test_without_a_checkpoint_the_classical_one_answers_and_says_why(desk, hub):
    choice = desk.choose()
    assert choice.selector.name == "classical"
    assert "small.pth" in choice.reason
    assert hub.asked == []


def test_with_a_checkpoint_segment_anything_answers(desk, environment):
    put_checkpoint(desk, environment)
    choice = desk.choose()
    assert choice.selector.name == "sam"
    assert choice.reason.endswith(".")
    assert desk.choose("classical").selector.name == "classical"


def test_a_checkpoint_that_turns_out_damaged_gives_way(desk, environment, make_photo):
    path = put_checkpoint(desk, environment)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    desk.prepare(make_photo(40, 56)).result(60)
    choice = desk.choose()
    assert choice.selector.name == "classical"
    assert "SHA-256" in choice.reason


def test_asking_for_what_cannot_run_is_an_error(desk):
    with pytest.raises(InputError, match="--download-sam"):
        desk.choose("sam")
    with pytest.raises(InputError, match="auto, sam, classical"):
        desk.choose("best")


def test_the_page_starts_no_download_unless_it_is_allowed(desk, hub):
    assert desk.start() is None
    assert hub.asked == []


def test_an_allowed_download_that_fails_leaves_the_classical_one(hub, environment):
    environment = {**environment, "GCDEMO_SAM": "download"}
    hub.data = b"another file"
    desk = SelectionDesk(environment=environment)
    desk.start().result(60)
    assert [path for path, _ in hub.asked if "sam_vit_b_01ec64.pth" in path]
    assert desk.choose().selector.name == "classical"


def test_a_picture_is_prepared_in_the_background(desk, environment, make_photo):
    put_checkpoint(desk, environment)
    image = make_photo(40, 56)
    desk.prepare(image).result(60)
    counted = []
    desk.sam._loaded().image_encoder.register_forward_hook(lambda *_: counted.append(1))
    desk.choose().selector.select(image, Prompt((Point(3, 3),)))
    assert counted == []


def test_only_so_many_pictures_wait(desk, make_photo, monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(desk.classical, "prepare", lambda image: gate.wait(30))
    asked = [desk.prepare(make_photo(4, 4)) for _ in range(20)]
    assert asked.count(None) == 4
    gate.set()
    for future in asked:
        if future is not None:
            future.result(60)
    assert desk.prepare(make_photo(4, 4)) is not None
