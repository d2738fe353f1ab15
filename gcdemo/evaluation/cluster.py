"""Jobs on a Ray cluster: for more pictures than one machine should measure.

Every machine needs this package with its weights, and the trunks' weights at the same path. Jobs
carry their pictures and bring back their files: no folder is shared. Each is done by an actor,
which loads networks once and keeps them: on graphics cards where there are any. A job whose actor
or machine is lost is done again by another; rows are written by the one who asked.
"""

import dataclasses
import logging
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Protocol

from gcdemo.errors import GCDemoError, InputError
from gcdemo.evaluation.bench import Job, Outcome, Setup, bench_for, do_job
from gcdemo.evaluation.crew import Crew, Failure, Result, WorkerFault, WorkerLost

LOCAL = "local"
"""Instead of an address: a cluster of this machine alone, which ends with the run."""

# Most of a job is coding on the CPU: several actors share a graphics card.
_GPU_SHARE = 0.25


class Measurer:
    """What an actor is: one process that does one job after the other with tools of its own."""

    def __init__(self, setup: Setup) -> None:
        """Take how to build the tools."""
        self._setup = setup

    def load(self) -> None:
        """Build the tools; where that cannot be done, jobs tell why."""
        with suppress(GCDemoError):
            bench_for(self._setup)

    def attempt(self, job: Job) -> Result:
        """Do a job."""
        try:
            return do_job(self._setup, job)
        except GCDemoError as error:
            return Failure(str(error))


class _Method(Protocol):
    def remote(self, *arguments: object) -> object: ...


class _Actor(Protocol):
    """A `Measurer` somewhere in the cluster."""

    load: _Method
    attempt: _Method


class _RayEmployer:
    """Actors of the cluster that this process has joined."""

    def __init__(self, setup: Setup) -> None:
        """Hire actors that work with the given tools, whose device is known."""
        import ray

        self._ray = ray
        self._gpu_share = _GPU_SHARE if setup.device.startswith("cuda") else 0
        self._setup = ray.put(setup)
        as_actor = ray.remote(
            num_cpus=1,
            num_gpus=self._gpu_share,
            # Ray would wait for room on the same machine again: the crew hires another instead.
            max_restarts=0,
            scheduling_strategy="SPREAD",
        )
        self._actors = as_actor(Measurer)

    def room(self) -> int:
        """Count the actors that fit; machines may join and leave."""
        resources = self._ray.cluster_resources()
        slots = resources.get("CPU", 1)
        if self._gpu_share:
            slots = min(slots, resources.get("GPU", 1) / self._gpu_share)
        return max(1, int(slots))

    def hire(self) -> tuple[_Actor, object]:
        """Ask for an actor, which loads its tools before its first job."""
        actor: _Actor = self._actors.remote(self._setup)
        return actor, actor.load.remote()

    def start(self, worker: _Actor, job: Job) -> object:
        """Have an actor begin a job."""
        return worker.attempt.remote(job)

    def wait(self, calls: Sequence[object], seconds: float) -> Sequence[object]:
        """Give those calls that are over."""
        done: list[object] = self._ray.wait(calls, num_returns=1, timeout=seconds)[0]
        return done

    def check(self, call: object) -> None:
        """Make sure that an actor has loaded its tools."""
        self.result(call)

    def result(self, call: object) -> Result:
        """Give what an actor gave."""
        try:
            result: Result = self._ray.get(call)
        except self._ray.exceptions.RayTaskError as error:
            raise WorkerFault(str(error)) from error
        except self._ray.exceptions.RayError as error:
            raise WorkerLost(str(error)) from error
        return result


class Cluster:
    """Does jobs on the machines of a Ray cluster, on graphics cards where it has any."""

    def __init__(self, address: str, setup: Setup) -> None:
        """Join a cluster, or start one.

        Args:
            address: As Ray states it, "auto" for the one this machine is part of, or "local".
            setup: How workers build their tools; its device may be "auto".

        Raises:
            InputError: Ray is not installed, or there is no such cluster.
        """
        try:
            import ray
        except ImportError as error:
            raise InputError(
                "Ray is not installed; pip install -r requirements-cluster.txt brings it."
            ) from error
        try:
            if address == LOCAL:
                ray.init(include_dashboard=False, logging_level=logging.WARNING)
            else:
                ray.init(address=address, logging_level=logging.WARNING)
        except (ConnectionError, ValueError) as error:
            raise InputError(f"There is no Ray cluster at '{address}': {error}") from error
        self._ray = ray
        if setup.device == "auto":
            device = "cuda" if ray.cluster_resources().get("GPU", 0) else "cpu"
            setup = dataclasses.replace(setup, device=device)
        self.device = setup.device
        """Where networks run: "cpu" or "cuda"."""
        self._employer = _RayEmployer(dataclasses.replace(setup, threads=1))
        self._crew = Crew(self._employer)

    @property
    def backlog(self) -> int:
        """Two jobs for each actor that there can be."""
        return 2 * self._employer.room()

    def submit(self, job: Job) -> "Future[Outcome]":
        """Have a job done by the first actor that is free."""
        return self._crew.submit(job)

    def close(self) -> None:
        """Leave the cluster; jobs that run are dropped."""
        self._crew.close()
        self._ray.shutdown()
