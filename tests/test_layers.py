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
    (
        "doctor.finding",
        "errors",
        "expiry",
        "files",
        "home",
        "kernel_cache",
        "limits",
        "pixels",
        "quota",
        "request_limit",
        "shelf",
        "sweeper",
        "ui.working",
    ),
    # one idea each
    (
        "bits",
        "bitstream.contexts",
        "bitstream.header",
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
        "label_classes",
        "networks.blocks",
        "networks.quantizer",
        "pinned_files",
        "released",
        "samples",
        "threads",
        "torch_files",
        "training.stopping",
        "weights_hub",
    ),
    (
        "backbones",
        "bitstream.container",
        "bitstream.symbols",
        "bitstream.tint",
        "codecs.base",
        "codecs.bpg.coding_tools",
        "codecs.bpg.container",
        "evaluation.color",
        "evaluation.confusion",
        "grids",
        "networks.detail_reader",
        "networks.discriminator",
        "networks.label_encoder",
        "networks.transform",
        "selective_config",
        "soft_rate",
        "training.context_cells",
        "training.data",
    ),
    # the network as a whole, and what is measured with other networks
    (
        "bitstream.maps",
        "codecs.bpg.info",
        "codecs.bpg.parameter_sets",
        "codecs.bpg.planes",
        "codecs.matching",
        "codecs.pillow",
        "distances",
        "efficientnet",
        "evaluation.patches",
        "evaluation.remembering",
        "keeping",
        "label_maps",
        "lpips_trunks",
        "networks.encoder",
        "networks.generator",
        "selection.base",
        "selection.cache",
        "selection.hub",
        "selection.tree",
        "training.context_sums",
        "training.losses",
        "training.scenes",
        "training.targets",
        "zero_gpu",
    ),
    (
        "codecs.avif",
        "codecs.jpeg",
        "codecs.jpeg2000",
        "codecs.jxl",
        "codecs.webp",
        "doctor.machine",
        "evaluation.metrics",
        "model",
        "networks.segmenter",
        "networks.selective_generator",
        "sample_maps",
        "selection.masks",
        "selection.regions",
        "tint",
        "training.shards",
        "training.sources",
        "ui.selective_context",
    ),
    (
        "checkpoints",
        "codecs.bpg.hevc",
        "evaluation.report",
        "selection.classical",
        "selection.sam",
        "selective_model",
        "tiling",
        "training.perceptual",
    ),
    # better symbols
    (
        "search_trunks",
        "selective_tiling",
    ),
    ("symbol_search",),
    # files from pictures, weights from training
    (
        "benchmark_report",
        "codecs.bpg.reader",
        "evaluation.plots",
        "segmentation",
        "selection.desk",
        "selective_checkpoints",
        "selective_search",
        "training.contextfit",
        "training.selections",
        "training.state",
    ),
    (
        "codecs.bpg.codec",
        "codecs.generative",
        "codecs.selective",
        "training.grids",
        "training.lookahead",
        "training.mapfit",
        "training.scene_batches",
        "training.segmenter_scores",
    ),
    (
        "codecs.registry",
        "evaluation.selective",
        "selective_sizes",
        "training.segmenter",
    ),
    (
        "api",
        "benchmark_cases",
        "evaluation.measure",
        "training.export",
        "training.objective",
    ),
    (
        "",
        "cli.scenes",
        "cli.selective",
        "training.selective_export",
    ),
    (
        "benchmark",
        "evaluation.versions",
        "training.loop",
    ),
    (
        "doctor.parts",
        "evaluation.bench",
    ),
    ("evaluation.crew",),
    # every codec over many pictures
    (
        "evaluation.cluster",
        "evaluation.contenders",
        "evaluation.store",
        "evaluation.workers",
    ),
    (
        "evaluation.results",
        "evaluation.stored",
    ),
    ("evaluation.run",),
    # the study: from plain values to the report
    (
        "study.estimates",
        "study.faults",
    ),
    (
        "study.manifest",
        "study.migrations",
        "study.records",
    ),
    (
        "study.contenders",
        "study.database",
        "study.tables",
        "study.trials",
    ),
    (
        "doctor.storage",
        "selective_contender",
        "study.pack",
        "study.store",
    ),
    (
        "doctor.examine",
        "study.answers",
    ),
    (
        "cli.doctor",
        "study.journal",
        "study.screening",
    ),
    (
        "study.analysis",
        "study.session",
    ),
    (
        "study.figure",
        "study.results",
    ),
    (
        "study.desk",
        "study.report",
    ),
    # the page: from what it is given to the whole of it
    ("ui.curves",),
    (
        "ui.component",
        "ui.context",
        "ui.faults",
        "ui.marks",
        "ui.recent",
        "ui.study_http",
        "ui.theme",
    ),
    (
        "selective_workshop",
        "ui.canvas",
        "ui.figure",
        "ui.inputs",
        "ui.replies",
        "ui.share_link",
        "ui.view",
    ),
    (
        "ui.benchmark_plot",
        "ui.compare",
        "ui.figure_picture",
        "ui.file_card",
        "ui.links",
        "ui.rate_strip",
        "ui.render",
        "ui.rivals",
    ),
    (
        "ui.reports",
        "ui.results_tab",
        "ui.study_results",
        "ui.study_routes",
        "ui.study_tab",
        "ui.workbench",
    ),
    (
        "ui.handlers",
        "ui.selective_report",
    ),
    (
        "ui.endpoint_values",
        "ui.fitting",
        "ui.wishes",
    ),
    (
        "ui.decoding",
        "ui.every_rate",
        "ui.keep_endpoint",
        "ui.keeping",
    ),
    (
        "ui.endpoints",
        "ui.own_points",
        "ui.strip_panel",
    ),
    ("ui.compress_tab",),
    (
        "ui.benchmark_tab",
        "ui.decode_tab",
        "ui.keep_tab",
    ),
    ("ui.app",),
    # what a person starts
    (
        "cli.code",
        "cli.measure",
        "cli.prepare",
        "cli.segment",
        "cli.select",
        "cli.study",
        "cli.train",
        "demo",
    ),
    ("__main__",),
    ("app",),  # app.py in the root
)
ROW = {name: row for row, names in enumerate(LAYERS) for name in names}

# What a decoder of files needs before there is a network: a second without it, and a GB of memory.
TORCH_FREE = (
    "",
    "bits",
    "bitstream.container",
    "bitstream.contexts",
    "bitstream.header",
    "bitstream.maps",
    "bitstream.symbols",
    "bitstream.tint",
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
    "doctor.finding",
    "doctor.storage",
    "errors",
    "expiry",
    "files",
    "grids",
    "home",
    "images",
    "keeping",
    "kernel_cache",
    "label_classes",
    "label_maps",
    "limits",
    "pinned_files",
    "pixels",
    "quota",
    "released",
    "request_limit",
    "sample_maps",
    "samples",
    "selection.base",
    "selection.cache",
    "selection.classical",
    "selection.desk",
    "selection.hub",
    "selection.masks",
    "selection.regions",
    "selection.tree",
    "shelf",
    "study.analysis",
    "study.answers",
    "study.contenders",
    "study.database",
    "study.estimates",
    "study.faults",
    "study.figure",
    "study.journal",
    "study.manifest",
    "study.migrations",
    "study.pack",
    "study.records",
    "study.report",
    "study.results",
    "study.screening",
    "study.session",
    "study.store",
    "study.tables",
    "study.trials",
    "sweeper",
    "weights_hub",
    "zero_gpu",
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
    assert allowed or not {"gradio", "gradio_client"} & outside(FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_lent_gpus_are_known_to_one_module_alone(name):
    assert name == "zero_gpu" or "spaces" not in outside(FILES[name])


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("ui.")])
def test_the_page_knows_no_codec_and_no_database(name):
    known = {other for other in own(FILES[name]) if other.split(".")[0] != "ui"}
    assert known <= {
        "codecs.base",
        "codecs.matching",
        "config",
        "errors",
        "expiry",
        "images",
        "grids",
        "label_classes",
        "label_maps",
        "request_limit",
        "selection.base",
        "shelf",
        "study.analysis",
        "study.faults",
        "study.records",
        "study.report",
        "study.results",
        "study.screening",
        "study.session",
        "sweeper",
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
