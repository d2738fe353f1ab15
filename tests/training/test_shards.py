"""Shards are read like the folders they were made of."""

import json

import numpy as np
import pytest
from PIL import Image

from gcdemo.errors import TrainingError
from gcdemo.training.data import is_held_out
from gcdemo.training.shards import pack_shards
from gcdemo.training.sources import is_kept_out, read_sources

LIMIT = 30_000  # bytes of a shard


def noise(path, rng):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rng.integers(0, 256, (40, 48, 3), np.uint8)).save(path)


@pytest.fixture
def everything(tmp_path, rng):
    """Photographs, and a data set of scenes below them."""
    for number in range(5):
        noise(tmp_path / f"all/p{number}.png", rng)
    city = tmp_path / "all/deep/city"
    for number in range(40):
        noise(city / f"images/{number}.png", rng)
    (city / "labels").mkdir()
    for number in range(40):
        Image.new("L", (48, 40)).save(city / f"labels/{number}.png")
    (city / "classes.json").write_text(json.dumps({"names": ["sky"]}))
    return tmp_path / "all"


def assert_same(packed, pictures):
    assert [p.name for p in packed] == [p.name for p in pictures]
    for a, b in zip(packed, pictures, strict=True):
        assert np.array_equal(a.image, b.image)


def test_shards_serve_the_same_pictures_within_their_limit(everything, tmp_path):
    shards = pack_shards([everything], tmp_path / "shards", LIMIT)
    assert len(shards) > 1
    assert all(shard.stat().st_size <= LIMIT for shard in shards)
    pictures = read_sources([everything], 32, labelled=False)
    assert len(pictures) == 45  # and no label map
    assert_same(read_sources(shards, 32, labelled=False), pictures)


def test_scenes_of_shards_are_kept_out_as_they_were(everything, tmp_path):
    shards = pack_shards([everything], tmp_path / "shards", LIMIT)
    kept_out = [p.name for p in read_sources(shards, 32, labelled=False) if is_kept_out(p)]
    assert kept_out == [
        p.name for p in read_sources([everything], 32, labelled=False) if is_kept_out(p)
    ]
    assert any(name.startswith("city/") and not is_held_out(name) for name in kept_out)


def test_shards_can_be_packed_again(everything, tmp_path):
    shards = pack_shards([everything], tmp_path / "shards", LIMIT)
    larger = pack_shards(shards, tmp_path / "larger", 20 * LIMIT)
    assert len(larger) == 1
    assert_same(read_sources(larger, 32, labelled=False), read_sources(shards, 32, labelled=False))


def test_what_is_no_source_is_refused(tmp_path):
    (tmp_path / "text").write_text("hello")
    for name, message in (("absent", "There is no"), ("text", "neither a folder nor a tar")):
        with pytest.raises(TrainingError, match=message):
            pack_shards([tmp_path / name], tmp_path / "shards", LIMIT)
