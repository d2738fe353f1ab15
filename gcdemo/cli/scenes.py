"""The command that measures SC on scenes."""

from pathlib import Path
from typing import Annotated

import typer

from gcdemo.cli.console import one_line_errors


def evaluate_selective(
    scenes: Annotated[
        list[Path], typer.Argument(help="Data sets of scenes, and folders of pictures.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    detail: Annotated[int, typer.Option(help="Rate of the details.")] = 8,
    pictures: Annotated[int, typer.Option(help="At most so many of each source.")] = 24,
    every: Annotated[
        bool, typer.Option("--every", help="Also pictures that were trained on.")
    ] = False,
    search: Annotated[
        bool, typer.Option("--search", help="Look for better symbols, for SC and for GC.")
    ] = False,
    model: Annotated[str, typer.Option(help="sc, or a weight file.")] = "sc",
    backbones: Annotated[Path | None, typer.Option(help="Folder of the trunks' weights.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Measure SC: what it keeps against GC of as many bytes, and what it invents."""
    from tqdm import tqdm

    from gcdemo.api import Background, load_codec, load_selective_codec
    from gcdemo.config import STRIDE
    from gcdemo.devices import resolve_device
    from gcdemo.errors import InputError
    from gcdemo.evaluation.metrics import D10, LpipsSqueeze
    from gcdemo.evaluation.selective import (
        Metrics,
        compare_kept,
        invented_table,
        kept_csv,
        kept_table,
        measure_invented,
    )
    from gcdemo.segmentation import load_segmenter
    from gcdemo.training.data import choose_pictures
    from gcdemo.training.sources import is_kept_out, read_sources

    with one_line_errors():
        place = resolve_device(device)
        metrics = Metrics(LpipsSqueeze.load(backbones, place), D10.load(backbones, place))
        sc = load_selective_codec(model, device, search=search)
        gc = load_codec(device=device, search=search)
        kept, invented = [], []
        for source in scenes:
            found = read_sources([source], 2 * STRIDE, labelled=True)
            # Plain folders are for measuring alone; of scenes most were trained on.
            chosen = [p for p in found if every or p.labels is None or is_kept_out(p)]
            for picture in tqdm(choose_pictures(chosen, pictures), unit="picture"):
                forms = list(Background) if picture.labels is not None else [Background.THIN]
                kept += [
                    compare_kept(
                        picture.name, picture.image, picture.labels, form, detail, sc, gc, metrics
                    )
                    for form in forms
                ]
                if picture.labels is not None:
                    segmenter = load_segmenter(device)
                    invented.append(
                        measure_invented(picture.name, picture.image, picture.labels, sc, segmenter)
                    )
        if not kept:
            raise InputError("There is no picture to measure.")
        tables = kept_table(kept) + "\n"
        if invented:
            tables += "\n" + invented_table(invented) + "\n"
        out.mkdir(parents=True, exist_ok=True)
        (out / "sc-kept.csv").write_text(kept_csv(kept), encoding="utf-8")
        (out / "sc-means.md").write_text(tables, encoding="utf-8")
        typer.echo(tables)
