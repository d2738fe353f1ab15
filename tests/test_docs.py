"""What is written about the program is true of it."""

import ast
import re
from pathlib import Path

import pytest
import typer

import gcdemo
from gcdemo.__main__ import app

REPOSITORY = Path(__file__).resolve().parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PAGES = sorted(
    path
    for folder in (".", "assets", "weights", "gcdemo/bitstream")
    for path in (REPOSITORY / folder).glob("*.md")
)


def all_commands(group, prefix=""):
    """Every command under its name, those of groups as "group command"."""
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from all_commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(all_commands(typer.main.get_command(app)))
GROUPS = {name.split()[0] for name in COMMANDS if " " in name}
MODULES = sorted((REPOSITORY / "gcdemo").rglob("*.py"))


def code_blocks(language):
    """The README's fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)


def command_lines():
    """Every call of the command line in the README, as (command, its text)."""
    text = "\n".join(code_blocks("bash")).replace("\\\n", " ")
    for name, rest in re.findall(r"^(?:\S*/)?python -m gcdemo (\S+)(.*)$", text, re.M):
        if name in GROUPS:
            inner, _, rest = rest.strip().partition(" ")
            name = f"{name} {inner}"
        yield name, rest


def test_the_readme_shows_every_command_and_no_other():
    assert {name for name, _ in command_lines()} == set(COMMANDS)


@pytest.mark.parametrize(("name", "text"), list(command_lines()))
def test_every_option_in_the_readme_exists(name, text):
    known = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert set(re.findall(r"(?<!\S)--[a-z0-9-]+", text.partition("#")[0])) <= known | {"--help"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_every_option_has_help(name):
    assert COMMANDS[name].help
    for parameter in COMMANDS[name].params:
        assert parameter.help, parameter.name


def test_the_python_in_the_readme_uses_what_the_package_exports():
    used = set()
    for block in code_blocks("python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used |= {node.attr} if node.value.id == "gcdemo" else set()
    assert used == set(gcdemo.__all__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_inside_the_repository_leads_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        if not re.match(r"[a-z]+:|#", link):
            assert (page.parent / link.partition("#")[0]).exists(), link


def headings(page):
    """The anchors of a page's headings, as they are made on the web."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_to_a_heading_finds_it(page):
    for anchor in re.findall(r"\]\(#([^)]+)\)", page.read_text(encoding="utf-8")):
        assert anchor in headings(page)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_public_name_is_documented(path):
    def walk(node, name):
        if not ast.get_docstring(node):
            yield f"{path.name}: {name}"
        for inner in node.body if isinstance(node, ast.Module | ast.ClassDef) else ():
            if isinstance(inner, ast.ClassDef | ast.FunctionDef) and not inner.name.startswith("_"):
                yield from walk(inner, inner.name)

    assert list(walk(ast.parse(path.read_text(encoding="utf-8")), path.stem)) == []
