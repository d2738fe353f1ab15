"""The page is built from what it is given, and from nothing that does not fit together."""

import pytest

from gcdemo.ui.context import AppContext, channel_rates
from tests.ui.fakes import FakeCodec, FakeReader, FakeSample, fake_context


def test_the_published_points_have_the_bounds_of_the_paper():
    marked = [rate for rate in channel_rates(range(1, 17)) if rate.published]
    assert [rate.quality for rate in marked] == [2, 4, 8, 16]
    assert [round(rate.bound_bpp, 3) for rate in marked] == [0.018, 0.036, 0.073, 0.145]


def test_the_slider_asks_only_for_what_the_codec_has():
    codec = FakeCodec()
    for rates in ((), channel_rates([2, 17])):
        with pytest.raises(ValueError, match="must be among"):
            AppContext(codec=codec, rates=rates, reader=FakeReader(codec))


@pytest.mark.parametrize(("qualities", "start"), [([2, 4, 8], 4), ([16], 16), ([2, 3, 7], 3)])
def test_the_slider_opens_at_the_stop_nearest_to_the_wanted_one(qualities, start):
    codec = FakeCodec()
    context = AppContext(codec=codec, rates=channel_rates(qualities), reader=FakeReader(codec))
    assert context.start_quality == start


def test_samples_are_found_by_name(tmp_path):
    sample = FakeSample("dawn", "Dawn", tmp_path)
    assert fake_context((sample,)).samples_by_name == {"dawn": sample}
