"""What a Space and a container are told is valid, and true of the files beside it."""

import fnmatch
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest
from huggingface_hub import RepoCard

from gcdemo.selection.hub import SAM_VIT_B

REPOSITORY = Path(__file__).resolve().parents[1]
FRONT = RepoCard((REPOSITORY / "README.md").read_text(encoding="utf-8")).data.to_dict()
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
# What Spaces know, as in https://huggingface.co/docs/hub/spaces-config-reference
COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
HARDWARE = {
    *("cpu-basic", "cpu-upgrade", "zero-a10g", "t4-small", "t4-medium", "l4x1", "l4x4"),
    *("a10g-small", "a10g-large", "a10g-largex2", "a10g-largex4", "a100-large"),
}
KINDS = {
    "title": str,
    "emoji": str,
    "colorFrom": str,
    "colorTo": str,
    "sdk": str,
    "sdk_version": str,
    "python_version": str,
    "app_file": str,
    "pinned": bool,
    "license": str,
    "short_description": str,
    "suggested_hardware": str,
    "models": list,
    "tags": list,
}


def test_the_front_matter_has_every_field_and_each_is_of_its_kind():
    assert {name: type(value) for name, value in FRONT.items()} == KINDS


def test_the_front_matter_says_what_spaces_understand():
    assert {FRONT["colorFrom"], FRONT["colorTo"]} <= COLORS
    assert FRONT["suggested_hardware"] in HARDWARE
    assert FRONT["sdk"] == "gradio"
    assert re.fullmatch(r"\d+\.\d+\.\d+", FRONT["sdk_version"])
    assert re.fullmatch(r"3\.\d+", FRONT["python_version"])
    assert (REPOSITORY / FRONT["app_file"]).is_file()
    assert 0 < len(FRONT["short_description"]) <= 60
    assert len(FRONT["emoji"].encode("utf-16-le")) <= 8
    assert all(re.fullmatch(r"[a-z0-9-]+", tag) for tag in FRONT["tags"])


def test_the_models_named_are_those_that_can_be_fetched():
    assert FRONT["models"] == [SAM_VIT_B.repository]


def instructions():
    """The Dockerfile's instructions as (name, rest), lines joined and comments left out."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.M)
    text = re.sub(r"\\\n\s*", "", text)
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def stated(name):
    return [rest for found, rest in instructions() if found == name]


def environment():
    return dict(
        word.split("=", 1) for rest in stated("ENV") for word in rest.split() if "=" in word
    )


def test_every_instruction_is_one_of_docker():
    known = {
        *("ARG", "FROM", "RUN", "ENV", "WORKDIR", "COPY", "VOLUME", "USER", "EXPOSE"),
        *("STOPSIGNAL", "HEALTHCHECK", "CMD"),
    }
    assert {name for name, _ in instructions()} == known


def test_a_linter_finds_nothing_to_say():
    linter = Path(sysconfig.get_path("scripts")) / "hadolint"
    found = subprocess.run(
        [linter, "--no-color", REPOSITORY / "Dockerfile"], capture_output=True, text=True
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_the_base_is_chosen_by_an_argument_and_has_none_of_cuda_by_default():
    first, second = instructions()[:2]
    assert first[0] == "ARG"
    assert re.fullmatch(r"BASE=python:3\.\d+-slim\S*", first[1])
    assert second == ("FROM", "${BASE}")
    assert "TORCH_INDEX=https://download.pytorch.org/whl/cpu" in stated("ARG")


def test_the_page_runs_as_nobody_in_particular():
    names = [name for name, _ in instructions()]
    assert stated("USER") == ["1000:1000"]
    assert "RUN" not in names[names.index("USER") :]
    assert stated("CMD") == ['["python", "app.py"]']


def test_everything_that_is_written_is_below_the_volume_or_tmp():
    folders = {
        name: value
        for name, value in environment().items()
        if name in ("HOME", "HF_HOME", "GCDEMO_DATA", "GCDEMO_HOME", "GRADIO_TEMP_DIR")
        or name == "MPLCONFIGDIR"
    }
    assert stated("VOLUME") == ["/data"]
    assert len(folders) >= 6
    assert all(re.match(r"/(data|tmp)(/|$)", value) for value in folders.values())
    lasting = ("GCDEMO_DATA", "GCDEMO_HOME")
    assert all(folders[name].startswith("/data/") for name in lasting)


def test_the_health_check_asks_the_port_that_is_served():
    port = environment()["GRADIO_SERVER_PORT"]
    assert stated("EXPOSE") == [port]
    (check,) = stated("HEALTHCHECK")
    assert f"http://127.0.0.1:{port}/" in check
    assert "--start-period=" in check


def test_what_is_copied_exists_and_reaches_the_builder():
    ignored = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = {name.removeprefix("./") for rest in stated("COPY") for name in rest.split()[:-1]}
    assert "*" in ignored
    assert copied == let_through
    for name in copied:
        assert (REPOSITORY / name).exists(), name


def test_the_image_holds_what_the_app_reads_and_no_tests():
    copied = {name.removeprefix("./") for rest in stated("COPY") for name in rest.split()[:-1]}
    assert {"app.py", "gcdemo", "weights", "assets", "requirements.txt"} <= copied
    assert not any(fnmatch.fnmatch(name, "tests*") for name in copied)


@pytest.mark.parametrize("name", ["torch", "torchvision"])
def test_torch_is_taken_from_its_own_index(name):
    pattern = re.search(r"grep -E '([^']+)'", DOCKERFILE)[1]
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert sum(bool(re.match(pattern, line)) and line.startswith(name) for line in lines) >= 1


def test_every_requirement_has_its_licence_told():
    page = (REPOSITORY / "LICENSES.md").read_text(encoding="utf-8")
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = {re.match(r"[a-z0-9-]+", line)[0] for line in lines if line and line[0] != "#"}
    assert names <= set(re.findall(r"^\| \[([a-z0-9-]+)\]", page, re.M))
