import pytest

from gcdemo.errors import InputError
from gcdemo.evaluation.points import SWEEPS, Plan, Setting, Size, sweep_qualities


def names(points):
    return [point.name for point in points]


def test_ours_are_measured_at_every_rate_once_in_order():
    assert names(Plan((8, 2, 2)).own_points("GC", range(2, 17))) == ["C=2", "C=8"]


def test_a_rival_gets_every_multiple_of_our_bytes_at_every_rate():
    points = Plan((2, 4), (3, 1)).rival_points("bpg", range(52))
    assert names(points) == ["1xC=2", "3xC=2", "1xC=4", "3xC=4"]
    assert points[1] == Size(anchor=2, factor=3)


def test_smaller_pictures_are_asked_for_besides_and_never_instead():
    plain, scaled = Plan((2,), (1, 1.5)), Plan((2,), (1, 1.5), scaled=True)
    added = scaled.rival_points("bpg", range(52))[2:]
    assert scaled.rival_points("bpg", range(52))[:2] == plain.rival_points("bpg", range(52))
    assert names(added) == ["1xC=2 scaled", "1.5xC=2 scaled"]


def test_a_sweep_adds_the_codecs_own_settings():
    points = Plan((2,), (), sweep=True).rival_points("bpg", range(52))
    assert points[:3] == (Setting(0), Setting(4), Setting(8))


@pytest.mark.parametrize("name", SWEEPS)
def test_a_curve_begins_at_the_smallest_file_of_a_codec_that_has_these_settings(name):
    from gcdemo.codecs.registry import rival

    codec = rival(name)
    assert set(SWEEPS[name]) <= set(codec.qualities)
    swept = sweep_qualities(name, codec.qualities)
    assert list(swept) == sorted(SWEEPS[name])
    if name != "jpeg2000":  # whose smallest files hold nothing but their header
        assert swept[0] == codec.qualities[0]


def test_a_codec_without_a_list_is_swept_evenly():
    assert sweep_qualities("other", range(100)) == tuple(range(0, 100, 10))
    assert sweep_qualities("other", (5, 7, 9)) == (5, 7, 9)


def test_points_of_one_codec_have_different_names():
    points = Plan((2, 4), (1, 2), scaled=True, sweep=True).rival_points("other", range(30))
    assert len(set(names(points))) == len(points)


@pytest.mark.parametrize(
    ("rates", "factors", "message"),
    [((), (1,), "at least one rate"), ((2,), (0,), "positive"), ((2,), (-1,), "positive")],
)
def test_a_plan_without_sense_is_refused(rates, factors, message):
    with pytest.raises(InputError, match=message):
        Plan(rates, factors)


def test_a_rate_that_the_model_lacks_is_refused():
    with pytest.raises(InputError, match=r"GC does not code C = 3, 5; it codes C = 2, 4, 8"):
        Plan((2, 3, 5)).own_points("GC", (2, 4, 8))
