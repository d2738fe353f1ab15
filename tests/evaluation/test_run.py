import csv
import logging
import math
from concurrent.futures import BrokenExecutor, Future

import numpy as np
import pytest
from PIL import Image

from gcdemo.errors import CodecFailed, InputError
from gcdemo.evaluation.measure import Metrics
from gcdemo.evaluation.points import Plan
from gcdemo.evaluation.results import SheetOptions, format_evaluation
from gcdemo.evaluation.run import name_pictures
from gcdemo.images import find_pictures, load_image
from tests.evaluation.fakes import (
    CoarseCodec,
    CroppingCodec,
    FailingCodec,
    FakeBench,
    MissingCodec,
    run,
    tiny_metrics,
)

QUALITIES = tuple(range(1, 9))


@pytest.fixture(autouse=True)
def quick_ms_ssim(monkeypatch):
    """These tests are not about its value, and it takes longer than all the rest."""

    def likeness(image, image_hat):
        return 1 - np.abs(image.astype(int) - image_hat).mean() / 255

    monkeypatch.setattr("gcdemo.evaluation.measure.ms_ssim", likeness)


@pytest.fixture
def folder(tmp_path, picture):
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    Image.fromarray(picture).save(folder / "one.png")
    Image.fromarray(picture[::-1, :50]).save(folder / "deep" / "two.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def bench(tiny_trunk):
    return FakeBench(tiny_metrics(tiny_trunk), CoarseCodec(), CoarseCodec("jpeg", QUALITIES))


def alone(bench, codec):
    return FakeBench(bench.metrics, codec)


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_there_is_a_row_for_every_picture_codec_and_point_in_order(folder, bench, out):
    result = run(folder, out, bench, Plan((2, 8), (1,), sweep=True), ["jpeg", "coarse"])
    swept = [f"q={quality}" for quality in (1, 5)]
    points = [("coarse", "C=2"), ("coarse", "C=8"), ("jpeg", "1xC=2"), ("jpeg", "1xC=8")]
    points += [("jpeg", point) for point in swept]
    expected = [(picture, *point) for picture in ("two", "one") for point in points]
    assert [row.key for row in result.rows] == expected
    assert [(row["picture"], row["codec"], row["point"]) for row in read_csv(out / "rows.csv")] == (
        expected
    )


def test_a_rivals_target_is_our_real_bytes_of_the_same_picture(folder, bench, out):
    result = run(folder, out, bench, Plan((2, 4), (1, 2)))
    sizes = {row.key: row.num_bytes for row in result.rows}
    rivals = [row for row in result.rows if row.codec == "jpeg"]
    assert len(rivals) == 8
    for row in rivals:
        ours = sizes[row.picture, "coarse", f"C={row.anchor}"]
        assert row.target_bytes == row.factor * ours


def test_every_row_has_its_file(folder, bench, out):
    for row in run(folder, out, bench).rows:
        path = out / "files" / row.codec / f"{row.file_stem}.png"
        assert path.stat().st_size == row.num_bytes


def test_more_channels_give_better_means_and_all_of_them_an_exact_picture(folder, bench, out):
    plan = Plan((8, 2, 4))
    two, four, eight = run(folder, out, bench, plan, ["coarse"]).summaries
    assert (two.quality, four.quality, eight.quality) == (2, 4, 8)
    assert two.psnr_db < four.psnr_db < eight.psnr_db == math.inf
    assert two.d10 > four.d10 > eight.d10 == 0
    assert two.num_bytes < four.num_bytes < eight.num_bytes


def test_a_metric_without_weights_is_absent_with_its_reason(folder, bench, out):
    result = run(folder, out, bench)
    assert result.absent["lpips_squeeze"] == "No file."
    assert {row["lpips_squeeze"] for row in read_csv(out / "rows.csv")} == {""}
    assert "lpips_squeeze is absent: No file." in (out / "summary.md").read_text()


def test_the_set_distance_compares_all_pictures_at_one_point(folder, bench, out, picture):
    Image.fromarray(np.tile(picture, (4, 4, 1))).save(folder / "large.png")
    result = run(folder, out, bench, Plan((2, 8), (1,), sweep=True))
    kids = {(summary.codec, summary.point): summary.kid for summary in result.summaries}
    assert kids["coarse", "C=2"] > 10 * abs(kids["coarse", "C=8"])
    assert kids["jpeg", "1xC=2"] == kids["coarse", "C=2"]  # the same files
    assert kids["jpeg", "q=1"] is None


def test_too_few_patches_for_a_set_distance_are_a_reason_and_no_error(folder, bench, out):
    result = run(folder, out, bench)
    assert result.summaries[0].kid is None
    assert "at least 4 rows" in result.absent["kid"]


def test_a_broken_picture_is_reported_and_skipped(folder, bench, out, caplog):
    (folder / "broken.png").write_bytes((folder / "one.png").read_bytes()[:200])
    with caplog.at_level(logging.WARNING):
        result = run(folder, out, bench)
    assert [skipped.path.name for skipped in result.skipped] == ["broken.png"]
    assert "broken.png" in caplog.text
    assert {row.picture for row in result.rows} == {"one", "two"}
    assert result.summaries[0].pictures == 2
    assert "broken.png was skipped" in (out / "summary.md").read_text()


def test_a_picture_that_fails_with_one_codec_is_in_no_mean_of_any(folder, bench, out):
    bench.codecs["jpeg"] = FailingCodec("jpeg", QUALITIES)
    result = run(folder, out, bench, Plan((2, 8), (1,)))
    assert [reason for _, reason in result.skipped] == ["Coarse: It did not work."]
    assert {(summary.codec, summary.pictures) for summary in result.summaries} == {
        ("coarse", 1),
        ("jpeg", 1),
    }


def test_no_picture_at_all_leaves_an_empty_summary(folder, bench, out):
    result = run(folder, out, alone(bench, CroppingCodec()))
    assert result.rows == ()
    assert all("must agree" in reason for _, reason in result.skipped)
    assert "Means over 0 pictures; 2 skipped." in format_evaluation(result)


def test_a_codec_that_cannot_run_is_left_out_with_its_reason(folder, bench, out):
    bench.codecs["jpeg"] = MissingCodec("jpeg", QUALITIES)
    result = run(folder, out, bench)
    assert result.absent["jpeg"] == "Its library is not installed."
    assert {row.codec for row in result.rows} == {"coarse"}


def test_rivals_alone_are_given_the_bytes_of_gc(folder, bench, out):
    bench.codecs["gc"] = CoarseCodec("gc")
    result = run(folder, out, bench, Plan((2,), (1,)), ["jpeg"])
    assert [row.codec for row in result.rows] == ["gc", "jpeg"] * 2


def test_rivals_alone_at_their_own_settings_need_none_of_ours(folder, bench, out):
    result = run(folder, out, bench, Plan((2,), (), sweep=True), ["jpeg"])
    assert {row.codec for row in result.rows} == {"jpeg"}


def test_pictures_of_one_name_do_not_overwrite_each_other(folder, bench, out, picture):
    Image.fromarray(picture[:40]).save(folder / "deep" / "one.png")
    result = run(folder, out, bench, Plan((2,)), ["coarse"])
    assert sorted(row.picture for row in result.rows) == ["one", "one-2", "two"]
    assert len(list((out / "files" / "coarse").iterdir())) == 3


def test_contact_sheets_hold_a_few_pictures_each(folder, bench, out, picture):
    Image.fromarray(picture[:40]).save(folder / "three.png")
    originals = dict(name_pictures(find_pictures([folder])))
    options = SheetOptions(originals, scale=1, pictures_per_sheet=2)
    run(folder, out, bench, sheets=options)
    sheets = sorted((out / "sheets").iterdir())
    assert [path.name for path in sheets] == ["sheet_001.png", "sheet_002.png"]
    first, second = (load_image(path).shape for path in sheets)
    assert 3 * 80 < first[0] < 4 * 110  # the original and ours at two rates
    assert first[1] > second[1]


def test_without_the_option_there_are_no_sheets(folder, bench, out):
    run(folder, out, bench)
    assert not (out / "sheets").exists()


@pytest.mark.parametrize(
    ("codecs", "message"),
    [([], "at least one codec"), (["coarse", "nothing"], "There is no nothing")],
)
def test_codecs_that_are_not_there_are_refused(folder, bench, out, codecs, message):
    with pytest.raises(InputError, match=message):
        run(folder, out, bench, codecs=codecs)


def test_two_codecs_of_one_name_are_refused(folder, bench, out):
    bench.codecs["other"] = bench.codecs["coarse"]
    with pytest.raises(InputError, match="Two codecs are called coarse"):
        run(folder, out, bench)


def test_a_place_that_cannot_be_written_is_an_input_error(folder, bench, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        run(folder, tmp_path / "file" / "out", bench)


def test_without_trunks_everything_else_is_measured(folder, out):
    result = run(folder, out, FakeBench(Metrics(), CoarseCodec()))
    assert {row.d10 for row in result.rows} == {None}
    assert result.summaries[0].ms_ssim > 0
    assert not (out / "features").exists()


class Backwards:
    """Does two jobs at a time, the later one first."""

    backlog = 2

    def __init__(self, bench):
        self.bench = bench
        self.waiting = None

    def submit(self, job):
        future = Future()
        if self.waiting is None:
            self.waiting = (future, job)
        else:
            pair = [(future, job), self.waiting]
            self.waiting = None
            for each, wanted in pair:
                each.set_result(self.bench.measure(wanted))
        return future

    def close(self):
        pass


def test_rows_are_the_same_whichever_job_is_done_first(folder, bench, out, tmp_path):
    bench.codecs["webp"] = CoarseCodec("webp", QUALITIES)
    plan = Plan((2, 8), (1, 2))
    first = run(folder, out, bench, plan).rows
    second = run(folder, tmp_path / "other", bench, plan, workers=Backwards(bench)).rows
    assert [row.key for row in first] == [row.key for row in second]
    assert [(row.num_bytes, row.psnr_db, row.d10, row.encodes) for row in first] == [
        (row.num_bytes, row.psnr_db, row.d10, row.encodes) for row in second
    ]


class Dying:
    """Workers of which one is lost for good after some jobs."""

    backlog = 2

    def __init__(self, bench, jobs):
        self.bench, self.jobs, self.closed = bench, jobs, False

    def submit(self, job):
        future = Future()
        if self.jobs == 0:
            future.set_exception(BrokenExecutor("killed"))
        else:
            self.jobs -= 1
            future.set_result(self.bench.measure(job))
        return future

    def close(self):
        self.closed = True


def test_a_worker_that_is_lost_ends_the_run_and_what_was_done_stays(folder, bench, out):
    workers = Dying(bench, 1)
    with pytest.raises(CodecFailed, match="same command goes on"):
        run(folder, out, bench, workers=workers)
    assert workers.closed
    assert len(read_csv(out / "rows.csv")) == 2
