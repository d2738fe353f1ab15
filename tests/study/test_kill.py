"""A process is killed in the middle of its work, and no vote that was acknowledged is lost."""

import contextlib
import multiprocessing
import random
import signal
import time
from collections import Counter

import pytest
from study.fakes import ballot, make_pack
from study.writer import THREADS, take_votes

from gcdemo.study.session import StudyService

KILLS = 20


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_acknowledged_vote_is_lost_or_doubled_when_the_process_is_killed(url, open_store):
    context = multiprocessing.get_context(
        "forkserver"
    )  # starts in no time, and without our threads
    context.set_forkserver_preload(["study.writer"])
    rng = random.Random(0)
    told = {}
    for _ in range(KILLS):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=take_votes, args=(url, sender))
        process.start()
        sender.close()
        with receiver, contextlib.suppress(EOFError):
            told.update([receiver.recv()])  # it is at work
            time.sleep(rng.uniform(0, 0.3))
            process.kill()
            while True:
                told.update([receiver.recv()])
        process.join()
        assert process.exitcode == -signal.SIGKILL
        process.close()

    store, pack = open_store(), make_pack()
    kept = {trial.token: vote for trial, vote in store.votes(pack.manifest.pack_hash)}
    slots = Counter((t.rater_id, t.slot) for t, _ in store.votes(pack.manifest.pack_hash))
    assert len(told) > 3 * KILLS
    assert set(told) - set(kept) == set()
    assert all(kept[token].ballot.choice is choice for token, choice in told.items())
    assert set(slots.values()) == {1}
    assert len(kept) - len(told) <= KILLS * THREADS  # kept, and killed before it was told

    service = StudyService(pack, store, "1.2.3")
    for rater_id in sorted({rater_id for rater_id, _ in slots})[:10]:
        step = service.open_session(rater_id)
        assert step.done == sum(rater == rater_id for rater, _ in slots)
        if step.trial:
            assert service.record_vote(step.trial.token, ballot()).done == step.done + 1
