"""All questions, in the order in which people read the answers."""

import os
from collections.abc import Mapping

from gcdemo.doctor.finding import Finding
from gcdemo.doctor.machine import (
    find_device,
    find_gradio,
    find_memory,
    find_place,
    find_threads,
)
from gcdemo.doctor.parts import find_codecs, find_sam, find_segmenter, find_weights
from gcdemo.doctor.storage import find_database, find_disk


def examine(environment: Mapping[str, str] = os.environ) -> tuple[Finding, ...]:
    """Answer every question.

    Args:
        environment: Names the database, folders and weights of this installation.
    """
    return (
        find_place(environment),
        find_gradio(),
        find_device(environment),
        find_threads(),
        *find_weights(environment),
        find_segmenter(environment),
        *find_codecs(),
        find_sam(environment),
        find_database(environment),
        find_disk(environment),
        find_memory(),
    )
