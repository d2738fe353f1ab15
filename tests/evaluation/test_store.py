import csv
import dataclasses
import errno
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gcdemo.errors import InputError
from gcdemo.evaluation.points import Plan
from gcdemo.evaluation.rows import Row, parse_rows
from tests.evaluation.fakes import CoarseCodec, FakeBench, run, tiny_metrics

QUALITIES = tuple(range(1, 9))


@pytest.fixture(autouse=True)
def quick_ms_ssim(monkeypatch):
    """These tests are not about its value, and it takes longer than all the rest."""
    monkeypatch.setattr("gcdemo.evaluation.measure.ms_ssim", lambda image, image_hat: 0.5)


@pytest.fixture
def folder(tmp_path, picture):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.tile(picture[number * 5 :], (1, 2, 1))).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def make_bench(tiny_trunk):
    """A function that gives new tools, which count what they encode."""

    def make():
        codecs = CoarseCodec(), CoarseCodec("jpeg", QUALITIES)
        return FakeBench(tiny_metrics(tiny_trunk), *codecs)

    return make


def encodes(bench):
    return sum(codec.encoded.total() for codec in bench.codecs.values())


def read(out):
    with (out / "rows.csv").open(newline="", encoding="utf-8") as file:
        return parse_rows(Row, file.read())


def numbers(rows):
    return [(*row.key, row.num_bytes, row.psnr_db, row.d10, row.encodes) for row in rows]


class Killed(BaseException):
    """What no program expects."""


class KilledAfter(CoarseCodec):
    """Stops everything at its so-manieth file."""

    def __init__(self, count):
        super().__init__("jpeg", QUALITIES)
        self.count = count

    def encode(self, image, quality):
        if self.encoded.total() == self.count:
            raise Killed
        return super().encode(image, quality)


@pytest.mark.parametrize("count", [0, 5, 12])
def test_a_run_that_is_killed_goes_on_where_it_was_and_ends_alike(
    folder, out, make_bench, tmp_path, count
):
    whole = make_bench()
    expected = run(folder, tmp_path / "whole", whole)
    bench = make_bench()
    bench.codecs["jpeg"] = KilledAfter(count)
    with pytest.raises(Killed):
        run(folder, out, bench)
    before = read(out)
    assert before
    again = make_bench()
    result = run(folder, out, again)
    assert numbers(result.rows) == numbers(expected.rows)
    assert result.summaries[0].kid == expected.summaries[0].kid is not None
    assert set(before) <= set(result.rows)  # not measured again: their seconds are the same
    assert encodes(again) < encodes(whole)


def test_with_nothing_left_to_do_nothing_is_encoded_and_the_tables_are_written_anew(
    folder, out, make_bench
):
    run(folder, out, make_bench())
    tables = {path: path.read_bytes() for path in (out / "summary.csv", out / "summary.md")}
    for path in tables:
        path.unlink()
    bench = make_bench()
    run(folder, out, bench)
    assert encodes(bench) == 0
    assert {path: path.read_bytes() for path in tables} == tables


def test_a_line_that_was_not_finished_is_measured_again(folder, out, make_bench):
    expected = numbers(run(folder, out, make_bench()).rows)
    text = (out / "rows.csv").read_text(encoding="utf-8")
    (out / "rows.csv").write_text(text[:-30], encoding="utf-8")
    assert numbers(run(folder, out, make_bench()).rows) == expected
    assert len((out / "rows.csv").read_text(encoding="utf-8").splitlines()) == len(expected) + 1


def test_more_points_are_added_to_those_that_are_there(folder, out, make_bench):
    run(folder, out, make_bench(), Plan((2,), (1,)))
    bench = make_bench()
    result = run(folder, out, bench, Plan((2, 8), (1,)))
    assert bench.codecs["coarse"].encoded.total() == 3  # C = 8 of three pictures
    assert len(result.rows) == 3 * 4


def test_rows_that_are_not_asked_for_stay_and_are_in_no_mean(folder, out, make_bench):
    run(folder, out, make_bench())
    (folder / "2.png").unlink()
    result = run(folder, out, make_bench(), Plan((2,), (1,)), ["coarse"])
    assert [summary.point for summary in result.summaries] == ["C=2"]
    assert result.summaries[0].pictures == 2
    stored = read(out)
    assert {row.picture for row in stored} == {"0", "1", "2"}
    assert {row.codec for row in stored} == {"coarse", "jpeg"}


@pytest.mark.parametrize(
    "changes",
    [
        {"gcdemo": "2"},
        {"python": "4"},
        {"packages": {"torch": "3"}},
        {"metrics": {"d10": "4567"}},
        {"metrics": {"d10": "absent"}},
        {"codecs": {"coarse": "2"}},
        {"anchor": "gc"},
        {"device": "cuda"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_measurements_made_with_something_else_are_refused_and_left_alone(
    folder, out, make_bench, changes
):
    run(folder, out, make_bench())
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match="would not compare"):
        run(folder, out, make_bench(), Plan((4,)), made_with=changes)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_another_machine_and_another_codec_are_written_down_and_allowed(folder, out, make_bench):
    run(folder, out, make_bench(), codecs=["coarse"])
    changes = {"machines": ("two",), "codecs": {"coarse": "1", "jpeg": "1"}}
    run(folder, out, make_bench(), made_with=changes)
    text = (out / "environment.json").read_text(encoding="utf-8")
    assert '"one"' in text
    assert '"two"' in text
    assert '"jpeg"' in text


def test_another_picture_of_the_same_name_is_refused(folder, out, make_bench, picture):
    run(folder, out, make_bench())
    Image.fromarray(picture).save(folder / "1.png")
    with pytest.raises(InputError, match="another picture called 1"):
        run(folder, out, make_bench())


def test_rows_of_which_it_is_not_known_what_made_them_are_refused(folder, out, make_bench):
    run(folder, out, make_bench())
    (out / "environment.json").unlink()
    with pytest.raises(InputError, match="not known"):
        run(folder, out, make_bench())
    (out / "environment.json").write_text("{}")
    with pytest.raises(InputError, match="not known"):
        run(folder, out, make_bench())


def test_lost_features_are_a_reason_and_no_error(folder, out, make_bench):
    run(folder, out, make_bench())
    shutil.rmtree(out / "features" / "jpeg")
    result = run(folder, out, make_bench())
    assert "cannot be read" in result.absent["kid"]
    assert {summary.kid for summary in result.summaries} == {None}


@pytest.mark.parametrize("size", [0, 100, -1])
def test_an_original_whose_features_were_cut_short_is_looked_at_again(
    folder, out, make_bench, size
):
    expected = run(folder, out, make_bench())
    path = out / "features" / "originals" / "1.npy"
    whole = path.read_bytes()
    path.write_bytes(whole[:size])
    bench = make_bench()
    result = run(folder, out, bench)
    assert path.read_bytes() == whole
    assert result.summaries[0].kid == expected.summaries[0].kid is not None
    assert encodes(bench) == 0


@pytest.mark.parametrize("size", [0, 100])
def test_features_cut_short_of_what_came_back_are_a_reason_and_no_error(
    folder, out, make_bench, size
):
    run(folder, out, make_bench())
    path = next((out / "features" / "jpeg").iterdir())
    path.write_bytes(path.read_bytes()[:size])
    assert "cannot be read" in run(folder, out, make_bench()).absent["kid"]


def test_features_that_cannot_be_written_whole_are_not_written_at_all(
    folder, out, make_bench, monkeypatch
):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "full")

    real_open = Path.open

    def open_full(path, mode="r", *args, **options):
        if "features" in path.parts and "b" in mode:
            path.touch()
            return Full()
        return real_open(path, mode, *args, **options)

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(InputError, match="cannot be written"):
        run(folder, out, make_bench())
    assert list((out / "features").rglob("*.npy")) == []


def test_the_table_of_rows_has_a_line_for_each_with_what_made_it(folder, out, make_bench):
    run(folder, out, make_bench())
    with (out / "rows.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert {line["codec_version"] for line in lines} == {"gcdemo 0.1.0"}
    assert len({line["picture_hash"] for line in lines}) == 3
    jpeg = next(line for line in lines if line["codec"] == "jpeg")
    assert (jpeg["anchor"], jpeg["factor"], jpeg["bound_bpp"]) == ("2", "1", "")


def test_a_metric_that_only_some_workers_have_becomes_a_column_when_it_comes(
    folder, out, make_bench
):
    bench = make_bench()
    bench.metrics = dataclasses.replace(
        bench.metrics, lpips_alex=lambda a, b: 0.5 if a.shape[0] < 76 else None
    )
    result = run(folder, out, bench)
    assert {row.lpips_alex for row in result.rows} == {0.5, None}
    assert read(out) == list(result.rows)
    first, *lines = (out / "rows.csv").read_text().splitlines()
    assert "lpips_alex" in first
    assert {line.count(",") for line in lines} == {first.count(",")}
    assert "lpips_alex" not in (out / "summary.csv").read_text()
