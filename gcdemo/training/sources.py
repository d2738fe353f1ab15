"""Where training pictures come from, plain ones and labelled scenes, and which are kept out."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from gcdemo.errors import TrainingError
from gcdemo.training.data import Picture, is_held_out, is_large_enough, read_pictures
from gcdemo.training.scenes import find_data_sets, is_validation, read_scenes


def read_sources(sources: Sequence[Path], min_side: int, *, labelled: bool) -> list[Picture]:
    """Decode the pictures of folders and tar shards.

    Args:
        sources: As `read_pictures` takes them. A data set as `read_scenes` takes it, a source
            itself or anywhere below one, gives its scenes and nothing else that it holds.
        min_side: Plain pictures with a shorter side are left out.
        labelled: Whether label maps are wanted; without them scenes are plain pictures, but keep
            the names they are kept out by.

    Raises:
        TrainingError: A source does not exist or cannot be used.
        InputError: A picture of a data set cannot be read.
    """
    pictures: list[Picture] = []
    for source in sources:
        data_sets = find_data_sets(source)
        pictures += read_pictures([source], min_side, without=data_sets)
        for data_set in data_sets:
            scenes = read_scenes(data_set)
            pictures += scenes if labelled else _as_plain(scenes, min_side)
    if not pictures:
        raise TrainingError("No usable training picture was found.")
    return pictures


def _as_plain(scenes: Sequence[Picture], min_side: int) -> list[Picture]:
    return [
        dataclasses.replace(scene, labels=None)
        for scene in scenes
        if is_large_enough(scene, min_side)
    ]


def is_kept_out(picture: Picture) -> bool:
    """Tell whether a picture is not trained on; of scenes those are more."""
    # Scenes alone have their folder in their name; without labels it is all that tells them.
    is_scene = picture.labels is not None or "/" in picture.name
    return is_held_out(picture.name) or (is_scene and is_validation(picture.name))
