"""SC as the page uses it: what it knows of samples, and what it foretells."""

import numpy as np
import pytest

from gcdemo.errors import InputError
from gcdemo.images import load_image
from gcdemo.sample_maps import read_maps
from gcdemo.samples import SAMPLES
from gcdemo.selective_workshop import SelectiveWorkshop
from gcdemo.ui.selective_context import Wish

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def workshop():
    """The shipped weights on the CPU."""
    return SelectiveWorkshop("cpu")


@pytest.fixture
def segmented(workshop, monkeypatch):
    """The pictures that the segmenter was asked about."""
    asked, segment = [], workshop._segmenter.segment

    def note(image):
        asked.append(image.shape)
        return segment(image)

    monkeypatch.setattr(workshop._segmenter, "segment", note)
    return asked


def test_a_sample_is_known_and_no_network_looks_at_it(workshop, segmented):
    image, maps = load_image(SAMPLES[2].path), read_maps(SAMPLES[2])
    known = workshop.known(image)
    assert np.array_equal(known.kept, maps.kept)
    assert np.array_equal(known.labels, maps.labels)
    assert np.array_equal(workshop.label_map(image), maps.labels)
    assert len(known.objects) == maps.objects.max()
    assert segmented == []


def test_any_other_photo_is_looked_at_once(workshop, segmented, make_photo):
    image = make_photo(64, 96, seed=5)
    assert workshop.known(image) is None
    first, second = workshop.label_map(image), workshop.label_map(image)
    assert first is second
    assert segmented == [(64, 96, 3)]


def test_objects_of_another_selector_are_left_to_it(workshop, monkeypatch):
    image = load_image(SAMPLES[2].path)
    monkeypatch.setattr(type(workshop), "selector", property(lambda self: object()))
    known = workshop.known(image)
    assert known.objects == ()
    assert known.kept.any()


def whole(parts):
    *_, last = parts
    return last.data


def test_what_is_foretold_is_about_what_is_made(workshop):
    image, maps = load_image(SAMPLES[2].path)[150:390, 250:490], read_maps(SAMPLES[2])
    kept, labels = maps.kept[150:390, 250:490], maps.labels[150:390, 250:490]
    for synthesised in (True, False):
        wish = Wish(kept, labels, synthesised, 8)
        foretold = workshop.predict_bytes(image, wish)
        assert foretold == pytest.approx(len(whole(workshop.encode(image, wish))), rel=0.25)
    with pytest.raises(InputError, match="of one size"):
        workshop.predict_bytes(image[1:], wish)
