import csv
import io
import logging
import math

import numpy as np
import pytest
from PIL import Image

from gcdemo.errors import CodecFailed, InputError
from gcdemo.evaluation.measure import Metrics, bound_bpp, load_metrics, measure_picture
from gcdemo.evaluation.metrics import D10, psnr_db
from gcdemo.evaluation.patches import PatchFeatures
from gcdemo.evaluation.quality import (
    SheetOptions,
    evaluate_model,
    find_pictures,
    format_evaluation,
)
from gcdemo.images import load_image


class CoarseCodec:
    """Keeps C bits of every value and stores the picture as a PNG."""

    name = "coarse"
    label = "Coarse"
    media_type = "image/png"
    extension = ".png"
    qualities = (2, 4, 8)

    def encode(self, image, quality):
        buffer = io.BytesIO()
        Image.fromarray(image >> (8 - quality) << (8 - quality)).save(buffer, "PNG")
        return buffer.getvalue()

    def decode(self, data):
        return load_image(data)

    def available(self):
        return None


class FailingCodec(CoarseCodec):
    """Fails at C = 8 on pictures 50 pixels wide, after C = 2 and 4 went well."""

    def encode(self, image, quality):
        if quality == 8 and image.shape[1] == 50:
            raise CodecFailed("It did not work.")
        return super().encode(image, quality)


class CroppingCodec(CoarseCodec):
    def decode(self, data):
        return super().decode(data)[1:]


@pytest.fixture
def folder(tmp_path, picture):
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    Image.fromarray(picture).save(folder / "one.png")
    Image.fromarray(picture[::-1, :50]).save(folder / "deep" / "two.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def metrics(tiny_trunk):
    return Metrics(None, D10(tiny_trunk), PatchFeatures(tiny_trunk), {"lpips_squeeze": "No file."})


def evaluate(folder, metrics, out, codec=None, channels=(2, 8), **options):
    codec = codec or CoarseCodec()
    paths = find_pictures([folder])
    return evaluate_model(codec, paths, channels, metrics, out, progress=False, **options)


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_there_is_a_row_for_every_picture_and_rate(folder, metrics, tmp_path):
    result = evaluate(folder, metrics, tmp_path / "out")
    found = [(row.picture, row.channels, row.codec) for row in result.rows]
    assert found == [
        ("two", 2, "coarse"),
        ("two", 8, "coarse"),
        ("one", 2, "coarse"),
        ("one", 8, "coarse"),
    ]


def test_the_numbers_of_a_row_are_those_of_the_file_that_was_written(
    folder, metrics, tmp_path, picture
):
    result = evaluate(folder, metrics, tmp_path / "out")
    for row in result.rows:
        path = tmp_path / "out" / "files" / f"{row.picture}_c{row.channels}.png"
        original = picture if row.picture == "one" else picture[::-1, :50]
        assert row.num_bytes == path.stat().st_size
        assert row.bpp == pytest.approx(8 * row.num_bytes / (row.width * row.height))
        assert (row.height, row.width) == original.shape[:2]
        assert row.psnr_db == psnr_db(original, load_image(path))
        assert row.encode_seconds > 0
        assert row.decode_seconds > 0


def test_more_channels_give_better_numbers_and_all_of_them_an_exact_picture(
    folder, metrics, tmp_path
):
    two, four, eight = evaluate(folder, metrics, tmp_path, channels=(8, 2, 4)).summaries
    assert (two.channels, four.channels, eight.channels) == (2, 4, 8)
    assert two.psnr_db < four.psnr_db < eight.psnr_db == math.inf
    assert two.ms_ssim < four.ms_ssim < eight.ms_ssim
    assert two.d10 > four.d10 > eight.d10 == 0
    assert two.color_error > four.color_error > eight.color_error == 0
    assert two.num_bytes < four.num_bytes < eight.num_bytes


def test_the_bound_is_C_log2_5_over_256():
    assert bound_bpp(4) == pytest.approx(0.03628, abs=1e-5)


def test_a_metric_without_weights_is_absent_with_its_reason_and_never_zero(
    folder, metrics, tmp_path
):
    result = evaluate(folder, metrics, tmp_path / "out")
    assert result.absent["lpips_squeeze"] == "No file."
    assert {row.lpips_squeeze for row in result.rows} == {None}
    assert {row["lpips_squeeze"] for row in read_csv(tmp_path / "out" / "rows.csv")} == {""}
    assert "lpips_squeeze is absent: No file." in format_evaluation(result)


def test_without_any_weights_every_reason_names_a_file(tmp_path):
    metrics = load_metrics(tmp_path)
    assert (metrics.lpips_squeeze, metrics.d10, metrics.patch_features) == (None, None, None)
    assert set(metrics.absent) == {"lpips_squeeze", "d10", "kid"}
    assert all("squeezenet" in reason for reason in metrics.absent.values())


def test_with_the_weights_no_metric_is_absent(backbones):
    metrics = load_metrics(backbones)
    assert metrics.absent == {}
    assert None not in (metrics.lpips_squeeze, metrics.d10, metrics.patch_features)


def test_the_set_distance_compares_all_pictures_at_one_rate(folder, metrics, tmp_path, picture):
    Image.fromarray(np.tile(picture, (4, 4, 1))).save(folder / "large.png")
    two, eight = evaluate(folder, metrics, tmp_path / "out").summaries
    assert two.kid > 10 * abs(eight.kid)
    assert two.kid_spread > 0


def test_too_few_patches_for_a_set_distance_are_a_reason_and_no_error(folder, metrics, tmp_path):
    result = evaluate(folder, metrics, tmp_path / "out")
    assert result.summaries[0].kid is None
    assert "at least 4 rows" in result.absent["kid"]


def test_a_broken_picture_is_reported_and_skipped(folder, metrics, tmp_path, caplog):
    (folder / "broken.png").write_bytes((folder / "one.png").read_bytes()[:200])
    with caplog.at_level(logging.WARNING):
        result = evaluate(folder, metrics, tmp_path / "out")
    assert [skipped.path.name for skipped in result.skipped] == ["broken.png"]
    assert "broken.png" in caplog.text
    assert {row.picture for row in result.rows} == {"one", "two"}
    assert result.summaries[0].pictures == 2
    assert "broken.png was skipped" in (tmp_path / "out" / "summary.md").read_text()


def test_a_picture_that_fails_at_one_rate_is_in_no_mean(folder, metrics, tmp_path):
    result = evaluate(folder, metrics, tmp_path / "out", FailingCodec(), (2, 4, 8))
    assert [reason for _, reason in result.skipped] == ["It did not work."]
    assert [summary.pictures for summary in result.summaries] == [1, 1, 1]
    rows = read_csv(tmp_path / "out" / "rows.csv")
    assert [(row["picture"], row["channels"]) for row in rows] == [
        ("one", "2"),
        ("one", "4"),
        ("one", "8"),
    ]


def test_a_picture_that_comes_back_in_another_size_is_skipped(folder, metrics, tmp_path):
    result = evaluate(folder, metrics, tmp_path / "out", CroppingCodec())
    assert result.rows == ()
    assert all("must agree" in reason for _, reason in result.skipped)
    assert "Means over 0 pictures; 2 skipped." in format_evaluation(result)


def test_csv_files_hold_the_rows_and_the_means(folder, metrics, tmp_path):
    result = evaluate(folder, metrics, tmp_path / "out")
    rows = read_csv(tmp_path / "out" / "rows.csv")
    means = read_csv(tmp_path / "out" / "summary.csv")
    assert [float(row["d10"]) for row in rows] == pytest.approx(
        [row.d10 for row in result.rows], rel=1e-5
    )
    assert [float(row["d10"]) for row in means] == pytest.approx(
        [row.d10 for row in result.summaries], rel=1e-5
    )


def test_pictures_of_one_name_do_not_overwrite_each_other(folder, metrics, tmp_path, picture):
    Image.fromarray(picture[:40]).save(folder / "deep" / "one.png")
    result = evaluate(folder, metrics, tmp_path / "out", channels=(2,))
    assert sorted(row.picture for row in result.rows) == ["one", "one-2", "two"]
    assert len(list((tmp_path / "out" / "files").iterdir())) == 3


def test_contact_sheets_hold_a_few_pictures_each(folder, metrics, tmp_path, picture):
    Image.fromarray(picture[:40]).save(folder / "three.png")
    options = SheetOptions(scale=1, pictures_per_sheet=2)
    evaluate(folder, metrics, tmp_path / "out", sheets=options)
    sheets = sorted((tmp_path / "out" / "sheets").iterdir())
    assert [path.name for path in sheets] == ["sheet_001.png", "sheet_002.png"]
    first, second = (load_image(path).shape for path in sheets)
    assert first[0] > 3 * 80
    assert first[1] > second[1]


def test_without_the_option_there_are_no_sheets(folder, metrics, tmp_path):
    evaluate(folder, metrics, tmp_path / "out")
    assert not (tmp_path / "out" / "sheets").exists()


@pytest.mark.parametrize(
    ("channels", "message"),
    [((2, 3, 5), r"does not code C = 3, 5; it codes C = 2, 4, 8"), ((), "at least one")],
)
def test_rates_that_the_codec_lacks_are_refused(folder, metrics, tmp_path, channels, message):
    with pytest.raises(InputError, match=message):
        evaluate(folder, metrics, tmp_path / "out", channels=channels)


def test_a_place_that_cannot_be_written_is_an_input_error(folder, metrics, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        evaluate(folder, metrics, tmp_path / "file" / "out")


def test_pictures_are_found_deeply_once_and_in_a_fixed_order(folder):
    paths = [folder / "deep" / "two.png", folder / "one.png"]
    assert find_pictures([folder]) == paths
    assert find_pictures([folder / "one.png", folder]) == [paths[1], paths[0]]


def test_a_missing_folder_or_one_without_pictures_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        find_pictures([tmp_path / "missing"])
    with pytest.raises(InputError, match="no picture"):
        find_pictures([tmp_path])


def test_a_picture_is_decoded_from_the_file_and_not_from_memory(tmp_path, picture):
    class Telling(CoarseCodec):
        def decode(self, data):
            assert data == (tmp_path / "p_c4.png").read_bytes()
            return super().decode(data)

    (found,) = measure_picture(Telling(), picture, [4], Metrics(), tmp_path / "p")
    assert found.features is None
    assert np.array_equal(found.image_hat, picture >> 4 << 4)
