"""Many visitors of the real app at once: no error but "busy", and to each their own pictures.

GCDEMO_LOAD_SECONDS says for how long, 180 for the full length; GCDEMO_LOAD_VISITORS how many, at
most 27. `pytest tests/load -m slow -rP` says how long they waited.
"""

import itertools
import logging
import os
import random
import sys

import pytest
from load.visitors import MOST_VISITORS, SAME, distance, draw, let_in, returned
from PIL import Image
from study.fakes import SizedCodec

from gcdemo.study.pack import Recipe, build_pack
from tests.ui.conftest import serve

SECONDS = float(os.environ.get("GCDEMO_LOAD_SECONDS", "20"))
VISITORS = min(MOST_VISITORS, int(os.environ.get("GCDEMO_LOAD_VISITORS", "20")))

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere loopback has one address, which is one visitor"
)


@pytest.fixture
def address(tmp_path, repository, make_photo, monkeypatch):
    """The address of the real app, with a study of small pictures."""
    for number in range(3):
        photo = Image.fromarray(make_photo(96, 128, seed=number))
        photo.save(tmp_path / f"photo{number}.png")
    ours, rival = SizedCodec("gc", (2, 4, 8)), SizedCodec("bpg", tuple(range(1, 41)))
    paths = sorted(tmp_path.glob("photo*.png"))
    build_pack(paths, tmp_path / "pack", ours, [rival], Recipe(), "1", rng=random.Random(0))
    monkeypatch.setenv("GCDEMO_STUDY_PACK", str(tmp_path / "pack"))
    with serve(["app.py"], tmp_path, repository) as address:
        yield address


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_visitors_get_their_own_pictures_and_no_error_however_many_come(address):
    rush = let_in(address, VISITORS, SECONDS)
    logging.getLogger(__name__).warning("%d visitors, %s", VISITORS, rush)
    assert rush.faults == []
    assert rush.strange == []
    assert min(map(len, rush.seconds.values())) >= VISITORS


@pytest.mark.parametrize("channels", [4, 8, 16])
def test_no_two_visitors_are_returned_alike(channels):
    back = [returned(draw(number, random.Random(0)), channels) for number in range(VISITORS)]
    for one, other in itertools.combinations(back, 2):
        assert distance(one, other) > 3 * SAME
