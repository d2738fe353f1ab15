"""A container's share is read from whichever control groups its system has."""

import pytest

from gcdemo.quota import read_quota


@pytest.fixture
def system(tmp_path):
    """A function that writes files below a root and gives the root."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


V1 = "9:name=systemd:/\n5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n"
GIB = 2**30


@pytest.mark.parametrize(
    ("files", "cpus", "memory"),
    [
        # version 2, seen from inside
        (
            {
                "proc/self/cgroup": "0::/\n",
                "sys/fs/cgroup/cpu.max": "200000 100000\n",
                "sys/fs/cgroup/memory.max": f"{GIB}\n",
            },
            2,
            GIB,
        ),
        # version 2, where the tree of the whole machine is seen
        (
            {
                "proc/self/cgroup": "0::/kube/pod/app\n",
                "sys/fs/cgroup/kube/pod/app/cpu.max": "max 100000\n",
                "sys/fs/cgroup/kube/pod/cpu.max": "150000 100000\n",
                "sys/fs/cgroup/kube/cpu.max": "800000 100000\n",
                "sys/fs/cgroup/kube/pod/app/memory.max": "max\n",
                "sys/fs/cgroup/kube/memory.max": f"{3 * GIB}\n",
            },
            1.5,
            3 * GIB,
        ),
        # version 1, whose path is the host's
        (
            {
                "proc/self/cgroup": V1,
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2 * GIB}\n",
            },
            0.5,
            2 * GIB,
        ),
        # version 1 without limits
        (
            {
                "proc/self/cgroup": V1,
                "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
            },
            16,
            None,
        ),
        # more is granted than there is
        (
            {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "6400000 100000\n"},
            16,
            None,
        ),
        # nothing, and nonsense
        ({}, 16, None),
        (
            {
                "proc/self/cgroup": "what\n0::/\n",
                "sys/fs/cgroup/cpu.max": "lots 0\n",
                "sys/fs/cgroup/memory.max": "-5\n",
            },
            16,
            None,
        ),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "100000 0\n"}, 16, None),
    ],
)
def test_the_smallest_limit_on_the_way_counts(system, files, cpus, memory):
    quota = read_quota(system(files), cores=16)
    assert (quota.cpus, quota.memory_bytes) == (cpus, memory)


@pytest.mark.parametrize(("cpus", "threads"), [("50000", 1), ("199999", 1), ("350000", 3)])
def test_threads_are_those_that_can_always_run(system, cpus, threads):
    files = {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": f"{cpus} 100000"}
    assert read_quota(system(files), cores=16).threads == threads


def test_this_machine_grants_something():
    assert read_quota().cpus > 0
