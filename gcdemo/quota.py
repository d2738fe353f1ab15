"""What this machine, or the container around this program, grants: processor time and memory.

A container may see 64 cores and be given the time of two. Linux says so in files of its control
groups, of which there are two layouts: version 2 has one tree for everything, version 1 a tree
for each resource. A group's limits hold for all groups inside it, so the smallest on the way
from the root counts.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Version 1 writes a number near 2**63 where there is no limit.
_NO_LIMIT_BYTES = 1 << 60


@dataclass(frozen=True, slots=True)
class Quota:
    """What may be used at once."""

    cpus: float  # seconds of processor time in each second; more than 0
    memory_bytes: int | None  # None: no limit is set, or it is not known

    @property
    def threads(self) -> int:
        """How many threads can always run: more would be stopped in turn, and the others wait."""
        return max(1, int(self.cpus))


def read_quota(root: Path = Path("/"), cores: int | None = None) -> Quota:
    """Say what is granted.

    Args:
        root: Of the file system that holds proc and sys.
        cores: How many this process may run on; None asks the system.
    """
    cpus = float(cores or _usable_cores())
    memory = _NO_LIMIT_BYTES
    for folder in _groups(root, "cpu"):
        cpus = min(cpus, _cpus_of_group(folder) or cpus)
    for folder in _groups(root, "memory"):
        memory = min(memory, _memory_of_group(folder) or memory)
    return Quota(cpus, memory if memory < _NO_LIMIT_BYTES else None)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(root: Path, resource: str) -> Iterator[Path]:
    """Give the folders of the groups this process is in, from the innermost out.

    Within a container the path may be the host's and lead nowhere here: then the tree's root is
    the container's own group.
    """
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        resources, _, path = rest.partition(":")
        if resources and resource not in resources.split(","):
            continue
        for tree in _trees(root / "sys/fs/cgroup", resources, resource):
            inner = tree / path.strip().lstrip("/")
            yield inner
            for folder in inner.parents:
                if not folder.is_relative_to(tree):
                    break
                yield folder


def _trees(mount: Path, resources: str, resource: str) -> tuple[Path, ...]:
    """Give where the tree of a line of /proc/self/cgroup may be mounted."""
    if not resources:
        return mount, mount / "unified"
    return mount / resources, mount / resource


def _cpus_of_group(folder: Path) -> float | None:
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    if not quota:
        quota, period = (_text(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    with contextlib.suppress(ValueError, ZeroDivisionError):  # "max", or nothing that is a limit
        return cpus if (cpus := int(quota) / int(period)) > 0 else None
    return None


def _memory_of_group(folder: Path) -> int | None:
    text = _text(folder / "memory.max") or _text(folder / "memory.limit_in_bytes")
    return int(text) if text.isdecimal() and int(text) > 0 else None


def _text(path: Path) -> str:
    """Give a small file's text; nothing where it is not there or not for us."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
