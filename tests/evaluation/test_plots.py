import math
import xml.etree.ElementTree as ElementTree

import pytest

from gcdemo.codecs.registry import RIVALS
from gcdemo.evaluation.plots import (
    FURTHER_PANELS,
    PANELS,
    STYLES,
    draw_figures,
    find_curves,
    named_curve,
)
from gcdemo.evaluation.report import Summary
from gcdemo.images import load_image
from tests.evaluation.make_rows import make_rival_row, make_row, make_summary


def own(channels, codec="gc", **changes):
    row = make_row(channels=channels, codec=codec, bpp=0.004 * channels, **changes)
    return make_summary(row)


def rival(factor, codec="jpeg", **changes):
    return make_summary(make_rival_row(factor=factor, codec=codec, bpp=0.1 * factor, **changes))


def swept(quality, codec="jpeg"):
    changes = {"point": f"q={quality}", "quality": quality, "bpp": 0.01 * quality}
    row = make_row(codec=codec, bound_bpp=None, **changes)
    return make_summary(row)


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    summaries = [own(2), own(16, d10=1.0), rival(1.0), rival(2.0, d10=None), swept(9, "avif")]
    return draw_figures(summaries, folder)


def test_every_codec_has_one_look_and_no_two_the_same():
    assert {codec.name for codec in RIVALS} | {"gc", "gc-mse"} <= {style.codec for style in STYLES}
    for field in ("codec", "label", "color", "marker"):
        assert len({getattr(style, field) for style in STYLES}) == len(STYLES)


def test_panels_show_what_is_summed_up():
    panels = (*PANELS, *FURTHER_PANELS)
    assert {panel.measure for panel in panels} <= set(Summary.__dataclass_fields__)
    for panel in panels:
        assert panel.label.endswith(f"{panel.better} is better")


def test_all_measures_are_drawn_together_and_each_alone_twice(figures):
    stems = ["rate-quality", *(f"rate-{panel.measure}" for panel in PANELS)]
    assert [path.name for path in figures] == [
        f"{stem}.{kind}" for stem in stems for kind in ("png", "svg")
    ]
    for path in figures:
        if path.suffix == ".png":
            image = load_image(path)
            assert image.shape[1] >= 900
            assert (image[0] == 255).all()  # on white
        else:
            assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_the_same_numbers_give_the_same_files(figures, tmp_path):
    summaries = [own(2), own(16, d10=1.0), rival(1.0), rival(2.0, d10=None), swept(9, "avif")]
    again = draw_figures(summaries, tmp_path)
    for first, second in zip(figures, again, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_a_figure_names_no_day_and_no_program(figures):
    for path in figures:
        if path.suffix == ".svg":
            text = path.read_text(encoding="utf-8")
            assert "<dc:date>" not in text
            assert "<dc:creator>" not in text


def test_a_measure_that_nobody_has_is_not_drawn(tmp_path):
    summaries = [
        own(2, lpips_squeeze=None, psnr_db=math.inf),
        own(4, lpips_squeeze=None, psnr_db=math.inf),
    ]
    names = {path.stem for path in draw_figures(summaries, tmp_path)}
    assert names == {"rate-quality", "rate-ms_ssim", "rate-d10"}


def test_a_further_metric_is_drawn_where_it_was_taken(figures, tmp_path):
    summaries = [own(2, lpips_vgg=0.5), own(16, lpips_vgg=0.25)]
    drawn = {path.name: path for path in draw_figures(summaries, tmp_path)}
    assert "rate-lpips_vgg.svg" in drawn
    assert not any("lpips_alex" in name for name in drawn)
    (four,) = (path for path in figures if path.name == "rate-quality.png")
    height = load_image(drawn["rate-quality.png"]).shape[0]
    assert height == pytest.approx(1.5 * load_image(four).shape[0], abs=1)


def test_nothing_measured_draws_nothing(tmp_path):
    assert draw_figures([], tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


def test_a_curve_grows_in_rate():
    (curve,) = find_curves([own(8), own(2), own(4)])
    assert [summary.quality for summary in curve.summaries] == [2, 4, 8]
    assert curve.own


def test_a_rivals_own_curve_replaces_the_matched_sizes():
    (curve,) = find_curves([rival(1.0), rival(2.0), swept(9), swept(1)])
    assert [summary.point for summary in curve.summaries] == ["q=1", "q=9"]
    (matched,) = find_curves([rival(1.0), rival(2.0)])
    assert len(matched.summaries) == 2
    assert not matched.own


def test_smaller_pictures_have_a_dashed_curve_where_any_was_coded_smaller():
    small = rival(1.0, point="1xC=4 scaled", scale=0.5)
    plain, dashed = find_curves([rival(1.0), small])
    assert (plain.dashed, dashed.dashed) == (False, True)
    assert dashed.style.color == plain.style.color
    assert "coded smaller" in dashed.style.label
    assert len(find_curves([rival(1.0), rival(1.0, point="1xC=4 scaled")])) == 1


def test_points_are_named_below_our_lowest_curve():
    summaries = [
        own(2, psnr_db=22.0, d10=3.0),
        own(2, codec="gc-mse", psnr_db=23.0, d10=2.0),
        rival(1.0, psnr_db=9.0, d10=1.0),
    ]
    curves = find_curves(summaries)
    named = [named_curve(curves, measure).style.codec for measure in ("psnr_db", "d10")]
    assert named == ["gc", "gc-mse"]
    assert named_curve(find_curves([rival(1.0)]), "d10") is None


def test_curves_come_in_the_order_of_the_table_and_unknown_weights_last():
    summaries = [
        own(2, codec="mine"),
        rival(1.0),
        own(2),
        rival(1.0, codec="bpg"),
        own(2, codec="my"),
    ]
    codecs = [curve.style.codec for curve in find_curves(summaries)]
    assert codecs == ["gc", "bpg", "jpeg", "mine", "my"]
    looks = {(curve.style.color, curve.style.marker) for curve in find_curves(summaries)}
    assert len(looks) == 5
