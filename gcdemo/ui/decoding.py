"""Compressed files that were made elsewhere: decoded, and laid open; nothing here knows Gradio."""

from collections.abc import Iterator
from pathlib import Path

from gcdemo.codecs.base import bpp
from gcdemo.ui.handlers import check_size, safe_stem, view_remark
from gcdemo.ui.render import bpp_text, bytes_text, size_text
from gcdemo.ui.view import Comparison, Download, FileCard, Pane, Screen
from gcdemo.ui.workbench import Workbench


def open_file(bench: Workbench, path: Path, name: str | None) -> Iterator[Screen]:
    """Decode a compressed file and show its picture and its fields.

    Args:
        bench: Does the work.
        path: Where the server put the file.
        name: What it is called on the person's machine; its kind is known by its content.

    Raises:
        GCDemoError: It cannot be read.
    """
    context = bench.context
    check_size(path, context.limits.file_bytes, "file")
    data = path.read_bytes()
    report = context.reader.describe(data)
    context.limits.check_file(report)
    image = context.reader.decode(data)
    view, (width, height) = bench.show(image)
    stem = safe_stem(name)
    true_height, true_width = image.shape[:2]
    pane = Pane(
        id="decoded",
        title=report.codec,
        subtitle=report.label,
        image=view,
        headline=bytes_text(len(data)),
        lines=(
            f"{size_text(true_width, true_height)} pixels",
            bpp_text(bpp(len(data), true_width, true_height)),
        ),
    )
    yield Screen(
        comparison=Comparison(
            picture=str(view),
            width=width,
            height=height,
            panes=(pane,),
            remark=view_remark(true_width, width),
            spoken=f"Decoded {stem}: {report.codec}, {bytes_text(len(data))}.",
        ),
        card=FileCard(name=f"{stem}{report.extension}", report=report, data=data),
        download=Download(label="Download as PNG", path=bench.store_png(image, f"{stem}.png")),
    )
