import numpy as np
import pytest

from gcdemo.errors import InputError
from gcdemo.evaluation.color import ciede2000, color_error, lab_from_srgb

# Sharma, Wu and Dalal 2005, table 1: L a b, L a b, difference.
SHARMA = np.array(
    [
        [50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425],
        [50.0, 3.1571, -77.2803, 50.0, 0.0, -82.7485, 2.8615],
        [50.0, 2.8361, -74.02, 50.0, 0.0, -82.7485, 3.4412],
        [50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0],
        [50.0, -1.1848, -84.8006, 50.0, 0.0, -82.7485, 1.0],
        [50.0, -0.9009, -85.5211, 50.0, 0.0, -82.7485, 1.0],
        [50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669],
        [50.0, -1.0, 2.0, 50.0, 0.0, 0.0, 2.3669],
        [50.0, 2.49, -0.001, 50.0, -2.49, 0.0009, 7.1792],
        [50.0, 2.49, -0.001, 50.0, -2.49, 0.001, 7.1792],
        [50.0, 2.49, -0.001, 50.0, -2.49, 0.0011, 7.2195],
        [50.0, 2.49, -0.001, 50.0, -2.49, 0.0012, 7.2195],
        [50.0, -0.001, 2.49, 50.0, 0.0009, -2.49, 4.8045],
        [50.0, -0.001, 2.49, 50.0, 0.001, -2.49, 4.8045],
        [50.0, -0.001, 2.49, 50.0, 0.0011, -2.49, 4.7461],
        [50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065],
        [50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492],
        [50.0, 2.5, 0.0, 61.0, -5.0, 29.0, 22.8977],
        [50.0, 2.5, 0.0, 56.0, -27.0, -3.0, 31.903],
        [50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535],
        [50.0, 2.5, 0.0, 50.0, 3.1736, 0.5854, 1.0],
        [50.0, 2.5, 0.0, 50.0, 3.2972, 0.0, 1.0],
        [50.0, 2.5, 0.0, 50.0, 1.8634, 0.5757, 1.0],
        [50.0, 2.5, 0.0, 50.0, 3.2592, 0.335, 1.0],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.263],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.248, -4.962, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.694, 23.0331, 14.973, -42.5619, 2.0373],
        [36.4612, 47.858, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.441, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.135, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)


def test_ciede2000_gives_the_published_differences():
    np.testing.assert_allclose(ciede2000(SHARMA[:, :3], SHARMA[:, 3:6]), SHARMA[:, 6], atol=1e-4)


def test_ciede2000_is_symmetric_and_zero_for_equal_colors():
    a, b = SHARMA[:, :3], SHARMA[:, 3:6]
    np.testing.assert_allclose(ciede2000(b, a), ciede2000(a, b), atol=1e-9)
    assert np.all(ciede2000(a, a) == 0)


def test_ciede2000_agrees_with_scikit_image_on_random_colors():
    skimage_color = pytest.importorskip("skimage.color", reason="scikit-image is not installed")
    rng = np.random.default_rng(1)
    a, b = rng.uniform((0, -100, -100), (100, 100, 100), (2, 2000, 3))
    np.testing.assert_allclose(ciede2000(a, b), skimage_color.deltaE_ciede2000(a, b), atol=1e-9)


def test_lab_agrees_with_scikit_image_on_random_colors():
    skimage_color = pytest.importorskip("skimage.color", reason="scikit-image is not installed")
    srgb = np.random.default_rng(2).random((500, 3))
    # scikit-image rounds the sRGB matrix to another last digit.
    np.testing.assert_allclose(lab_from_srgb(srgb), skimage_color.rgb2lab(srgb), atol=0.02)


def test_white_black_and_the_sRGB_primaries_have_their_published_lab_values():
    srgb = np.array([[1.0, 1, 1], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    published = [
        [100, 0, 0],
        [0, 0, 0],
        [53.24, 80.09, 67.20],
        [87.73, -86.18, 83.18],
        [32.30, 79.19, -107.86],
    ]
    np.testing.assert_allclose(lab_from_srgb(srgb), published, atol=0.02)


def test_a_picture_has_no_color_error_against_itself(picture):
    assert color_error(picture, picture) == 0


def test_texture_with_the_same_block_means_has_no_color_error():
    flat = np.full((32, 48, 3), 100, np.uint8)
    checker = flat.copy()
    checker[::2, ::2] += 40
    checker[1::2, 1::2] -= 40
    assert color_error(flat, checker) == pytest.approx(0, abs=1e-9)


def test_a_flat_tint_gives_the_difference_of_the_two_colors():
    flat, tinted = (np.full((40, 40, 3), color, np.uint8) for color in ((90, 90, 90), (90, 90, 60)))
    lab = lab_from_srgb(np.array([flat[0, 0], tinted[0, 0]]) / 255)
    assert color_error(flat, tinted) == pytest.approx(float(ciede2000(lab[0], lab[1])))


def test_cut_blocks_count_by_their_pixels():
    # One column of 20 pixels in blocks of 16 and 4; only the lower block differs.
    image = np.full((20, 1, 3), 128, np.uint8)
    image_hat = image.copy()
    image_hat[16:] = 160
    whole = color_error(image[:1], image_hat[16:17])
    assert color_error(image, image_hat) == pytest.approx(whole * 4 / 20)


def test_pictures_of_different_sizes_are_refused(picture):
    with pytest.raises(InputError, match="must agree"):
        color_error(picture, picture[:, 1:])
