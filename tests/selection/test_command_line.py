"""The command that makes masks from clicks."""

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gcdemo.__main__ import app
from gcdemo.images import save_png


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Call select on a picture with a red square, writing mask.png."""
    monkeypatch.delenv("GCDEMO_SAM", raising=False)
    monkeypatch.setenv("GCDEMO_HOME", str(tmp_path / "home"))
    image = np.full((60, 80, 3), (40, 70, 150), np.uint8)
    image[20:40, 30:60] = (210, 50, 40)
    save_png(image, tmp_path / "a.png")

    def run(*arguments):
        words = ["select", str(tmp_path / "a.png"), str(tmp_path / "mask.png"), *arguments]
        return CliRunner().invoke(app, words)

    return run


def read(tmp_path):
    with Image.open(tmp_path / "mask.png") as file:
        assert file.mode == "L"
        return np.array(file)


def test_a_click_makes_a_mask_of_keep_and_drop(call, tmp_path):
    result = call("--point", "45,30", "--point", "5,5,drop")
    assert result.exit_code == 0, result.stderr
    assert "Regions by color and edges" in result.stdout
    mask = read(tmp_path)
    assert set(np.unique(mask)) == {0, 255}
    assert mask[30, 45] == 255
    assert mask[5, 5] == 0
    assert (mask == 255).sum() == pytest.approx(600, rel=0.2)


def test_a_box_makes_a_mask(call, tmp_path):
    assert call("--box", "25,15,65,45").exit_code == 0
    assert (read(tmp_path) == 255).sum() == pytest.approx(600, rel=0.2)


def test_objects_are_numbered_by_size(call, tmp_path):
    assert call("--objects").exit_code == 0
    numbers = read(tmp_path)
    assert numbers[5, 5] == 1
    assert numbers[30, 45] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--point", "80,0"),
        ("--point", "1"),
        ("--point", "1,2,3"),
        ("--point", "1,2,maybe"),
        ("--point", "a,b"),
        ("--point", "1,2,drop"),
        ("--box", "1,2,3"),
        ("--box", "9,9,1,1"),
        ("--objects", "--point", "1,2"),
        ("--point", "1,2", "--selector", "sam"),
        ("--point", "1,2", "--selector", "magic"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(call, tmp_path, arguments):
    result = call(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("gcdemo: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "mask.png").exists()


def test_download_asks_the_hub_and_tells_what_came(hub, tmp_path, monkeypatch):
    monkeypatch.delenv("GCDEMO_SAM", raising=False)
    monkeypatch.setenv("GCDEMO_HOME", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    result = CliRunner().invoke(app, ["select", "--download-sam"])
    assert result.exit_code == 1
    assert "sam_vit_b_01ec64.pth" in result.stderr
    assert len(hub.asked) >= 1
