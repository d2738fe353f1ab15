"""What is asked of Ray, and what is made of its answers; Ray itself is played."""

import sys
from concurrent.futures import BrokenExecutor
from types import SimpleNamespace

import pytest

from gcdemo.errors import CodecFailed, InputError
from gcdemo.evaluation.bench import Job, Outcome, Setup
from gcdemo.evaluation.cluster import Cluster, Measurer
from gcdemo.evaluation.crew import LOSSES, Failure, WorkerFault

JOB = Job("p", b"no picture", "jpeg", (), (), False)
OUTCOME = Outcome((), None)


class RayError(Exception):
    """What Ray says of its own troubles."""


class RayTaskError(RayError):
    """A fault of the program that ran there."""


class Call:
    """What an actor was asked for."""

    def __init__(self, answer):
        self.answer = answer


class PlayedRay:
    """Answers every job as told."""

    exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def __init__(self, answer=OUTCOME, **resources):
        self.answer = answer
        self.resources = resources
        self.started, self.options_of_actors, self.setup = {}, {}, None
        self.actors = 0
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
        self.options_of_actors = options
        return self._as_actor

    def _as_actor(self, kind):
        assert kind is Measurer
        return SimpleNamespace(remote=self._hire)

    def _hire(self, setup):
        assert setup is self.setup
        self.actors += 1
        return SimpleNamespace(
            load=SimpleNamespace(remote=lambda: Call(None)),
            attempt=SimpleNamespace(remote=lambda job: Call(self.answer)),
        )

    def wait(self, calls, num_returns, timeout):
        return calls[:num_returns], calls[num_returns:]

    def get(self, call):
        if isinstance(call.answer, Exception):
            raise call.answer
        return call.answer

    def shutdown(self):
        self.closed = True


@pytest.fixture
def play(monkeypatch):
    def play(*arguments, **resources):
        ray = PlayedRay(*arguments, **resources)
        monkeypatch.setitem(sys.modules, "ray", ray)
        return ray

    return play


@pytest.fixture
def join():
    """A function that joins a cluster, which is left in the end."""
    joined = []

    def join(address="local", setup=None):
        joined.append(Cluster(address, setup or Setup()))
        return joined[-1]

    yield join
    for cluster in joined:
        cluster.close()


def test_an_outcome_comes_back_as_it_is(play):
    ray = play(CPU=4.0)
    cluster = Cluster("local", Setup())
    assert cluster.submit(JOB).result(timeout=30) is OUTCOME
    cluster.close()
    assert ray.closed


def test_one_actor_does_job_after_job(play, join):
    ray = play(CPU=1.0)
    cluster = join()
    for _ in range(5):
        assert cluster.submit(JOB).result(timeout=30) is OUTCOME
    assert ray.actors == 1


def test_a_picture_that_fails_there_fails_here_with_the_same_sentence(play, join):
    play(Failure("It is damaged."), CPU=4.0)
    with pytest.raises(CodecFailed, match=r"^It is damaged\.$"):
        join().submit(JOB).result(timeout=30)


def test_an_actor_that_is_lost_again_and_again_ends_the_run(play, join):
    ray = play(RayError("the node died"), CPU=4.0)
    with pytest.raises(BrokenExecutor, match="the node died"):
        join().submit(JOB).result(timeout=30)
    assert ray.actors == LOSSES + 1  # another one each time
    assert ray.options_of_actors["max_restarts"] == 0


def test_a_fault_of_the_program_is_shown_as_it_is(play, join):
    play(RayTaskError("a trace"), CPU=4.0)
    with pytest.raises(WorkerFault, match="a trace"):
        join().submit(JOB).result(timeout=30)


def test_a_cluster_without_graphics_cards_computes_on_its_cpus(play, join):
    ray = play(CPU=6.0)
    cluster = join("auto")
    assert (cluster.device, cluster.backlog) == ("cpu", 12)
    assert (ray.options_of_actors["num_cpus"], ray.options_of_actors["num_gpus"]) == (1, 0)
    assert (ray.setup.device, ray.setup.threads) == ("cpu", 1)
    ray.resources = {"CPU": 12.0}
    assert cluster.backlog == 24


def test_graphics_cards_are_used_where_there_are_any_and_wanted(play, join):
    ray = play(CPU=64.0, GPU=2.0)
    cluster = join("auto")
    assert (cluster.device, ray.setup.device) == ("cuda", "cuda")
    assert ray.options_of_actors["num_gpus"] == 0.25
    assert cluster.backlog == 16
    assert join("auto", Setup(device="cpu")).device == "cpu"
    assert ray.options_of_actors["num_gpus"] == 0


def test_an_address_is_handed_on_and_local_starts_a_cluster(play, join):
    ray = play(CPU=1.0)
    join("ray://head:10001")
    assert ray.started["address"] == "ray://head:10001"
    join("local")
    assert "address" not in ray.started


def test_no_cluster_and_no_ray_are_sentences(play, monkeypatch):
    play(CPU=1.0)
    with pytest.raises(InputError, match="no Ray cluster at 'nowhere'"):
        Cluster("nowhere", Setup())
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"requirements-cluster\.txt"):
        Cluster("local", Setup())


def test_a_job_that_cannot_be_done_is_an_answer_and_no_error(tmp_path):
    measurer = Measurer(Setup(backbones=tmp_path, device="cpu"))
    measurer.load()
    result = measurer.attempt(JOB)
    assert isinstance(result, Failure)
    assert "no PNG" in result.reason


def test_an_actor_without_the_device_tells_it_with_every_job(tmp_path):
    measurer = Measurer(Setup(backbones=tmp_path, device="abacus"))
    measurer.load()
    assert "abacus" in measurer.attempt(JOB).reason
