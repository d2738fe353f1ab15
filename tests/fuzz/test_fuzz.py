"""Whatever a file holds, reading it ends soon, within bounds, with a picture or one sentence.

A million files of each kind: python -m pytest tests/fuzz --fuzz-cases 1000000 -rP
In parts, here or on several machines: --fuzz-cases 50000 --fuzz-shard 0, then 1, up to 19
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
ROUND = 20_000  # files for each process: memory that leaks is found, and Hypothesis forgets
ROUNDS = 1_000_000  # of a shard at most, so that no two shards share a seed

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="limits are set as on Linux"
)


def read_damaged(name, count, number, case):
    """Read so many damaged files in another process."""
    return subprocess.run(
        [sys.executable, TESTS / "fuzz" / "child.py", name, str(count), str(number), case],
        env={**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
        capture_output=True,
        text=True,
        check=False,
    )


def reason_of(done):
    if done.returncode < 0:
        return f"killed by {signal.Signals(-done.returncode).name}"
    return done.stderr[-3000:]


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", ["gci", "bpg", "pictures", "maps", "rivals"])
def test_no_file_can_do_more_than_be_refused(name, fuzz_cases, fuzz_shard, tmp_path):
    case = tmp_path / "case"
    totals = dict.fromkeys(("read", "refused", "all_s"), 0)
    worst = dict.fromkeys(("longest_s", "grown_bytes"), 0)
    for number, start in enumerate(range(0, fuzz_cases, ROUND), fuzz_shard * ROUNDS):
        done = read_damaged(name, min(ROUND, fuzz_cases - start), number, case)
        if done.returncode:
            data = case.read_bytes() if case.exists() else b""
            pytest.fail(f"{len(data)} bytes: {data[:300].hex()}\n{reason_of(done)}")
        told = json.loads(done.stdout)
        totals = {key: totals[key] + told[key] for key in totals}
        worst = {key: max(worst[key], told[key]) for key in worst}
    sys.stdout.write(f"{name}: {totals | worst}\n")
    assert totals["refused"] > fuzz_cases / 10
    assert totals["read"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("slow", "killed by SIGPROF"),
        ("greedy", "MemoryError"),
        ("faulty", "ZeroDivisionError"),
        ("silent", "the person is told nothing"),
    ],
)
def test_a_reader_that_does_more_is_caught(name, words, tmp_path):
    done = read_damaged(name, 20, 0, tmp_path / "case")
    assert done.returncode
    assert words in reason_of(done)
