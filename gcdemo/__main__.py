"""The command line: python -m gcdemo COMMAND."""

import typer

from gcdemo.cli import code, doctor, measure, prepare, scenes, segment, select, study, train

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Extreme image compression with GANs: real .gci files of about a kilobyte.",
)
for command in (
    code.compress,
    code.decompress,
    code.info,
    train.train,
    train.pack,
    train.export,
    measure.evaluate,
    measure.bench,
    scenes.evaluate_selective,
    segment.segment,
    segment.train_segmenter,
    segment.evaluate_segmenter,
    select.select,
    prepare.prepare_samples,
    prepare.measure_sizes,
    doctor.doctor,
):
    app.command()(command)
app.add_typer(study.app, name="study")


def main() -> None:
    """Run the command line."""
    app(prog_name="python -m gcdemo")


if __name__ == "__main__":
    main()
