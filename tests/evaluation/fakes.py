"""Codecs and tools that measure in milliseconds."""

import io
from collections import Counter

import numpy as np
from PIL import Image

from gcdemo.errors import CodecFailed, InputError
from gcdemo.evaluation.bench import Bench
from gcdemo.evaluation.contenders import assemble
from gcdemo.evaluation.measure import Metrics
from gcdemo.evaluation.metrics import D10
from gcdemo.evaluation.patches import PatchFeatures
from gcdemo.evaluation.points import Plan
from gcdemo.evaluation.run import Request, evaluate, name_pictures
from gcdemo.evaluation.versions import Environment
from gcdemo.evaluation.workers import InProcess
from gcdemo.images import find_pictures, load_image


class CoarseCodec:
    """Keeps so many bits of every value and stores the picture as a PNG."""

    label = "Coarse"
    extension = ".png"

    def __init__(self, name="coarse", qualities=(2, 4, 8)):
        self.name = name
        self.qualities = qualities
        self.encoded = Counter()

    def encode(self, image, quality):
        self.encoded[image.shape, quality] += 1
        buffer = io.BytesIO()
        Image.fromarray(image >> (8 - quality) << (8 - quality)).save(buffer, "PNG")
        return buffer.getvalue()

    def decode(self, data):
        return load_image(data)

    def recognizes(self, data):
        return data.startswith(b"\x89PNG")

    def available(self):
        return None


class SizedCoarseCodec(CoarseCodec):
    """One that takes a size: a PNG with so many bytes behind its end."""

    def encode_to_size(self, image, num_bytes):
        data = self.encode(image, 1)
        return data + bytes(max(0, round(num_bytes) - len(data)))


class FailingCodec(CoarseCodec):
    """Fails at C = 8 on pictures 50 pixels wide, after C = 2 and 4 went well."""

    def encode(self, image, quality):
        if quality == 8 and image.shape[1] == 50:
            raise CodecFailed("It did not work.")
        return super().encode(image, quality)


class CroppingCodec(CoarseCodec):
    def decode(self, data):
        return super().decode(data)[1:]


class MissingCodec(CoarseCodec):
    def available(self):
        return "Its library is not installed."


def tiny_metrics(trunk):
    """Metrics in a tiny trunk; LPIPS is absent."""
    return Metrics(
        d10=D10(trunk),
        patch_features=PatchFeatures(trunk),
        absent={"lpips_squeeze": "No file."},
        weights={"d10": "0123"},
    )


class FakeBench(Bench):
    """Tools whose codecs are given."""

    def __init__(self, metrics, *codecs):
        self.codecs = {codec.name: codec for codec in codecs}
        super().__init__(self._given, metrics)

    def _given(self, name):
        if name not in self.codecs:
            raise InputError(f"There is no {name}.")
        return self.codecs[name]


def environment(**changes):
    """What measurements were made with, without looking."""
    values = {
        "gcdemo": "1",
        "python": "3",
        "packages": {"torch": "2"},
        "metrics": {"d10": "0123"},
        "anchor": "coarse",
        "codecs": {"coarse": "1"},
        "device": "cpu",
        "machines": ("one",),
    }
    return Environment(**(values | changes))


def run(folder, out, bench, plan=None, codecs=None, workers=None, sheets=None, made_with=None):
    """Evaluate fakes over a folder, at C = 2 and 8 unless told otherwise."""
    plan = plan or Plan((2, 8))
    field = assemble(list(bench.codecs) if codecs is None else codecs, plan, bench)
    pictures = name_pictures(find_pictures([folder]))
    request = Request(pictures, field, out, sheets)
    workers = workers or InProcess(bench)
    return evaluate(request, bench, workers, environment(**(made_with or {})), progress=False)


def bytes_of(image, quality):
    """The size of CoarseCodec's file."""
    return len(CoarseCodec().encode(np.asarray(image), quality))
