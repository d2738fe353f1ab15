"""What a label map can say of a place: the classes of street scenes, each with its id and color."""

from dataclasses import dataclass

from gcdemo.errors import InputError


@dataclass(frozen=True, slots=True)
class LabelClass:
    """A kind of thing that a region of a picture can show."""

    id: int  # in label maps and files; written by hand and never used again for another kind
    name: str
    color: tuple[int, int, int]  # RGB, told apart when laid half transparent over a picture


LABEL_CLASSES: tuple[LabelClass, ...] = (
    LabelClass(0, "unlabelled", (128, 128, 128)),
    LabelClass(1, "sky", (77, 166, 255)),
    LabelClass(2, "building", (176, 112, 72)),
    LabelClass(3, "window", (64, 224, 224)),
    LabelClass(4, "door", (160, 60, 180)),
    LabelClass(5, "road", (110, 100, 150)),
    LabelClass(6, "pavement", (240, 150, 190)),
    LabelClass(7, "vegetation", (70, 180, 80)),
    LabelClass(8, "car", (225, 50, 70)),
    LabelClass(9, "person", (255, 150, 30)),
    LabelClass(10, "pole", (255, 225, 70)),  # signs and fences too
)
"""Every class, at the place of its id."""

UNLABELLED = 0
"""The id of what is none of the classes, or not known."""

NUM_CLASSES = len(LABEL_CLASSES)
"""Ids are below it."""


def class_named(name: str) -> LabelClass:
    """Give the class of a name.

    Raises:
        InputError: There is none; the names are listed.
    """
    for label_class in LABEL_CLASSES:
        if label_class.name == name:
            return label_class
    names = ", ".join(label_class.name for label_class in LABEL_CLASSES)
    raise InputError(f"'{name}' is no class of a label map; the classes are: {names}.")
