"""A process that takes votes as fast as it can, and tells of each once it is acknowledged."""

import random
import threading

from study.fakes import ballot, make_pack

from gcdemo.study.records import Choice
from gcdemo.study.session import StudyService
from gcdemo.study.store import VoteStore

THREADS = 3


def take_votes(url, acknowledged):
    """Let raters vote until killed; sends the token of every vote that was acknowledged."""
    service = StudyService(make_pack(), VoteStore(url), "1.2.3")
    sending = threading.Lock()

    def rate():
        while True:
            step = service.open_session(None)
            while step.trial:
                token = step.trial.token
                choice = random.choice([Choice.LEFT, Choice.RIGHT])
                step = service.record_vote(token, ballot(choice))
                with sending:
                    acknowledged.send((token, choice))

    threads = [threading.Thread(target=rate) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
