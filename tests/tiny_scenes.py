"""A picture of a street, and sets of scenes to train a segmenter with."""

import numpy as np

from gcdemo.label_classes import class_named
from gcdemo.training.data import Picture
from gcdemo.training.targets import labelled_set, unlabelled_set

SKY, ROAD = class_named("sky").id, class_named("road").id


def horizon(name="a", height=96, width=128):
    """Blue above, gray below, labelled so."""
    image = np.full((height, width, 3), (90, 150, 230), np.uint8)
    image[height // 2 :] = 80
    labels = np.full((height, width), SKY, np.uint8)
    labels[height // 2 :] = ROAD
    return Picture(name, image, labels)


def tiny_sets():
    """One set of a labelled scene, one of a picture that is none."""
    other = Picture("cat", np.full((80, 80, 3), (200, 120, 40), np.uint8))
    return [labelled_set("scenes", [horizon()]), unlabelled_set("others", [other])]
