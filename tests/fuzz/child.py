"""Reads damaged files in a process of its own, which is killed where one takes too much.

Called with the target, the number of files, a seed, and a file that always holds the case being
read. Prints how many files were read and refused, how long the longest took and all of them, in
seconds of processor time, and by how many bytes memory grew.
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

from fuzz.targets import TARGETS
from hypothesis import HealthCheck, Phase, given, seed, settings

from gcdemo.errors import GCDemoError

SECONDS = 2  # of processor time, for each file
MEMORY = 2**30  # bytes, for all of them on top of what the program takes itself


def allow_no_more_than(num_bytes):
    """Let this process get so much more memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + num_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main(name, count, number, case_file):
    """Read so many files."""
    target = TARGETS[name]()
    target.read(target.sound)  # libraries are loaded before memory is counted
    case = os.open(case_file, os.O_WRONLY | os.O_CREAT)
    outcomes = {"read": 0, "refused": 0}
    longest = 0.0
    # The default action of the signal ends the process even where it is deep in a library.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)

    @seed(int(number))
    @settings(
        max_examples=int(count),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(target.cases)
    def check(data):
        nonlocal longest
        os.ftruncate(case, 0)
        os.pwrite(case, data, 0)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        sentence, began = None, time.process_time()
        try:
            target.read(data)
        except GCDemoError as error:
            sentence = str(error)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        longest = max(longest, time.process_time() - began)
        outcomes["read" if sentence is None else "refused"] += 1
        assert sentence != "", "the person is told nothing"
        assert "memory" not in (sentence or ""), "it asked for more memory than is allowed"

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    allow_no_more_than(MEMORY)
    began = time.process_time()
    check()
    told = {
        **outcomes,
        "longest_s": longest,
        "all_s": time.process_time() - began,
        "grown_bytes": 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
