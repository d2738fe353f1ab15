"""What measurements were made with: of rows that differ in it, no mean is taken."""

import dataclasses
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Self

import torch
from PIL import features

import gcdemo
from gcdemo.codecs.base import Codec
from gcdemo.codecs.generative import GenerativeCodec
from gcdemo.codecs.pillow import PillowCodec
from gcdemo.devices import processor_name
from gcdemo.errors import InputError

ABSENT = "absent"
"""Stands for the hash of a metric whose weights are not here."""

PACKAGES = ("torch", "numpy", "pillow", "av", "constriction")

# What Pillow calls libraries of which its feature's own version says too little: a standard's.
_LIBRARIES = {"jpg": "libjpeg_turbo"}
# The package that brings a codec which is not Pillow's own.
_BROUGHT_BY = {"bpg": "av", "jxl": "pillow-jxl-plugin"}


@dataclass(frozen=True, slots=True)
class Environment:
    """All that numbers depend on, and the machines they were taken on."""

    gcdemo: str
    python: str
    packages: Mapping[str, str]
    metrics: Mapping[str, str]
    """The hash of each metric's weights, or `ABSENT`."""
    anchor: str
    """Whose bytes are matched."""
    codecs: Mapping[str, str]
    """What makes each one's files."""
    device: str
    """Where our networks and the trunks run."""
    machines: tuple[str, ...] = field(default_factory=tuple)
    """Processors and graphics cards; seconds compare only on one of them."""

    def merged(self, stored: Self) -> Self:
        """Give what holds for stored rows and new ones.

        Raises:
            InputError: They would not compare.
        """
        for name in ("gcdemo", "python", "anchor", "device"):
            _compare(name, getattr(stored, name), getattr(self, name))
        for group in ("packages", "codecs"):
            old: Mapping[str, str] = getattr(stored, group)
            new: Mapping[str, str] = getattr(self, group)
            for name in old.keys() & new.keys():
                _compare(name, old[name], new[name])
        # A version of the program that did not know a metric did not have it either.
        for name in stored.metrics.keys() | self.metrics.keys():
            _compare(name, stored.metrics.get(name, ABSENT), self.metrics.get(name, ABSENT))
        return dataclasses.replace(
            self,
            codecs={**stored.codecs, **self.codecs},
            machines=tuple(dict.fromkeys((*stored.machines, *self.machines))),
        )

    def to_json(self) -> str:
        """Give every field as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            InputError: It is something else.
        """
        try:
            values = json.loads(text)
            return cls(**{**values, "machines": tuple(values["machines"])})
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"It is not known what was measured there: {error}.") from error


def _compare(name: str, stored: str, current: str) -> None:
    if stored != current:
        raise InputError(
            f"The measurements there were made with {name} {stored}, and now it is {current}: they "
            "would not compare. Choose another folder."
        )


def package_versions() -> dict[str, str]:
    """Give the versions of what turns pictures into numbers; those that are not here are left out.

    A package's hash or build after a "+" tells nothing of its numbers and is left out.
    """
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name).partition("+")[0]
        except metadata.PackageNotFoundError:
            continue
    return found


def current_environment(
    anchor: str, codecs: Mapping[str, str], metrics: Mapping[str, str], device: str
) -> Environment:
    """Say what is here.

    Args:
        anchor: Whose bytes are matched.
        codecs: For each codec's name, its version.
        metrics: For each metric the hash of its weights, or `ABSENT`.
        device: Where networks run.
    """
    return Environment(
        gcdemo=gcdemo.__version__,
        python=platform.python_version(),
        packages=package_versions(),
        metrics=metrics,
        anchor=anchor,
        codecs=codecs,
        device=device,
        machines=(_machine(),),
    )


def _machine() -> str:
    name = f"{processor_name()}, {os.cpu_count()} cores"
    return f"{name}; {torch.cuda.get_device_name()}" if torch.cuda.is_available() else name


def codec_version(codec: Codec) -> str:
    """Say what makes a codec's files: the weights' hash, or a library and its version."""
    if isinstance(codec, GenerativeCodec):
        searched = f", {codec.search.version}" if codec.search else ""
        return f"weights {codec.loaded.weights.sha256[:12]}{searched}"
    if package := _BROUGHT_BY.get(codec.name):
        return f"{package} {metadata.version(package)}"
    if isinstance(codec, PillowCodec):
        library = _LIBRARIES.get(codec.pillow_feature, codec.pillow_feature)
        return f"{library} {features.version(library)}"
    return f"gcdemo {gcdemo.__version__}"
