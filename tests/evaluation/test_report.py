import math

import pytest

from gcdemo.evaluation.patches import Kid
from gcdemo.evaluation.report import (
    PointKey,
    Summary,
    format_summaries,
    markdown_table,
    summarize,
)
from gcdemo.evaluation.rows import format_table, parse_rows
from tests.evaluation.make_rows import make_rival_row, make_row


def test_a_summary_is_the_mean_of_the_rows_of_its_point():
    rows = [
        make_row("a", 4, d10=2.0, num_bytes=100, bpp=0.25),
        make_row("a", 8, d10=1.5),
        make_row("b", 4, d10=3.0, num_bytes=50, bpp=0.125),
        make_row("b", 8, d10=1.0),
    ]
    four, eight = summarize(rows, {PointKey("gc", "C=8"): Kid(0.5, 0.125)})
    assert (four.point, four.pictures, four.d10, four.num_bytes) == ("C=4", 2, 2.5, 75)
    assert (eight.point, eight.d10, eight.kid, eight.kid_spread) == ("C=8", 1.25, 0.5, 0.125)
    assert four.kid is None
    assert four.saved_percent == pytest.approx(100 * (1 - 0.1875 / 0.5))


def test_codecs_at_one_point_are_not_mixed():
    rows = [make_rival_row("a"), make_rival_row("a", codec="webp"), make_rival_row("b")]
    jpeg, webp = summarize(rows, {})
    assert (jpeg.codec, jpeg.pictures) == ("jpeg", 2)
    assert (webp.codec, webp.pictures) == ("webp", 1)


def test_a_rival_has_no_bound_and_tells_how_many_pictures_were_at_its_floor():
    (summary,) = summarize([make_rival_row("a", floor=True), make_rival_row("b")], {})
    assert (summary.floors, summary.bound_bpp, summary.saved_percent) == (1, None, None)
    assert (summary.anchor, summary.factor, summary.encodes) == (4, 1.0, 7)


def test_a_metric_that_one_row_lacks_has_no_mean():
    (summary,) = summarize([make_row("a"), make_row("b", d10=None)], {})
    assert summary.d10 is None
    assert summary.lpips_squeeze == pytest.approx(0.2)


def test_no_rows_have_no_means():
    assert summarize([], {}) == ()


def test_a_table_of_means_is_read_as_it_was_written():
    summaries = summarize([make_row(psnr_db=math.inf), make_rival_row(d10=None)], {})
    text = format_table(Summary, summaries)
    assert tuple(parse_rows(Summary, text)) == summaries


def test_the_table_has_a_line_per_point_and_a_dash_for_what_is_absent():
    table = format_summaries(summarize([make_row(channels=2, d10=None), make_row(channels=16)], {}))
    header, _, two, sixteen = table.splitlines()
    column = [cell.strip() for cell in header.split("|")].index("d10")
    assert two.split("|")[column].strip() == "-"
    assert sixteen.split("|")[column].strip() == "2.000"
    assert len({len(line) for line in table.splitlines()}) == 1


def test_a_further_metric_has_a_mean_and_a_column_where_every_row_has_it():
    summaries = summarize([make_row("a", lpips_alex=0.5), make_row("b", lpips_alex=0.25)], {})
    header, _, line = format_summaries(summaries).splitlines()
    cells = dict(zip(header.split("|"), line.split("|"), strict=True))
    found = {title.strip(): cell.strip() for title, cell in cells.items()}
    assert found["LPIPS Alex"] == "0.3750"
    assert "LPIPS VGG" not in found
    assert tuple(parse_rows(Summary, format_table(Summary, summaries))) == summaries
    (summary,) = summarize([make_row("a", lpips_alex=0.5), make_row("b")], {})
    assert "LPIPS Alex" not in format_summaries([summary])


def test_a_table_is_as_wide_as_its_widest_cell():
    table = markdown_table(["a", "bb", "c"], [["123", "4", "5"]])
    assert table == "|   a | bb |  c |\n| --: | -: | -: |\n| 123 |  4 |  5 |\n"
