"""Commands that make weights: train, pack, export."""

import dataclasses
import json
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gcdemo.cli.console import one_line_errors

if TYPE_CHECKING:
    from gcdemo.config import TrainConfig

Sources = Annotated[list[Path], typer.Argument(help="Folders or tar shards of pictures.")]


def apply_settings(config: "TrainConfig", settings: list[str]) -> "TrainConfig":
    """Replace fields of a configuration by "name=value" texts; values are JSON.

    Raises:
        CheckpointError: A field is unknown or its value has the wrong type.
    """
    from gcdemo.config import TrainConfig
    from gcdemo.errors import CheckpointError

    values: dict[str, Any] = dataclasses.asdict(config)
    for setting in settings:
        name, _, text = setting.partition("=")
        if name not in values:
            raise CheckpointError(f"'{name}' is no setting; there are: {', '.join(values)}.")
        try:
            value = json.loads(text)
        except ValueError as error:
            raise CheckpointError(f"The value in '{setting}' is not JSON.") from error
        wanted = type(values[name])
        value = tuple(value) if isinstance(value, list) else value
        if not isinstance(value, wanted) and not (wanted is float and isinstance(value, int)):
            raise CheckpointError(f"'{name}' takes a {wanted.__name__}, not {text}.")
        values[name] = value
    return TrainConfig(**values)


def train(
    sources: Sources,
    run: Annotated[
        Path, typer.Option("--run-folder", help="Folder of the run; made, or gone on with.")
    ],
    preset: Annotated[
        str,
        typer.Option(
            help="paper, base, medium-noise, medium, small, tiny; "
            "for SC sc-paper, sc-medium or sc-small."
        ),
    ] = "small",
    latent_channels: Annotated[
        int | None, typer.Option(help="Another C; with --single-rate the only one.")
    ] = None,
    single_rate: Annotated[bool, typer.Option(help="One rate per model, the paper's way.")] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="field=value of the training configuration.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Stop after so many minutes.")] = None,
    steps: Annotated[int | None, typer.Option(help="Stop at this step.")] = None,
    backbones: Annotated[Path | None, typer.Option(help="Folder of the trunks' weights.")] = None,
    start_from: Annotated[
        list[Path] | None,
        typer.Option(
            help="A run's folder or a weight file to start from at step 0. Of several each takes "
            "the place of what those before it gave: an older SC's, then a newer GC's."
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    bf16: Annotated[
        bool | None, typer.Option(help="bfloat16; default: where the device has units for it.")
    ] = None,
) -> None:
    """Train E, G and D; the same command goes on where the last one stopped."""
    from gcdemo.config import TrainConfig
    from gcdemo.devices import resolve_device
    from gcdemo.errors import CheckpointError
    from gcdemo.selective_config import SelectiveConfig, find_preset
    from gcdemo.training.loop import Run, RunOptions, start_processes
    from gcdemo.training.state import CHECKPOINT_NAME, SavedRun

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # A polite kill is treated as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with one_line_errors():
        start_processes()
        if (run / CHECKPOINT_NAME).exists():
            saved = SavedRun(run)
            model_config, config = saved.model_config, saved.train_config
        else:
            model_config = find_preset(preset)
            config = TrainConfig()
            if isinstance(model_config, SelectiveConfig):
                config = dataclasses.replace(config, label_classes=model_config.num_classes)
            changes: dict[str, Any] = {}
            if latent_channels is not None:
                changes["latent_channels"] = latent_channels
            if single_rate:
                changes["nested_rates"] = False
            if changes and isinstance(model_config, SelectiveConfig):
                raise CheckpointError("--latent-channels and --single-rate are for GC's presets.")
            model_config = dataclasses.replace(model_config, **changes)
        extra = [f"steps={steps}"] if steps is not None else []
        config = apply_settings(config, (settings or []) + extra)
        options = RunOptions(
            folder=run,
            sources=tuple(sources),
            device=resolve_device(device),
            minutes=minutes,
            backbones=backbones,
            start_from=tuple(start_from or ()),
            bf16=bf16,
        )
        training = Run(options, model_config, config)
        # From here on there is a state to save, but not in the midst of a step.
        with training.stop.by_signals():
            training.train()


def pack(
    sources: Sources,
    out: Annotated[Path, typer.Option(help="Folder for shard-000.tar and so on.")],
    max_mib: Annotated[float, typer.Option(help="Largest size of a shard in MiB.")] = 60.0,
) -> None:
    """Pack pictures, as they are, into tar shards that train reads like folders."""
    from gcdemo.training.shards import pack_shards

    with one_line_errors():
        for shard in pack_shards(sources, out, int(max_mib * 2**20)):
            typer.echo(f"{shard}  {shard.stat().st_size / 2**20:.1f} MiB")


def export(
    sources: Sources,
    run: Annotated[Path, typer.Option("--run-folder", help="Folder of the run.")],
    out: Annotated[Path, typer.Option(help="The .safetensors file to write.")],
    pictures: Annotated[
        int, typer.Option(help="How many pictures the tables are fitted to.")
    ] = 1500,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Write the weights of a run: averaged, fp16, with the context tables of their symbols."""
    from gcdemo.config import STRIDE
    from gcdemo.devices import resolve_device
    from gcdemo.errors import TrainingError
    from gcdemo.selective_config import SelectiveConfig
    from gcdemo.tiling import Precision
    from gcdemo.training.data import choose_pictures
    from gcdemo.training.export import RATE_PICTURES, export_run
    from gcdemo.training.selective_export import export_selective
    from gcdemo.training.sources import is_kept_out, read_sources
    from gcdemo.training.state import SavedRun

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with one_line_errors():
        saved, precision = SavedRun(run), Precision(resolve_device(device))
        selective = isinstance(saved.model_config, SelectiveConfig)
        found = read_sources(sources, 2 * STRIDE, labelled=selective)
        held_out = [picture for picture in found if is_kept_out(picture)]
        if not held_out:
            raise TrainingError("No picture is held out; more are needed.")
        training = choose_pictures([p for p in found if not is_kept_out(p)], pictures)
        if selective:
            exported = export_selective(saved, training, out, precision)
        else:
            chosen = choose_pictures(held_out, RATE_PICTURES)
            exported = export_run(saved, training, chosen, out, precision)
        typer.echo(f"{exported.path}  {exported.num_bytes} bytes  sha256 {exported.sha256}")
