"""Jobs on a Ray cluster: for more pictures than one machine should measure.

Every machine needs this package with its weights, and the trunks' weights at the same path. Jobs
carry their pictures and bring back their files: no folder is shared. A job whose worker or machine
is lost is done again elsewhere; rows are written by the one who asked.
"""

import dataclasses
import logging
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from gcdemo.errors import CodecFailed, GCDemoError, InputError
from gcdemo.evaluation.bench import Job, Outcome, Setup, do_job

LOCAL = "local"
"""Instead of an address: a cluster of this machine alone, which ends with the run."""

_ATTEMPTS_AGAIN = 5  # a job that is killed as often is to blame itself, for want of memory
# Most of a job is coding on the CPU: several share a graphics card.
_GPU_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job could not be done anywhere; travels where exceptions would bring their traces."""

    reason: str


Result: TypeAlias = Outcome | Failure


def attempt(setup: Setup, job: Job) -> Result:
    """Do a job with the worker's own tools, which stay for its next one."""
    try:
        return do_job(setup, job)
    except GCDemoError as error:
        return Failure(str(error))


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
        self._gpu_share = _GPU_SHARE if self.device.startswith("cuda") else 0
        self._setup = ray.put(dataclasses.replace(setup, threads=1))
        as_task = ray.remote(
            num_cpus=1,
            num_gpus=self._gpu_share,
            max_retries=_ATTEMPTS_AGAIN,
            max_calls=0,  # Ray would end a process after each job on a graphics card
            scheduling_strategy="SPREAD",
        )
        self._attempt = as_task(attempt)

    @property
    def backlog(self) -> int:
        """Two jobs for each that can run; machines may join and leave."""
        resources = self._ray.cluster_resources()
        slots = resources.get("CPU", 1)
        if self._gpu_share:
            slots = min(slots, resources.get("GPU", 1) / self._gpu_share)
        return 2 * max(1, int(slots))

    def submit(self, job: Job) -> "Future[Outcome]":
        """Start a job on the machine that is least busy."""
        done: Future[Outcome] = Future()
        result: Future[Result] = self._attempt.remote(self._setup, job).future()
        result.add_done_callback(partial(self._pass_on, done))
        return done

    def close(self) -> None:
        """Leave the cluster; jobs that run are dropped."""
        self._ray.shutdown()

    def _pass_on(self, done: "Future[Outcome]", result: "Future[Result]") -> None:
        error = result.exception()
        if isinstance(error, self._ray.exceptions.RayTaskError):
            done.set_exception(error)  # a fault of the program, with its trace
        elif error is not None:
            done.set_exception(BrokenExecutor(str(error)))
        elif isinstance(found := result.result(), Failure):
            done.set_exception(CodecFailed(found.reason))
        else:
            done.set_result(found)
