"""Addresses reopen what they were copied from; whatever else they hold is ignored."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.codecs.webp import WebpCodec
from gcdemo.ui.context import FACTORS
from gcdemo.ui.links import Link, read_link, write_link
from gcdemo.ui.view import RivalChoice
from tests.ui.fakes import FakeSample, fake_context

TABS = ("try", "decode", "study")
SAMPLES = (FakeSample("dawn", "Dawn", None), FakeSample("dusk", "Dusk", None))
CONTEXT = replace(fake_context(SAMPLES, rivals=(JpegCodec(), WebpCodec())), first_rivals=("jpeg",))
USUAL = Link("try", "dawn", CONTEXT.start_quality, RivalChoice(("jpeg",)), searched=False)


def query_of(address):
    return dict(part.split("=") for part in address.removeprefix("?").split("&"))


@given(
    st.sampled_from([sample.name for sample in SAMPLES]),
    st.sampled_from([rate.quality for rate in CONTEXT.rates]),
    st.builds(
        RivalChoice,
        st.sampled_from([(), ("jpeg",), ("webp",), ("jpeg", "webp")]),
        st.sampled_from(FACTORS),
        st.booleans(),
    ),
    st.booleans(),
)
def test_an_address_reopens_what_it_was_copied_from(example, quality, rivals, searched):
    query = query_of(write_link(example, quality, rivals, searched=searched))
    for first in (False, True):  # whatever the page does by itself
        link = read_link(query, replace(CONTEXT, search_first=first), TABS)
        assert link == Link("try", example, quality, rivals, searched)


def test_a_page_that_cannot_search_does_as_it_always_does():
    assert not read_link({"search": "1"}, replace(CONTEXT, searching=None), TABS).searched


KEYS = st.sampled_from(["tab", "example", "C", "bpp", "with", "factor", "scaled", "search", "x"])


@given(st.dictionaries(KEYS, st.text() | st.sampled_from(["nan", "inf", "-1", "0", "1e999", "²"])))
def test_whatever_stands_in_an_address_the_page_can_show_it(query):
    link = read_link(query, CONTEXT, TABS)
    assert link.tab in TABS
    assert link.example in CONTEXT.samples_by_name
    assert link.quality in {rate.quality for rate in CONTEXT.rates}
    assert set(link.rivals.names) <= set(CONTEXT.rivals_by_name)
    assert link.rivals.factor in FACTORS


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"tab": "admin", "example": "../dawn", "C": "17", "bpp": "-1", "factor": "9"},
        {
            "C": "four",
            "bpp": "nan",
            "factor": "inf",
            "scaled": "yes",
            "search": "2",
            "unknown": "1",
        },
    ],
)
def test_what_is_unknown_is_as_it_always_is(query):
    assert read_link(query, CONTEXT, TABS) == USUAL


@pytest.mark.parametrize(("bpp", "quality"), [("0.018", 2), ("0.036", 4), ("0.05", 6), ("9", 16)])
def test_a_rate_in_bits_opens_the_nearest_stop(bpp, quality):
    assert read_link({"bpp": bpp}, CONTEXT, TABS).quality == quality


def test_a_page_without_samples_opens_none():
    assert read_link({"example": "dawn"}, fake_context(), TABS).example == ""
