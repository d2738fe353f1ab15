"""Our own components: what crosses between Python and the page."""

import json
import re

import pytest
from gradio.data_classes import FileData

from gcdemo.ui import component
from gcdemo.ui.compare import CompareViewer
from gcdemo.ui.context import channel_rates
from gcdemo.ui.file_card import SHOWN_BYTES, FileView
from gcdemo.ui.handlers import compress
from gcdemo.ui.inputs import FileDrop, RateSlider, SampleStrip, Upload
from gcdemo.ui.rate_strip import RateStrip
from gcdemo.ui.rivals import RivalPicker
from gcdemo.ui.share_link import ShareLink
from gcdemo.ui.view import FileCard, Photo
from tests.ui.fakes import FakeCodec

COMPONENTS = (
    CompareViewer,
    FileView,
    FileDrop,
    SampleStrip,
    RateSlider,
    RateStrip,
    RivalPicker,
    ShareLink,
)


@pytest.fixture
def screen(bench, photo_file):
    """A finished result."""
    *_, last = compress(bench, Photo("mine", photo_file), 4)
    return last


@pytest.mark.parametrize("kind", COMPONENTS)
def test_every_component_has_its_page_part(kind):
    for ending in ("html", "css"):
        assert component.static_text(f"{kind.part}.{ending}").strip()
    assert kind.script_text().strip()


@pytest.mark.parametrize("path", sorted(component.STATIC.iterdir()), ids=lambda path: path.name)
def test_the_page_asks_no_one_else_for_anything(path):
    text = path.read_text()
    links = re.findall(r"https?://[^\s\"'()]+", text)
    namespaces = ("http://www.w3.org/2000/svg",)
    assert [link for link in links if not link.startswith(namespaces)] == (
        ["https://arxiv.org/abs/1804.02958"] if path.name in ("about.html", "foot.html") else []
    )
    assert "@import" not in text


@pytest.mark.parametrize("kind", COMPONENTS)
def test_templates_hold_nothing_that_a_value_could_fill(kind):
    # Gradio evaluates them as Handlebars and as a JavaScript template: values would be code.
    for ending in ("html", "css"):
        text = component.static_text(f"{kind.part}.{ending}")
        assert not re.search(r"\$\{|\{\{|\}\}|`|\\", text)
    assert not re.search(
        r"innerHTML|insertAdjacentHTML|outerHTML|document\.write", kind.script_text()
    )


@pytest.mark.parametrize("kind", COMPONENTS)
def test_the_events_that_python_knows_are_those_that_the_script_triggers(kind):
    assert set(re.findall(r"trigger\('(\w+)'", kind.script_text())) == set(kind.script_events)


def test_words_quoted_in_a_script_do_not_become_attributes():
    viewer = CompareViewer()
    for word in ("grid", "split", "pointerdown", "contextmenu"):
        assert not hasattr(viewer, word)


def test_building_components_leaves_no_files_beside_their_sources():
    assert [path.name for path in component.STATIC.parent.glob("*.pyi")] == []


def test_the_viewer_is_given_files_and_plain_text(screen):
    sent = CompareViewer().postprocess(screen.comparison)
    assert [pane.image.path for pane in sent.panes] == [
        str(pane.image) for pane in screen.comparison.panes
    ]
    assert len(sent.model_dump_json()) < 4000
    assert CompareViewer().postprocess(None) is None


def test_the_viewer_takes_nothing_back(screen):
    viewer = CompareViewer()
    assert viewer.preprocess(viewer.postprocess(screen.comparison)) is None


def test_a_file_is_listed_byte_by_byte_and_a_long_one_only_at_its_start(screen):
    sent = FileView().postprocess(screen.card)
    assert bytes.fromhex(sent.hex) == screen.card.data
    long = FileCard("long.gci", screen.card.report, bytes(SHOWN_BYTES + 1))
    assert len(FileView().postprocess(long).hex) == 2 * SHOWN_BYTES


def test_an_upload_arrives_as_its_path_and_its_untrusted_name(tmp_path):
    drop = FileDrop("Choose", "or drop", accept="image/png", max_bytes=10)
    payload = FileData(path=str(tmp_path / "x.png"), orig_name="../x.png")
    assert drop.preprocess(payload) == Upload(tmp_path / "x.png", "../x.png")
    assert drop.preprocess(None) is None


def test_samples_are_sent_as_small_pictures(bench):
    strip = SampleStrip(bench.context.samples)
    (sample,) = strip.props["samples"]
    assert sample["image"].startswith("data:image/jpeg;base64,")
    assert len(json.dumps(sample)) < 30_000
    assert strip.visible
    assert not SampleStrip(()).visible


def test_the_slider_is_told_every_stop_and_its_bound():
    slider = RateSlider(channel_rates(FakeCodec.qualities), 4)
    stops = slider.props["rates"]
    assert [stop["quality"] for stop in stops] == list(range(2, 17))
    assert [stop["quality"] for stop in stops if stop["published"]] == [2, 4, 8, 16]
    assert slider.value == 4
