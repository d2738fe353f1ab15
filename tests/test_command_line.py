"""The command line: what it writes, prints and returns."""

import json

import numpy as np
import pytest
from PIL import Image
from tiny_models import write_weights
from typer.testing import CliRunner

from gcdemo.__main__ import app


@pytest.fixture
def place(tmp_path):
    write_weights(tmp_path / "w.safetensors")
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        pixels = rng.integers(0, 256, (40, 56, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    return tmp_path


def call(place, *arguments):
    words = [str(place / a[1:]) if a.startswith("@") else a for a in arguments]
    return CliRunner().invoke(app, words)


def compress(place, *arguments):
    return call(place, "compress", *arguments, "--model", "@w.safetensors", "--device", "cpu")


def test_a_picture_goes_there_and_back(place):
    assert compress(place, "@a.png", "@a.gci", "--channels", "3").exit_code == 0
    result = call(place, "decompress", "@a.gci", "@back.png", "--model", "@w.safetensors")
    assert result.exit_code == 0
    with Image.open(place / "back.png") as back:
        assert back.size == (56, 40)


def test_json_holds_the_real_size_of_the_file(place):
    result = compress(place, "@a.png", "@a.gci", "--json")
    row = json.loads(result.stdout)
    assert row["num_bytes"] == (place / "a.gci").stat().st_size
    info = json.loads(call(place, "info", "@a.gci", "--json").stdout)
    assert {key: row[key] for key in info if key != "file"} == {
        key: value for key, value in info.items() if key != "file"
    }


def test_several_pictures_go_to_a_folder(place):
    assert compress(place, "@a.png", "@b.png", "@out").exit_code == 0
    assert sorted(p.name for p in (place / "out").iterdir()) == ["a.gci", "b.gci"]
    result = call(
        place, "decompress", "@out/a.gci", "@out/b.gci", "@back", "--model", "@w.safetensors"
    )
    assert result.exit_code == 0
    assert sorted(p.name for p in (place / "back").iterdir()) == ["a.png", "b.png"]


def test_a_budget_in_bytes_is_kept(place):
    compress(place, "@a.png", "@two.gci", "--channels", "2")
    limit = (place / "two.gci").stat().st_size
    assert compress(place, "@a.png", "@a.gci", "--bytes", str(limit)).exit_code == 0
    assert (place / "a.gci").stat().st_size <= limit


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("@absent.png", "@x.gci"), "absent.png"),
        (("@w.safetensors", "@x.gci"), "picture"),
        (("@a.png", "@x.gci", "--bytes", "3"), "too few"),
        (("@a.png", "@x.gci", "--channels", "99"), "2 to 4"),
        (("@a.png", "@x.gci", "--channels", "2", "--bpp", "1"), "one of"),
        (("@a.png",), "output"),
        (("@a.png", "@b.png", "@w.safetensors"), "folder"),
        (("@a.png", "@a.png", "@out"), "same name"),
    ],
)
def test_an_error_is_one_line_and_status_1(place, arguments, words):
    result = compress(place, *arguments)
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert words in result.stderr
    assert not (place / "x.gci").exists()


def test_a_foreign_file_is_named_as_such(place):
    for command in (("info", "@a.png"), ("decompress", "@a.png", "@x.png")):
        result = call(place, *command)
        assert result.exit_code == 1
        assert "not a .gci file" in result.stderr


def test_info_tells_every_field(place):
    compress(place, "@a.png", "@a.gci")
    shown = call(place, "info", "@a.gci").stdout
    for words in ("latent bytes", "bound bpp", "weight hash", "saved percent"):
        assert words in shown


def test_training_options_are_checked_by_name(place):
    result = call(place, "train", "@.", "--run-folder", "@r", "--set", "speed=3")
    assert result.exit_code == 1
    assert "'speed' is no setting" in result.stderr
    result = call(place, "train", "@.", "--run-folder", "@r", "--set", 'batch="many"')
    assert "'batch' takes a int" in result.stderr


def test_pack_prints_its_shards(place):
    (place / "pictures").mkdir()
    (place / "a.png").rename(place / "pictures/a.png")
    result = call(place, "pack", "@pictures", "--out", "@shards")
    assert result.exit_code == 0
    assert "shard-000.tar" in result.stdout
