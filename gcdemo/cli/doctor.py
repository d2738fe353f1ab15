"""The command doctor."""

from typing import Annotated

import typer

from gcdemo.cli.console import one_line_errors


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON list instead of a table.")
    ] = False,
) -> None:
    """Say what this installation has and lacks, and what to do about it."""
    import dataclasses
    import json

    from gcdemo.doctor.examine import examine
    from gcdemo.doctor.finding import State

    with one_line_errors():
        findings = examine()
        if as_json:
            typer.echo(json.dumps([dataclasses.asdict(found) for found in findings], indent=1))
        else:
            for found in findings:
                typer.echo(f"{found.state:8} {found.name:18} {found.text}")
                if found.advice:
                    typer.echo(f"{'':27} {found.advice}")
        if any(found.state is State.MISSING for found in findings):
            raise typer.Exit(1)
