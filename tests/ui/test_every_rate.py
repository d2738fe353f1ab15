"""The paper's figure for a person's own picture: every published rate, a rival below each."""

import io

import numpy as np
import pytest
from PIL import Image

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.codecs.webp import WebpCodec
from gcdemo.errors import CodecFailed, InputError
from gcdemo.images import load_image
from gcdemo.ui import handlers
from gcdemo.ui.every_rate import every_rate
from gcdemo.ui.figure_picture import MAX_SIDE, draw_figure
from gcdemo.ui.rate_strip import RateStrip
from gcdemo.ui.view import Photo
from gcdemo.ui.workbench import Workbench
from tests.ui.fakes import draw_photo, fake_context


class Broken(WebpCodec):
    """Fails on every picture."""

    def encode(self, image, quality):
        raise CodecFailed("The encoder gave up.")


@pytest.fixture
def photo(photo_file):
    return Photo("mine", photo_file)


@pytest.fixture
def bench(tmp_path):
    return Workbench(fake_context(rivals=(JpegCodec(),)), tmp_path / "files")


def made(figure):
    return sum(cell.image is not None for column in figure.columns for cell in column.cells)


def test_every_published_rate_is_there_with_a_rival_of_as_many_bytes(bench, photo):
    *_, last = every_rate(bench, photo)
    assert [column.quality for column in last.columns] == [2, 4, 8, 16]
    for column in last.columns:
        ours, theirs = (int(cell.headline.split()[0].replace(",", "")) for cell in column.cells)
        assert theirs >= ours
        assert [cell.title for cell in column.cells] == [f"GC, {column.title}", "JPEG"]


def test_pictures_come_one_by_one_in_places_that_stay(bench, photo):
    figures = list(every_rate(bench, photo))
    counts = [made(figure) for figure in figures]
    assert counts == sorted(counts)
    assert set(counts) == set(range(9))
    assert len({tuple(column.title for column in figure.columns) for figure in figures}) == 1
    assert [figure.file is not None for figure in figures] == [False] * (len(figures) - 1) + [True]


def test_what_the_figure_made_the_comparison_need_not_make_again(bench, photo):
    list(every_rate(bench, photo))
    encoded = bench.context.codec.encoded
    assert encoded == 4
    for quality in (2, 4, 8, 16):
        list(handlers.compress(bench, photo, quality))
    assert bench.context.codec.encoded == encoded


def test_a_rival_that_fails_leaves_its_place_with_a_sentence(tmp_path, photo):
    bench = Workbench(fake_context(rivals=(Broken(),)), tmp_path / "files")
    *_, last = every_rate(bench, photo)
    assert {column.cells[1].remark for column in last.columns} == {"The encoder gave up."}
    assert made(last) == 4
    assert last.file is not None


def test_without_a_rival_ours_stand_alone(tmp_path, photo):
    *_, last = every_rate(Workbench(fake_context(), tmp_path / "files"), photo)
    assert {len(column.cells) for column in last.columns} == {1}
    assert load_image(last.file).ndim == 3


def test_without_a_photo_one_is_asked_for(bench):
    with pytest.raises(InputError, match="Choose a photo first"):
        list(every_rate(bench, None))


def test_the_figure_to_take_away_holds_every_picture_pixel_by_pixel(bench, photo, photo_file):
    *_, last = every_rate(bench, photo)
    sheet = load_image(last.file)
    assert last.file.name == "mine-rates.png"
    pictures = [photo_file, *(cell.image for column in last.columns for cell in column.cells)]
    windows = np.lib.stride_tricks.sliding_window_view(sheet[..., 0], (64, 96))
    for path in pictures:
        channel = load_image(path)[..., 0]
        corners = np.argwhere(windows[:, :, 0, 0] == channel[0, 0])
        assert any((windows[y, x] == channel).all() for y, x in corners)


@pytest.mark.parametrize("size", [(1600, 40), (30, 900), (1, 1)])
def test_pictures_of_any_shape_are_laid_out(tmp_path, size):
    path = tmp_path / "photo.png"
    Image.fromarray(draw_photo(*size)).save(path)
    bench = Workbench(fake_context(rivals=(JpegCodec(),)), tmp_path / "files")
    *_, last = every_rate(bench, Photo("odd", path))
    with Image.open(io.BytesIO(draw_figure(last))) as sheet:
        assert sheet.width < 5 * (MAX_SIDE + 300)
        assert sheet.height < 2 * (MAX_SIDE + 120)


def test_the_page_is_given_files_and_plain_text(bench, photo):
    *_, last = every_rate(bench, photo)
    sent = RateStrip().postprocess(last)
    assert [cell.image.path for column in sent.columns for cell in column.cells] == [
        str(cell.image) for column in last.columns for cell in column.cells
    ]
    assert sent.file.path == str(last.file)
    assert RateStrip().postprocess(None) is None
    assert RateStrip().preprocess(sent) is None
