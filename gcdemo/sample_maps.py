"""What is known of the shipped photos beforehand, so that nobody waits for it."""

import hashlib
import io
import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from gcdemo.codecs.base import Image
from gcdemo.errors import InputError
from gcdemo.files import write_atomically
from gcdemo.images import load_image
from gcdemo.label_maps import check_ids, encode_label_map
from gcdemo.pixels import DECODER_ERRORS
from gcdemo.samples import SAMPLES_FOLDER, Sample
from gcdemo.selection.base import Box, Mask, Prompt, Selector
from gcdemo.selection.cache import picture_key

logger = logging.getLogger(__name__)

MAPS_FOLDER = SAMPLES_FOLDER.parent / "maps"

# Objects are numbered in one byte.
_MOST_OBJECTS = 255
# The text in each map that says of which photo it is: the SHA-256 of the photo's file.
_PHOTO_KEY = "photo"


class SampleMaps(NamedTuple):
    """What is known of a photo, each of its height and width."""

    labels: NDArray[np.uint8]  # ids of classes
    objects: NDArray[np.uint8]  # numbers of objects, 1 for the largest; 0 where there is none
    kept: Mask  # what is kept at first

    def masks(self) -> tuple[Mask, ...]:
        """Give the objects one by one, largest first."""
        return tuple(self.objects == number for number in range(1, int(self.objects.max()) + 1))


def make_maps(
    image: Image, labels: NDArray[np.uint8], selector: Selector, boxes: Sequence[Box]
) -> SampleMaps:
    """Find what is to be known of a photo.

    Args:
        image: uint8 (H, W, 3).
        labels: Its label map, uint8 (H, W).
        selector: Finds the objects, and what the boxes mean.
        boxes: Around what is kept at first.

    Raises:
        InputError: A box reaches beyond the photo.
    """
    objects = np.zeros(image.shape[:2], np.uint8)
    # The largest first, so that smaller ones inside stay whole.
    for number, mask in enumerate(selector.find_objects(image)[:_MOST_OBJECTS], start=1):
        objects[mask] = number
    kept = np.zeros(image.shape[:2], np.bool_)
    for box in boxes:
        kept |= selector.select(image, Prompt(box=box))
    return SampleMaps(labels, objects, kept)


def write_maps(sample: Sample, maps: SampleMaps, folder: Path = MAPS_FOLDER) -> None:
    """Write what is known of a sample as three small PNGs.

    Raises:
        OSError: They cannot be written.
    """
    pictures = (
        PillowImage.open(io.BytesIO(encode_label_map(maps.labels))),
        PillowImage.fromarray(maps.objects),
        PillowImage.fromarray(maps.kept),
    )
    text = PngInfo()
    text.add_text(_PHOTO_KEY, _sha256(sample.path))
    for path, picture in zip(_paths(sample, folder), pictures, strict=True):
        file = io.BytesIO()
        picture.save(file, "PNG", optimize=True, pnginfo=text)
        write_atomically(path, file.getvalue())


def read_maps(sample: Sample, folder: Path = MAPS_FOLDER) -> SampleMaps:
    """Read what `write_maps` wrote of a sample.

    Raises:
        InputError: It is not there, is damaged, or is of another photo than the sample now is.
    """
    digest = _sha256(sample.path)
    labels, objects, kept = (
        _read(path, mode, digest)
        for path, mode in zip(_paths(sample, folder), ("P", "L", "1"), strict=True)
    )
    maps = SampleMaps(labels, objects, kept > 0)
    check_ids(maps.labels, f"The label map of {sample.name}")
    if len({plane.shape for plane in maps}) > 1:
        raise InputError(f"The maps of {sample.name} are not of one size.")
    return maps


class KnownPhotos:
    """Tells by its pixels whether a picture is one of the samples; safe to share."""

    def __init__(self, samples: Sequence[Sample], folder: Path = MAPS_FOLDER) -> None:
        """Read nothing yet.

        Args:
            samples: The photos.
            folder: Where their maps are.
        """
        self._samples, self._folder = samples, folder

    @cached_property
    def _by_pixels(self) -> dict[bytes, Sample]:
        # As they are decoded here: JPEG leaves the last bit of a pixel to the decoder.
        return {picture_key(load_image(sample.path)): sample for sample in self._samples}

    def maps_of(self, image: Image) -> SampleMaps | None:
        """Give what is known of a picture, uint8 (H, W, 3); None where it is no sample.

        Maps that cannot be read are as good as none, and logged.
        """
        sample = self._by_pixels.get(picture_key(image))
        if sample is None:
            return None
        try:
            return read_maps(sample, self._folder)
        except InputError as error:
            logger.warning("A sample is treated as any other photo: %s", error)
            return None


def _paths(sample: Sample, folder: Path) -> tuple[Path, Path, Path]:
    labels, objects, kept = (
        folder / f"{sample.name}.{kind}.png" for kind in ("labels", "objects", "kept")
    )
    return labels, objects, kept


def _read(path: Path, mode: str, digest: str) -> NDArray[np.uint8]:
    try:
        with PillowImage.open(path, formats=("PNG",)) as picture:
            if picture.mode != mode:
                raise InputError(f"{path.name} is {picture.mode}, not {mode}.")
            if picture.info.get(_PHOTO_KEY) != digest:
                raise InputError(f"{path.name} is of another photo than the sample now is.")
            return np.array(picture)
    except UnidentifiedImageError as error:
        raise InputError(f"{path.name} is no PNG.") from error
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except DECODER_ERRORS as error:
        raise InputError(f"{path.name} is damaged.") from error


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
