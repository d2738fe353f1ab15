"""Who does the jobs makes no difference to what comes out."""

import pytest
from PIL import Image
from tiny_models import write_weights
from typer.testing import CliRunner

from gcdemo.__main__ import app
from gcdemo.errors import InputError
from gcdemo.evaluation.bench import Setup
from gcdemo.evaluation.results import SUMMARY
from gcdemo.evaluation.rows import Row, parse_rows
from gcdemo.evaluation.workers import Processes


@pytest.fixture
def place(tmp_path, make_photo):
    write_weights(tmp_path / "w.safetensors")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "no_trunks").mkdir()
    for number in range(2):
        image = Image.fromarray(make_photo(64, 80 + number, seed=number))
        image.save(tmp_path / "pictures" / f"{number}.png")
    return tmp_path


def call(place, out, *arguments):
    words = [
        "evaluate",
        str(place / "pictures"),
        *("--out", str(place / out), "--backbones", str(place / "no_trunks")),
        *("--codecs", f"{place / 'w.safetensors'},jpeg", "--rates", "2,4", "--device", "cpu"),
    ]
    return CliRunner().invoke(app, [*words, *arguments])


def rows(place, out):
    with (place / out / "rows.csv").open(newline="", encoding="utf-8") as file:
        return parse_rows(Row, file.read())


def test_the_command_measures_writes_tables_and_draws_figures(place):
    result = call(place, "out", "--factors", "1,2")
    assert result.exit_code == 0, result.output
    assert [row.key[1:] for row in rows(place, "out")][:6] == [
        ("w", "C=2"),
        ("w", "C=4"),
        *(("jpeg", point) for point in ("1xC=2", "2xC=2", "1xC=4", "2xC=4")),
    ]
    assert "d10 is absent" in result.output
    assert len((place / "out" / SUMMARY).read_text().splitlines()) == 1 + 6
    names = {path.name for path in (place / "out" / "figures").iterdir()}
    assert {"rate-quality.svg", "rate-psnr_db.png", "rate-ms_ssim.svg"} <= names
    assert not any("lpips" in name for name in names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--rates", "2,x"), "'2,x' is not a list of numbers"),
        (("--rates", "2,9"), "does not code C = 9"),
        (("--factors", "0"), "positive"),
        (("--codecs", "nothing"), "no weights nothing"),
        (("--workers", "0"), "At least one worker"),
    ],
)
def test_what_cannot_be_measured_is_one_line_and_status_1(place, arguments, message):
    result = call(place, "out", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_processes_find_what_one_process_finds(place):
    (place / "pictures" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    call(place, "one", "--factors", "1")
    result = call(place, "many", "--factors", "1", "--workers", "2")
    assert result.exit_code == 0, result.output
    assert "broken.png was skipped" in result.output
    found = {name: rows(place, name) for name in ("one", "many")}
    assert [row.key for row in found["many"]] == [row.key for row in found["one"]]
    assert [row.num_bytes for row in found["many"]] == [row.num_bytes for row in found["one"]]
    for many, one in zip(found["many"], found["one"], strict=True):
        assert many.psnr_db == pytest.approx(one.psnr_db, rel=1e-4)


def test_fewer_than_one_process_is_refused():
    with pytest.raises(InputError, match="At least one worker"):
        Processes(Setup(), 0)
