"""Serves the page over the fake codec for browser tests: serve_fake.py FOLDER [SECONDS].

FOLDER holds photos to offer as samples; none: two are drawn there. SECONDS is how long the fake
codec takes for each direction.
"""

import sys
from pathlib import Path

from PIL import Image

from gcdemo.ui.app import build_app, launch
from tests.ui.fakes import FakeCodec, FakeSample, draw_photo, fake_context


def main(folder: Path, seconds: float) -> None:
    """Serve until stopped."""
    if not any(folder.iterdir()):
        Image.fromarray(draw_photo(384, 256, 0)).save(folder / "dawn.png")
        Image.fromarray(draw_photo(192, 288, 3)).save(folder / "upright.png")
    samples = tuple(
        FakeSample(path.stem, path.stem.capitalize(), path)
        for path in sorted(folder.iterdir())
        if path.suffix in {".png", ".jpg"}
    )
    context = fake_context(samples, FakeCodec(seconds))
    launch(build_app(context), context)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
