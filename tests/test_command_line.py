"""The command line: what it writes, prints and returns."""

import json
import os
import subprocess
import sys
from pathlib import Path

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
        (("@a.png", "@x.gci", "--quality", "3"), "--channels"),
        (("@a.png", "@x.txt"), ".gci, .bpg, .jpg"),
        (("@a.png", "@out", "--format", "gif"), "choose one of bpg"),
        (("@a.png", "@x.bpg"), "one of --bytes, --bpp and --quality"),
        (("@a.png", "@x.bpg", "--bytes", "900", "--quality", "9"), "one of --bytes"),
        (("@a.png", "@x.bpg", "--channels", "4"), "BPG has no --channels"),
        (("@a.png", "@x.jpg", "--quality", "96"), "JPEG takes 1 to 95"),
        (("@a.png", "@x.jpg", "--bytes", "20"), "the smallest JPEG file of this picture has"),
    ],
)
def test_an_error_is_one_line_and_status_1(place, arguments, words):
    result = compress(place, *arguments)
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert words in result.stderr
    assert not list(place.glob("x.*"))


@pytest.mark.parametrize("ending", ["bpg", "jpg", "webp", "avif", "j2k", "jp2", "jxl"])
def test_a_rival_is_chosen_by_the_end_of_the_name_and_known_by_its_content(place, ending):
    result = call(place, "compress", "@a.png", f"@a.{ending}", "--bpp", "8", "--json")
    assert result.exit_code == 0, result.stderr
    row = json.loads(result.stdout)
    assert row["num_bytes"] == (place / f"a.{ending}").stat().st_size <= 40 * 56
    assert row["bpp"] == 8 * row["num_bytes"] / (40 * 56)
    again = call(place, "compress", "@a.png", f"@b.{ending}", "--quality", str(row["quality"]))
    assert f"quality = {row['quality']}" in again.stdout
    (place / f"a.{ending}").rename(place / "unnamed")
    shown = json.loads(call(place, "info", "@unnamed", "--json").stdout)
    assert shown.items() - {("file", str(place / "unnamed"))} <= row.items()
    assert call(place, "decompress", "@unnamed", "@back.png").exit_code == 0
    with Image.open(place / "back.png") as back:
        assert back.size == (56, 40)


def test_bytes_are_a_limit_for_a_rival_too(place):
    for limit in (900, 1300):
        result = call(place, "compress", "@a.png", "@a.jpg", "--bytes", str(limit))
        assert result.exit_code == 0, result.stderr
        assert 0.8 * limit < (place / "a.jpg").stat().st_size <= limit
    assert "quality" in result.stdout


def test_several_pictures_go_to_a_folder_in_any_format(place):
    for name, ending in (("bpg", "bpg"), ("jpeg", "jpg"), ("JPEG2000", "j2k"), (".webp", "webp")):
        arguments = ("@a.png", "@b.png", f"@{ending}", "--format", name, "--bpp", "9")
        assert call(place, "compress", *arguments).exit_code == 0
        assert {p.name for p in (place / ending).iterdir()} == {f"a.{ending}", f"b.{ending}"}
    assert compress(place, "@a.png", "@ours", "--format", "gci").exit_code == 0
    assert (place / "ours").exists()


@pytest.mark.parametrize("out", ["@", "@../%s", "@a.png"])
def test_no_input_is_overwritten(place, out):
    before = (place / "a.png").read_bytes()
    out = out.replace("%s", place.name)
    result = call(place, "decompress", "@a.png", out)
    assert result.exit_code == 1
    assert "would be overwritten" in result.stderr
    assert (place / "a.png").read_bytes() == before


def test_info_of_a_bpg_file_tells_every_field(place):
    call(place, "compress", "@a.png", "@a.bpg", "--quality", "9")
    shown = call(place, "info", "@a.bpg").stdout
    for words in ("BPG", "pixel format", "4:2:0", "hevc header bytes", "picture bytes"):
        assert words in shown


def test_rivals_are_coded_without_torch(place):
    program = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from gcdemo.__main__ import app\n"
        "for line in sys.argv[1:]:\n"
        "    done = CliRunner().invoke(app, line.split())\n"
        "    assert done.exit_code == 0, done.output\n"
        "assert 'torch' not in sys.modules\n"
    )
    lines = ("compress a.png a.webp --bytes 900", "info a.webp", "decompress a.webp b.png")
    done = subprocess.run(
        [sys.executable, "-c", program, *lines],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


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
