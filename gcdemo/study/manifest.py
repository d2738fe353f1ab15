"""A study pack: pictures, reconstructions and the one file that says which is which.

    PACK/manifest.json   what everything is, with the hash of all of it; never shown to raters
    PACK/images/*.png    random names, equal sizes within a pair

Of each pair the first is ours, or for an obvious check the good one; the second is the rival, or
the broken one. Nothing but the manifest knows.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gcdemo.files import write_atomically
from gcdemo.study.faults import PackError

VERSION = 1
"""The version of the manifest that is written, and the only one that is read."""

MANIFEST = "manifest.json"
IMAGES = "images"

ORIGINAL = "original"
"""What stands for a codec where the picture itself is shown."""

BROKEN = "broken"
"""What stands for a codec where the picture was spoiled on purpose."""

_NAME = re.compile(r"[0-9a-f]{32}\.png")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """A PNG file of the pack."""

    file: str  # name in the folder of images
    sha256: str  # hexadecimal


@dataclass(frozen=True, slots=True)
class Picture:
    """What was compressed."""

    name: str  # as in the folder it came from, without the ending
    width: int
    height: int
    stored: Stored


@dataclass(frozen=True, slots=True)
class Rendition:
    """What came back from a real file of a codec."""

    codec: str  # its name; or ORIGINAL or BROKEN
    setting: str  # what sets it apart from the codec's others, as in "C = 4" and "x 1.5"
    quality: int  # 0 where there is none, or the setting tells it
    scale: float  # of the sides at which the picture was coded; 1 is full size
    num_bytes: int  # of the whole file; 0 where there is none
    bpp: float
    floor: bool  # the codec makes no file as small as was asked for
    stored: Stored


@dataclass(frozen=True, slots=True)
class Pair:
    """Two renditions of one picture; which is left and which right is drawn for every trial."""

    id: str
    picture: str
    check: bool
    factor: float  # the second's bytes as a multiple of the first's, as asked for; 0: not asked
    first: Rendition
    second: Rendition


@dataclass(frozen=True, slots=True)
class Settings:
    """How the study is run."""

    trials: int = 20  # for each rater
    check_every: int = 8  # one trial in so many is an obvious check; 0: none is
    repeats: int = 1  # pairs that are shown again, sides swapped
    undecided: bool = False  # whether "can't tell" is an answer

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            PackError: One is out of range.
        """
        if not 1 <= self.trials <= 1000 or self.repeats < 0:
            raise PackError("A study has 1 to 1000 trials for each rater, and 0 repeats or more.")
        if self.check_every < 0 or self.check_every == 1:
            raise PackError("One trial in 2 or more is an obvious check; 0 stands for none.")


@dataclass(frozen=True)
class Manifest:
    """All that is known of a pack."""

    title: str
    version_of_program: str
    settings: Settings
    pictures: tuple[Picture, ...]
    pairs: tuple[Pair, ...]

    def __post_init__(self) -> None:
        """Check what ties the parts together.

        Raises:
            PackError: Names are taken twice or lead nowhere, or there is nothing to compare.
        """
        names = {picture.name for picture in self.pictures}
        ids = {pair.id for pair in self.pairs}
        if len(names) < len(self.pictures) or len(ids) < len(self.pairs):
            raise PackError("The manifest names a picture or a pair twice.")
        if not {pair.picture for pair in self.pairs} <= names:
            raise PackError("The manifest has a pair of a picture that it does not list.")
        if all(pair.check for pair in self.pairs):
            raise PackError("The pack has no pair to compare.")
        files = [stored.file for stored in self.files()]
        if len(set(files)) < len(files):
            raise PackError("The manifest uses a file twice.")
        for stored in self.files():
            if not _NAME.fullmatch(stored.file) or not _HASH.fullmatch(stored.sha256):
                raise PackError(f"'{stored.file}' is no name of a file in a pack.")

    @cached_property
    def pack_hash(self) -> str:
        """Hash of the manifest, and so of every file; hexadecimal."""
        return hashlib.sha256(_canonical(dataclasses.asdict(self))).hexdigest()

    def files(self) -> Iterator[Stored]:
        """Give every file, each once."""
        yield from (picture.stored for picture in self.pictures)
        for pair in self.pairs:
            yield from (pair.first.stored, pair.second.stored)

    def to_json(self) -> str:
        """Give the text of manifest.json."""
        fields = {"version": VERSION, "hash": self.pack_hash, **dataclasses.asdict(self)}
        return json.dumps(fields, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read `to_json`'s text.

        Raises:
            PackError: It is damaged, was altered, or is of another version.
        """
        try:
            fields = json.loads(text)
            version, stated = fields.pop("version"), fields.pop("hash")
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise PackError("The manifest is no JSON of a study pack.") from error
        if version != VERSION:
            raise PackError(f"The pack is of version {version!r}; this program reads {VERSION}.")
        if not isinstance(stated, str) or hashlib.sha256(_canonical(fields)).hexdigest() != stated:
            raise PackError("The manifest was altered: its hash does not fit.")
        try:
            return cls(
                title=fields["title"],
                version_of_program=fields["version_of_program"],
                settings=Settings(**fields["settings"]),
                pictures=tuple(_picture(item) for item in fields["pictures"]),
                pairs=tuple(_pair(item) for item in fields["pairs"]),
            )
        except (KeyError, TypeError) as error:
            raise PackError(f"The manifest lacks or misnames a field: {error}.") from error


@dataclass(frozen=True)
class Pack:
    """A pack on this machine."""

    folder: Path
    manifest: Manifest

    @cached_property
    def pairs(self) -> Mapping[str, Pair]:
        """Every pair by its id."""
        return {pair.id: pair for pair in self.manifest.pairs}

    @cached_property
    def pictures(self) -> Mapping[str, Picture]:
        """Every picture by its name."""
        return {picture.name: picture for picture in self.manifest.pictures}

    def path(self, stored: Stored) -> Path:
        """Say where a file of the pack is."""
        return self.folder / IMAGES / stored.file


def load_pack(folder: Path) -> Pack:
    """Open a pack after checking every byte of it.

    Raises:
        PackError: There is none, or a file is missing or altered.
    """
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f'"{folder}" holds no study pack that can be read.') from error
    pack = Pack(folder, Manifest.from_json(text))
    for stored in pack.manifest.files():
        try:
            found = hashlib.sha256(pack.path(stored).read_bytes()).hexdigest()
        except OSError as error:
            raise PackError(f'"{stored.file}" is missing from the pack.') from error
        if found != stored.sha256:
            raise PackError(f'"{stored.file}" of the pack was altered.')
    return pack


def save_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json, whole or not at all."""
    write_atomically(folder / MANIFEST, manifest.to_json().encode())


def _canonical(fields: object) -> bytes:
    """Give the one text that a value has, whatever the layout it was read from."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


# What JSON gives has no types; a wrong name or a missing one raises KeyError or TypeError.
def _picture(fields: dict[str, Any]) -> Picture:
    return Picture(**{**fields, "stored": Stored(**fields["stored"])})


def _rendition(fields: dict[str, Any]) -> Rendition:
    return Rendition(**{**fields, "stored": Stored(**fields["stored"])})


def _pair(fields: dict[str, Any]) -> Pair:
    first, second = _rendition(fields["first"]), _rendition(fields["second"])
    return Pair(**{**fields, "first": first, "second": second})
