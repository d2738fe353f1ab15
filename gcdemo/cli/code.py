"""Commands that make, read and describe files: ours, and those of the codecs it has for rivals."""

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tqdm import tqdm

from gcdemo.cli.console import one_line_errors
from gcdemo.cli.selective import Asked, SelectiveOptions

if TYPE_CHECKING:
    from gcdemo.codecs.base import Codec

Paths = Annotated[
    list[Path], typer.Argument(help="Input files, then the output: a file, or a folder for many.")
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per file.")]

# What --format and the ends of names call our own files.
_OURS = "gci"


def pair_paths(paths: Sequence[Path], extension: str) -> list[tuple[Path, Path]]:
    """Give (input, output) pairs from a command's paths; the last path is the output.

    Raises:
        InputError: There is no output, several inputs would share one file, or one be lost.
    """
    from gcdemo.errors import InputError

    if len(paths) < 2:
        raise InputError("Name the input files and then the output file or folder.")
    *inputs, out = paths
    if len(inputs) == 1 and not out.is_dir():
        pairs = [(inputs[0], out)]
    elif out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; several inputs need a folder.")
    else:
        pairs = [(path, out / (path.stem + extension)) for path in inputs]
    targets = {target.resolve() for _, target in pairs}
    if len(targets) < len(pairs):
        raise InputError("Two inputs have the same name and would overwrite each other's output.")
    for path in inputs:
        if path.resolve() in targets:
            raise InputError(f"{path} would be overwritten; name another output.")
    if len(inputs) > 1:
        out.mkdir(parents=True, exist_ok=True)
    return pairs


def compress(
    paths: Paths,
    channels: Annotated[int | None, typer.Option(help="The rate C of .gci, 2 to 16.")] = None,
    bpp: Annotated[float | None, typer.Option(help="Largest rate in bits per pixel.")] = None,
    num_bytes: Annotated[int | None, typer.Option("--bytes", help="Largest file in bytes.")] = None,
    quality: Annotated[
        int | None, typer.Option(help="Of a codec other than ours, its own; for BPG, 51 - QP.")
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option("--format", help="gci, bpg, jpg, webp, avif, j2k, jp2 or jxl; for a folder."),
    ] = None,
    search: Annotated[
        bool, typer.Option("--search", help="Look for better symbols: slower, a better picture.")
    ] = False,
    mode: Annotated[
        str, typer.Option(help="gc, or sc: what is kept in detail, the rest invented or thin.")
    ] = "gc",
    keep: Annotated[
        Path | None, typer.Option(help="SC: picture whose bright pixels are kept.")
    ] = None,
    keep_class: Annotated[
        str, typer.Option(help="SC: classes kept wherever they are seen, as in person,car.")
    ] = "",
    labels: Annotated[
        Path | None, typer.Option(help="SC: PNG of class ids; without it the segmenter's map.")
    ] = None,
    background: Annotated[
        str | None, typer.Option(help="SC: synthesised or thin; else what suits the picture.")
    ] = None,
    detail: Annotated[int | None, typer.Option(help="SC: rate of the details, 2 to 12.")] = None,
    model: Annotated[
        str | None, typer.Option(help="gc, gc-mse, or a weight file; for SC sc or a weight file.")
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Compress pictures: IN OUT.gci (or .bpg .jpg .webp .avif .j2k .jp2 .jxl), or IN ... FOLDER."""
    from gcdemo.errors import InputError
    from gcdemo.files import write_atomically

    with one_line_errors():
        selective = SelectiveOptions.from_options(
            mode, keep, keep_class, labels, background, detail
        )
        rival = _rival_for(paths, file_format)
        if rival and selective:
            raise InputError(f"{rival.label} has no mode sc; end the output with .{_OURS}.")
        if search and rival:
            raise InputError("--search is for .gci files.")
        asked = Asked(channels, bpp, num_bytes, quality)
        pairs = pair_paths(paths, rival.extension if rival else f".{_OURS}")
        for source, target in tqdm(pairs, unit="picture", disable=len(pairs) == 1):
            started = time.perf_counter()
            if rival:
                data, setting = _compress_by_rival(rival, source, asked)
            elif selective:
                data, setting = selective.compress(
                    source, asked, model or "sc", device, search=search
                )
            else:
                data, setting = _compress_by_ours(
                    source, asked, model or "gc", device, search=search
                )
            seconds = time.perf_counter() - started
            write_atomically(target, data)
            info = _describe(data)
            if as_json:
                row = {"input": str(source), "output": str(target), "seconds": round(seconds, 3)}
                typer.echo(json.dumps({**row, "quality": setting, **info}))
            else:
                typer.echo(
                    f"{target}: {info['num_bytes']} bytes, {info['bpp']:.4f} bpp, "
                    f"{_setting_name(rival, selective)} = {setting}, {seconds:.2f} s"
                )


def decompress(
    paths: Paths,
    model: Annotated[str | None, typer.Option(help="Weight file, when not a shipped one.")] = None,
    device: Device = "auto",
) -> None:
    """Decompress files of any of these formats to PNG: IN.gci OUT.png, or IN ... FOLDER."""
    from gcdemo.codecs.registry import codec_for_data
    from gcdemo.images import save_png

    with one_line_errors():
        pairs = pair_paths(paths, ".png")
        for source, target in tqdm(pairs, unit="picture", disable=len(pairs) == 1):
            data = source.read_bytes()
            if rival := codec_for_data(data):
                image = rival.decode(data)
            else:
                from gcdemo.api import decompress

                image = decompress(data, model=model, device=device)
            save_png(image, target)
            typer.echo(f"{target}: {image.shape[1]} x {image.shape[0]}")


def info(
    files: Annotated[list[Path], typer.Argument(help="Files of any of these formats.")],
    as_json: AsJson = False,
) -> None:
    """Show what files say of themselves; of .gci and .bpg, also what their bytes are spent on."""
    with one_line_errors():
        for path in files:
            fields = _describe(path.read_bytes())
            if as_json:
                typer.echo(json.dumps({"file": str(path), **fields}))
                continue
            typer.echo(str(path))
            for name, value in fields.items():
                shown = f"{value:.4f}" if isinstance(value, float) else value
                typer.echo(f"  {name.replace('_', ' '):<16} {shown}")


def _setting_name(rival: "Codec | None", selective: SelectiveOptions | None) -> str:
    if rival:
        return "quality"
    return "detail" if selective else "C"


def _rival_for(paths: Sequence[Path], file_format: str | None) -> "Codec | None":
    """Give the codec that is asked for by name or by the output's ending; None for ours.

    Raises:
        InputError: There is none.
    """
    from gcdemo.codecs.registry import RIVALS, codec_for_extension, rival
    from gcdemo.errors import InputError

    if file_format is not None:
        name = file_format.lower().removeprefix(".")
        return None if name == _OURS else codec_for_extension(f".{name}") or rival(name)
    ending = paths[-1].suffix.lower()
    if len(paths) != 2 or paths[-1].is_dir() or ending in ("", f".{_OURS}"):
        return None
    if codec := codec_for_extension(ending):
        return codec
    known = ", ".join(codec.extension for codec in RIVALS)
    raise InputError(f"No format is named {ending}; end the output with .{_OURS}, {known}.")


def _compress_by_ours(
    source: Path, asked: Asked, model: str, device: str, *, search: bool
) -> tuple[bytes, int]:
    """Give a .gci file and its C."""
    from gcdemo.api import compress
    from gcdemo.codecs.generative import describe
    from gcdemo.errors import InputError

    if asked.quality is not None:
        raise InputError("A .gci file has no --quality; choose --channels.")
    data = compress(
        source,
        channels=asked.channels,
        bpp=asked.bpp,
        num_bytes=asked.num_bytes,
        search=search,
        model=model,
        device=device,
    )
    return data, describe(data).latent_channels


def _compress_by_rival(codec: "Codec", source: Path, asked: Asked) -> tuple[bytes, int]:
    """Give a rival's file and its quality."""
    from gcdemo.codecs.base import bytes_within
    from gcdemo.codecs.matching import fit_size
    from gcdemo.errors import InputError
    from gcdemo.images import load_image

    if asked.channels is not None:
        raise InputError(f"{codec.label} has no --channels; choose --bytes, --bpp or --quality.")
    if sum(value is not None for value in (asked.bpp, asked.num_bytes, asked.quality)) != 1:
        raise InputError(f"For {codec.label}, choose one of --bytes, --bpp and --quality.")
    image = load_image(source)
    if asked.quality is not None:
        return codec.encode(image, asked.quality), asked.quality
    limit = asked.num_bytes
    if limit is None:
        limit = bytes_within(asked.bpp or 0.0, image)
    fitting = fit_size(codec, image, limit)
    return fitting.data, fitting.quality


def _describe(data: bytes) -> Mapping[str, str | int | float]:
    """Give the fields of a file of any of the formats."""
    from gcdemo.codecs import registry

    if codec := registry.codec_for_data(data):
        return {"format": codec.label, **dataclasses.asdict(registry.describe(data))}
    from gcdemo.api import describe

    return dataclasses.asdict(describe(data))
