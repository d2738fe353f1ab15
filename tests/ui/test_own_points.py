"""A visitor's photo among the benchmark's curves."""

import math

import pytest
from PIL import Image

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.errors import InputError
from gcdemo.ui.benchmark_plot import BenchmarkPlot
from gcdemo.ui.curves import Benchmark, Curve, CurvePoint
from gcdemo.ui.handlers import compress
from gcdemo.ui.own_points import with_every_rate, with_photo
from gcdemo.ui.view import Photo, RivalChoice
from gcdemo.ui.workbench import Workbench
from tests.ui.fakes import BENCHMARK, fake_context


@pytest.fixture
def photo(photo_file):
    return Photo("mine", photo_file)


@pytest.fixture
def bench(tmp_path):
    return Workbench(fake_context(rivals=(JpegCodec(),)), tmp_path / "files")


def mine(benchmark):
    return [curve for curve in benchmark.curves if curve.mine]


def test_without_a_photo_the_benchmark_stands_alone(bench):
    assert with_photo(bench, BENCHMARK, None) is BENCHMARK


def test_what_was_coded_is_there_with_the_numbers_that_were_shown(bench, photo):
    *_, screen = compress(bench, photo, 4, RivalChoice(("jpeg",)))
    shown = with_photo(bench, BENCHMARK, photo)
    assert shown.curves[:2] == BENCHMARK.curves
    assert [curve.codec for curve in mine(shown)] == ["gc", "jpeg"]
    for curve, pane in zip(mine(shown), screen.comparison.panes[1:], strict=True):
        (point,) = curve.points
        assert pane.headline == f"{point.num_bytes:,} bytes"
        assert point.bpp == pytest.approx(8 * point.num_bytes / (96 * 64))
        assert point.values == tuple(stat.value for stat in pane.stats)


def test_a_photo_takes_the_colors_of_the_codecs(bench, photo):
    list(compress(bench, photo, 4, RivalChoice(("jpeg",))))
    shown = with_photo(bench, BENCHMARK, photo)
    colors = {curve.codec: curve.color for curve in BENCHMARK.curves}
    assert all(curve.color == colors[curve.codec] for curve in mine(shown))


def test_points_of_another_photo_are_left_out(bench, photo, tmp_path, make_photo):
    list(compress(bench, photo, 4))
    path = tmp_path / "other.png"
    Image.fromarray(make_photo(48, 64)).save(path)
    assert mine(with_photo(bench, BENCHMARK, Photo("other", path))) == []


def test_every_rate_adds_its_points_as_they_come(bench, photo):
    counts = [
        sum(len(curve.points) for curve in mine(shown))
        for shown in with_every_rate(bench, BENCHMARK, photo)
    ]
    assert counts == sorted(set(counts))
    assert counts[0] == 1
    ours, theirs = mine(with_photo(bench, BENCHMARK, photo))
    assert [point.name for point in ours.points] == ["C = 2", "C = 4", "C = 8", "C = 16"]
    assert [point.bpp for point in theirs.points] == sorted(point.bpp for point in theirs.points)


def test_without_a_photo_every_rate_asks_for_one(bench):
    with pytest.raises(InputError, match="Choose a photo first"):
        list(with_every_rate(bench, BENCHMARK, None))


def test_what_no_axis_can_hold_is_not_sent():
    point = CurvePoint("C = 2", 10, 0.1, (math.inf, None))
    sent = BenchmarkPlot().postprocess(
        Benchmark("", BENCHMARK.measures, (Curve("gc", "GC", "#000000", (point,)),))
    )
    assert sent.curves[0].points[0].values == [None, None]
    assert "Infinity" not in sent.model_dump_json()
