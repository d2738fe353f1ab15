"""The house's order: every module imports only from rows below its own, so there are no cycles."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

# A module imports gcdemo's modules from rows with smaller numbers alone. A new module gets a place
# here with the change that brings it.
LAYERS = (
    # errors, files and plain values
    ("errors", "files", "pixels"),
    # one idea each
    (
        "bitstream.container",
        "bitstream.contexts",
        "cli.console",
        "codecs.bpg.bits",
        "codecs.bpg.chroma",
        "codecs.bpg.nal_units",
        "codecs.search",
        "config",
        "devices",
        "evaluation.pictures",
        "evaluation.points",
        "evaluation.rows",
        "evaluation.sheets",
        "images",
        "networks.blocks",
        "torch_files",
        "networks.quantizer",
        "networks.transform",
        "samples",
    ),
    (
        "backbones",
        "bitstream.symbols",
        "codecs.base",
        "codecs.bpg.coding_tools",
        "codecs.bpg.container",
        "evaluation.color",
        "networks.discriminator",
        "networks.encoder",
        "networks.generator",
        "training.data",
    ),
    # the network as a whole, and what is measured with other networks
    (
        "codecs.bpg.info",
        "codecs.bpg.parameter_sets",
        "codecs.bpg.planes",
        "codecs.matching",
        "codecs.pillow",
        "evaluation.metrics",
        "evaluation.patches",
        "evaluation.remembering",
        "model",
        "efficientnet",
        "training.losses",
    ),
    ("codecs.avif", "codecs.jpeg", "codecs.jpeg2000", "codecs.jxl", "codecs.webp"),
    ("checkpoints", "codecs.bpg.hevc", "evaluation.report", "tiling", "training.perceptual"),
    # files from pictures, weights from training
    (
        "benchmark_report",
        "codecs.bpg.reader",
        "codecs.generative",
        "evaluation.plots",
        "training.contextfit",
        "training.state",
    ),
    ("codecs.bpg.codec",),
    ("codecs.registry",),
    (
        "api",
        "benchmark_cases",
        "evaluation.measure",
        "training.export",
        "training.objective",
    ),
    ("",),  # gcdemo itself
    ("benchmark", "evaluation.versions", "training.loop"),
    ("evaluation.bench",),
    # every codec over many pictures
    (
        "evaluation.cluster",
        "evaluation.contenders",
        "evaluation.store",
        "evaluation.workers",
    ),
    ("evaluation.results",),
    ("evaluation.run",),
    # the study: from plain values to the report
    ("study.estimates", "study.faults"),
    ("study.manifest", "study.migrations", "study.records"),
    ("study.database", "study.pack", "study.tables", "study.trials"),
    ("study.store",),
    ("study.answers", "study.session"),
    ("study.desk", "study.screening"),
    ("study.analysis",),
    ("study.figure",),
    ("study.report",),
    # the page: from what it is given to the whole of it
    ("ui.component", "ui.context", "ui.theme"),
    ("ui.inputs", "ui.view"),
    ("ui.compare", "ui.file_card", "ui.render", "ui.rivals", "ui.study_stage"),
    ("ui.study_tab", "ui.workbench"),
    ("ui.handlers",),
    ("ui.compress_tab",),
    ("ui.app",),
    # what a person starts
    ("cli.code", "cli.measure", "cli.study", "cli.train", "demo"),
    ("__main__",),
    ("app",),  # app.py in the root
)
ROW = {name: row for row, names in enumerate(LAYERS) for name in names}

# What a decoder of files needs before there is a network: a second without it, and a GB of memory.
TORCH_FREE = (
    "",
    "bitstream.container",
    "bitstream.contexts",
    "bitstream.symbols",
    "cli.console",
    "codecs.avif",
    "codecs.base",
    "codecs.bpg.bits",
    "codecs.bpg.chroma",
    "codecs.bpg.codec",
    "codecs.bpg.coding_tools",
    "codecs.bpg.container",
    "codecs.bpg.hevc",
    "codecs.bpg.info",
    "codecs.bpg.nal_units",
    "codecs.bpg.parameter_sets",
    "codecs.bpg.planes",
    "codecs.bpg.reader",
    "codecs.jpeg",
    "codecs.jpeg2000",
    "codecs.jxl",
    "codecs.matching",
    "codecs.pillow",
    "codecs.registry",
    "codecs.search",
    "codecs.webp",
    "config",
    "errors",
    "files",
    "images",
    "pixels",
    "samples",
    "study.analysis",
    "study.answers",
    "study.database",
    "study.estimates",
    "study.faults",
    "study.figure",
    "study.manifest",
    "study.migrations",
    "study.pack",
    "study.records",
    "study.report",
    "study.screening",
    "study.session",
    "study.store",
    "study.tables",
    "study.trials",
)


def module_files():
    """Every module's name in the table and its file; packages hold nothing but a docstring."""
    files = {"app": REPOSITORY / "app.py", "": REPOSITORY / "gcdemo" / "__init__.py"}
    for path in (REPOSITORY / "gcdemo").rglob("*.py"):
        if path.name != "__init__.py":
            name = path.relative_to(REPOSITORY / "gcdemo").with_suffix("")
            files[".".join(name.parts)] = path
    return {name: path for name, path in sorted(files.items()) if path.exists()}


FILES = module_files()


def imported(path):
    """Every module a file imports, wherever in it: full names, relative ones with their dots."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                inner = f"{module}.{alias.name}".removeprefix("gcdemo.")
                yield f"gcdemo.{inner}" if inner in FILES else module


def own(path):
    """The modules of gcdemo a file imports, named as in the table."""
    return {
        name.removeprefix("gcdemo").removeprefix(".")
        for name in imported(path)
        if name.split(".")[0] == "gcdemo"
    }


def outside(path):
    """The other packages a file imports."""
    return {name.split(".")[0] for name in imported(path)} - {"gcdemo", *sys.stdlib_module_names}


def test_every_module_has_exactly_one_place_in_the_table():
    assert sum(map(len, LAYERS)) == len(ROW)
    assert set(FILES) - set(ROW) == set()
    assert set(ROW) - set(FILES) == set()


@pytest.mark.parametrize("name", FILES)
def test_a_module_imports_only_from_rows_below_its_own(name):
    wrong = {other for other in own(FILES[name]) if ROW.get(other, len(LAYERS)) >= ROW[name]}
    assert wrong == set()


@pytest.mark.parametrize("name", FILES)
def test_imports_are_absolute(name):
    assert [module for module in imported(FILES[name]) if module.startswith(".")] == []


def test_packages_hold_nothing_but_a_docstring():
    for path in (REPOSITORY / "gcdemo").rglob("*/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert [type(node) for node in body] == [ast.Expr], path


@pytest.mark.parametrize("name", FILES)
def test_gradio_is_known_to_the_page_alone(name):
    allowed = name.startswith("ui.")
    assert allowed or not {"gradio", "gradio_client", "spaces"} & outside(FILES[name])


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("ui.")])
def test_the_page_knows_no_codec_and_no_database(name):
    known = {other for other in own(FILES[name]) if other.split(".")[0] != "ui"}
    assert known <= {
        "codecs.base",
        "codecs.matching",
        "errors",
        "images",
        "study.faults",
        "study.records",
        "study.session",
    }
    assert "torch" not in outside(FILES[name])


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("codecs.")])
def test_codecs_know_nothing_of_the_page(name):
    assert not any(other.startswith("ui.") for other in own(FILES[name]))


def test_the_app_is_a_few_lines_that_never_reach_training():
    assert len(FILES["app"].read_text(encoding="utf-8").splitlines()) < 40
    reached, waiting = set(), ["app"]
    while waiting:
        name = waiting.pop()
        if name not in reached and name in FILES:
            reached.add(name)
            waiting += own(FILES[name])
    assert not any(name.startswith("training.") for name in reached)
    assert "networks.discriminator" not in reached


def test_what_reads_files_imports_without_torch():
    names = [f"gcdemo.{name}".rstrip(".") for name in TORCH_FREE]
    program = (
        "import importlib, sys\n"
        f"for name in {names}:\n"
        "    importlib.import_module(name)\n"
        "    heavy = {'torch', 'torchvision', 'gradio'} & set(sys.modules)\n"
        "    assert not heavy, (name, heavy)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
