"""The released weights from a repository on the Hugging Face Hub, for installations without them.

Variables:
    GCDEMO_WEIGHTS_REPO  OWNER/NAME@COMMIT, the commit in full, so that nothing can change later
    GCDEMO_HOME          folder in which they are kept; unset, "gcdemo" in the Hub's own folder
    HF_ENDPOINT          address of another hub, as a mirror
    HF_TOKEN             for a repository that is not public
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gcdemo.errors import CheckpointError
from gcdemo.home import home_folder

WEIGHTS_REPO_VARIABLE = "GCDEMO_WEIGHTS_REPO"
"""Environment variable: the repository of the weights and its commit."""

_FORM = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)@(?P<revision>[0-9a-f]{40})", re.ASCII)


@dataclass(frozen=True, slots=True)
class WeightsRepo:
    """A repository as it was at one commit."""

    repository: str  # as "owner/name"
    revision: str  # the commit's 40 digits


def named_repo(environment: Mapping[str, str] = os.environ) -> WeightsRepo | None:
    """Give the repository that this installation takes its weights from; None where it has them.

    A folder that GCDEMO_WEIGHTS names goes before it.

    Raises:
        CheckpointError: It is named in another way than "OWNER/NAME@COMMIT".
    """
    named = environment.get(WEIGHTS_REPO_VARIABLE, "")
    if not named or environment.get("GCDEMO_WEIGHTS"):
        return None
    form = _FORM.fullmatch(named)
    if form is None:
        raise CheckpointError(
            f"{WEIGHTS_REPO_VARIABLE} names weights as OWNER/NAME@COMMIT with all 40 digits of "
            f'the commit, not as "{named}".'
        )
    return WeightsRepo(form["repository"], form["revision"])


def weights_home(repo: WeightsRepo, environment: Mapping[str, str] = os.environ) -> Path:
    """Say in which folder a repository's weights are kept on this machine."""
    return home_folder(environment) / "weights" / repo.revision[:12]


def fetch_weights(
    repo: WeightsRepo, file: str, sha256: str, environment: Mapping[str, str] = os.environ
) -> Path:
    """Give a released file, from the Hub where it is not here yet; its hash decides.

    Args:
        repo: Where it is.
        file: Its name, as "gc.safetensors".
        sha256: What it must be, hexadecimal.
        environment: Names the folder and the hub.

    Raises:
        CheckpointError: It cannot be fetched, or what arrived is another file.
    """
    folder = weights_home(repo, environment)
    path = folder / file
    if path.is_file():
        if _sha256(path) == sha256:
            return path
        path.unlink()  # else it would be taken for what is to be fetched
    _download(repo, file, folder, environment)
    found = _sha256(path)
    if found != sha256:
        path.unlink()
        raise CheckpointError(
            f"{file} of {repo.repository} is not the file that was released: its SHA-256 begins "
            f"with {found[:12]}, not {sha256[:12]}. It is not used."
        )
    return path


def _download(repo: WeightsRepo, file: str, folder: Path, environment: Mapping[str, str]) -> None:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        hf_hub_download(
            repo.repository,
            file,
            revision=repo.revision,
            local_dir=folder,
            endpoint=environment.get("HF_ENDPOINT") or None,
            token=environment.get("HF_TOKEN") or None,
        )
    except LocalEntryNotFoundError as error:
        raise CheckpointError(
            f"{file} is not on this machine, and the hub that has it cannot be reached."
        ) from error
    except Exception as error:  # of whichever HTTP library the Hub's client is built on
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise CheckpointError(
            f"{file} of {repo.repository} cannot be fetched into {folder}: {said}"
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
