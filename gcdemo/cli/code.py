"""Commands that make, read and describe .gci files."""

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from gcdemo.cli.console import one_line_errors

Paths = Annotated[
    list[Path], typer.Argument(help="Input files, then the output: a file, or a folder for many.")
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per file.")]


def pair_paths(paths: Sequence[Path], extension: str) -> list[tuple[Path, Path]]:
    """Give (input, output) pairs from a command's paths; the last path is the output.

    Raises:
        InputError: There is no output, or several inputs would share one file.
    """
    from gcdemo.errors import InputError

    if len(paths) < 2:
        raise InputError("Name the input files and then the output file or folder.")
    *inputs, out = paths
    if len(inputs) == 1 and not out.is_dir():
        return [(inputs[0], out)]
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; several inputs need a folder.")
    out.mkdir(parents=True, exist_ok=True)
    pairs = [(path, out / (path.stem + extension)) for path in inputs]
    if len({target for _, target in pairs}) < len(pairs):
        raise InputError("Two inputs have the same name and would overwrite each other's output.")
    return pairs


def compress(
    paths: Paths,
    channels: Annotated[int | None, typer.Option(help="The rate C, 2 to 16.")] = None,
    bpp: Annotated[float | None, typer.Option(help="Largest rate in bits per pixel.")] = None,
    num_bytes: Annotated[int | None, typer.Option("--bytes", help="Largest file in bytes.")] = None,
    model: Annotated[str, typer.Option(help="gc, gc-mse, or a weight file.")] = "gc",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Compress pictures to .gci files: IN OUT.gci, or IN IN ... FOLDER."""
    from gcdemo.api import compress, describe
    from gcdemo.files import write_atomically

    with one_line_errors():
        pairs = pair_paths(paths, ".gci")
        for source, target in tqdm(pairs, unit="picture", disable=len(pairs) == 1):
            started = time.perf_counter()
            data = compress(
                source, channels=channels, bpp=bpp, num_bytes=num_bytes, model=model, device=device
            )
            seconds = time.perf_counter() - started
            write_atomically(target, data)
            info = describe(data)
            if as_json:
                row = {"input": str(source), "output": str(target), "seconds": round(seconds, 3)}
                typer.echo(json.dumps({**row, **dataclasses.asdict(info)}))
            else:
                typer.echo(
                    f"{target}: {info.num_bytes} bytes, {info.bpp:.4f} bpp, "
                    f"C = {info.latent_channels}, {seconds:.2f} s"
                )


def decompress(
    paths: Paths,
    model: Annotated[str | None, typer.Option(help="Weight file, when not a shipped one.")] = None,
    device: Device = "auto",
) -> None:
    """Decompress .gci files to PNG: IN.gci OUT.png, or IN.gci IN.gci ... FOLDER."""
    from gcdemo.api import decompress
    from gcdemo.images import save_png

    with one_line_errors():
        pairs = pair_paths(paths, ".png")
        for source, target in tqdm(pairs, unit="picture", disable=len(pairs) == 1):
            image = decompress(source.read_bytes(), model=model, device=device)
            save_png(image, target)
            typer.echo(f"{target}: {image.shape[1]} x {image.shape[0]}")


def info(
    files: Annotated[list[Path], typer.Argument(help=".gci files.")],
    as_json: AsJson = False,
) -> None:
    """Show every field of .gci files, and what their bytes are spent on."""
    from gcdemo.codecs.generative import describe

    with one_line_errors():
        for path in files:
            fields = dataclasses.asdict(describe(path.read_bytes()))
            if as_json:
                typer.echo(json.dumps({"file": str(path), **fields}))
                continue
            typer.echo(str(path))
            for name, value in fields.items():
                shown = f"{value:.4f}" if isinstance(value, float) else value
                typer.echo(f"  {name.replace('_', ' '):<16} {shown}")
