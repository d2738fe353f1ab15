"""Commands of the user study: study build, study report, study export, study forget."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from gcdemo.cli.console import one_line_errors

app = typer.Typer(
    no_args_is_help=True,
    help="Build what raters compare, report what they preferred, forget a rater.",
)

Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        help="Database of votes; else the one that GCDEMO_DATABASE_URL or GCDEMO_DATA names.",
    ),
]


PackHash = Annotated[
    str | None, typer.Option(help="Beginning of a pack's hash, where there are several.")
]


def numbers(text: str) -> tuple[float, ...]:
    """Read numbers that are separated by commas.

    Raises:
        InputError: One is no number.
    """
    from gcdemo.errors import InputError

    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"'{text}' is not a list of numbers like 1,1.5,2.") from error


def settings(text: str) -> list[tuple[str, int]]:
    """Read names of codecs, each with a quality, as in "gc-mse:4,jpeg:9".

    Raises:
        InputError: A quality is missing or no whole number.
    """
    from gcdemo.errors import InputError

    found = []
    for part in text.split(",") if text else ():
        name, _, quality = part.strip().partition(":")
        if not quality.isdecimal():
            raise InputError(f"'{part}' does not name a codec and a quality, as gc-mse:4 does.")
        found.append((name, int(quality)))
    return found


@app.command()
def build(
    images: Annotated[Path, typer.Option(help="Folder of pictures, or one picture.")],
    out: Annotated[Path, typer.Option(help="Folder of the pack; new or empty.")],
    channels: Annotated[int, typer.Option(help="The rate C of ours.")] = 4,
    factors: Annotated[
        str, typer.Option(help="Rivals' bytes as multiples of ours, separated by commas.")
    ] = "1,1.5,2,3",
    rivals: Annotated[str, typer.Option(help="Codecs to compare with, as in bpg,avif.")] = "bpg",
    also: Annotated[
        str, typer.Option(help="Codecs to compare with at one setting each, as in gc-mse:4,jpeg:9.")
    ] = "",
    keep_class: Annotated[
        str, typer.Option(help="Also SC that keeps these classes in detail, as in person,car.")
    ] = "",
    scaled: Annotated[
        bool, typer.Option(help="Let rivals code the picture smaller to reach few bytes.")
    ] = False,
    trials: Annotated[int, typer.Option(help="Trials for each rater.")] = 20,
    undecided: Annotated[bool, typer.Option(help="Let raters answer that they cannot tell.")] = (
        False
    ),
    max_side: Annotated[int, typer.Option(help="Larger pictures are reduced to it.")] = 1024,
    search: Annotated[
        bool, typer.Option(help="Look for better symbols for ours, as compress --search does.")
    ] = False,
    model: Annotated[str, typer.Option(help="gc, gc-mse, or a weight file.")] = "gc",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Build a study pack: pictures, reconstructions at matched sizes, and a manifest."""
    import gcdemo
    from gcdemo.api import DEFAULT_DETAIL, SELECTIVE_MODEL, load_codec
    from gcdemo.codecs.registry import rival
    from gcdemo.images import find_pictures
    from gcdemo.released import find_record
    from gcdemo.selective_contender import SelectiveContender
    from gcdemo.study.contenders import FixedCodec
    from gcdemo.study.manifest import Settings
    from gcdemo.study.pack import Recipe, build_pack

    with one_line_errors():
        recipe = Recipe(
            quality=channels,
            factors=numbers(factors),
            max_side=max_side,
            scaled=scaled,
            settings=Settings(trials=trials, undecided=undecided),
        )
        pack = build_pack(
            find_pictures([images]),
            out,
            load_codec(model, device, search=search),
            [rival(name.strip()) for name in rivals.split(",")],
            recipe,
            gcdemo.__version__,
            contenders=[
                *(
                    FixedCodec(
                        load_codec(name, device) if find_record(name) else rival(name), quality
                    )
                    for name, quality in settings(also)
                ),
                *(
                    [
                        SelectiveContender(
                            kept, DEFAULT_DETAIL, SELECTIVE_MODEL, device, search=search
                        )
                    ]
                    if (kept := [name.strip() for name in keep_class.split(",") if name.strip()])
                    else []
                ),
            ],
            progress=True,
        )
        pairs = sum(not pair.check for pair in pack.manifest.pairs)
        typer.echo(
            f"{out}: {pairs} pairs of {len(pack.manifest.pictures)} pictures, "
            f"pack {pack.manifest.pack_hash[:12]}"
        )


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Folder for report.md, the figure and the tables.")],
    database: Database = None,
    pack: PackHash = None,
    max_failed_checks: Annotated[
        int, typer.Option(help="Leave out raters who fail more obvious checks; -1: any number.")
    ] = 0,
    min_median_ms: Annotated[
        float, typer.Option(help="Leave out raters whose median answer is faster.")
    ] = 600.0,
    min_votes: Annotated[int, typer.Option(help="Leave out raters with fewer votes.")] = 0,
    need_agreement: Annotated[
        bool, typer.Option(help="Leave out raters who answer a repeated pair differently.")
    ] = False,
    need_screen: Annotated[
        bool, typer.Option(help="Leave out raters whose screen hides faint patches.")
    ] = False,
) -> None:
    """Report what raters preferred: the paper's figure, scores, tables and every vote."""
    from gcdemo.study.analysis import analyze
    from gcdemo.study.answers import find_pack, read_answers
    from gcdemo.study.database import database_url
    from gcdemo.study.report import format_report, write_report
    from gcdemo.study.screening import Rules
    from gcdemo.study.store import VoteStore

    with one_line_errors():
        with closing(VoteStore(database or database_url())) as store:
            answers = read_answers(store, find_pack(store, pack or ""))
        rules = Rules(
            max_failed_checks=max_failed_checks if max_failed_checks >= 0 else None,
            min_median_ms=min_median_ms or None,
            min_votes=min_votes or None,
            need_agreement=need_agreement,
            need_screen=need_screen,
        )
        result = analyze(answers, rules)
        write_report(result, answers, out)
        typer.echo(format_report(result))


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="Folder for votes.csv and votes.jsonl.")],
    database: Database = None,
    pack: PackHash = None,
) -> None:
    """Write down every vote as it was given, as CSV and as JSON lines."""
    from gcdemo.study.answers import find_pack, read_answers
    from gcdemo.study.database import database_url
    from gcdemo.study.report import vote_files, write_files
    from gcdemo.study.store import VoteStore

    with one_line_errors():
        with closing(VoteStore(database or database_url())) as store:
            answers = read_answers(store, find_pack(store, pack or ""))
        write_files(vote_files(answers), out)
        typer.echo(f"{out}: {len(answers)} votes")


# A rater's id may begin with a dash.
@app.command(context_settings={"ignore_unknown_options": True})
def forget(
    rater: Annotated[str, typer.Argument(help="The rater's id, or name in the report.")],
    database: Database = None,
) -> None:
    """Delete all that is kept of a rater."""
    from gcdemo.study.database import database_url
    from gcdemo.study.store import VoteStore

    with one_line_errors():
        with closing(VoteStore(database or database_url())) as store:
            known = store.rater_named(rater)
            votes = store.forget(known.id if known else rater)
        typer.echo(f"{rater}: {votes} votes deleted")
