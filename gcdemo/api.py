"""The library's three functions: a picture to bytes, bytes to a picture, bytes to their fields."""

from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gcdemo.bitstream.container import unpack
from gcdemo.checkpoints import CUSTOM_ID, load_model, model_name_for
from gcdemo.codecs.generative import FileInfo, GenerativeCodec
from gcdemo.codecs.generative import describe as describe
from gcdemo.codecs.registry import codec_for_data
from gcdemo.devices import has_bf16_units, resolve_device
from gcdemo.errors import InputError
from gcdemo.images import load_image
from gcdemo.tiling import Precision

__all__ = ["FileInfo", "compress", "decompress", "describe", "load_codec"]

Picture = str | Path | bytes | BinaryIO | Image.Image | NDArray[np.uint8]
DEFAULT_MODEL = "gc"
# The paper's middle point, used when nothing is asked for.
DEFAULT_CHANNELS = 4


@lru_cache(maxsize=4)
def load_codec(model: str = DEFAULT_MODEL, device: str = "auto") -> GenerativeCodec:
    """Load a model once for each device; later calls give the same codec.

    Args:
        model: Name of shipped weights, or path of a weight file.
        device: "auto", "cpu", "cuda" or "cuda:N".

    Raises:
        CheckpointError: The weights cannot be used.
        InputError: There is no such device.
    """
    place = resolve_device(device)
    return GenerativeCodec(load_model(model), Precision(place, has_bf16_units(place)))


def compress(
    image: Picture,
    *,
    channels: int | None = None,
    bpp: float | None = None,
    num_bytes: int | None = None,
    model: str = DEFAULT_MODEL,
    device: str = "auto",
) -> bytes:
    """Give the .gci file of a picture.

    Args:
        image: A path, the bytes of a picture file, an open file, a Pillow image, or an array
            uint8 (H, W, 3).
        channels: The rate C; 4 when nothing is asked for.
        bpp: Instead of `channels`: bits per pixel that the whole file may have at most.
        num_bytes: Instead of `channels`: bytes that the whole file may have at most.
        model: Name of shipped weights, or path of a weight file.
        device: "auto", "cpu", "cuda" or "cuda:N".

    Raises:
        InputError: The picture cannot be used, no file is that small, or more than one of
            `channels`, `bpp` and `num_bytes` is given.
        CheckpointError: The weights cannot be used.
    """
    if sum(limit is not None for limit in (channels, bpp, num_bytes)) > 1:
        raise InputError("Choose one of channels, bpp and bytes.")
    codec = load_codec(model, device)
    pixels = load_image(image)
    if bpp is not None:
        num_bytes = int(bpp * pixels.shape[0] * pixels.shape[1] / 8)
    if num_bytes is not None:
        return codec.encode_to_budget(pixels, num_bytes)
    if channels is None:
        channels = DEFAULT_CHANNELS if DEFAULT_CHANNELS in codec.qualities else codec.qualities[-1]
    return codec.encode(pixels, channels)


def decompress(data: bytes, *, model: str | None = None, device: str = "auto") -> NDArray[np.uint8]:
    """Give the picture of a .gci file, or of a file of one of the rivals, uint8 (H, W, 3).

    Args:
        data: The whole file.
        model: Path of the weights it was made with, when they are not shipped ones.
        device: "auto", "cpu", "cuda" or "cuda:N".

    Raises:
        BitstreamError: The file is damaged, foreign, or made with other weights.
        CheckpointError: The weights cannot be used.
        InputError: A rival's file cannot be read.
        CodecUnavailable: The library that reads it is missing.
    """
    if rival := codec_for_data(data):
        return rival.decode(data)
    header = unpack(data).header
    if model is None or header.model_id != CUSTOM_ID:
        model = model_name_for(header.model_id, header.weight_hash)
    return load_codec(model, device).decode(data)
