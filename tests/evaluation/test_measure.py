import math

import numpy as np
import pytest

from gcdemo.codecs.base import bound_bpp
from gcdemo.errors import InputError
from gcdemo.evaluation.measure import Metrics, NamedPicture, load_metrics, measure_picture
from gcdemo.evaluation.metrics import psnr_db
from gcdemo.evaluation.points import Setting, Size
from tests.evaluation.fakes import CoarseCodec, CroppingCodec, bytes_of, tiny_metrics

QUALITIES = tuple(range(1, 9))
OWN = [Setting(2, own=True), Setting(8, own=True)]


@pytest.fixture
def metrics(tiny_trunk):
    return tiny_metrics(tiny_trunk)


def measure(picture, points, metrics=None, codec=None, targets=None):
    codec = codec or CoarseCodec("jpeg", QUALITIES)
    named = NamedPicture("p", "00", picture)
    return measure_picture(codec, "1", named, points, targets or {}, metrics or Metrics())


def test_the_numbers_of_a_row_are_those_of_its_file(picture):
    for measured in measure(picture, OWN):
        row = measured.row
        image_hat = CoarseCodec().decode(measured.data)
        assert row.num_bytes == len(measured.data) == bytes_of(picture, row.quality)
        assert row.bpp == pytest.approx(8 * row.num_bytes / (row.width * row.height))
        assert (row.height, row.width) == picture.shape[:2]
        assert row.psnr_db == psnr_db(picture, image_hat)
        assert row.encode_seconds > 0
        assert row.decode_seconds > 0


def test_ours_have_a_bound_and_no_target(picture):
    two, eight = (measured.row for measured in measure(picture, OWN))
    assert (two.point, two.bound_bpp) == ("C=2", bound_bpp(2, 5))
    assert (eight.target_bytes, eight.anchor, eight.factor, eight.floor) == (
        None,
        None,
        None,
        False,
    )
    assert two.psnr_db < eight.psnr_db == math.inf


def test_a_rival_gets_no_fewer_bytes_than_asked_for_and_says_what_was_asked(picture):
    target = bytes_of(picture, 3)
    points = [Size(4, 1.0), Size(4, 1.5)]
    one, more = (found.row for found in measure(picture, points, targets={4: target}))
    assert (one.anchor, one.factor, one.target_bytes) == (4, 1.0, target)
    assert (one.quality, one.num_bytes, one.floor) == (3, target, False)
    assert more.target_bytes == math.ceil(1.5 * target)
    assert more.num_bytes >= more.target_bytes
    assert more.encodes > 1
    assert more.bound_bpp is None


def test_below_a_codecs_smallest_file_the_floor_is_given_and_flagged(picture):
    (found,) = measure(picture, [Size(4, 1.0)], targets={4: 10})
    assert (found.row.floor, found.row.quality) == (True, 1)
    assert found.row.num_bytes == bytes_of(picture, 1) > found.row.target_bytes


def test_a_smaller_picture_is_only_coded_where_asked_for_and_is_compared_at_full_size(picture):
    target = bytes_of(picture, 1) // 2
    plain, scaled = measure(picture, [Size(4, 1.0), Size(4, 1.0, scaled=True)], targets={4: target})
    assert (plain.row.scale, plain.row.floor) == (1, True)
    assert scaled.row.scale < 1
    assert target <= scaled.row.num_bytes < plain.row.num_bytes
    assert scaled.row.bpp == pytest.approx(8 * scaled.row.num_bytes / picture[..., 0].size)
    assert math.isfinite(scaled.row.psnr_db)


def test_one_file_is_measured_once_whatever_points_it_is_of(picture):
    calls = []

    def count(image, image_hat):
        calls.append(image_hat)
        return 1.0

    points = [Size(2, 1.0), Size(4, 1.0), Size(4, 2.0)]
    found = measure(picture, points, Metrics(d10=count), targets={2: 10, 4: 11})
    assert len(calls) == 1
    assert [measured.row.point for measured in found] == ["1xC=2", "1xC=4", "2xC=4"]
    assert len({measured.data for measured in found}) == 1


def test_sets_are_compared_at_every_point_but_a_rivals_own_settings(picture, metrics):
    points = [Size(4, 1.0), Setting(1), Setting(2, own=True)]
    sized, swept, own = measure(picture, points, metrics, targets={4: 10})
    assert sized.data == swept.data
    assert sized.features is not None
    assert swept.features is None
    assert own.features is not None
    assert [found.row.has_features for found in (sized, swept, own)] == [True, False, True]


def test_a_metric_without_weights_is_none_and_never_zero(picture, metrics):
    (found,) = measure(picture, OWN[:1], metrics)
    assert found.row.lpips_squeeze is None
    assert found.row.d10 > 0


def test_a_picture_that_comes_back_in_another_size_is_refused(picture):
    with pytest.raises(InputError, match="must agree"):
        measure(picture, OWN, codec=CroppingCodec())


def test_every_metric_that_is_there_is_in_the_row(picture):
    names = ("lpips_squeeze", "lpips_alex", "lpips_vgg", "d10")
    values = {name: 0.125 * (place + 1) for place, name in enumerate(names)}
    given = {name: (lambda a, b, value=value: value) for name, value in values.items()}
    (found,) = measure(picture, OWN[:1], Metrics(**given))
    assert {name: getattr(found.row, name) for name in names} == values


@pytest.fixture
def no_cache(tmp_path, monkeypatch):
    """Torch has fetched nothing."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def test_without_any_weights_every_reason_names_a_file(tmp_path, no_cache):
    metrics = load_metrics(tmp_path)
    assert (metrics.lpips_squeeze, metrics.d10, metrics.patch_features) == (None, None, None)
    assert (metrics.lpips_alex, metrics.lpips_vgg) == (None, None)
    assert set(metrics.absent) == {"lpips_squeeze", "lpips_alex", "lpips_vgg", "d10", "kid"}
    assert all(".pth" in reason for reason in metrics.absent.values())
    assert metrics.weights == {}


def test_with_leave_to_fetch_the_reason_is_why_that_failed(tmp_path, no_cache, monkeypatch):
    monkeypatch.setattr("gcdemo.lpips_trunks.PUBLISHED_AT", f"{tmp_path.as_uri()}/")
    reasons = load_metrics(tmp_path, download=True).absent
    assert "alexnet-owt-7be5be79.pth could not be fetched" in reasons["lpips_alex"]
    assert "vgg16-397923af.pth could not be fetched" in reasons["lpips_vgg"]


def test_with_the_weights_no_metric_is_absent_and_each_has_a_hash(backbones, no_cache):
    metrics = load_metrics(backbones)
    assert set(metrics.absent) <= {"lpips_alex", "lpips_vgg"}  # their files are large
    assert None not in (metrics.lpips_squeeze, metrics.d10, metrics.patch_features)
    assert all(len(digest) == 12 for digest in metrics.weights.values())
    assert len({*metrics.weights.values()}) == len(metrics.weights)


def test_an_original_is_left_as_it_was(picture, metrics):
    before = picture.copy()
    measure(picture, [Size(4, 1.0, scaled=True), *OWN], metrics, targets={4: 300})
    assert np.array_equal(picture, before)
