"""What every command shares: one-line errors and exit statuses."""

import contextlib
from collections.abc import Iterator

import typer

from gcdemo.errors import GCDemoError


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn gcdemo's own errors and those of files into one line on stderr and exit status 1."""
    try:
        yield
    except (GCDemoError, OSError) as error:
        message = " ".join(str(error).split())
        typer.echo(f"gcdemo: {message}", err=True)
        raise typer.Exit(1) from error
