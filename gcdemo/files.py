"""Files that are there whole or not at all, whenever the program or the machine stops."""

import contextlib
import os
import uuid
from pathlib import Path


def write_atomically(path: str | Path, data: bytes) -> None:
    """Put data into a file so that no reader ever meets a part of it.

    The bytes go to a new file in the same folder, are forced to the disk, and then take the name
    in one step. Stopped before that step, the old file stays; a kill leaves a hidden `.part` file.

    Args:
        path: The file to write or replace. A device or pipe is written to, not replaced.
        data: All it is to hold.

    Raises:
        OSError: The folder is missing, or the disk is full or refuses the file.
    """
    target = Path(path).resolve()  # a link keeps pointing at the file that is replaced
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    # Not tempfile: its files are closed to everybody else, and the rename would keep that. Not
    # named after the target: its name may fill all that a name may be long.
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Force a new name to the disk, where the system lets a folder be opened for it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
