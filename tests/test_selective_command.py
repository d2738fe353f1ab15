"""SC on the command line: which regions, and what is refused."""

import json

import numpy as np
import pytest
from PIL import Image
from test_command_line import call
from tiny_models import write_selective_weights

from gcdemo.label_classes import class_named
from gcdemo.label_maps import write_label_map


@pytest.fixture
def place(tmp_path):
    """A street, its label map, and a mask that keeps its left half."""
    write_selective_weights(tmp_path / "w.safetensors")
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    labels = np.full((64, 96), class_named("building").id, np.uint8)
    labels[:, 64:] = class_named("car").id
    write_label_map(labels, tmp_path / "map.png")
    mask = np.zeros((64, 96), np.uint8)
    mask[:, :48] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path


def compress(place, *arguments):
    fixed = ("--mode", "sc", "--model", str(place / "w.safetensors"), "--device", "cpu")
    return call(place, "compress", "@a.png", "@a.gci", *fixed, *arguments)


def test_a_picture_and_its_regions_go_there_and_back(place):
    arguments = ("--keep", str(place / "mask.png"), "--labels", str(place / "map.png"), "--json")
    row = json.loads(compress(place, *arguments, "--detail", "3").stdout)
    assert row["num_bytes"] == (place / "a.gci").stat().st_size
    assert (row["mode"], row["background"], row["detail_channels"]) == ("SC", "synthesised", 3)
    assert row["quality"] == 3
    parts = ("label_map", "mask", "detail", "thin")
    assert all(row[f"{part}_bytes"] for part in parts)
    result = call(place, "decompress", "@a.gci", "@b.png", "--model", str(place / "w.safetensors"))
    assert result.exit_code == 0
    with Image.open(place / "b.png") as back:
        assert back.size == (96, 64)


def test_a_thin_background_needs_no_map(place):
    result = compress(place, "--keep", str(place / "mask.png"), "--background", "thin", "--json")
    row = json.loads(result.stdout)
    assert (row["background"], row["label_map_bytes"]) == ("thin", 0)
    assert row["thin_bytes"]


def test_symbols_are_looked_for_when_asked(place):
    arguments = ("--keep", str(place / "mask.png"), "--background", "thin", "--detail", "3")
    files = []
    for more in ((), ("--search",)):
        assert compress(place, *arguments, *more).exit_code == 0
        files.append((place / "a.gci").read_bytes())
    assert files[0] != files[1]


def test_a_budget_is_kept(place):
    arguments = ("--keep", str(place / "mask.png"), "--background", "thin")
    compress(place, *arguments, "--detail", "3")
    size = (place / "a.gci").stat().st_size
    assert compress(place, *arguments, "--bytes", str(size)).exit_code == 0
    assert (place / "a.gci").stat().st_size == size


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--keep", "@small.png"), "must be of one size"),
        (("--keep-class", "dragon", "--labels", "@map.png"), "no class of a label map"),
        (("--labels", "@odd.png"), "ids of no class: 99"),
        (("--labels", "@small-map.png"), "must be of one size"),
        (("--background", "pink"), "no background 'pink'"),
        (("--detail", "40", "--background", "thin"), "not offered"),
        (("--channels", "4"), "no --channels"),
        (("--keep", "@missing.png", "--background", "thin"), "missing.png"),
        (("--bytes", "3", "--background", "thin"), "too few"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_line(place, arguments, message):
    Image.new("L", (90, 64), 255).save(place / "small.png")
    Image.fromarray(np.full((64, 96), 99, np.uint8)).save(place / "odd.png")
    Image.fromarray(np.zeros((64, 90), np.uint8)).save(place / "small-map.png")
    words = [str(place / a[1:]) if a.startswith("@") else a for a in arguments]
    if "--background" not in words and "--labels" not in words and "--channels" not in words:
        words += ["--background", "thin"]
    result = compress(place, *words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (place / "a.gci").exists()


def test_options_of_sc_need_its_mode_and_its_format(place):
    for words, message in (
        (("@a.gci", "--detail", "3"), "need --mode sc"),
        (("@a.gci", "--mode", "magic"), "no mode 'magic'"),
        (("@a.bpg", "--mode", "sc"), "no mode sc"),
        (("@a.bpg", "--bytes", "900", "--search"), "--search is for .gci"),
    ):
        result = call(place, "compress", "@a.png", *words)
        assert result.exit_code == 1
        assert message in result.stderr


def test_an_empty_and_a_full_mask_are_masks_like_others(place):
    for value, kept in ((0, False), (255, True)):
        Image.new("L", (96, 64), value).save(place / "mask.png")
        row = json.loads(
            compress(
                place, "--keep", str(place / "mask.png"), "--background", "thin", "--json"
            ).stdout
        )
        assert (row["detail_channels"] > 0) == kept
