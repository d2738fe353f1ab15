"""Who does the jobs of an evaluation: this process, or several."""

import multiprocessing
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Protocol

from gcdemo.errors import GCDemoError, InputError
from gcdemo.evaluation.bench import Bench, Job, Outcome, Setup, do_job


class Workers(Protocol):
    """Takes jobs and gives their outcomes in any order."""

    @property
    def backlog(self) -> int:
        """How many jobs to hand over before waiting for one."""
        ...

    def submit(self, job: Job) -> "Future[Outcome]":
        """Start a job; its future gives the outcome or raises what the job raised.

        Where a worker is lost for good, this or the future raises BrokenExecutor.
        """
        ...

    def close(self) -> None:
        """Stop; jobs that did not start never will."""
        ...


class InProcess:
    """Does every job at once, where it is."""

    backlog = 1

    def __init__(self, bench: Bench) -> None:
        """Work with the given tools."""
        self._bench = bench

    def submit(self, job: Job) -> "Future[Outcome]":
        """Do a job and give a future that is done."""
        future: Future[Outcome] = Future()
        try:
            future.set_result(self._bench.measure(job))
        except GCDemoError as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Do nothing: nothing is left running."""


class Processes:
    """Does jobs in processes of this machine, each with its own tools."""

    def __init__(self, setup: Setup, count: int) -> None:
        """Start `count` processes.

        Raises:
            InputError: The count is below one.
        """
        if count < 1:
            raise InputError(f"At least one worker is needed, not {count}.")
        self.backlog = 2 * count  # the next job is there when one is done
        self._setup = setup
        # Spawned, not forked: a fork would start with this process's memory, and without CUDA.
        self._pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))

    def submit(self, job: Job) -> "Future[Outcome]":
        """Start a job in the next process that is free.

        Raises:
            BrokenExecutor: A process was stopped from outside.
        """
        return self._pool.submit(do_job, self._setup, job)

    def close(self) -> None:
        """Wait for the jobs that run and drop those that do not."""
        self._pool.shutdown(cancel_futures=True)
