import csv
import io
import math

import pytest

from gcdemo.evaluation.patches import Kid
from gcdemo.evaluation.report import (
    Row,
    Summary,
    format_summaries,
    markdown_table,
    summarize,
    write_header,
    write_rows,
)


def make_row(picture="a", channels=4, **changes):
    values = {
        "picture": picture,
        "codec": "fake",
        "channels": channels,
        "width": 64,
        "height": 48,
        "num_bytes": 96,
        "bpp": 0.25,
        "bound_bpp": 0.5,
        "psnr_db": 30.0,
        "ms_ssim": 0.9,
        "lpips_squeeze": 0.2,
        "d10": 2.0,
        "color_error": 1.0,
        "encode_seconds": 0.5,
        "decode_seconds": 0.25,
    }
    return Row(**(values | changes))


def read(write):
    file = io.StringIO(newline="")
    write(file)
    return list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))


def test_a_summary_is_the_mean_of_the_rows_of_its_rate():
    rows = [
        make_row("a", 4, d10=2.0, num_bytes=100, bpp=0.25),
        make_row("a", 8, d10=1.5),
        make_row("b", 4, d10=3.0, num_bytes=50, bpp=0.125),
        make_row("b", 8, d10=1.0),
    ]
    four, eight = summarize(rows, {8: Kid(0.5, 0.125)})
    assert (four.channels, four.pictures, four.d10, four.num_bytes) == (4, 2, 2.5, 75)
    assert (eight.channels, eight.d10, eight.kid, eight.kid_spread) == (8, 1.25, 0.5, 0.125)
    assert four.kid is None
    assert four.saved_percent == pytest.approx(100 * (1 - 0.1875 / 0.5))


def test_a_metric_that_one_row_lacks_has_no_mean():
    (summary,) = summarize([make_row("a"), make_row("b", d10=None)], {})
    assert summary.d10 is None
    assert summary.lpips_squeeze == pytest.approx(0.2)


def test_no_rows_have_no_means():
    assert summarize([], {}) == ()


def test_csv_keeps_every_field_and_leaves_absent_ones_empty():
    def write(file):
        write_header(file, Row)
        write_rows(file, [make_row('comma, and "quote"'), make_row("b", d10=None)])

    first, second = read(write)
    assert list(first) == list(Row.__dataclass_fields__)
    assert first["picture"] == 'comma, and "quote"'
    assert float(first["d10"]) == 2.0
    assert second["d10"] == ""
    assert second["num_bytes"] == "96"


def test_csv_of_summaries_has_their_fields():
    (row,) = read(
        lambda file: (
            write_header(file, Summary),
            write_rows(file, summarize([make_row(psnr_db=math.inf)], {})),
        )
    )
    assert list(row) == list(Summary.__dataclass_fields__)
    assert float(row["psnr_db"]) == math.inf
    assert row["kid"] == ""


def test_the_table_has_a_line_per_rate_and_a_dash_for_what_is_absent():
    table = format_summaries(summarize([make_row(channels=2, d10=None), make_row(channels=16)], {}))
    header, _, two, sixteen = table.splitlines()
    column = [cell.strip() for cell in header.split("|")].index("d10")
    assert two.split("|")[column].strip() == "-"
    assert sixteen.split("|")[column].strip() == "2.000"
    assert len({len(line) for line in table.splitlines()}) == 1


def test_a_table_is_as_wide_as_its_widest_cell():
    table = markdown_table(["a", "bb", "c"], [["123", "4", "5"]])
    assert table == "|   a | bb |  c |\n| --: | -: | -: |\n| 123 |  4 |  5 |\n"
