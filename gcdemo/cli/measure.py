"""Commands that measure: evaluate and bench."""

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from gcdemo.cli.console import one_line_errors

_Number = TypeVar("_Number", int, float)


def _numbers(text: str, kind: type[_Number]) -> tuple[_Number, ...]:
    """Read numbers separated by commas."""
    from gcdemo.errors import InputError

    try:
        return tuple(kind(word) for word in text.split(",") if word)
    except ValueError as error:
        raise InputError(f"'{text}' is not a list of numbers like 2,4,8,16.") from error


def evaluate(
    pictures: Annotated[list[Path], typer.Argument(help="Folders and picture files.")],
    out: Annotated[Path, typer.Option(help="Folder of the results; made, or gone on with.")],
    codecs: Annotated[
        str,
        typer.Option(
            help="gc, gc-search, gc-mse, weight files, bpg, jpeg, webp, avif, jpeg2000, jxl."
        ),
    ] = "gc",
    rates: Annotated[str, typer.Option(help="C of our files.")] = "2,4,8,16",
    factors: Annotated[
        str, typer.Option(help="The others get so many times the bytes of our first model.")
    ] = "1,2,3",
    scaled: Annotated[
        bool, typer.Option("--scaled", help="The others may also code the picture smaller.")
    ] = False,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Also the others' own curves, up to about 1 bpp.")
    ] = False,
    backbones: Annotated[
        Path | None, typer.Option(help="Folder of the weights that metrics need.")
    ] = None,
    download: Annotated[
        bool,
        typer.Option("--download", help="Fetch AlexNet and VGG16, 0.8 GB, for LPIPS."),
    ] = False,
    sheets: Annotated[bool, typer.Option("--sheets", help="Also draw contact sheets.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    workers: Annotated[int, typer.Option(help="Processes that share the work.")] = 1,
    ray: Annotated[
        str | None, typer.Option(help="A Ray cluster's address that does the work, or local.")
    ] = None,
) -> None:
    """Measure codecs over pictures: real files, PSNR, MS-SSIM, LPIPS, d10, colour, KID, curves."""
    from dataclasses import replace

    from gcdemo.evaluation.bench import Setup, bench_for
    from gcdemo.evaluation.cluster import Cluster
    from gcdemo.evaluation.contenders import assemble, describe_environment
    from gcdemo.evaluation.plots import draw_figures
    from gcdemo.evaluation.points import Plan
    from gcdemo.evaluation.results import SheetOptions, format_evaluation
    from gcdemo.evaluation.run import Request, name_pictures
    from gcdemo.evaluation.run import evaluate as run
    from gcdemo.evaluation.workers import InProcess, Processes, Workers
    from gcdemo.images import find_pictures

    with one_line_errors():
        plan = Plan(_numbers(rates, int), _numbers(factors, float), scaled, sweep)
        found = name_pictures(find_pictures(pictures))
        setup = Setup(backbones, device, 1 if workers > 1 else None, download)
        bench = bench_for(setup)
        field = assemble([name for name in codecs.split(",") if name], plan, bench)
        hands: Workers = InProcess(bench)
        compute = bench.device
        if ray is not None:
            hands = cluster = Cluster(ray, setup)
            compute = cluster.device
        elif workers != 1:
            # What could be fetched is here now.
            hands = Processes(replace(setup, download=False), workers)
        environment = describe_environment(field, bench, compute)
        options = SheetOptions(dict(found)) if sheets else None
        evaluation = run(Request(found, field, out, options), bench, hands, environment)
        typer.echo(format_evaluation(evaluation))
        draw_figures(evaluation.summaries, out / "figures")


def bench(
    model: Annotated[str, typer.Option(help="gc, gc-mse, or a weight file.")] = "gc",
    selective: Annotated[str, typer.Option(help="sc, a weight file, or nothing.")] = "sc",
    channels: Annotated[int, typer.Option(help="The rate C.")] = 4,
    seconds: Annotated[float, typer.Option(help="For each measurement, roughly.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure speed and memory on this machine, beside the published sizes in the same run."""
    from gcdemo.benchmark import run_benchmark
    from gcdemo.benchmark_report import BenchmarkOptions, format_table

    with one_line_errors():
        options = BenchmarkOptions(
            model=model, selective=selective, channels=channels, budget_seconds=seconds
        )
        report = run_benchmark(options)
        typer.echo(report.to_json() if as_json else format_table(report))
