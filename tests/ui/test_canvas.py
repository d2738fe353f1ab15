"""The canvas in Python: what it sends, what it takes, and how questions are answered."""

import re

import numpy as np
import pytest

from gcdemo.errors import InputError
from gcdemo.label_classes import LABEL_CLASSES, class_named
from gcdemo.ui.canvas import CanvasData, MaskCanvas, Scene
from gcdemo.ui.component import static_text
from gcdemo.ui.marks import label_runs, mask_runs
from gcdemo.ui.replies import (
    LabelsReply,
    MaskReply,
    ObjectsReply,
    Refusal,
    answer,
    reply_update,
)
from gcdemo.ui.working import reduce
from tests.ui.streets import StreetSelector, draw_street

HEIGHT, WIDTH = 40, 60
IMAGE, LABELS = draw_street(HEIGHT, WIDTH)


@pytest.fixture
def canvas():
    """A canvas of the classes."""
    return MaskCanvas(LABEL_CLASSES, "a stand-in")


def sent(ask=None, turn=3):
    """What the script sends of the street, with nothing kept."""
    marks = {"picture": "street", "width": WIDTH, "height": HEIGHT, "kept": [WIDTH * HEIGHT]}
    return CanvasData(marks={**marks, "labels": None, "ask": ask, "turn": turn})


def test_a_scene_is_sent_at_the_working_size(canvas, tmp_path):
    kept = np.zeros((1001, 1500), bool)
    kept[500:] = True
    labels = draw_street(1001, 1500)[1]
    scene = Scene("key", tmp_path / "x.png", 1500, 1001, kept, labels, (kept, ~kept))
    data = canvas.postprocess(scene)
    assert data.working == (1024, 683)
    assert data.grid == (188, 126)
    assert data.kept == mask_runs(reduce(kept))
    assert data.labels == label_runs(reduce(labels))
    assert len(data.objects) == 2
    assert data.image.path == str(tmp_path / "x.png")


def test_the_same_scene_can_be_shown_again(canvas, tmp_path):
    scene = Scene("key", tmp_path / "x.png", 32, 32)
    assert canvas.postprocess(scene).fresh != canvas.postprocess(scene).fresh
    assert canvas.postprocess(None) is None


def test_handlers_get_checked_marks_and_none_without_a_picture(canvas):
    marks = canvas.preprocess(sent())
    assert marks.picture == "street"
    assert marks.kept.shape == (HEIGHT, WIDTH)
    assert canvas.preprocess(None) is None
    assert canvas.preprocess(CanvasData()) is None
    with pytest.raises(InputError):
        canvas.preprocess(CanvasData(marks={"kept": "all"}))


def test_the_script_knows_every_class_and_who_answers(canvas):
    assert [known["name"] for known in canvas.props["classes"]] == [c.name for c in LABEL_CLASSES]
    assert canvas.props["answerer"] == "a stand-in"
    assert canvas.props["cell"] == 8


def test_an_object_that_is_clicked_is_answered_by_its_mask(canvas):
    x, y = 33, 30
    ask = {"kind": "object", "points": [[x, y, True]], "box": None}
    reply = answer(StreetSelector(LABELS), IMAGE, "street", canvas.preprocess(sent(ask)))
    assert isinstance(reply, MaskReply)
    assert reply.turn == 3
    np.testing.assert_array_equal(reply.mask, class_named("car").id == LABELS)
    assert reply_update(reply)["reply"]["mask"] == mask_runs(reply.mask)


def test_all_objects_come_largest_first(canvas):
    marks = canvas.preprocess(sent({"kind": "objects"}))
    reply = answer(StreetSelector(LABELS), IMAGE, "street", marks)
    assert isinstance(reply, ObjectsReply)
    areas = [int(found.sum()) for found in reply.objects]
    assert areas == sorted(areas, reverse=True)
    assert len(reply_update(reply)["reply"]["objects"]) == len(areas)


def test_a_selector_that_fails_and_a_missing_question_are_told(canvas):
    ask = {"kind": "object", "points": [[1, 1, True]], "box": None}
    with pytest.raises(InputError, match="no object"):
        answer(StreetSelector(LABELS), IMAGE, "street", canvas.preprocess(sent(ask)))
    with pytest.raises(InputError, match="question"):
        answer(StreetSelector(LABELS), IMAGE, "street", canvas.preprocess(sent()))
    with pytest.raises(InputError, match="another picture"):
        answer(StreetSelector(LABELS), IMAGE, "other", canvas.preprocess(sent(ask)))


def test_replies_name_their_picture_and_equal_ones_differ():
    for reply in (Refusal("street", 2, "No."), LabelsReply("street", LABELS)):
        first, second = (reply_update(reply)["reply"] for _ in range(2))
        assert first["picture"] == "street"
        assert first["nonce"] != second["nonce"]


def test_the_page_part_holds_nothing_that_a_value_could_fill():
    # Gradio evaluates templates as Handlebars and as a JavaScript template: values would be code.
    for ending in ("html", "css"):
        assert not re.search(r"\$\{|\{\{|\}\}|`|\\", static_text(f"{MaskCanvas.part}.{ending}"))
    script = MaskCanvas.script_text()
    assert not re.search(r"innerHTML|insertAdjacentHTML|outerHTML|document\.write", script)
    assert set(re.findall(r"trigger\('(\w+)'", script)) == set(MaskCanvas.script_events)
