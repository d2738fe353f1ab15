"""Prompts that make no sense are refused in a sentence."""

import numpy as np
import pytest

from gcdemo.errors import InputError
from gcdemo.selection.base import MAX_POINTS, Box, Point, Prompt, check_prompt

IMAGE = np.zeros((30, 40, 3), np.uint8)


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(),
        Prompt((Point(1, 1, False),)),
        Prompt((Point(40, 0),)),
        Prompt((Point(0, 30),)),
        Prompt((Point(-1, 0),)),
        Prompt((Point(2**70, 0),)),
        Prompt((Point(1.5, 0),)),
        Prompt((Point(float("nan"), 0),)),
        Prompt((Point("1", 0),)),
        Prompt((Point(True, 0),)),
        Prompt((Point(3, 3), Point(3, 3, False))),
        Prompt((Point(3, 3),) * (MAX_POINTS + 1)),
        Prompt(box=Box(5, 5, 5, 9)),
        Prompt(box=Box(9, 5, 5, 9)),
        Prompt(box=Box(0, 0, 41, 30)),
        Prompt(box=Box(-1, 0, 4, 4)),
        Prompt(box=Box(0, 0, float("inf"), 4)),
    ],
    ids=repr,
)
def test_a_prompt_that_makes_no_sense_is_refused(prompt):
    with pytest.raises(InputError, match=r"\.$"):
        check_prompt(prompt, IMAGE)


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt((Point(39, 29),)),
        Prompt((Point(np.int64(0), np.int32(0)), Point(1, 0, False))),
        Prompt(box=Box(0, 0, 40, 30)),
        Prompt((Point(0, 0, False),), Box(39, 29, 40, 30)),
    ],
)
def test_a_prompt_within_the_picture_is_taken(prompt):
    check_prompt(prompt, IMAGE)
