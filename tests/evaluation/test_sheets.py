import numpy as np
import pytest

from gcdemo.evaluation.sheets import Tile, contact_sheet


def flat(height, width, color):
    return np.full((height, width, 3), color, np.uint8)


def find(sheet, color):
    rows, columns = np.nonzero((sheet == color).all(axis=2))
    return slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)


def test_at_full_size_every_pixel_of_every_picture_is_on_the_sheet():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (4, 40, 120, 3), dtype=np.uint8)
    columns = [[Tile(pictures[0], "a"), Tile(pictures[1], "b")], [Tile(pictures[2], "c")]]
    sheet = contact_sheet(columns)
    windows = np.lib.stride_tricks.sliding_window_view(sheet, (40, 120, 3))
    for picture, expected in zip(pictures, (1, 1, 1, 0), strict=True):
        corners = (windows[:, :, 0, :2, :2] == picture[:2, :2]).all(axis=(2, 3, 4))
        hits = [(windows[y, x, 0] == picture).all() for y, x in np.argwhere(corners)]
        assert sum(hits) == expected


def test_reconstructions_stand_below_their_original_and_pictures_side_by_side():
    red, green, blue = (200, 0, 0), (0, 200, 0), (0, 0, 200)
    columns = [
        [Tile(flat(30, 200, red), "one"), Tile(flat(30, 200, green), "C = 4")],
        [Tile(flat(60, 200, blue), "two")],
    ]
    sheet = contact_sheet(columns)
    red_rows, red_columns = find(sheet, red)
    green_rows, green_columns = find(sheet, green)
    blue_rows, blue_columns = find(sheet, blue)
    assert red_columns == green_columns
    assert red_rows.start == blue_rows.start
    assert blue_columns.start >= red_columns.stop
    assert green_rows.start >= blue_rows.stop


def test_captions_are_written_above_the_pictures():
    sheet = contact_sheet([[Tile(flat(30, 100, 255), "a caption")]])
    assert (sheet[:24] < 100).any()
    assert not (sheet[30:] < 100).any()


def test_a_caption_wider_than_its_picture_widens_the_column():
    narrow = contact_sheet([[Tile(flat(8, 8, 0), "")]])
    wide = contact_sheet([[Tile(flat(8, 8, 0), "C = 16: 12345 bytes")]])
    assert wide.shape[1] > narrow.shape[1] + 80


@pytest.mark.parametrize(("scale", "expected"), [(0.5, (20, 50)), (0.001, (1, 1))])
def test_a_scaled_sheet_shows_scaled_pictures(scale, expected):
    sheet = contact_sheet([[Tile(flat(40, 100, (200, 0, 0)), "")]], scale)
    rows, columns = find(sheet, (200, 0, 0))
    assert (rows.stop - rows.start, columns.stop - columns.start) == expected
