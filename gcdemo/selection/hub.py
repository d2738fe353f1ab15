"""A checkpoint from the Hugging Face Hub: pinned, fetched only when asked for, and checked.

Variables:
    GCDEMO_SAM   path of the checkpoint; or "download", which allows to fetch it
    GCDEMO_HOME  folder in which it is kept; unset, "gcdemo" in the Hub's own folder
    HF_ENDPOINT  address of another hub, as a mirror
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gcdemo.errors import CheckpointError
from gcdemo.home import home_folder
from gcdemo.pinned_files import PinnedFile, check

SAM_VARIABLE = "GCDEMO_SAM"
"""Environment variable: the checkpoint's path, or "download"."""

DOWNLOAD = "download"
"""What that variable says to allow fetching the checkpoint."""

Progress = Callable[[int, int], None]
"""Is told how many bytes have arrived, and of how many."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One file of one commit."""

    repository: str
    revision: str
    folder: str  # within the repository
    file: PinnedFile

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.file.name

    @property
    def path(self) -> str:
        """Where the file is in the repository."""
        return f"{self.folder}/{self.name}"


# The revision keeps the address from changing; were it to go, the hash would still say what the
# file must be.
SAM_VIT_B = Checkpoint(
    repository="ybelkada/segment-anything",
    revision="7790786db131bcdc639f24a915d9f2c331d843ee",
    folder="checkpoints",
    file=PinnedFile(
        name="sam_vit_b_01ec64.pth",
        num_bytes=375_042_383,
        sha256="ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    ),
)


def may_download(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this installation allows to fetch the checkpoint."""
    return environment.get(SAM_VARIABLE, "") == DOWNLOAD


def find(checkpoint: Checkpoint, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Give the file where it is already on this machine, by name; it is not read.

    Looked for where GCDEMO_SAM says, else in our own folder, else in the Hub's cache.
    """
    named = environment.get(SAM_VARIABLE, "")
    if named and named != DOWNLOAD:
        path = Path(named)
        return path if path.is_file() else None
    own = home_folder(environment) / checkpoint.name
    if own.is_file():
        return own
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(
        checkpoint.repository, checkpoint.path, revision=checkpoint.revision
    )
    return Path(cached) if isinstance(cached, str) else None


def fetch(
    checkpoint: Checkpoint,
    progress: Progress | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Path:
    """Give the checked file, from the Hub where it is not here yet.

    What has arrived when a download is broken off stays, and the next one goes on from there.

    Args:
        checkpoint: What to fetch.
        progress: Is told of every piece that arrives; where None, a terminal shows a bar.
        environment: Names the folder and the hub.

    Raises:
        CheckpointError: It cannot be fetched, or what arrived is another file.
    """
    from filelock import FileLock

    if (path := find(checkpoint, environment)) is not None:
        check(checkpoint.file, path)
        return path
    if (named := environment.get(SAM_VARIABLE, "")) not in ("", DOWNLOAD):
        raise CheckpointError(f"{SAM_VARIABLE} names {named}, and there is no such file.")
    folder = home_folder(environment)
    target = folder / checkpoint.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{checkpoint.name}.lock"):
            if target.is_file():  # another program fetched it meanwhile
                check(checkpoint.file, target)
                return target
            part = folder / f"{checkpoint.name}.part"
            _download(checkpoint, part, progress, environment)
            try:
                check(checkpoint.file, part)
            except CheckpointError:
                part.unlink()  # going on from it could only fail again
                raise
            part.replace(target)
    except OSError as error:
        raise CheckpointError(
            f"{checkpoint.name} cannot be kept in {folder}: {error.strerror or error}."
        ) from error
    return target


def _download(
    checkpoint: Checkpoint, part: Path, progress: Progress | None, environment: Mapping[str, str]
) -> None:
    """Bring a part of the file up to the whole.

    The Hub's own hf_hub_download begins again from nothing after a kill, so its lower half is
    used: it goes on from a size, and tries again by itself when a connection breaks.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils.tqdm import tqdm

    class Reporting(tqdm):  # the Hub's bar, which is how http_get tells of its progress
        def update(self, n: float | None = 1) -> bool | None:
            if progress is None:
                super().update(n)
                return None
            self.n += n or 0
            progress(int(self.n), checkpoint.file.num_bytes)
            return None

        def display(self, *arguments: object, **settings: object) -> None:
            if progress is None:
                super().display(*arguments, **settings)

    address = hf_hub_url(
        checkpoint.repository,
        checkpoint.path,
        revision=checkpoint.revision,
        endpoint=environment.get("HF_ENDPOINT") or None,
    )
    if part.exists() and part.stat().st_size > checkpoint.file.num_bytes:
        part.unlink()
    try:
        with part.open("ab") as file:
            http_get(
                address,
                file,
                resume_size=file.tell(),
                expected_size=checkpoint.file.num_bytes,
                displayed_filename=checkpoint.name,
                tqdm_class=Reporting,
            )
    except OfflineModeIsEnabled as error:
        raise CheckpointError(
            f"{checkpoint.name} cannot be fetched: HF_HUB_OFFLINE is set."
        ) from error
    except HfHubHTTPError as error:
        raise CheckpointError(
            f"{checkpoint.name} cannot be fetched: {address} answers {error.response.status_code}."
        ) from error
    except Exception as error:  # of whichever HTTP library the Hub's client is built on
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise CheckpointError(
            f"{checkpoint.name} was not fetched whole; another try goes on from where this one "
            f"ended. ({' '.join(str(error).split())[:200] or type(error).__name__})"
        ) from error
