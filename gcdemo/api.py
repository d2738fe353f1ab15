"""The library's functions: a picture to bytes, bytes to a picture, bytes to their fields."""

import dataclasses
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gcdemo.bitstream.container import unpack
from gcdemo.bitstream.header import Background, Mode
from gcdemo.checkpoints import load_model
from gcdemo.codecs.base import bytes_within
from gcdemo.codecs.generative import FileInfo, GenerativeCodec
from gcdemo.codecs.generative import describe as describe_generative
from gcdemo.codecs.registry import codec_for_data
from gcdemo.codecs.selective import (
    Regions,
    SelectiveCodec,
    SelectiveDecoded,
    SelectiveFileInfo,
    describe_selective,
)
from gcdemo.devices import has_bf16_units, resolve_device
from gcdemo.errors import InputError
from gcdemo.images import load_image
from gcdemo.label_classes import class_named
from gcdemo.released import CUSTOM_ID, model_name_for
from gcdemo.segmentation import is_street_scene, load_segmenter
from gcdemo.selective_checkpoints import load_selective
from gcdemo.selective_search import SelectiveSearch
from gcdemo.symbol_search import SymbolSearch
from gcdemo.tiling import Precision

__all__ = [
    "Background",
    "FileInfo",
    "SelectiveDecoded",
    "SelectiveFileInfo",
    "compress",
    "compress_selective",
    "decompress",
    "decompress_selective",
    "describe",
    "load_codec",
    "load_selective_codec",
]

Picture = str | Path | bytes | BinaryIO | Image.Image | NDArray[np.uint8]
DEFAULT_MODEL = "gc"
# The paper's middle point, used when nothing is asked for.
DEFAULT_CHANNELS = 4
SELECTIVE_MODEL = "sc"
# Of SC's details: sharp enough that what is kept stands out from any background.
DEFAULT_DETAIL = 8


@lru_cache(maxsize=8)
def load_codec(
    model: str = DEFAULT_MODEL, device: str = "auto", *, search: bool = False
) -> GenerativeCodec:
    """Load a model once for each device; later calls give the same codec.

    Args:
        model: Name of shipped weights, or path of a weight file.
        device: "auto", "cpu", "cuda" or "cuda:N".
        search: Whether its encoder looks for better symbols than E's first ones.

    Raises:
        CheckpointError: The weights cannot be used.
        InputError: There is no such device.
    """
    place = resolve_device(device)
    if search:
        plain = load_codec(model, device)
        return GenerativeCodec(plain.loaded, plain.precision, SymbolSearch.load(place))
    return GenerativeCodec(load_model(model), Precision(place, has_bf16_units(place)))


@lru_cache(maxsize=4)
def load_selective_codec(
    model: str = SELECTIVE_MODEL, device: str = "auto", *, search: bool = False
) -> SelectiveCodec:
    """Load SC once for each device; later calls give the same codec.

    Args:
        model: Name of shipped weights, or path of a weight file.
        device: "auto", "cpu", "cuda" or "cuda:N".
        search: Whether better symbols are looked for than the encoders' first ones.

    Raises:
        CheckpointError: The weights cannot be used.
        InputError: There is no such device.
    """
    place = resolve_device(device)
    if search:
        plain = load_selective_codec(model, device)
        return SelectiveCodec(plain.loaded, plain.precision, SelectiveSearch.load(place))
    return SelectiveCodec(load_selective(model), Precision(place, has_bf16_units(place)))


def compress(
    image: Picture,
    *,
    channels: int | None = None,
    bpp: float | None = None,
    num_bytes: int | None = None,
    search: bool = False,
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
        search: Whether to look for better symbols than E's first ones; takes some two
            hundred times as long on a CPU and gives a better picture in mostly fewer bytes.
        model: Name of shipped weights, or path of a weight file.
        device: "auto", "cpu", "cuda" or "cuda:N".

    Raises:
        InputError: The picture cannot be used, no file is that small, or more than one of
            `channels`, `bpp` and `num_bytes` is given.
        CheckpointError: The weights cannot be used.
    """
    if sum(limit is not None for limit in (channels, bpp, num_bytes)) > 1:
        raise InputError("Choose one of channels, bpp and bytes.")
    codec = load_codec(model, device, search=search)
    pixels = load_image(image)
    if bpp is not None:
        num_bytes = bytes_within(bpp, pixels)
    if num_bytes is not None:
        return codec.encode_to_budget(pixels, num_bytes)
    if channels is None:
        channels = DEFAULT_CHANNELS if DEFAULT_CHANNELS in codec.qualities else codec.qualities[-1]
    return codec.encode(pixels, channels)


def compress_selective(
    image: Picture,
    *,
    keep: NDArray[np.bool_] | None = None,
    keep_classes: Collection[str] = (),
    labels: NDArray[np.uint8] | None = None,
    background: Background | None = None,
    detail: int | None = None,
    bpp: float | None = None,
    num_bytes: int | None = None,
    search: bool = False,
    model: str = SELECTIVE_MODEL,
    device: str = "auto",
) -> bytes:
    """Give the SC file of a picture: some of it in detail, the rest synthesised or thin.

    Args:
        image: As for `compress`.
        keep: The pixels that are kept in detail, bool (H, W).
        keep_classes: Names of classes that are kept besides, wherever the label map has them.
        labels: What is where, ids of `label_classes` uint8 (H, W); the segmenter's when None.
        background: How the rest is made; when None it is synthesised where the label map is that
            of a street, which the networks know how to draw, else thin.
        detail: Rate of the details; 8 when nothing is asked for.
        bpp: Instead of `detail`: bits per pixel that the whole file may have at most.
        num_bytes: Instead of `detail`: bytes that the whole file may have at most.
        search: Whether to look for better symbols than the encoders' first ones; takes about
            a hundred times as long on a CPU and gives a better picture in mostly fewer bytes.
        model: Name of shipped weights, or path of a weight file.
        device: "auto", "cpu", "cuda" or "cuda:N".

    Raises:
        InputError: The picture, mask, map or a class cannot be used, no file is that small, or more
            than one of `detail`, `bpp` and `num_bytes` is given.
        CheckpointError: The weights cannot be used.
    """
    if sum(limit is not None for limit in (detail, bpp, num_bytes)) > 1:
        raise InputError("Choose one of detail, bpp and bytes.")
    pixels = load_image(image)
    if labels is None and (keep_classes or background is not Background.THIN):
        labels = load_segmenter(device).segment(pixels).labels
    kept = np.zeros(pixels.shape[:2], bool) if keep is None else keep
    regions = Regions(kept, Background.THIN if background is None else background, labels)
    regions.check(pixels)
    if background is None and labels is not None and is_street_scene(labels):
        regions = dataclasses.replace(regions, background=Background.SYNTHESISED)
    if labels is not None and keep_classes:
        ids = [class_named(name).id for name in keep_classes]
        regions = regions.also_keeping(np.isin(labels, ids))
    codec = load_selective_codec(model, device, search=search)
    if bpp is not None:
        num_bytes = bytes_within(bpp, pixels)
    if num_bytes is not None:
        return codec.encode_to_budget(pixels, regions, num_bytes)
    if detail is None:
        detail = min(DEFAULT_DETAIL, codec.qualities[-1])
    return codec.encode(pixels, regions, detail)


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
    if header.mode is Mode.SC:
        return decompress_selective(data, model=model, device=device).image
    if model is None or header.model_id != CUSTOM_ID:
        model = model_name_for(header.model_id, header.weight_hash)
    return load_codec(model, device).decode(data)


def decompress_selective(
    data: bytes, *, model: str | None = None, device: str = "auto"
) -> SelectiveDecoded:
    """Give the picture of an SC file, and which of it was kept, which invented.

    Args:
        data: The whole file.
        model: Path of the weights it was made with, when they are not shipped ones.
        device: "auto", "cpu", "cuda" or "cuda:N".

    Raises:
        BitstreamError: The file is damaged, foreign, of another mode, or made with other weights.
        CheckpointError: The weights cannot be used.
    """
    header = unpack(data).header
    if model is None or header.model_id != CUSTOM_ID:
        model = model_name_for(header.model_id, header.weight_hash)
    return load_selective_codec(model, device).decode(data)


def describe(data: bytes) -> FileInfo | SelectiveFileInfo:
    """Read the fields of a .gci file of any mode without decoding it.

    Raises:
        BitstreamError: The data is not a whole .gci file.
    """
    if unpack(data).header.mode is Mode.SC:
        return describe_selective(data)
    return describe_generative(data)
