"""The command that makes masks: select."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gcdemo.cli.console import one_line_errors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gcdemo.selection.base import Box, Point


def select(
    picture: Annotated[Path | None, typer.Argument(help="Any picture file.")] = None,
    out: Annotated[
        Path | None, typer.Argument(help="The PNG to write: 255 where kept, 0 where not.")
    ] = None,
    points: Annotated[
        list[str] | None,
        typer.Option("--point", help="A click at X,Y that keeps, or X,Y,drop; may be repeated."),
    ] = None,
    box: Annotated[
        str | None, typer.Option(help="Left, top, right and bottom in pixels, as in 10,20,300,400.")
    ] = None,
    objects: Annotated[
        bool,
        typer.Option(
            "--objects",
            help="Write all objects instead: 1 for the largest, 2 for the next, 0 for none.",
        ),
    ] = False,
    selector: Annotated[str, typer.Option(help="auto, sam or classical.")] = "auto",
    download_sam: Annotated[
        bool,
        typer.Option("--download-sam", help="First fetch Segment Anything's weights, 375 MB."),
    ] = False,
) -> None:
    """Make the mask that compress --keep takes, from clicks and a box on a picture."""
    import numpy as np

    from gcdemo.errors import InputError
    from gcdemo.images import load_image
    from gcdemo.selection.base import Prompt
    from gcdemo.selection.desk import SelectionDesk

    with one_line_errors():
        desk = SelectionDesk()
        if download_sam:
            desk.download()
            if picture is None:
                return
        if picture is None or out is None:
            raise InputError("Name the picture and the mask to write.")
        if objects and (points or box):
            raise InputError("Choose --objects, or clicks and a box.")
        prompt = Prompt(
            tuple(parse_point(text) for text in points or ()), parse_box(box) if box else None
        )
        image = load_image(picture)
        chosen = desk.choose(selector)
        typer.echo(f"{chosen.selector.label}. {chosen.reason}")
        if objects:
            found = chosen.selector.find_objects(image)[:255]
            pixels = np.zeros(image.shape[:2], np.uint8)
            # The largest first, so that smaller ones inside are seen.
            for number, mask in enumerate(found, start=1):
                pixels[mask] = number
            said = f"{len(found)} objects"
        else:
            mask = chosen.selector.select(image, prompt)
            pixels = mask.astype(np.uint8) * np.uint8(255)
            said = f"{100 * mask.mean():.1f} % kept"
        _write_gray(pixels, out)
        typer.echo(f"{out}: {said}")


def parse_point(text: str) -> "Point":
    """Read a click: X,Y or X,Y,keep or X,Y,drop.

    Raises:
        InputError: It is something else.
    """
    from gcdemo.errors import InputError
    from gcdemo.selection.base import Point

    parts = text.split(",")
    verb = parts.pop().strip() if len(parts) == 3 else "keep"
    places = _whole_numbers(parts)
    if len(places) != 2 or verb not in ("keep", "drop"):
        raise InputError(f"'{text}' is no click; write X,Y or X,Y,drop.")
    return Point(places[0], places[1], verb == "keep")


def parse_box(text: str) -> "Box":
    """Read a box: left, top, right, bottom.

    Raises:
        InputError: It is something else.
    """
    from gcdemo.errors import InputError
    from gcdemo.selection.base import Box

    places = _whole_numbers(text.split(","))
    if len(places) != 4:
        raise InputError(f"'{text}' is no box; write L,T,R,B.")
    return Box(*places)


def _whole_numbers(parts: list[str]) -> list[int]:
    """Give the numbers, or nothing where one is none."""
    try:
        return [int(part) for part in parts]
    except ValueError:
        return []


def _write_gray(pixels: "NDArray[np.uint8]", path: Path) -> None:
    """Write a gray PNG file, whole or not at all."""
    from PIL import Image

    from gcdemo.files import write_atomically

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    write_atomically(path, buffer.getvalue())
