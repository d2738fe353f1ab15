"""The results that are shipped can be read, and say what the page says of them."""

import math

import pytest

from gcdemo.errors import InputError
from gcdemo.evaluation.plots import PANELS
from gcdemo.evaluation.stored import FLOORS, MEANS, RESULTS_FOLDER, stored_summaries


def test_every_codec_is_there_once_at_each_point():
    summaries = stored_summaries()
    keys = [(summary.codec, summary.point) for summary in summaries]
    assert len(set(keys)) == len(keys)
    assert {"gc", "bpg", "jpeg", "webp", "avif", "jxl"} <= {codec for codec, _ in keys}
    assert [s.quality for s in summaries if s.codec == "gc"] == [2, 4, 8, 16]


def test_every_mean_is_over_all_of_kodak_and_a_number():
    for summary in stored_summaries():
        assert summary.pictures == 24
        assert all(math.isfinite(getattr(summary, panel.measure)) for panel in PANELS)
        assert summary.bpp == pytest.approx(8 * summary.num_bytes / (768 * 512), rel=1e-4)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(InputError, match=MEANS):
        stored_summaries(tmp_path)
    (tmp_path / MEANS).write_bytes((RESULTS_FOLDER / MEANS).read_bytes())
    with pytest.raises(InputError, match=FLOORS):
        stored_summaries(tmp_path)


def test_another_table_is_refused(tmp_path):
    for name in (MEANS, FLOORS):
        (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="other columns"):
        stored_summaries(tmp_path)
