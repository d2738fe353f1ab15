"""Street scenes with label maps, from data sets that each name their classes in their own way."""

import json
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from gcdemo.errors import TrainingError
from gcdemo.images import SUFFIXES, load_image
from gcdemo.label_classes import LABEL_CLASSES, class_named
from gcdemo.pixels import DECODER_ERRORS
from gcdemo.training.data import Picture

CLASS_NAMES_FILE = "classes.json"
"""What makes a folder a data set of scenes: the names of its classes."""

# CamVid: frames of one drive are alike, so a whole one, filmed at dusk, is kept from training.
VALIDATION_DRIVE = "0001TP"
DRIVES = ("0001TP", "0006R0", "0016E5", "Seq05VD")
# Of other scenes one in this many, by name.
VALIDATION_EVERY = 10

_WORN = (
    "accessories", "bag", "belt", "blazer", "blouse", "bodysuit", "boots", "bra", "bracelet",
    "cape", "cardigan", "clogs", "coat", "dress", "earrings", "flats", "glasses", "gloves",
    "hair", "hat", "heels", "hoodie", "intimate", "jacket", "jeans", "jumper", "leggings",
    "loafers", "necklace", "panties", "pants", "pumps", "purse", "ring", "romper", "sandals",
    "scarf", "shirt", "shoes", "shorts", "skin", "skirt", "sneakers", "socks", "stockings",
    "suit", "sunglasses", "sweater", "sweatshirt", "swimwear", "t-shirt", "tie", "tights",
    "top", "vest", "wallet", "watch", "wedges",
)  # fmt: skip

CLASS_OF_NAME: dict[str, str] = {
    # ours
    **{label_class.name: label_class.name for label_class in LABEL_CLASSES},
    # LabelMeFacade
    "various": "unlabelled",
    # CamVid
    "tree": "vegetation",
    "signsymbol": "pole",
    "fence": "pole",
    "pedestrian": "person",
    "bicyclist": "person",
    # Clothing Co-Parsing: people in the street, of whom nothing but clothes and skin is labelled
    "null": "unlabelled",
    **dict.fromkeys(_WORN, "person"),
}
"""Our class of every name, in small letters, that the data sets give to theirs."""


def find_data_sets(source: Path) -> list[Path]:
    """Find the data sets of scenes at and below a folder, none of them inside another."""
    found: list[Path] = []
    # Parents are sorted before what they hold.
    for folder in sorted(path.parent for path in source.rglob(CLASS_NAMES_FILE) if path.is_file()):
        if not any(outer in folder.parents for outer in found):
            found.append(folder)
    return found


def scene_files(source: Path) -> list[Path]:
    """Give the pictures of a data set, sorted.

    Raises:
        TrainingError: There is none.
    """
    files = [p for p in sorted((source / "images").glob("*")) if p.suffix.lower() in SUFFIXES]
    if not files:
        raise TrainingError(f"There is no picture in {source / 'images'}.")
    return files


def scene_name(source: Path, path: Path) -> str:
    """Give the name a data set's picture is weighted and kept from training by: "folder/file"."""
    return f"{source.name}/{path.name}"


def read_scenes(source: Path) -> list[Picture]:
    """Read a data set: pictures in `images`, label maps in `labels`, names in `classes.json`.

    The maps are PNGs of ids, with the stems of their pictures; `classes.json` holds an object
    whose `names` lists the name of each id.

    Args:
        source: The folder of the three.

    Returns:
        Pictures in the order of their names, each named "folder/file" and with a label map of our
        ids; what is none of our classes is unlabelled.

    Raises:
        TrainingError: A part is missing, a map does not fit its picture, or a class has a name or
            an id that is not known.
        InputError: A picture cannot be read.
    """
    ids = _read_ids(source / CLASS_NAMES_FILE)
    pictures = []
    for path in tqdm(scene_files(source), desc=f"Reading {source.name}", unit=""):
        image = load_image(path)
        labels = _read_labels(source / "labels" / f"{path.stem}.png", ids)
        if labels.shape != image.shape[:2]:
            raise TrainingError(f"The label map of {path.name} must be as large as the picture.")
        pictures.append(Picture(scene_name(source, path), image, labels))
    return pictures


def _read_ids(path: Path) -> NDArray[np.uint8]:
    """Give our id of each of a data set's."""
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["names"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise TrainingError(f"{path} must be a JSON object with a list `names`.") from error
    if unknown := [name for name in names if str(name).lower() not in CLASS_OF_NAME]:
        raise TrainingError(f"{path} names classes that are not known: {unknown}.")
    return np.array([class_named(CLASS_OF_NAME[name.lower()]).id for name in names], np.uint8)


def _read_labels(path: Path, ids: NDArray[np.uint8]) -> NDArray[np.uint8]:
    try:
        stored = np.asarray(Image.open(path))
    except DECODER_ERRORS as error:
        raise TrainingError(f"There is no label map {path} that can be read.") from error
    if stored.dtype != np.uint8 or stored.ndim != 2 or stored.max() >= len(ids):
        raise TrainingError(f"{path} must hold 8-bit ids below {len(ids)}.")
    labels: NDArray[np.uint8] = ids[stored]
    return labels


def is_validation(name: str) -> bool:
    """Tell whether a scene is kept from training, by its name as `read_scenes` gives it."""
    file = name.rpartition("/")[2]
    if file.startswith(DRIVES):
        return file.startswith(VALIDATION_DRIVE)
    return zlib.crc32(file.encode()) % VALIDATION_EVERY == 0
