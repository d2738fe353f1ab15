"""Serves the page over the fake codec for browser tests: serve_fake.py FOLDER [SECONDS] [keep].

FOLDER holds photos to offer as samples; none: two are drawn there. Beside it stand the files of a
gate (tests/ui/gate.py) that can hold the codec up. SECONDS is how long the fake
codec takes for each direction. With "keep" it also codes selectively.
"""

import sys
from pathlib import Path

from PIL import Image

from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.codecs.webp import WebpCodec
from gcdemo.study.desk import StudyDesk
from gcdemo.study.manifest import Pack, Settings
from gcdemo.study.pack import Recipe, build_pack
from gcdemo.ui.app import build_app, launch
from tests.ui.fakes import FakeCodec, FakeSample, FakeSelective, draw_photo, fake_context
from tests.ui.gate import Gate, GatedCodec


def small_pack(samples: tuple[FakeSample, ...], out: Path) -> Pack:
    """Make a study of a few trials."""
    settings = Settings(trials=4, undecided=True)
    recipe = Recipe(quality=16, factors=(1.0, 3.0), settings=settings)
    paths = [sample.path for sample in samples]
    return build_pack(paths, out, FakeCodec(), [WebpCodec(), JpegCodec()], recipe, "1")


def main(folder: Path, seconds: float, keep: bool) -> None:
    """Serve until stopped."""
    if not any(folder.iterdir()):
        Image.fromarray(draw_photo(384, 256, 0)).save(folder / "dawn.png")
        Image.fromarray(draw_photo(192, 288, 3)).save(folder / "upright.png")
    samples = tuple(
        FakeSample(path.stem, path.stem.capitalize(), path)
        for path in sorted(folder.iterdir())
        if path.suffix in {".png", ".jpg"}
    )
    rivals = (JpegCodec(), WebpCodec())
    desk = StudyDesk("fake", lambda out: small_pack(samples, out), "1")
    desk.open().join()
    codec = GatedCodec(Gate(folder.parent), seconds)
    selective = FakeSelective(codec) if keep else None
    context = fake_context(samples, codec, rivals=rivals, study=desk, selective=selective)
    launch(build_app(context), context)


if __name__ == "__main__":
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    main(Path(sys.argv[1]), seconds, "keep" in sys.argv[3:])
