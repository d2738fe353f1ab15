"""Selective compression on the page: what is asked for, and what is shown of it."""

from collections import namedtuple

import numpy as np
import pytest

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.errors import InputError
from gcdemo.label_classes import class_named
from gcdemo.ui.handlers import sample_photo
from gcdemo.ui.keeping import find_labels, keep, open_scene, tint
from gcdemo.ui.marks import Marks
from gcdemo.ui.selective_context import KeptPicture, Known
from gcdemo.ui.wishes import Background, foretell, read_asked
from gcdemo.ui.workbench import Workbench
from tests.ui.fakes import FakeCodec, FakeSample, FakeSelective, fake_context


@pytest.fixture
def bench(tmp_path, photo_file):
    samples = (FakeSample("dawn", "Dawn", photo_file),)
    context = fake_context(samples, FakeCodec(), rivals=(JpegCodec(),))
    return Workbench(context, tmp_path / "files")


@pytest.fixture
def photo(bench):
    return sample_photo(bench, "dawn")


@pytest.fixture
def selective(bench):
    return FakeSelective(bench.context.codec)


def test_a_scene_says_who_answers_clicks_by_now(bench, photo):
    class Changing(FakeSelective):
        reason = "Its file has come."
        selector = namedtuple("Selector", "label")("Another")

    assert open_scene(bench, FakeSelective(bench.context.codec), photo).reason == "It stands in."
    scene = open_scene(bench, Changing(bench.context.codec), photo)
    assert (scene.answerer, scene.reason) == ("Another", "Its file has come.")


def marks_on(bench, photo, labels=None):
    opened = bench.open(photo)
    kept = np.zeros(opened.image.shape[:2], bool)
    kept[:32, :48] = True
    return Marks(opened.key, kept, labels, None, 0)


def run(bench, selective, *asked):
    """Code what is asked for, to the end."""
    return list(keep(bench, selective, read_asked(bench, selective, *asked)))


def test_a_scene_is_the_photo_and_its_labels_follow(bench, photo, selective):
    scene = open_scene(bench, selective, photo)
    assert scene.kept is None
    assert scene.labels is None
    assert (scene.width, scene.height) == (96, 64)
    picture, labels = find_labels(bench, selective, photo)
    assert picture == scene.picture
    assert labels.shape == (64, 96)
    assert selective.prepared == 1


def test_what_is_known_of_a_photo_is_on_the_canvas_from_the_start(bench, photo, selective):
    kept = np.zeros((64, 96), bool)
    kept[8:24, 8:40] = True
    labels = np.full((64, 96), class_named("car").id, np.uint8)
    selective.beforehand = Known(labels, (kept, ~kept), kept)
    scene = open_scene(bench, selective, photo)
    assert scene.kept is kept
    assert scene.labels is labels
    assert len(scene.objects) == 2


def test_how_large_a_file_will_be_is_told_roundly_before_it_is_made(bench, photo, selective):
    asked = read_asked(bench, selective, photo, marks_on(bench, photo), "coarse", 8)
    # 100 bytes and 8 for every hundred of 1536 pixels: 222, of 6144 pixels.
    assert foretell(selective, asked) == "About 220 bytes, 0.289 bpp"
    assert not selective.wishes


def test_the_file_is_made_of_what_was_marked(bench, photo, selective):
    marks = marks_on(bench, photo)
    *_, last = run(bench, selective, photo, marks, Background.THIN.value, 5)
    (wish,) = selective.wishes
    assert np.array_equal(wish.kept, marks.kept)
    assert (wish.synthesised, wish.detail) == (False, 5)
    titles = [pane.title for pane in last.comparison.panes]
    assert titles == ["Original", "SC", "What was kept", "GC", "JPEG"]
    assert all(pane.image is not None for pane in last.comparison.panes)


def test_a_search_is_made_when_asked_for_and_tells_how_far_it_is(bench, photo, selective):
    marks = marks_on(bench, photo)
    for asked in (False, True):
        screens = run(bench, selective, photo, marks, Background.THIN.value, 5, asked)
        assert selective.wishes[-1].searched is asked
        notes = [pane.note for screen in screens for pane in screen.comparison.panes]
        assert ("Searching, 50%" in notes) is asked
    assert read_asked(bench, selective, photo, marks, "coarse", 5, "yes").searched is False


def test_what_can_be_taken_away_is_the_file(bench, photo, selective):
    screens = run(bench, selective, photo, marks_on(bench, photo), "coarse", 5)
    (finished,) = [screen for screen in screens if screen.download]
    data = finished.download.path.read_bytes()
    assert finished.card.data == data
    assert f"{len(data):,} bytes" in finished.download.label
    ours = finished.comparison.panes[1]
    assert ours.headline == f"{len(data):,} bytes"
    assert ours.subtitle == "25% kept, the rest coarse"


def test_the_background_follows_the_map_unless_it_is_chosen(bench, photo, selective):
    marks = marks_on(bench, photo)
    street, nature = selective.label_map(bench.open(photo).image), np.zeros((64, 96), np.uint8)
    for labels, chosen, synthesised in (
        (street, Background.SUITED, True),
        (nature, Background.SUITED, False),
        (nature, Background.SYNTHESISED, True),
        (street, Background.THIN, False),
    ):
        selective.labels = labels
        run(bench, selective, photo, marks, chosen.value, 5)
        assert selective.wishes[-1].synthesised == synthesised


def test_labels_corrected_by_hand_count(bench, photo, selective):
    labels = np.full((64, 96), class_named("road").id, np.uint8)
    run(bench, selective, photo, marks_on(bench, photo, labels), "coarse", 5)
    assert np.array_equal(selective.wishes[-1].labels, labels)


@pytest.mark.parametrize(
    ("background", "detail"), [("coarse", 1), ("coarse", 5.5), ("coarse", None), ("pink", 5)]
)
def test_settings_that_the_page_does_not_offer_are_refused(
    bench, photo, selective, background, detail
):
    with pytest.raises(InputError):
        read_asked(bench, selective, photo, marks_on(bench, photo), background, detail)


def test_nothing_is_coded_without_a_photo_or_marks(bench, photo, selective):
    with pytest.raises(InputError, match="Choose a photo"):
        run(bench, selective, None, None, "coarse", 5)
    with pytest.raises(InputError, match="did not arrive"):
        run(bench, selective, photo, None, "coarse", 5)
    assert not selective.wishes


def test_only_what_was_not_kept_is_tinted_in_its_class_color(selective):
    image = np.zeros((4, 4, 3), np.uint8)
    kept = np.eye(4, dtype=bool)
    labels = np.full((4, 4), class_named("car").id, np.uint8)
    tinted = tint(KeptPicture(image, kept, labels, synthesised=True), selective.classes)
    assert not tinted[kept].any()
    red, green, blue = tinted[0, 1].astype(int)
    assert red > green
    assert red > blue
    assert (tinted[~kept] == tinted[0, 1]).all()


def test_what_is_thin_is_tinted_alike_whatever_the_map_says(selective):
    image = np.full((4, 4, 3), 200, np.uint8)
    kept = np.eye(4, dtype=bool)
    labels = np.arange(16, dtype=np.uint8).reshape(4, 4) % len(selective.classes)
    tinted = tint(KeptPicture(image, kept, labels, synthesised=False), selective.classes)
    assert (tinted[kept] == 200).all()
    assert (tinted[~kept] == tinted[0, 1]).all()
    assert (tinted[0, 1] < 200).all()
