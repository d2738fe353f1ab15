"""However a picture is stored, it comes out upright, 8-bit sRGB, on white."""

import io
import struct

import numpy as np
import pytest
from picture_files import ADOBE_RGB, chunk, far, png_file, ramp, saved, tiff_file
from PIL import Image, ImageCms

from gcdemo.images import load_image


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_the_exif_standard_is_turned_upright(kind, orientation):
    upright = ramp(6, 4)
    # How a camera stores the upright picture under each value (Exif 2.3, section 4.6.4).
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    data = saved(np.ascontiguousarray(stored), kind, exif=exif)
    np.testing.assert_array_equal(load_image(data), upright)


def test_a_phone_jpeg_held_upright_comes_in_upright():
    exif = Image.Exif()
    exif[274] = 6
    data = saved(ramp(16, 32), "JPEG", exif=exif, quality=95)
    plain = saved(ramp(16, 32), "JPEG", quality=95)
    np.testing.assert_array_equal(load_image(data), np.rot90(load_image(plain), -1))


def test_a_rotated_pillow_image_comes_in_upright_and_stays_as_it_was():
    source = Image.fromarray(ramp(6, 4))
    source.getexif()[274] = 6
    np.testing.assert_array_equal(load_image(source), np.rot90(ramp(6, 4), -1))
    assert source.size == (4, 6)


@pytest.mark.parametrize("exif", [b"Exif\0\0no tags", b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01"])
def test_senseless_exif_data_does_not_keep_a_picture_out(exif):
    data = saved(ramp(8, 8), "PNG", exif=exif)
    np.testing.assert_array_equal(load_image(data), ramp(8, 8))


def test_a_picture_is_turned_though_other_exif_data_is_odd():
    tags = struct.pack(">HHIHH", 274, 3, 1, 6, 0) + struct.pack(">HHI4s", 321, 2, 5, b"\0\0\0D")
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + tags + bytes(60)
    turned = load_image(saved(ramp(6, 4), "PNG", exif=exif))
    np.testing.assert_array_equal(turned, np.rot90(ramp(6, 4), -1))


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_gray_and_one_bit_pictures_become_three_equal_channels(kind):
    gray = ramp(5, 7)[..., 0]
    np.testing.assert_array_equal(
        load_image(saved(gray, kind)), np.repeat(gray[..., None], 3, axis=2)
    )
    bits = gray > 20
    np.testing.assert_array_equal(
        load_image(saved(Image.fromarray(bits), kind))[..., 1], bits * np.uint8(255)
    )


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_a_palette_is_looked_up(kind):
    palette = Image.fromarray(ramp(8, 8)).quantize(16)
    np.testing.assert_array_equal(
        load_image(saved(palette, kind)), np.array(palette.convert("RGB"))
    )


def test_transparency_in_a_palette_lies_on_white():
    colors = chunk(b"PLTE", bytes([0, 0, 0, 200, 100, 0, 9, 8, 7]))
    rows = [bytes([0, 1, 2])]
    graded = png_file(3, 1, 8, 3, rows, colors + chunk(b"tRNS", bytes([0, 127])))
    assert load_image(graded).tolist() == [[[255, 255, 255], [228, 178, 128], [9, 8, 7]]]
    one_clear = png_file(3, 1, 8, 3, rows, colors + chunk(b"tRNS", bytes([255, 0])))
    assert load_image(one_clear).tolist() == [[[0, 0, 0], [255, 255, 255], [9, 8, 7]]]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_alpha_is_laid_over_white(kind):
    rgba = np.dstack([ramp(6, 11), np.arange(66, dtype=np.uint8).reshape(6, 11) * 3])
    alpha = rgba[..., 3:] / 255
    over_white = rgba[..., :3] * alpha + 255 * (1 - alpha)
    assert np.abs(load_image(saved(rgba, kind)) - over_white).max() <= 1
    assert np.abs(load_image(rgba) - over_white).max() <= 1


@pytest.mark.parametrize(("alpha", "expected"), [(0, 255), (255, 40)])
def test_gray_with_alpha_is_laid_over_white(alpha, expected):
    image = Image.new("LA", (3, 2), (40, alpha))
    for source in (saved(image, "PNG"), saved(image, "TIFF"), image, image.convert("La")):
        assert (load_image(source) == expected).all()


@pytest.mark.parametrize(
    ("bits", "row", "clear", "expected"),
    [
        (1, b"\x40", 1, [0, 255]),
        (1, b"\x40", 0, [255, 255]),
        (2, b"\x10", 1, [0, 255]),
        (2, b"\x10", 0, [255, 85]),
        (4, b"\x01", 1, [0, 255]),
        (4, b"\x01", 0, [255, 17]),
        (8, b"\x00\x03", 3, [0, 255]),
        (16, b"\x00\x00\x80\x00", 0x8000, [0, 255]),
        (16, b"\x00\x00\x80\x00", 0, [255, 128]),
    ],
)
def test_the_gray_value_that_stands_for_transparent_becomes_white(bits, row, clear, expected):
    data = png_file(2, 1, bits, 0, [row], chunk(b"tRNS", struct.pack(">H", clear)))
    assert load_image(data)[0, :, 0].tolist() == expected


def test_a_pillow_image_keeps_what_it_says_of_itself():
    data = png_file(2, 1, 2, 0, [b"\x10"], chunk(b"tRNS", struct.pack(">H", 1)))
    with Image.open(io.BytesIO(data)) as source:
        before = dict(source.info)
        load_image(source)
        assert source.info == before


@pytest.mark.parametrize("bits", [8, 16])
def test_the_color_that_stands_for_transparent_becomes_white(bits):
    step = 1 if bits == 8 else 256
    values = np.array([[10, 20, 30], [30, 20, 10]]) * step
    row = values.astype(">u2" if bits == 16 else np.uint8).tobytes()
    data = png_file(2, 1, bits, 2, [row], chunk(b"tRNS", struct.pack(">HHH", *values[1])))
    assert load_image(data).tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_sixteen_bit_gray_is_rounded_to_eight_over_the_whole_range():
    gray = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    nearest = np.floor(gray / 257 + 0.5)
    for data in (saved(gray, "PNG"), saved(gray, "TIFF"), saved(gray.astype(">u2"), "TIFF")):
        loaded = load_image(data)
        np.testing.assert_array_equal(loaded[..., 0], nearest)
        np.testing.assert_array_equal(loaded[..., 0], loaded[..., 2])


def test_sixteen_bit_gray_is_turned_upright_too():
    exif = Image.Exif()
    exif[274] = 6
    gray = np.arange(24, dtype=np.uint16).reshape(6, 4) * 257
    turned = load_image(saved(gray, "PNG", exif=exif))
    np.testing.assert_array_equal(turned[..., 0], np.rot90(gray // 257, -1))


@pytest.mark.parametrize(("color_type", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_sixteen_bit_color_and_alpha_come_in(color_type, channels):
    values = np.full((2, channels), 65535)
    values[1, 0] = 32768 + 5
    data = png_file(2, 1, 16, color_type, [values.astype(">u2").tobytes()])
    loaded = load_image(data)[0]
    assert loaded[0].tolist() == [255, 255, 255]
    assert abs(int(loaded[1, 0]) - 128) <= 1
    assert loaded[1, 1] == (128 if channels == 2 else 255)


def test_twelve_bit_and_inverted_gray_tiff_use_their_own_scale():
    twelve = tiff_file(2, 1, 12, 1, bytes([0xFF, 0xF8, 0x00]))
    assert load_image(twelve)[0, :, 0].tolist() == [255, 128]
    inverted = tiff_file(2, 1, 16, 0, struct.pack("<HH", 0, 65535))
    assert load_image(inverted)[0, :, 0].tolist() == [255, 0]


def test_cmyk_tiff_prints_ink_on_white():
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]]], dtype=np.uint8)
    data = saved(Image.frombytes("CMYK", (3, 1), inks.tobytes()), "TIFF")
    assert load_image(data).tolist() == [[[255, 255, 255], [0, 255, 255], [0, 0, 0]]]


def test_cmyk_jpeg_is_read_in_both_of_its_polarities():
    data = saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100)
    marker = data.index(b"\xff\xee")
    assert data[marker + 4 : marker + 9] == b"Adobe"  # so these inks are stored inverted
    assert far(load_image(data), np.full((8, 8, 3), [255, 0, 0])) <= 2
    length = int.from_bytes(data[marker + 2 : marker + 4], "big")
    plain = data[:marker] + data[marker + 2 + length :]
    assert far(load_image(plain), np.zeros((8, 8, 3))) <= 2  # now cyan and black ink


def test_other_color_spaces_become_rgb():
    image = ramp(8, 8)
    for mode in ("YCbCr", "HSV"):
        assert far(load_image(Image.fromarray(image).convert(mode)), image) <= 8
    np.testing.assert_array_equal(load_image(Image.fromarray(image).convert("RGBX")), image)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_a_color_profile_is_applied(kind):
    image = np.full((8, 8, 3), [150, 110, 90], np.uint8)
    # By hand: to linear light with gamma 2.2, to XYZ, to linear sRGB, to sRGB's curve.
    expected = np.full((8, 8, 3), [164, 110, 88])
    assert far(load_image(saved(image, kind, icc_profile=ADOBE_RGB)), expected) <= 2
    gray = np.full((8, 8, 3), 128, np.uint8)
    assert far(load_image(saved(gray, kind, icc_profile=ADOBE_RGB)), gray) <= 2


def test_an_srgb_profile_changes_nothing():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(ramp(33, 44), "PNG", icc_profile=srgb)
    np.testing.assert_array_equal(load_image(data), ramp(33, 44))


@pytest.mark.parametrize("profile", [b"no profile", ADOBE_RGB[:200], ADOBE_RGB[:128] + bytes(500)])
def test_a_senseless_profile_does_not_keep_a_picture_out(profile):
    data = saved(ramp(8, 8), "PNG", icc_profile=profile)
    np.testing.assert_array_equal(load_image(data), ramp(8, 8))
    gray = saved(ramp(8, 8)[..., 0], "PNG", icc_profile=ADOBE_RGB)
    np.testing.assert_array_equal(load_image(gray)[..., 0], ramp(8, 8)[..., 0])


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "MPO"])
def test_of_several_frames_or_pages_the_first_is_taken(kind):
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "blue")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert far(load_image(data), np.full((16, 16, 3), [255, 0, 0])) <= 2
