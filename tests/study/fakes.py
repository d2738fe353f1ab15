"""Codecs, packs and raters that stand in for real ones."""

import io
import math
from pathlib import Path

import numpy as np
from PIL import Image

from gcdemo.study.manifest import Manifest, Pack, Pair, Picture, Rendition, Settings, Stored
from gcdemo.study.records import Ballot, Choice


class SizedCodec:
    """Files of 100 bytes times the quality that hold a small copy of the picture."""

    extension = ".fake"

    def __init__(self, name, qualities, reason=None):
        self.name = name
        self.label = name.upper()
        self.qualities = qualities
        self.reason = reason

    def encode(self, image, quality):
        height, width = image.shape[:2]
        small = Image.fromarray(image).resize((4 + quality // 4, 4), Image.Resampling.BOX)
        file = io.BytesIO()
        small.save(file, "WEBP", quality=50)
        head = width.to_bytes(4, "big") + height.to_bytes(4, "big")
        return (head + file.getvalue()).ljust(150 + 100 * quality, b"\0")

    def decode(self, data):
        size = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
        small = Image.open(io.BytesIO(data[8:])).convert("RGB")
        return np.asarray(small.resize(size, Image.Resampling.BICUBIC))

    def recognizes(self, data):
        return False

    def available(self):
        return self.reason


def make_pack(pictures=4, factors=(1.0, 1.5, 2.0, 3.0), rivals=("bpg",), settings=None):
    """A pack of which there is nothing but the manifest."""
    numbers = iter(range(10_000))

    def stored():
        return Stored(f"{next(numbers):032x}.png", "0" * 64)

    def rendition(codec, setting, num_bytes):
        return Rendition(codec, setting, 4, 1.0, num_bytes, num_bytes / 1000, False, stored())

    names = [f"picture{number}" for number in range(pictures)]
    pairs = [
        Pair(
            id=f"{name}/{rival}/{factor:g}",
            picture=name,
            check=False,
            factor=factor,
            first=rendition("gc", "C = 4", 100),
            second=rendition(rival, f"x {factor:g}", round(100 * factor)),
        )
        for name in names
        for rival in rivals
        for factor in factors
    ]
    pairs += [
        Pair(
            id=f"{name}/check",
            picture=name,
            check=True,
            factor=0.0,
            first=rendition("original", "", 0),
            second=rendition("broken", "", 0),
        )
        for name in names
    ]
    manifest = Manifest(
        title="A study",
        version_of_program="1.2.3",
        settings=settings or Settings(),
        pictures=tuple(Picture(name, 64, 48, stored()) for name in names),
        pairs=tuple(pairs),
    )
    return Pack(Path("/nowhere"), manifest)


def ballot(choice=Choice.LEFT, response_ms=2000.0, **others):
    """An answer from some screen."""
    screen = {
        "screen_width": 1440,
        "screen_height": 900,
        "viewport_width": 1200,
        "viewport_height": 700,
        "pixel_ratio": 2.0,
    }
    return Ballot(choice=choice, response_ms=response_ms, **{**screen, **others})


class Rater:
    """Somebody who prefers ours the less, the more bytes the rival has.

    Sees what no page tells: which file is which.
    """

    def __init__(self, pack, rng, *, half_at, careful=True, response_ms=2000.0):
        self.pairs = {
            stored.file: (pair, stored is pair.first.stored)
            for pair in pack.manifest.pairs
            for stored in (pair.first.stored, pair.second.stored)
        }
        self.rng = rng
        self.half_at = half_at  # the factor at which both are as good
        self.careful = careful
        self.response_ms = response_ms

    def chance(self, factor):
        """How likely ours is preferred."""
        return 1 / (1 + math.exp(2.5 * math.log(factor / self.half_at)))

    def answer(self, shown):
        pair, first_on_left = self.pairs[shown.left.name]
        chance = float(pair.check) or self.chance(pair.factor)
        first = self.rng.random() < (chance if self.careful else 0.5)
        choice = Choice.LEFT if first == first_on_left else Choice.RIGHT
        return ballot(choice, self.response_ms * self.rng.uniform(0.5, 1.5))

    def take_part(self, service):
        """Answer everything; gives the last step."""
        step = service.open_session(None)
        while step.trial:
            step = service.record_vote(step.trial.token, self.answer(step.trial))
        return step
