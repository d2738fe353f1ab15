"""What was opened or coded is kept, shown without loss, and never mixed up."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.errors import CodecUnavailable, InputError
from gcdemo.images import load_image
from gcdemo.ui.context import Limits, Metric
from gcdemo.ui.view import Photo
from gcdemo.ui.workbench import Workbench
from tests.ui.fakes import FakeCodec, draw_photo, fake_context


def whole(steps):
    """Give the file that comes with the last step."""
    *_, last = steps
    return last.data


def test_what_is_shown_has_every_pixel_of_the_photo(bench, photo_file):
    opened = bench.open(Photo("photo", photo_file))
    assert opened.view.suffix == ".png"
    assert (load_image(opened.view) == load_image(photo_file)).all()
    assert opened.png_bytes == opened.view.stat().st_size


def test_what_is_shown_of_a_file_has_every_pixel_that_was_decoded(bench, photo_file):
    opened = bench.open(Photo("photo", photo_file))
    data = whole(bench.encode(opened, 4))
    coded = bench.finish(opened, 4, data)
    assert (load_image(coded.view) == bench.context.codec.decode(data)).all()
    assert coded.file.read_bytes() == data == coded.data


def test_names_of_shown_pictures_do_not_tell_what_they_show(bench, photo_file):
    opened = bench.open(Photo("photo", photo_file))
    coded = bench.finish(opened, 4, whole(bench.encode(opened, 4)))
    assert opened.view.name == coded.view.name == "picture.png"
    assert opened.view != coded.view


def test_very_large_photos_are_shown_reduced_and_coded_whole(make_bench, photo_file):
    bench = make_bench(limits=Limits(view_pixels=96 * 64 // 3))
    opened = bench.open(Photo("photo", photo_file))
    assert opened.size == (96, 64)
    assert opened.view_size == (48, 32)
    assert load_image(opened.view).shape == (32, 48, 3)
    assert (
        bench.finish(opened, 4, whole(bench.encode(opened, 4)))
        .report.facts[0]
        .text.startswith("96 ×")
    )


def test_a_photo_that_was_replaced_is_read_again(bench, photo_file):
    before = bench.open(Photo("photo", photo_file))
    Image.fromarray(draw_photo(40, 30, seed=2)).save(photo_file)
    after = bench.open(Photo("photo", photo_file))
    assert (before.size, after.size) == ((96, 64), (40, 30))


def test_a_photo_that_is_gone_is_asked_for_again(bench, tmp_path):
    with pytest.raises(InputError, match="choose it again"):
        bench.open(Photo("photo", tmp_path / "gone.png"))


def test_results_are_remembered_for_each_photo_and_quality(bench, photo_file, tmp_path):
    other_file = tmp_path / "other.png"
    Image.fromarray(draw_photo(96, 64, seed=5)).save(other_file)
    opened, other = (bench.open(Photo("photo", path)) for path in (photo_file, other_file))
    coded = bench.finish(opened, 4, whole(bench.encode(opened, 4)))
    assert bench.remembered(opened, 4) is coded
    assert bench.remembered(opened, 8) is None
    assert bench.remembered(other, 4) is None


def test_a_result_whose_files_were_cleared_away_is_made_again(bench, photo_file):
    opened = bench.open(Photo("photo", photo_file))
    coded = bench.finish(opened, 4, whole(bench.encode(opened, 4)))
    coded.view.unlink()
    assert bench.remembered(opened, 4) is None


def test_a_codec_that_cannot_run_says_why(make_bench, photo_file):
    bench = make_bench(codec=FakeCodec(reason="Its library is missing."))
    with pytest.raises(CodecUnavailable, match="library is missing"):
        whole(bench.encode(bench.open(Photo("photo", photo_file)), 4))


def test_a_number_that_a_picture_does_not_have_is_left_out(tmp_path, photo_file):
    def refuse(image, image_hat):
        raise InputError("Too small.")

    def count(image, image_hat):
        return float(np.size(image))

    codec = FakeCodec()
    context = fake_context((), codec)
    metrics = (Metric("none", refuse), Metric("size", count, decimals=0))
    bench = Workbench(replace(context, metrics=metrics), tmp_path / "files")
    opened = bench.open(Photo("photo", photo_file))
    stats = bench.finish(opened, 4, whole(bench.encode(opened, 4))).stats
    assert [(stat.label, stat.text) for stat in stats] == [("size", "18432")]


def test_a_stored_file_is_whole_or_absent(bench):
    path = bench.store(b"abc", "one.gci")
    assert bench.store(b"abc", "one.gci") == path
    assert path.read_bytes() == b"abc"
    assert sorted(file.name for file in path.parent.iterdir()) == ["one.gci"]


def test_what_was_searched_and_what_was_not_are_kept_apart(bench, photo_file):
    opened = bench.open(Photo("photo", photo_file))
    plain, searched = bench.code(opened, 4), bench.code(opened, 4, searched=True)
    assert plain.data == bench.context.codec.encode(opened.image, 4)
    assert searched.data == bench.context.searching.encode(opened.image, 4) != plain.data
    assert bench.remembered(opened, 4) is plain
    assert bench.remembered(opened, 4, searched=True) is searched


def test_what_is_used_again_stays_on_the_server(make_bench, photo_file, tmp_path):
    bench = make_bench()
    brought = tmp_path / "files" / "brought" / "photo.png"
    brought.parent.mkdir(parents=True)
    shutil.copy(photo_file, brought)
    photo = Photo("photo", brought)
    opened = bench.open(photo)
    coded = bench.code(opened, 4)
    rivalled = bench.rival(opened, JpegCodec(), 1, scaled=False)
    files = [brought, opened.view, coded.view, coded.file, rivalled.view, rivalled.file]
    for path in [*files, photo_file]:
        os.utime(path, (1, 1))
    assert bench.open(photo) is opened
    assert bench.code(opened, 4) is coded
    assert bench.rival(opened, JpegCodec(), 1, scaled=False) is rivalled
    assert all(path.stat().st_mtime > 1 for path in files)
    bench.open(Photo("sample", photo_file))
    assert photo_file.stat().st_mtime == 1  # it is no visitor's
