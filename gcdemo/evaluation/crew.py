"""Hands jobs to workers that come and go, and loses no job when one of them is lost."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, Protocol, TypeAlias, TypeVar

from gcdemo.errors import CodecFailed
from gcdemo.evaluation.bench import Job, Outcome

LOSSES = 5
"""A job whose workers are lost more often is to blame itself, for want of memory."""

_LOOK_SECONDS = 0.5  # between looks for new jobs and new room, while others are done

WorkerT = TypeVar("WorkerT")
CallT = TypeVar("CallT")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job could not be done anywhere; travels where exceptions would bring their traces."""

    reason: str


Result: TypeAlias = Outcome | Failure


class WorkerLost(Exception):
    """The worker that was called is gone: killed, or its machine is."""


class WorkerFault(Exception):
    """The program itself failed where it ran; the message is its trace."""


class Employer(Protocol[WorkerT, CallT]):
    """Where workers come from, and how they are called."""

    def room(self) -> int:
        """Give how many workers there can be at the moment, at least one."""
        ...

    def hire(self) -> tuple[WorkerT, CallT]:
        """Ask for a worker; the call is over once it is there."""
        ...

    def start(self, worker: WorkerT, job: Job) -> CallT:
        """Have a worker begin a job."""
        ...

    def wait(self, calls: Sequence[CallT], seconds: float) -> Sequence[CallT]:
        """Give those calls that are over, waiting no longer than asked for the first."""
        ...

    def check(self, call: CallT) -> None:
        """Make sure that a worker is there; the call that asked for it is over.

        Raises:
            WorkerLost: It never was.
            WorkerFault: The program has a fault.
        """
        ...

    def result(self, call: CallT) -> Result:
        """Give what a job gave; its call is over.

        Raises:
            WorkerLost: There is no such worker any more.
            WorkerFault: The program has a fault.
        """
        ...


@dataclass(slots=True)
class _Task:
    job: Job
    done: "Future[Outcome]"
    losses: int = 0


class Crew(Generic[WorkerT, CallT]):
    """Workers, as many as there are jobs and room for; each has one job at a time.

    A job whose worker is lost goes to another one, before all that wait. A thread of its own
    speaks to the employer, and nobody else does.
    """

    def __init__(self, employer: Employer[WorkerT, CallT]) -> None:
        """Begin without any worker."""
        self._employer = employer
        self._inbox: SimpleQueue[_Task | None] = SimpleQueue()
        self._waiting: deque[_Task] = deque()
        self._hiring: dict[CallT, WorkerT] = {}
        self._idle: list[WorkerT] = []
        self._busy: dict[CallT, tuple[WorkerT, _Task]] = {}
        self._failed_hires = 0
        self._thread = Thread(target=self._run, name="crew", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> "Future[Outcome]":
        """Take a job; its future fails with BrokenExecutor where no worker survives it.

        Raises:
            BrokenExecutor: The employer has failed.
        """
        if not self._thread.is_alive():
            raise BrokenExecutor("The cluster is gone.")
        task = _Task(job, Future())
        self._inbox.put(task)
        return task.done

    def close(self) -> None:
        """Stop; jobs that run are dropped."""
        self._inbox.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            while self._read_inbox():
                self._hire()
                while self._waiting and self._idle:
                    self._start(self._idle.pop(), self._waiting.popleft())
                for call in self._employer.wait([*self._hiring, *self._busy], _LOOK_SECONDS):
                    if call in self._hiring:
                        self._take_worker(call)
                    else:
                        self._take_result(call)
        finally:  # also where the employer itself failed: nobody is to wait for ever
            unread = [self._inbox.get() for _ in range(self._inbox.qsize())]
            running = [task for _, task in self._busy.values()]
            for task in (*running, *self._waiting, *unread):
                if task is not None:
                    task.done.set_exception(BrokenExecutor("The cluster is gone."))

    def _read_inbox(self) -> bool:
        """Move new jobs to those that wait; tell whether to go on."""
        under_way = bool(self._waiting or self._hiring or self._busy)
        try:
            while True:
                task = self._inbox.get(block=not under_way)
                if task is None:
                    return False
                self._waiting.append(task)
                under_way = True
        except Empty:
            return True

    def _hire(self) -> None:
        """Ask for as many workers as there are jobs for and room."""
        there = len(self._idle) + len(self._busy)
        wanted = len(self._waiting) - len(self._idle) - len(self._hiring)
        if wanted > 0:
            for _ in range(min(wanted, self._employer.room() - there - len(self._hiring))):
                worker, call = self._employer.hire()
                self._hiring[call] = worker

    def _start(self, worker: WorkerT, task: _Task) -> None:
        self._busy[self._employer.start(worker, task.job)] = (worker, task)

    def _take_worker(self, call: CallT) -> None:
        worker = self._hiring.pop(call)
        try:
            self._employer.check(call)
        except (WorkerLost, WorkerFault) as error:
            self._failed_hires += 1
            tried = self._failed_hires > LOSSES * self._employer.room()
            if tried and not (self._idle or self._busy):
                while self._waiting:
                    self._waiting.popleft().done.set_exception(BrokenExecutor(str(error)))
            return
        self._failed_hires = 0
        self._idle.append(worker)

    def _take_result(self, call: CallT) -> None:
        worker, task = self._busy.pop(call)
        try:
            result = self._employer.result(call)
        except WorkerLost as error:
            # Its machine may be gone with the idle ones on it: they are hired anew.
            self._idle.clear()
            task.losses += 1
            if task.losses > LOSSES:
                task.done.set_exception(BrokenExecutor(str(error)))
            else:
                self._waiting.appendleft(task)
            return
        except WorkerFault as error:
            task.done.set_exception(error)
        else:
            if isinstance(result, Failure):
                task.done.set_exception(CodecFailed(result.reason))
            else:
                task.done.set_result(result)
        self._idle.append(worker)
