"""The folder for what is fetched once and kept: GCDEMO_HOME, else one in the Hub's own folder."""

import os
from collections.abc import Mapping
from pathlib import Path

HOME_VARIABLE = "GCDEMO_HOME"
"""Environment variable: the folder for what is fetched."""


def home_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Say where what is fetched is kept on this machine."""
    if named := environment.get(HOME_VARIABLE):
        return Path(named)
    from huggingface_hub.constants import HF_HOME

    return Path(HF_HOME) / "gcdemo"
