"""From whatever Pillow decodes to upright 8-bit RGB on white.

Nothing here says what is wrong with a damaged picture: the decoder's own errors go up.
"""

import contextlib
import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageCms

DECODER_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise, or can raise, on damaged files."""

_GRAY_16 = ("I;16", "I;16L", "I;16B", "I;16N")
# Gray PNGs of 2 and 4 bits: Pillow spreads the pixels over 0..255, but not the transparent value.
_SPREAD = {"L;2": 85, "L;4": 17}
_ORIENTATION_TAG = 274
_TURNS = {  # from the stored picture to the upright one
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# TIFF: two tags, and the value of the second where the largest number is black.
_BITS_TAG, _PHOTOMETRIC_TAG, _WHITE_IS_ZERO = 258, 262, 0


def to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Decode a picture and bring it upright, to 8-bit sRGB, onto white.

    Args:
        image: An opened picture of any mode but I, F and LAB. It is not changed.

    Returns:
        A new array, uint8 (H, W, 3). 16-bit gray is rounded to 8 bits; 16-bit color arrives
        without its low bytes, which Pillow drops. Colors with an embedded profile other than
        sRGB are brought to sRGB.

    Raises:
        One of `DECODER_ERRORS`: The picture is damaged.
    """
    clear = _clear_value(image)  # asked first: decoding drops what it is read from
    image.load()
    upright = _upright(image)
    if image.mode in _GRAY_16:
        return _from_gray16(image, upright, clear)
    if image.format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info:
        upright = ImageChops.invert(upright)  # Pillow takes every such file for Adobe's
    if clear is not None:
        upright.info["transparency"] = clear
    return np.array(_to_srgb(upright, image.info.get("icc_profile")))


def _clear_value(image: Image.Image) -> int | bytes | tuple[int, ...] | None:
    """Give the value that stands for transparent, in the range of the decoded pixels."""
    clear: int | bytes | tuple[int, ...] | None = image.info.get("transparency")
    tiles = getattr(image, "tile", None)
    stored = tiles[0].args if tiles else None
    if isinstance(clear, int) and stored in _SPREAD:
        return clear * _SPREAD[stored]
    if isinstance(clear, tuple) and stored == "RGB;16B":
        return tuple(value >> 8 for value in clear)
    return clear


def _upright(image: Image.Image) -> Image.Image:
    """Give a copy turned as its EXIF data says; EXIF data that makes no sense says nothing."""
    # Not ImageOps.exif_transpose: it also writes all of the data anew, and fails if any is odd.
    with contextlib.suppress(*DECODER_ERRORS):
        return image.transpose(_TURNS[image.getexif()[_ORIENTATION_TAG]])
    return image.copy()


def _from_gray16(image: Image.Image, upright: Image.Image, clear: object) -> NDArray[np.uint8]:
    """Round gray of up to 16 bits to 8, white where it is clear."""
    tags = getattr(image, "tag_v2", {})  # only TIFF has variants
    largest = 2 ** tags.get(_BITS_TAG, (16,))[0] - 1
    gray = np.asarray(upright)
    levels = (gray.astype(np.uint32) * 255 + largest // 2) // largest
    levels = np.minimum(levels, 255).astype(np.uint8)
    if tags.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO:
        levels = 255 - levels
    if isinstance(clear, int):
        levels[gray == clear] = 255
    return np.repeat(levels[..., None], 3, axis=2)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Give sRGB on white; a profile that makes no sense says nothing."""
    flat = image if image.mode == "CMYK" else _on_white(image)
    if profile and image.mode not in ("1", "L", "LA", "La"):
        with contextlib.suppress(ImageCms.PyCMSError, *DECODER_ERRORS):
            meant = ImageCms.getOpenProfile(io.BytesIO(profile))
            if meant.profile.xcolor_space.strip() == flat.mode:
                srgb = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(flat, meant, srgb, outputMode="RGB")
                flat = converted or flat
    return flat.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """Give RGB, with white behind what is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")  # Pillow knows no direct way from premultiplied gray
    rgba = image.convert("RGBA")
    on_white = Image.new("RGB", rgba.size, "white")
    on_white.paste(rgba, mask=rgba.getchannel("A"))
    return on_white
