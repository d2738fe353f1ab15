"""Workers come and go, and every job is done."""

import random
from concurrent.futures import BrokenExecutor
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.errors import CodecFailed
from gcdemo.evaluation.bench import Job, Outcome
from gcdemo.evaluation.crew import LOSSES, Crew, Failure, WorkerFault, WorkerLost


def job(number):
    return Job(str(number), b"", "jpeg", (), (), False)


class Employer:
    """Answers calls in a random order; `fate` says what becomes of each hire and each job."""

    def __init__(self, rooms=3, hires=(), jobs=(), seed=0):
        self.rooms, self.hires, self.jobs = rooms, list(hires), list(jobs)
        self.random = random.Random(seed)
        self.calls, self.working, self.most = {}, set(), 0
        self.hired, self.started = 0, []

    def room(self):
        return self.rooms

    def hire(self):
        self.hired += 1
        return self.hired, self._call(None, self.hires)

    def start(self, worker, job):
        assert worker not in self.working  # one job at a time
        self.working.add(worker)
        self.most = max(self.most, len(self.working))
        self.started.append(job.picture)
        return self._call(worker, self.jobs)

    def _call(self, worker, fates):
        number = len(self.calls)
        self.calls[number] = (worker, fates.pop(0) if fates else "done")
        return number

    def wait(self, calls, seconds):
        assert calls
        return [self.random.choice(calls)]

    def check(self, call):
        if self.calls[call][1] == "lost":
            raise WorkerLost("killed while it began")

    def result(self, call):
        worker, fate = self.calls[call]
        self.working.discard(worker)
        if fate == "lost":
            raise WorkerLost("killed")
        if fate == "fault":
            raise WorkerFault("a trace")
        return Failure("It is damaged.") if fate == "refused" else Outcome((), None)


def run(employer, count):
    """What comes of so many jobs."""
    crew = Crew(employer)
    futures = [crew.submit(job(number)) for number in range(count)]
    errors = [future.exception(timeout=30) for future in futures]
    crew.close()
    return errors


@given(
    hires=st.lists(st.sampled_from(["lost", "done"]), max_size=5),
    jobs=st.lists(st.sampled_from(["lost", "done", "done"]), max_size=20).filter(
        lambda fates: fates.count("lost") <= LOSSES
    ),
    seed=st.integers(0, 1000),
)
def test_every_job_is_done_whichever_workers_are_lost(hires, jobs, seed):
    employer = Employer(hires=hires, jobs=jobs, seed=seed)
    assert run(employer, 8) == [None] * 8
    lost = jobs[: len(employer.started)].count("lost")
    assert len(employer.started) == 8 + lost
    assert set(employer.started) == {str(number) for number in range(8)}


def test_there_are_no_more_workers_than_room_or_jobs():
    employer = Employer(rooms=3)
    run(employer, 20)
    assert employer.most <= employer.hired == 3
    employer = Employer(rooms=30)
    run(employer, 2)
    assert employer.hired <= 2


def test_a_worker_is_kept_for_the_next_job():
    employer = Employer(rooms=1)
    run(employer, 10)
    assert employer.hired == 1


def test_more_room_brings_more_workers():
    employer = Employer(rooms=1)
    crew = Crew(employer)
    crew.submit(job(0)).result(timeout=30)
    employer.rooms = 4
    for future in [crew.submit(job(number)) for number in range(40)]:
        future.result(timeout=30)
    crew.close()
    assert 1 < employer.hired <= 4


def test_a_job_that_kills_every_worker_ends_and_says_so():
    employer = Employer(rooms=1, jobs=["lost"] * (LOSSES + 1))
    (error,) = run(employer, 1)
    assert isinstance(error, BrokenExecutor)
    assert str(error) == "killed"
    assert employer.hired == LOSSES + 1


def test_where_no_worker_can_begin_every_job_ends():
    employer = Employer(hires=["lost"] * 100)
    errors = run(employer, 4)
    assert {type(error) for error in errors} == {BrokenExecutor}
    assert employer.hired < 100


def test_what_a_picture_does_to_a_codec_is_an_error_of_that_job_alone():
    first, second, third = run(Employer(rooms=1, jobs=["refused", "fault", "done"]), 3)
    assert isinstance(first, CodecFailed)
    assert str(first) == "It is damaged."
    assert isinstance(second, WorkerFault)
    assert third is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_where_the_employer_itself_fails_nobody_waits_for_ever():
    class Gone(Employer):
        def wait(self, calls, seconds):
            gone.wait()
            raise ConnectionError("no cluster")

    gone = Event()
    crew = Crew(Gone())
    futures = [crew.submit(job(number)) for number in range(3)]
    gone.set()
    assert all(isinstance(future.exception(timeout=30), BrokenExecutor) for future in futures)
    crew.close()
    with pytest.raises(BrokenExecutor):
        crew.submit(job(3))


def test_closing_does_not_wait_for_what_runs():
    class Slow(Employer):
        def wait(self, calls, seconds):
            return []

    crew = Crew(Slow())
    future = crew.submit(job(0))
    crew.close()
    assert isinstance(future.exception(timeout=30), BrokenExecutor)
