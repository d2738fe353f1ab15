"""Commands of the segmenter: segment, train-segmenter, evaluate-segmenter."""

import logging
import signal
from pathlib import Path
from typing import Annotated

import typer

from gcdemo.cli.console import one_line_errors

Scenes = Annotated[
    list[Path],
    typer.Argument(
        help="Folders of scenes (images, labels, classes.json) or of pictures of anything else."
    ),
]


def segment(
    picture: Annotated[Path, typer.Argument(help="Any picture file.")],
    out: Annotated[Path, typer.Argument(help="The PNG to write: ids of classes, with a palette.")],
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Write the picture with the classes' colors over it.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Say what is where in a picture of a street: a label map, and each class's share."""
    import numpy as np

    from gcdemo.images import load_image, save_png
    from gcdemo.label_classes import LABEL_CLASSES, NUM_CLASSES
    from gcdemo.label_maps import lay_over, write_label_map
    from gcdemo.segmentation import is_street_scene, load_segmenter

    with one_line_errors():
        image = load_image(picture)
        labels = load_segmenter(device).segment(image).labels
        if overlay:
            save_png(lay_over(image, labels), out)
        else:
            write_label_map(labels, out)
        shares = np.bincount(labels.ravel(), minlength=NUM_CLASSES) / labels.size
        for label_class in sorted(LABEL_CLASSES, key=lambda c: -shares[c.id]):
            if shares[label_class.id] > 0:
                typer.echo(f"{label_class.name:12}{100 * shares[label_class.id]:6.1f} %")
        typer.echo("a street scene" if is_street_scene(labels) else "no street scene")


def train_segmenter(
    scenes: Scenes,
    out: Annotated[
        Path, typer.Option(help="The .safetensors file to write; the checkpoint lies beside it.")
    ],
    minutes: Annotated[float, typer.Option(help="Of training in all.")] = 25.0,
    steps: Annotated[int | None, typer.Option(help="Stop at this step.")] = None,
) -> None:
    """Train the segmenter; the same command goes on where the last one stopped."""
    from gcdemo.files import write_atomically
    from gcdemo.segmentation import Segmenter, read_segmenter, save_segmenter
    from gcdemo.training.scene_batches import part_of, read_scene_sets
    from gcdemo.training.segmenter import SegmenterRun, SegmenterTraining
    from gcdemo.training.segmenter_scores import choose_threshold, score_sets, score_table

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # A polite kill is treated as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with one_line_errors():
        sets = read_scene_sets(scenes)
        kept_out = part_of(sets, validation=True)
        config = SegmenterTraining(minutes=minutes, max_steps=steps)
        run = SegmenterRun(part_of(sets, validation=False), config, out.with_suffix(".pt"))
        # From here on there is a state to save, but not in the midst of a step.
        with run.stop.by_signals():
            network = run.train()
        if run.stop:
            return
        threshold = choose_threshold(Segmenter(network, 0.0), kept_out)
        notes = {"steps": str(run.step), "minutes": f"{run.seconds / 60:.1f}"}
        write_atomically(out, save_segmenter(network, threshold, notes))
        typer.echo(score_table(score_sets(read_segmenter(out), kept_out)))
        typer.echo(f"{out}  {out.stat().st_size} bytes  threshold {threshold}")


def evaluate_segmenter(
    scenes: Scenes,
    model: Annotated[
        Path | None, typer.Option(help="Another weight file than the released one.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Measure the segmenter on the scenes that are kept from training: IoU of each class."""
    from gcdemo.segmentation import load_segmenter, read_segmenter
    from gcdemo.training.scene_batches import part_of, read_scene_sets
    from gcdemo.training.segmenter_scores import score_sets, score_table

    with one_line_errors():
        segmenter = read_segmenter(model, device) if model else load_segmenter(device)
        sets = part_of(read_scene_sets(scenes), validation=True)
        typer.echo(score_table(score_sets(segmenter, sets)))
