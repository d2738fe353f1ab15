"""Commands that measure: evaluate and bench."""

from pathlib import Path
from typing import Annotated

import typer

from gcdemo.cli.console import one_line_errors


def evaluate(
    pictures: Annotated[list[Path], typer.Argument(help="Folders and picture files.")],
    out: Annotated[Path, typer.Option(help="Folder for rows.csv, summary.md, files/, sheets/.")],
    channels: Annotated[str, typer.Option(help="Rates C, separated by commas.")] = "2,4,8,16",
    model: Annotated[str, typer.Option(help="gc, gc-mse, or a weight file.")] = "gc",
    backbones: Annotated[Path | None, typer.Option(help="Folder of SqueezeNet's weights.")] = None,
    sheets: Annotated[bool, typer.Option(help="Also draw contact sheets.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Measure a model over pictures: real files, PSNR, MS-SSIM, LPIPS, d10, colour, KID."""
    from gcdemo.api import load_codec
    from gcdemo.errors import InputError
    from gcdemo.evaluation.measure import load_metrics
    from gcdemo.evaluation.quality import (
        SheetOptions,
        evaluate_model,
        find_pictures,
        format_evaluation,
    )

    with one_line_errors():
        try:
            rates = [int(text) for text in channels.split(",")]
        except ValueError as error:
            raise InputError(f"'{channels}' is not a list of numbers like 2,4,8,16.") from error
        evaluation = evaluate_model(
            load_codec(model, device),
            find_pictures(pictures),
            rates,
            load_metrics(backbones),
            out,
            sheets=SheetOptions() if sheets else None,
        )
        typer.echo(format_evaluation(evaluation))


def bench(
    model: Annotated[str, typer.Option(help="gc, gc-mse, or a weight file.")] = "gc",
    channels: Annotated[int, typer.Option(help="The rate C.")] = 4,
    seconds: Annotated[float, typer.Option(help="For each measurement, roughly.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Measure speed and memory on this machine, beside the published sizes in the same run."""
    from gcdemo.benchmark import run_benchmark
    from gcdemo.benchmark_report import BenchmarkOptions, format_table

    with one_line_errors():
        options = BenchmarkOptions(model=model, channels=channels, budget_seconds=seconds)
        report = run_benchmark(options)
        typer.echo(report.to_json() if as_json else format_table(report))
