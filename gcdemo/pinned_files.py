"""Published files of weights: pinned by their hash, found on this machine, or fetched when allowed.

What a file is called and where it lies proves nothing; its hash alone decides whether it is used.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gcdemo.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """One file as it was published."""

    name: str
    num_bytes: int
    sha256: str


def find(file: PinnedFile, places: Iterable[Path]) -> Path | None:
    """Give the first of some places that is the file, checked to the last bit; None where none is.

    Args:
        file: What is looked for.
        places: Whole paths.

    Raises:
        CheckpointError: There is something else at one of the places.
    """
    for path in places:
        if path.is_file():
            check(file, path)
            return path
    return None


def check(file: PinnedFile, path: Path) -> None:
    """Make sure that what is at a path is the published file.

    Raises:
        CheckpointError: It is another file, or cannot be read.
    """
    try:
        num_bytes = path.stat().st_size
        if num_bytes != file.num_bytes:
            raise CheckpointError(
                f"{path} has {num_bytes:,} bytes and {file.name} has {file.num_bytes:,}: it is "
                "another file or cut short, and is not used."
            )
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error
    if digest != file.sha256:
        raise CheckpointError(
            f"{path} is not {file.name}: its SHA-256 begins with {digest[:12]}, not "
            f"{file.sha256[:12]}. It is not used."
        )


def fetch(file: PinnedFile, address: str, folder: Path) -> Path:
    """Fetch a file into a folder; what does not have its hash never gets its name.

    Several processes of a machine may ask at once: one fetches, the others wait for it.

    Args:
        file: What to fetch.
        address: Where it is published.
        folder: Where it is kept; made where missing.

    Raises:
        CheckpointError: It cannot be fetched, or what arrived is another file.
    """
    from filelock import FileLock
    from torch.hub import download_url_to_file

    path = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{file.name}.lock"):
            if not path.is_file():
                download_url_to_file(address, str(path), hash_prefix=file.sha256)
    except (OSError, RuntimeError) as error:  # RuntimeError is what torch says of another hash
        raise CheckpointError(f"{file.name} could not be fetched: {error}.") from error
    check(file, path)
    return path
