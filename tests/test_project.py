"""The files around the package say the same thing, and name all that the package needs."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

import gcdemo

REPOSITORY = Path(__file__).resolve().parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")

# Where the name to import is not the name to install.
DISTRIBUTIONS = {"PIL": "pillow", "cv2": "opencv-python-headless", "skimage": "scikit-image"}
# Used where they are there, and never needed.
OPTIONAL = {"ray", "spaces"}


def requirements(name):
    """A requirements file as {name: bounds}."""
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    stated = [line.partition("#")[0].strip() for line in lines]
    return dict(re.fullmatch(r"([a-z0-9-]+)(.*)", line).groups() for line in stated if line)


def commands_of_quick_start():
    section = README.partition("## Quick start")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("python3 -m venv")]


def imported_packages(paths):
    """Every package outside the standard library that files import, as it is installed."""
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.importorskip":
                found.add(ast.literal_eval(node.args[0]))
    tops = {name.split(".")[0] for name in found} - set(sys.stdlib_module_names) - OPTIONAL
    return {DISTRIBUTIONS.get(name, name.replace("_", "-")) for name in tops}


def test_quick_start_is_two_commands_that_begin_with_an_empty_environment():
    run, test = commands_of_quick_start()
    assert run.endswith(".venv/bin/python app.py")
    assert test.endswith(".venv/bin/python -m pytest")
    for tool in ("ruff check .", "ruff format --check .", "mypy"):
        assert f" && .venv/bin/{tool} && " in test


def test_ci_runs_exactly_the_second_command_of_the_readme():
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^command='(.*)'$", script, re.M) == [commands_of_quick_start()[1]]
    assert (REPOSITORY / ".ci" / "run").stat().st_mode & 0o111
    workflow = (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert re.findall(r"- run: (.*)", workflow) == [".ci/run"]


def test_what_the_package_imports_is_required_and_what_is_required_is_bounded():
    files = [*(REPOSITORY / "gcdemo").rglob("*.py"), REPOSITORY / "app.py"]
    assert imported_packages(files) - {"gcdemo"} <= set(requirements("requirements.txt"))


def test_what_the_tests_import_is_required_for_tests():
    stated = {*requirements("requirements.txt"), *requirements("requirements-dev.txt")}
    files = [*(REPOSITORY / "tests").rglob("*.py")]
    own = {name.replace("_", "-") for path in files for name in (path.stem, path.parent.name)}
    assert imported_packages(files) - own - {"gcdemo", "app"} <= stated


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-cluster.txt"]
)
def test_every_requirement_has_a_lowest_and_a_first_unwanted_version(name):
    for package, bounds in requirements(name).items():
        assert re.fullmatch(r">=[\d.]+,<[\d.]+", bounds), package


def test_spaces_starts_the_app_with_a_gradio_that_we_allow():
    front = dict(re.findall(r"^(\w+): *(.+)$", README.split("---")[1], re.M))
    assert front["sdk"] == "gradio"
    assert (REPOSITORY / front["app_file"]).is_file()
    assert front["license"] == "apache-2.0"
    low, high = re.findall(r"[\d.]+", requirements("requirements.txt")["gradio"])
    version, low, high = (
        tuple(map(int, text.split("."))) for text in (front["sdk_version"], low, high)
    )
    assert low <= version < high
    assert high == (low[0] + 1,)  # one major version


def test_the_project_states_its_version_and_python_once():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" in project["dynamic"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", gcdemo.__version__)
    oldest = project["requires-python"].removeprefix(">=")
    front = dict(re.findall(r"^(\w+): *(.+)$", README.split("---")[1], re.M))
    assert front["python_version"].strip('"') == oldest
    assert f"Python {oldest}" in README
    workflow = (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert f'python: ["{oldest}"' in workflow


def test_the_licence_is_apache_2():
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
