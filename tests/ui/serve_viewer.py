"""Serves the comparison viewer alone, with five versions of a photo: serve_viewer.py FOLDER."""

import sys
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image, ImageFilter

from gcdemo.ui.compare import CompareViewer
from gcdemo.ui.component import static_text
from gcdemo.ui.render import coded_pane, original_pane, working_pane
from gcdemo.ui.theme import page_theme
from gcdemo.ui.view import Comparison, Stat
from tests.ui.fakes import draw_photo

SIZE = (384, 256)
VERSIONS = {"GC": 1, "SC": 2, "BPG": 3, "JPEG": 4}


def comparison(folder: Path) -> Comparison:
    """Give the original, four blurred versions, and one that is still being made."""
    width, height = SIZE
    photo = Image.fromarray(draw_photo(width, height))
    photo.save(folder / "0.png")
    panes = [original_pane(folder / "0.png", width, height, 98_074)]
    for name, radius in VERSIONS.items():
        path = folder / f"{radius}.png"
        photo.filter(ImageFilter.GaussianBlur(radius)).save(path)
        error = np.square(np.asarray(photo, float) - np.asarray(Image.open(path))).mean()
        panes.append(
            coded_pane(
                name.lower(),
                name,
                "",
                path,
                num_bytes=400 * radius,
                png_bytes=98_074,
                width=width,
                height=height,
                stats=(Stat("MSE", f"{error:.0f}"),),
            )
        )
    panes.append(working_pane("webp", "WebP", "Encoding"))
    return Comparison("photo", width, height, tuple(panes), spoken="Five versions.")


def main(folder: Path) -> None:
    """Serve until stopped."""
    with gr.Blocks(analytics_enabled=False) as page:
        CompareViewer(comparison(folder), elem_id="gc-viewer", alert=None)
    page.launch(
        theme=page_theme(),
        css=static_text("page.css"),
        footer_links=[],
        allowed_paths=[str(folder)],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
