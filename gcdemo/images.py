"""Any picture file in, 8-bit RGB out; and 8-bit RGB to PNG."""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from gcdemo.errors import InputError
from gcdemo.files import write_atomically
from gcdemo.limits import MAX_PIXELS, MAX_SIDE, too_large
from gcdemo.pixels import DECODER_ERRORS, to_rgb

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
"""The formats that are read, as Pillow names them."""

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
"""How names of such files end, in small letters."""

# Modes of which nobody can say which number is white.
_UNSCALED = {"I": "32-bit whole numbers", "F": "32-bit fractions", "LAB": "CIELAB colors"}


def load_image(
    source: str | Path | bytes | BinaryIO | Image.Image | NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Give any picture as sRGB, upright and on white.

    Reads PNG, JPEG, WebP, BMP and TIFF (of several pages or frames, the first): gray, palette,
    CMYK, 1 to 16 bits a channel. EXIF rotation and color profiles are applied, transparency is
    laid over white, 16 bits become 8.

    Args:
        source: A file's path or contents, an open binary file, a Pillow image, or an array uint8
            of shape (H, W), (H, W, 3) or (H, W, 4), gray, RGB or RGBA.

    Returns:
        A new array, uint8 (H, W, 3).

    Raises:
        InputError: It is no such picture, is damaged, has more than `MAX_PIXELS` pixels (checked
            in the header, before any is decoded), or stores values whose white is not known.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source)
    name = f'"{Path(source).name}"' if isinstance(source, str | Path) else "The picture"
    with _pillow_kept_quiet():
        if isinstance(source, Image.Image):
            return _decode(source, name)
        with _open_file(source, name) as file:
            return _decode(_open_picture(file, name), name)


def find_pictures(sources: Sequence[Path]) -> list[Path]:
    """Give every picture file of folders (searched deeply) and the files that are named.

    Args:
        sources: Folders and files.

    Returns:
        Paths, each once, in the order of the sources and sorted within a folder.

    Raises:
        InputError: A source does not exist, or there is no picture at all.
    """
    found: dict[Path, None] = {}
    for source in sources:
        if not source.exists():
            raise InputError(f'"{source}" does not exist.')
        if source.is_dir():
            inside = (path for path in sorted(source.rglob("*")) if path.is_file())
            found |= dict.fromkeys(path for path in inside if path.suffix.lower() in SUFFIXES)
        else:
            found[source] = None
    if not found:
        raise InputError(f"There is no picture in {', '.join(map(str, sources))}.")
    return list(found)


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """Give the PNG file of a picture.

    Args:
        image: uint8 (H, W, 3).

    Raises:
        InputError: The array is something else.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise InputError(
            f"A PNG is made of uint8 (height, width, 3), not {image.dtype} {image.shape}."
        )
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, "PNG")
    return buffer.getvalue()


def save_png(image: NDArray[np.uint8], path: str | Path) -> None:
    """Write a picture as a PNG file, whole or not at all.

    Args:
        image: uint8 (H, W, 3).
        path: The file to write or replace.

    Raises:
        InputError: The array is something else, or the file cannot be written.
    """
    data = encode_png(image)
    try:
        write_atomically(path, data)
    except (OSError, ValueError) as error:
        raise InputError(f'"{path}" cannot be written: {_reason(error)}.') from error


@contextmanager
def _pillow_kept_quiet() -> Iterator[None]:
    """Silence Pillow's remarks on odd metadata and large sizes: what matters is raised here.

    Overlapping in several threads, the filter may stay: it silences nothing else.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def _open_file(source: str | Path | bytes | BinaryIO, name: str) -> BinaryIO:
    """Give the file, to be closed, or what is in memory as one."""
    try:
        if isinstance(source, str | Path):
            return Path(source).open("rb")
        data = source if isinstance(source, bytes | bytearray | memoryview) else source.read()
        return io.BytesIO(memoryview(data))
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist.") from error
    except IsADirectoryError as error:
        raise InputError(f"{name} is a folder; a picture file is needed.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{name} cannot be read: {_reason(error)}.") from error
    except (AttributeError, TypeError) as error:
        raise InputError(
            f"A picture is given as a file, bytes or an array, not as {type(source).__name__}."
        ) from error


def load_mask(source: str | Path | bytes) -> NDArray[np.bool_]:
    """Load a mask: a picture whose bright pixels, of 128 and more in any channel, are marked.

    Returns:
        Bool (H, W).

    Raises:
        InputError: It is no picture that can be used.
    """
    return np.asarray((load_image(source) >= 128).any(axis=2))


def _open_picture(file: BinaryIO, name: str) -> Image.Image:
    """Read the header alone."""
    try:
        if not file.read(1):
            raise InputError(f"{name} is empty.")
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise InputError(f"{name} is no PNG, JPEG, WebP, BMP or TIFF picture.") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{name} has more than {MAX_PIXELS:,} pixels.") from error
    except DECODER_ERRORS as error:
        raise InputError(f"{name} is damaged or cut short in its header.") from error


def _decode(image: Image.Image, name: str) -> NDArray[np.uint8]:
    """Give an opened picture's pixels after a look at its header."""
    _check_size(image.width, image.height, name)
    if image.mode in _UNSCALED:
        raise InputError(
            f"{name} stores {_UNSCALED[image.mode]}; save it with 8 or 16 bits a channel first."
        )
    try:
        return to_rgb(image)
    except MemoryError as error:
        raise InputError(f"{name} needs more memory than there is.") from error
    except DECODER_ERRORS as error:
        raise InputError(f"{name} is damaged or cut short: it cannot be decoded.") from error


def _check_size(width: int, height: int, name: str) -> None:
    if width * height < 1 or too_large(width, height):
        raise InputError(
            f"{name} has {width:,} x {height:,} pixels; 1 to {MAX_PIXELS:,} in all and "
            f"{MAX_SIDE:,} a side are allowed."
        )


def _from_array(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Check an array and bring it to three channels."""
    if array.dtype != np.uint8 or not (array.ndim == 2 or array.shape[2:] in ((3,), (4,))):
        raise InputError(
            "A picture as an array is uint8 (height, width), (height, width, 3) or "
            f"(height, width, 4), not {array.dtype} {array.shape}."
        )
    _check_size(array.shape[1], array.shape[0], "The array")
    if array.shape[2:] == (3,):
        return np.array(array, order="C")
    return to_rgb(Image.fromarray(np.ascontiguousarray(array)))


def _reason(error: Exception) -> str:
    """Give an error's cause as the end of a sentence."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text.rstrip(".") or type(error).__name__
