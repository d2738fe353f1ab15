"""Where training pictures come from, plain ones and labelled scenes, and which are kept out."""

from collections.abc import Sequence
from pathlib import Path

from gcdemo.training.data import Picture, is_held_out, read_pictures
from gcdemo.training.scenes import CLASS_NAMES_FILE, is_validation, read_scenes


def read_sources(sources: Sequence[Path], min_side: int, *, labelled: bool) -> list[Picture]:
    """Decode the pictures of folders and tar shards.

    Args:
        sources: As `read_pictures` and, where `labelled`, data sets as `read_scenes` take them.
        min_side: Plain pictures with a shorter side are left out.
        labelled: Whether label maps are wanted; without them a data set is a folder of pictures.

    Raises:
        TrainingError: A source does not exist or cannot be used.
    """
    pictures: list[Picture] = []
    for source in sources:
        if labelled and (source / CLASS_NAMES_FILE).is_file():
            pictures += read_scenes(source)
        else:
            pictures += read_pictures([source], min_side)
    return pictures


def is_kept_out(picture: Picture) -> bool:
    """Tell whether a picture is not trained on; of labelled ones those are more."""
    return is_held_out(picture.name) or (picture.labels is not None and is_validation(picture.name))
