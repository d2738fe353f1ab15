"""Commands that make what is shipped beside the weights: prepare-samples, measure-sizes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gcdemo.cli.console import one_line_errors

if TYPE_CHECKING:
    from gcdemo.selective_sizes import CellBits


def prepare_samples(
    out: Annotated[
        Path | None, typer.Option(help="Folder of the maps; without it, that of the shipped ones.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Make the label map, the objects and the first mask of every shipped photo anew."""
    from gcdemo.images import load_image
    from gcdemo.sample_maps import MAPS_FOLDER, make_maps, write_maps
    from gcdemo.samples import SAMPLES
    from gcdemo.segmentation import load_segmenter
    from gcdemo.selection.base import Box
    from gcdemo.selection.classical import ClassicalSelector

    with one_line_errors():
        segmenter, selector = load_segmenter(device), ClassicalSelector()
        folder = out or MAPS_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        for sample in SAMPLES:
            image = load_image(sample.path)
            labels = segmenter.segment(image).labels
            boxes = [Box(*sides) for sides in sample.keep]
            maps = make_maps(image, labels, selector, boxes)
            write_maps(sample, maps, folder)
            typer.echo(
                f"{sample.name}: {maps.objects.max()} objects, {100 * maps.kept.mean():.0f} % kept"
            )


def measure_sizes(
    pictures: Annotated[
        list[Path], typer.Argument(help="Pictures and folders, none of them trained on.")
    ],
    model: Annotated[str, typer.Option(help="sc, or a weight file.")] = "sc",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Measure what SC's symbols take, for the table in gcdemo/selective_sizes.py."""
    from tqdm import tqdm

    from gcdemo.api import load_selective_codec
    from gcdemo.images import find_pictures, load_image
    from gcdemo.keeping import kept_cells
    from gcdemo.selection.classical import ClassicalSelector
    from gcdemo.selective_sizes import fit_power, measure_details, measure_thin

    with one_line_errors():
        codec, selector = load_selective_codec(model, device), ClassicalSelector()
        images = [load_image(path) for path in find_pictures(pictures)]
        # What people keep: objects that are neither most of the picture nor specks.
        regions = [
            (image, mask)
            for image in images
            for mask in selector.find_objects(image)[1:5:2]
            if kept_cells(mask).any()
        ]
        for rate in codec.qualities:
            measured = [
                measure_details(codec, image, mask, rate)
                for image, mask in tqdm(regions, unit="region", desc=f"details of {rate}")
            ]
            typer.echo(_line(f"{rate}: ", fit_power(measured)))
        typer.echo(_line("thin: ", fit_power([measure_thin(codec, image) for image in images])))


def _line(name: str, bits: "CellBits") -> str:
    """Say a measured line as it stands in the table."""
    return f"{name}CellBits({bits.factor:.3f}, {bits.power:.3f}),"
