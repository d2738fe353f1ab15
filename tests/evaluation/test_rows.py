import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.errors import InputError
from gcdemo.evaluation.rows import Row, columns_of, format_table, parse_rows
from tests.evaluation.make_rows import make_rival_row, make_row


def table(*rows):
    return format_table(Row, rows)


@pytest.mark.parametrize(
    "row",
    [
        make_row('comma, "quote" and\nline'),
        make_row(d10=None, lpips_squeeze=None, psnr_db=math.inf),
        make_rival_row(floor=True, scale=0.75, factor=1.5),
        make_row(lpips_vgg=0.25),
    ],
    ids=["text", "absent", "rival", "further"],
)
def test_a_row_is_read_as_it_was_written(row):
    assert parse_rows(Row, table(row, row)) == [row, row]


@given(st.floats(1e-6, 1e6), st.floats(0, 1))
def test_fractions_keep_six_digits(psnr, ms_ssim):
    (row,) = parse_rows(Row, table(make_row(psnr_db=psnr, ms_ssim=ms_ssim)))
    assert row.psnr_db == pytest.approx(psnr, rel=1e-5)
    assert row.ms_ssim == pytest.approx(ms_ssim, rel=1e-5)
    assert parse_rows(Row, table(row)) == [row]


@given(st.integers(1, 400))
def test_of_a_table_cut_anywhere_the_whole_lines_are_read(length):
    rows = [make_row("a"), make_rival_row("b"), make_row("c", d10=None)]
    text = table(*rows)
    cut = text[: -min(length, len(text) - len(table()))]
    whole = cut.count("\n") - 1
    assert parse_rows(Row, cut) == rows[:whole]


def test_a_further_metric_is_a_column_where_a_row_has_it():
    plain, further = make_row("a"), make_row("b", lpips_vgg=0.25)
    assert not {"lpips_alex", "lpips_vgg"} & set(columns_of(Row, [plain]))
    assert set(columns_of(Row, [plain, further])) - set(columns_of(Row, [plain])) == {"lpips_vgg"}
    assert "lpips_vgg" in table(plain, further).splitlines()[0]
    assert parse_rows(Row, table(plain, further)) == [plain, further]


@pytest.mark.parametrize("column", ["d10", "picture"])
def test_no_other_column_may_be_missing(column):
    lines = [line.split(",") for line in table(make_row()).splitlines()]
    place = lines[0].index(column)
    rest = "".join(",".join(line[:place] + line[place + 1 :]) + "\n" for line in lines)
    with pytest.raises(InputError, match="other columns"):
        parse_rows(Row, rest)


def test_what_is_absent_is_an_empty_cell_and_never_a_zero():
    header, line = table(make_row(d10=None)).splitlines()
    assert dict(zip(header.split(","), line.split(","), strict=True))["d10"] == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("picture,codec\na,gc\n", "other columns"),
        ("", "other columns"),
        (table(make_row()).replace("96", "many"), "damaged"),
        (table(make_row()) + "a,b\n", "damaged"),
    ],
)
def test_another_table_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_rows(Row, text)


def test_files_of_different_rows_have_different_names_but_one_file_has_one():
    rows = [
        make_row(channels=2),
        make_row(channels=4),
        make_rival_row(num_bytes=10),
        make_rival_row(num_bytes=11),
        make_rival_row(scale=0.5, num_bytes=10),
    ]
    assert len({row.file_stem for row in rows}) == len(rows)
    again = dataclasses.replace(rows[2], point="2xC=4", factor=2.0)
    assert again.file_stem == rows[2].file_stem
    assert again.key != rows[2].key


def test_only_a_rivals_own_settings_have_no_distance_of_sets():
    assert make_row().has_features
    assert make_rival_row().has_features
    assert not dataclasses.replace(make_rival_row(), factor=None, point="q=3").has_features
