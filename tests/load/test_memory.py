"""Memory stays as it is, however many pictures of whatever sizes are coded.

GCDEMO_MEMORY_COUNT says how many, 500 for the full number; -rP shows what was measured.
"""

import json
import logging
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

COUNT = int(os.environ.get("GCDEMO_MEMORY_COUNT", "60"))
MEGABYTE = 1e6
LARGEST_GROWTH = 8 * MEGABYTE

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="memory is measured as on Linux"
)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_memory_is_flat_after_the_first_pictures(tmp_path, repository):
    script = Path(__file__).with_name("coder.py")
    done = subprocess.run(
        [sys.executable, script, str(COUNT), tmp_path],
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    quarters = np.array(json.loads(done.stdout)).reshape(4, -1)
    growth = float(np.median(quarters[3] - quarters[1]))
    logging.getLogger(__name__).warning(
        "%d pictures: %s MB after each quarter, grown by %.1f MB from the second to the last",
        quarters.size,
        (quarters[:, -1] / MEGABYTE).round(),
        growth / MEGABYTE,
    )
    assert growth < LARGEST_GROWTH
