"""The table of classes: what files depend on never changes."""

import pytest

from gcdemo.errors import InputError
from gcdemo.label_classes import LABEL_CLASSES, NUM_CLASSES, UNLABELLED, class_named


def test_ids_and_names_are_those_of_files_already_written():
    assert [label_class.name for label_class in LABEL_CLASSES] == [
        "unlabelled", "sky", "building", "window", "door", "road", "pavement", "vegetation",
        "car", "person", "pole",
    ]  # fmt: skip
    assert [label_class.id for label_class in LABEL_CLASSES] == list(range(NUM_CLASSES))
    assert LABEL_CLASSES[UNLABELLED].name == "unlabelled"


def test_colors_are_told_apart():
    colors = [label_class.color for label_class in LABEL_CLASSES]
    for index, color in enumerate(colors):
        assert all(0 <= part <= 255 for part in color)
        for other in colors[:index]:
            assert sum(abs(a - b) for a, b in zip(color, other, strict=True)) >= 60


def test_a_class_is_found_by_its_name():
    assert all(class_named(label_class.name) is label_class for label_class in LABEL_CLASSES)


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(InputError, match=r"'dog'.*car, person"):
        class_named("dog")
