"""What is asked of Ray, and what is made of its answers; Ray itself is played."""

import sys
from concurrent.futures import BrokenExecutor, Future
from types import SimpleNamespace

import pytest

from gcdemo.errors import CodecFailed, InputError
from gcdemo.evaluation.bench import Job, Outcome, Setup
from gcdemo.evaluation.cluster import Cluster, Failure, attempt

JOB = Job("p", b"no picture", "jpeg", (), (), False)
OUTCOME = Outcome((), None)


class RayTaskError(Exception):
    """A fault of the program that ran there."""


class PlayedRay:
    """Answers every job as told."""

    exceptions = SimpleNamespace(RayTaskError=RayTaskError)

    def __init__(self, answer=OUTCOME, **resources):
        self.answer = answer
        self.resources = resources
        self.started, self.options_of_jobs, self.setup = {}, {}, None
        self.closed = False

    def init(self, **options):
        if options.get("address") == "nowhere":
            raise ConnectionError("no answer")
        self.started = options

    def cluster_resources(self):
        return self.resources

    def put(self, setup):
        self.setup = setup
        return setup

    def remote(self, **options):
        self.options_of_jobs = options
        return self._as_task

    def _as_task(self, function):
        assert function is attempt
        return SimpleNamespace(remote=self._run)

    def _run(self, setup, job):
        future = Future()
        if isinstance(self.answer, Exception):
            future.set_exception(self.answer)
        else:
            future.set_result(self.answer)
        return SimpleNamespace(future=lambda: future)

    def shutdown(self):
        self.closed = True


@pytest.fixture
def play(monkeypatch):
    def play(*arguments, **resources):
        ray = PlayedRay(*arguments, **resources)
        monkeypatch.setitem(sys.modules, "ray", ray)
        return ray

    return play


def test_an_outcome_comes_back_as_it_is(play):
    ray = play(CPU=4.0)
    cluster = Cluster("local", Setup())
    assert cluster.submit(JOB).result() is OUTCOME
    cluster.close()
    assert ray.closed


def test_a_picture_that_fails_there_fails_here_with_the_same_sentence(play):
    play(Failure("It is damaged."), CPU=4.0)
    with pytest.raises(CodecFailed, match=r"^It is damaged\.$"):
        Cluster("local", Setup()).submit(JOB).result()


def test_a_worker_that_is_lost_again_and_again_ends_the_run(play):
    ray = play(RuntimeError("the node died"), CPU=4.0)
    with pytest.raises(BrokenExecutor, match="the node died"):
        Cluster("local", Setup()).submit(JOB).result()
    assert ray.options_of_jobs["max_retries"] > 1  # Ray tries elsewhere first


def test_a_fault_of_the_program_is_shown_as_it_is(play):
    play(RayTaskError("a trace"), CPU=4.0)
    with pytest.raises(RayTaskError, match="a trace"):
        Cluster("local", Setup()).submit(JOB).result()


def test_a_cluster_without_graphics_cards_computes_on_its_cpus(play):
    ray = play(CPU=6.0)
    cluster = Cluster("auto", Setup())
    assert (cluster.device, cluster.backlog) == ("cpu", 12)
    assert (ray.options_of_jobs["num_cpus"], ray.options_of_jobs["num_gpus"]) == (1, 0)
    assert (ray.setup.device, ray.setup.threads) == ("cpu", 1)
    ray.resources = {"CPU": 12.0}
    assert cluster.backlog == 24


def test_graphics_cards_are_used_where_there_are_any_and_wanted(play):
    ray = play(CPU=64.0, GPU=2.0)
    cluster = Cluster("auto", Setup())
    assert (cluster.device, ray.setup.device) == ("cuda", "cuda")
    assert ray.options_of_jobs["num_gpus"] == 0.25
    assert cluster.backlog == 16
    assert Cluster("auto", Setup(device="cpu")).device == "cpu"
    assert ray.options_of_jobs["num_gpus"] == 0


def test_an_address_is_handed_on_and_local_starts_a_cluster(play):
    ray = play(CPU=1.0)
    Cluster("ray://head:10001", Setup())
    assert ray.started["address"] == "ray://head:10001"
    Cluster("local", Setup())
    assert "address" not in ray.started


def test_no_cluster_and_no_ray_are_sentences(play, monkeypatch):
    play(CPU=1.0)
    with pytest.raises(InputError, match="no Ray cluster at 'nowhere'"):
        Cluster("nowhere", Setup())
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"requirements-cluster\.txt"):
        Cluster("local", Setup())


def test_a_job_that_cannot_be_done_is_an_answer_and_no_error(tmp_path):
    result = attempt(Setup(backbones=tmp_path, device="cpu"), JOB)
    assert isinstance(result, Failure)
    assert "no PNG" in result.reason
