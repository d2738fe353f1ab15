"""What comes in files and packages: weights, codecs, Segment Anything."""

import hashlib
from collections.abc import Iterator, Mapping

from gcdemo.checkpoints import weights_folder
from gcdemo.codecs.registry import RIVALS
from gcdemo.doctor.finding import Finding, State
from gcdemo.errors import CheckpointError
from gcdemo.evaluation.versions import codec_version
from gcdemo.pinned_files import check
from gcdemo.released import MODELS
from gcdemo.search_trunks import TRUNK_FILES
from gcdemo.segmentation import FILE_NAME, SHA256
from gcdemo.selection.hub import SAM_VARIABLE, SAM_VIT_B, find, may_download
from gcdemo.weights_hub import named_repo, weights_home


def find_weights(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Say of each of the released networks whether it is here and unaltered."""
    for record in MODELS:
        yield _find_file(f"weights {record.name}", record.file, record.sha256, environment)
    for name, file, sha256 in TRUNK_FILES:
        yield _find_file(f"weights {name}", file, sha256, environment)


def find_segmenter(environment: Mapping[str, str]) -> Finding:
    """Say the same of the segmenter, without which the page does not start either."""
    return _find_file("weights segmenter", FILE_NAME, SHA256, environment)


def find_codecs() -> Iterator[Finding]:
    """Say of each rival what makes its files, or why it is left out."""
    for codec in RIVALS:
        reason = codec.available()
        if reason is None:
            yield Finding(f"codec {codec.name}", State.OK, codec_version(codec))
        else:
            advice = "The page leaves it out; pip install pillow-jxl-plugin (GPL 3) brings JPEG XL."
            yield Finding(
                f"codec {codec.name}", State.NOTE, reason, advice if codec.name == "jxl" else ""
            )


def find_sam(environment: Mapping[str, str]) -> Finding:
    """Say whether clicks are answered by Segment Anything."""
    size = f"{SAM_VIT_B.file.num_bytes / 1e6:.0f} MB"
    path = find(SAM_VIT_B, environment)
    if path is None and may_download(environment):
        return Finding("SAM", State.NOTE, f"will be fetched at the start of the page ({size})")
    if path is None:
        advice = f"{SAM_VARIABLE}=download lets it be fetched ({size}); or name its file there."
        return Finding("SAM", State.NOTE, "not here: the classical selector answers", advice)
    try:
        check(SAM_VIT_B.file, path)
    except CheckpointError as error:
        return Finding("SAM", State.NOTE, str(error), f"Delete {path} and fetch it anew.")
    return Finding("SAM", State.OK, f"{path}, as released")


def _find_file(name: str, file: str, sha256: str, environment: Mapping[str, str]) -> Finding:
    try:
        repo = named_repo(environment)
    except CheckpointError as error:
        return Finding(name, State.MISSING, str(error), "Correct the variable, or leave it out.")
    path = (weights_home(repo, environment) if repo else weights_folder()) / file
    if not path.is_file():
        if repo:
            text = f"will be fetched from {repo.repository} at the start"
            return Finding(name, State.OK, text)
        advice = f"Get {file} of the repository, or set GCDEMO_WEIGHTS to the folder it is in."
        return Finding(name, State.MISSING, f"{path} is not there", advice)
    with path.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != sha256:
        text = f"{path} has the hash {found[:12]}, the released file {sha256[:12]}"
        return Finding(name, State.MISSING, text, f"Delete it and get {file} anew.")
    return Finding(name, State.OK, f"{path}, {path.stat().st_size / 1e6:.1f} MB, {sha256[:12]}")
