"""Any picture a person may have is read, or refused in a sentence."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_files import png_file, ramp, saved
from PIL import Image

from gcdemo.errors import InputError
from gcdemo.images import encode_png, find_pictures, load_image, save_png
from gcdemo.limits import MAX_PIXELS, MAX_SIDE

LOSSLESS = ("PNG", "WEBP", "BMP", "TIFF")
SOME_SIZES = ((1, 1), (1, 70), (70, 1), (17, 33), (64, 48))


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("size", SOME_SIZES)
def test_a_lossless_file_comes_in_exactly(kind, size):
    image = ramp(*size)
    loaded = load_image(saved(image, kind))
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, image)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_jpeg_comes_in_as_its_decoder_gives_it(options):
    data = saved(ramp(33, 47), "JPEG", quality=95, **options)
    np.testing.assert_array_equal(load_image(data), np.array(Image.open(io.BytesIO(data))))


def test_every_kind_of_source_gives_the_same_picture(tmp_path):
    image = ramp(5, 9)
    data = saved(image, "PNG")
    path = tmp_path / "a photo.png"
    path.write_bytes(data)
    with path.open("rb") as file:
        sources = [str(path), path, data, file, io.BytesIO(data), Image.fromarray(image), image]
        for source in sources:
            np.testing.assert_array_equal(load_image(source), image)


def test_the_result_is_a_copy_of_its_own():
    image = ramp(4, 4)
    load_image(image)[:] = 0
    np.testing.assert_array_equal(image, ramp(4, 4))
    assert load_image(image.transpose(1, 0, 2)).flags.c_contiguous


def test_a_format_is_told_by_content_and_not_by_name(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(ramp(3, 3), "BMP"))
    np.testing.assert_array_equal(load_image(path), ramp(3, 3))


@pytest.mark.parametrize("mode", ["I", "F", "LAB"])
def test_values_of_unknown_scale_are_refused_in_words(mode):
    with pytest.raises(InputError, match="save it with 8 or 16 bits"):
        load_image(saved(Image.new(mode, (4, 4)), "TIFF"))


def refusal(source):
    """The sentence a source is refused with; it must be one."""
    with pytest.raises(InputError) as caught:
        load_image(source)
    text = str(caught.value)
    assert text[0] in '"TA'
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_what_is_not_there_or_is_no_picture_is_named(tmp_path):
    empty, text, gif = (tmp_path / name for name in ("empty.png", "notes.png", "clip.gif"))
    empty.write_bytes(b"")
    text.write_text("no picture at all")
    Image.new("L", (4, 4)).save(gif)
    assert refusal(tmp_path / "gone.png") == '"gone.png" does not exist.'
    assert refusal(str(tmp_path)) == f'"{tmp_path.name}" is a folder; a picture file is needed.'
    assert refusal(empty) == '"empty.png" is empty.'
    assert refusal(b"") == "The picture is empty."
    for path in (text, gif):
        assert refusal(path) == f'"{path.name}" is no PNG, JPEG, WebP, BMP or TIFF picture.'
    assert "cannot be read" in refusal("nul\0byte")
    assert "cannot be read" in refusal("x" * 5000)


@pytest.mark.parametrize("source", [None, 3, io.StringIO("text"), [1, 2]])
def test_what_is_no_source_is_refused(source):
    assert "not as" in refusal(source)


def test_a_closed_file_is_refused():
    file = io.BytesIO(b"")
    file.close()
    assert "closed file" in refusal(file)


@pytest.mark.parametrize("side", [7072, 9999, 13000, 100_000])
def test_size_is_checked_in_the_header_before_pixels_are_decoded(side):
    # There are no pixels: had they been asked for, the file would be called damaged.
    text = refusal(png_file(side, side, 8, 2, []))
    assert f"{MAX_PIXELS:,}" in text
    assert "pixels" in text


def test_a_thin_picture_is_refused_by_its_longer_side():
    for width, height in ((MAX_SIDE + 1, 1), (1, MAX_SIDE + 1)):
        assert f"{MAX_SIDE:,} a side" in refusal(png_file(width, height, 8, 2, []))
    assert load_image(np.zeros((1, MAX_SIDE, 3), np.uint8)).shape == (1, MAX_SIDE, 3)


def test_a_size_without_pixels_is_refused():
    refusal(png_file(0, 4, 8, 2, []))
    refusal(np.zeros((0, 4, 3), np.uint8))


def test_a_header_that_makes_no_sense_is_called_damaged():
    data = bytearray(saved(ramp(4, 4), "BMP"))
    data[14] = 41  # no BMP header is 41 bytes long
    assert "damaged or cut short in its header" in refusal(bytes(data))


def test_a_header_that_promises_more_than_the_file_holds_is_called_damaged():
    assert "damaged or cut short" in refusal(png_file(7071, 7071, 8, 2, [bytes(30)]))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_fifty_megapixels_come_in():
    data = saved(Image.new("L", (10_000, MAX_PIXELS // 10_000), 7), "PNG")
    loaded = load_image(data)
    assert loaded.shape == (5000, 10_000, 3)
    assert (loaded == 7).all()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3)),
        np.zeros((4, 4, 3), np.uint16),
        np.zeros((4, 4, 3), bool),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((3, 4, 5), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((), np.uint8),
    ],
)
def test_an_array_of_another_kind_is_refused_with_what_was_found(array):
    assert str(array.shape) in refusal(array)
    with pytest.raises(InputError, match="uint8"):
        encode_png(array)


def test_a_gray_array_becomes_three_channels():
    gray = ramp(3, 5)[..., 0]
    np.testing.assert_array_equal(load_image(gray)[..., 2], gray)


def test_an_array_beyond_the_limit_is_refused():
    assert f"{MAX_PIXELS:,}" in refusal(np.broadcast_to(np.uint8(0), (10_000, 5001, 3)))


def small_files():
    """One file of each format, and of the codings inside TIFF and JPEG."""
    image = ramp(12, 10)
    return {
        "png": saved(image, "PNG"),
        "jpeg": saved(image, "JPEG"),
        "jpeg progressive": saved(image, "JPEG", progressive=True),
        "webp": saved(image, "WEBP"),
        "webp lossy": saved(image, "WEBP", lossless=False),
        "bmp": saved(image, "BMP"),
        "tiff": saved(image, "TIFF"),
        "tiff deflate": saved(image, "TIFF", compression="tiff_adobe_deflate"),
        "tiff lzw": saved(image, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": saved(image, "TIFF", compression="jpeg"),
        "palette": saved(Image.fromarray(image).quantize(8), "PNG"),
    }


@pytest.mark.parametrize("name", small_files())
def test_a_file_cut_anywhere_is_refused_or_unharmed(name, capfd):
    data = small_files()[name]
    whole = load_image(data)
    refused = 0
    for length in range(len(data)):
        try:
            np.testing.assert_array_equal(load_image(data[:length]), whole)
        except InputError:
            refused += 1
    assert refused > 0.7 * len(data)
    # What libtiff's decoders print on their own cannot be stopped from here.
    assert name.startswith("tiff ") or capfd.readouterr().err == ""


@pytest.mark.parametrize("name", small_files())
def test_a_file_with_changed_bytes_is_refused_or_read(name, rng, capfd):
    data = small_files()[name]
    for _ in range(300):
        changed = bytearray(data)
        for place in rng.integers(0, len(data), rng.integers(1, 6)):
            changed[place] = rng.integers(0, 256)
        try:
            loaded = load_image(bytes(changed))
        except InputError:
            continue
        assert loaded.dtype == np.uint8
        assert loaded.ndim == 3
        assert loaded.shape[2] == 3
    assert name.startswith("tiff ") or capfd.readouterr().err == ""


@given(data=st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data):
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*"):
        with pytest.raises(InputError):
            load_image(start + data)


def test_a_file_that_asks_for_too_much_memory_is_refused(monkeypatch):
    def exhausted(*_):
        raise MemoryError

    monkeypatch.setattr("gcdemo.images.to_rgb", exhausted)
    assert refusal(saved(ramp(4, 4), "PNG")) == "The picture needs more memory than there is."


@pytest.mark.parametrize("size", SOME_SIZES)
def test_png_gives_back_exactly_what_it_was_made_of(size):
    image = ramp(*size)
    data = encode_png(image)
    assert data.startswith(b"\x89PNG")
    np.testing.assert_array_equal(load_image(data), image)
    np.testing.assert_array_equal(load_image(encode_png(image[:, ::-1])), image[:, ::-1])


def test_a_saved_png_replaces_the_file_before_it(tmp_path):
    path = tmp_path / "out.png"
    for image in (ramp(4, 4), ramp(7, 3)):
        save_png(image, path)
        np.testing.assert_array_equal(load_image(path), image)
    assert list(tmp_path.iterdir()) == [path]


def test_where_nothing_can_be_written_the_person_is_told(tmp_path):
    for path in (tmp_path / "gone" / "out.png", tmp_path, Path("nul\0byte.png")):
        with pytest.raises(InputError, match=r"cannot be written: .+\.$"):
            save_png(ramp(2, 2), path)


def test_pictures_are_found_deeply_once_and_in_a_fixed_order(tmp_path):
    paths = [tmp_path / "deep" / "two.JPG", tmp_path / "one.png"]
    (tmp_path / "deep").mkdir()
    for path in (*paths, tmp_path / "notes.txt"):
        path.write_bytes(b"")
    assert find_pictures([tmp_path]) == paths
    assert find_pictures([paths[1], tmp_path]) == [paths[1], paths[0]]


def test_a_missing_folder_or_one_without_pictures_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        find_pictures([tmp_path / "missing"])
    with pytest.raises(InputError, match="no picture"):
        find_pictures([tmp_path])
