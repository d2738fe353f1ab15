"""Rivals beside ours: real files of real codecs, as many bytes as were asked for."""

import math

import pytest

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.codecs.webp import WebpCodec
from gcdemo.errors import CodecFailed, InputError
from gcdemo.images import load_image
from gcdemo.ui import handlers
from gcdemo.ui.rivals import RivalPicker
from gcdemo.ui.view import Photo, RivalChoice
from gcdemo.ui.workbench import Workbench
from tests.ui.fakes import fake_context

BOTH = RivalChoice(("jpeg", "webp"), 3.0)


class Broken(WebpCodec):
    """Fails on every picture."""

    def encode(self, image, quality):
        raise CodecFailed("The encoder gave up.")


@pytest.fixture
def photo(photo_file):
    return Photo("mine", photo_file)


@pytest.fixture
def bench(tmp_path):
    return Workbench(fake_context(rivals=(JpegCodec(), WebpCodec())), tmp_path / "files")


def panes(screen):
    return {pane.id: pane for pane in screen.comparison.panes}


def test_rivals_come_one_after_the_other_once_ours_is_there(bench, photo):
    finished = [
        [pane.id for pane in screen.comparison.panes if pane.image]
        for screen in handlers.compress(bench, photo, 16, BOTH)
    ]
    assert finished[0] == ["original"]
    assert ["original", "gc"] in finished
    assert finished.index(["original", "gc"]) < finished.index(["original", "gc", "jpeg"])
    assert finished[-1] == ["original", "gc", "jpeg", "webp"]


def test_every_pane_has_its_place_from_the_start(bench, photo):
    for screen in handlers.compress(bench, photo, 16, BOTH):
        assert list(panes(screen)) == ["original", "gc", "jpeg", "webp"]


def test_a_rivals_file_can_be_taken_away_and_is_what_is_shown(bench, photo):
    *_, last = handlers.compress(bench, photo, 16, BOTH)
    ours = panes(last)["gc"].file.stat().st_size
    for codec in bench.context.rivals:
        pane = panes(last)[codec.name]
        data = pane.file.read_bytes()
        assert pane.headline == f"{len(data):,} bytes"
        assert pane.file.name == f"mine{codec.extension}"
        assert (codec.decode(data) == load_image(pane.image)).all()
        assert len(data) >= math.ceil(3 * ours)


def test_a_rival_that_cannot_be_so_small_says_it(bench, photo):
    *_, last = handlers.compress(bench, photo, 2, RivalChoice(("jpeg",)))
    pane = panes(last)["jpeg"]
    assert pane.subtitle == "its smallest"
    *_, last = handlers.compress(bench, photo, 2, RivalChoice(("jpeg",), scaled=True))
    assert "coded at 1/" in panes(last)["jpeg"].subtitle
    width, height = last.comparison.width, last.comparison.height
    assert load_image(panes(last)["jpeg"].image).shape == (height, width, 3)


def test_a_rival_that_fails_says_why_and_the_others_go_on(tmp_path, photo):
    bench = Workbench(fake_context(rivals=(Broken(), JpegCodec())), tmp_path / "files")
    *_, last = handlers.compress(bench, photo, 16, RivalChoice(("webp", "jpeg")))
    assert panes(last)["webp"].lines == ("The encoder gave up.",)
    assert panes(last)["webp"].file is None
    assert panes(last)["jpeg"].file is not None


def test_what_was_matched_once_is_not_coded_again(bench, photo, monkeypatch):
    *_, first = handlers.compress(bench, photo, 16, BOTH)
    monkeypatch.setattr("gcdemo.ui.workbench.match_size", None)
    *_, again = handlers.compress(bench, photo, 16, BOTH)
    assert panes(again) == panes(first)


def test_screen_readers_hear_all_of_it_once(bench, photo):
    spoken = [s.comparison.spoken for s in handlers.compress(bench, photo, 16, BOTH)]
    assert "JPEG" in spoken[-1]
    assert "WebP" in spoken[-1]
    assert sum("WebP" in text for text in spoken) == 1


@pytest.fixture
def picker(bench):
    return RivalPicker(bench.context.rivals, ("jpeg",))


def test_a_choice_reaches_the_handler(picker):
    chosen = picker.preprocess({"names": ["webp", "jpeg"], "factor": 1.5, "scaled": True})
    assert chosen == RivalChoice(("jpeg", "webp"), 1.5, True)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "jpeg",
        {},
        {"names": ["jpeg"], "factor": 1.0},
        {"names": ["../../x"], "factor": 1.0, "scaled": False},
        {"names": ["jpeg", "jpeg"], "factor": 1.0, "scaled": False},
        {"names": [["jpeg"]], "factor": 1.0, "scaled": False},
        {"names": ["jpeg"], "factor": math.nan, "scaled": False},
        {"names": ["jpeg"], "factor": 1e9, "scaled": False},
        {"names": ["jpeg"], "factor": "1", "scaled": False},
        {"names": ["jpeg"], "factor": 1.0, "scaled": 1},
        {"names": "jpeg", "factor": 1.0, "scaled": False},
    ],
)
def test_a_forged_choice_is_refused(picker, payload):
    with pytest.raises(InputError, match="not one that this page offers"):
        picker.preprocess(payload)
