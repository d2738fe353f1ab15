"""What the votes say so far, for those who may know: computed once for so many votes and rules."""

import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum
from threading import Lock
from typing import NamedTuple

from gcdemo.study.analysis import Result, analyze
from gcdemo.study.answers import Answer, read_answers
from gcdemo.study.screening import Rules
from gcdemo.study.store import VoteStore

logger = logging.getLogger(__name__)

ADMIN_VARIABLE = "GCDEMO_ADMIN_KEY"
"""Environment variable: whoever knows its value sees every result and gets every vote."""

SHORTEST_KEY = 12
"""Characters of the key; a shorter one could be guessed."""

FRESH_SECONDS = 10.0
"""A result is shown for so long, whatever votes come in meanwhile."""

# Sets of rules whose results are kept; there are some kilobytes to each.
_KEPT = 16


class Access(Enum):
    """What somebody may know."""

    CLOSED = "closed"  # nothing: it would sway who is still rating
    FINISHED = "finished"  # what all raters said together
    ADMIN = "admin"  # every vote


class Found(NamedTuple):
    """A result and what it was found in."""

    result: Result
    answers: tuple[Answer, ...]


class StudyResults:
    """The results of one pack; safe to share between requests."""

    def __init__(
        self,
        store: VoteStore,
        pack_hash: str,
        admin_key: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare, without reading any vote.

        Args:
            store: Where the votes are.
            pack_hash: Of the pack.
            admin_key: What opens everything; shorter than `SHORTEST_KEY` characters, nothing does.
            clock: Seconds.
        """
        if admin_key and len(admin_key) < SHORTEST_KEY:
            logger.warning("%s has fewer than %d characters.", ADMIN_VARIABLE, SHORTEST_KEY)
            admin_key = ""
        self._store, self._hash, self._key = store, pack_hash, admin_key
        self._clock = clock
        self._found: OrderedDict[Rules, tuple[tuple[int, float], float, Found]] = OrderedDict()
        self._computing = Lock()

    def access(self, key: str, rater_id: str) -> Access:
        """Say what somebody may know.

        Args:
            key: As they typed it.
            rater_id: Of the rater that their browser remembers; empty where there is none.

        Raises:
            StoreError: The database failed.
        """
        if self._key and secrets.compare_digest(key.encode(), self._key.encode()):
            return Access.ADMIN
        rater = self._store.rater(rater_id) if rater_id else None
        if rater is None or rater.pack_hash != self._hash:
            return Access.CLOSED
        votes = sum(item.vote is not None for item in self._store.history(rater.id))
        return Access.FINISHED if votes >= len(rater.plan) else Access.CLOSED

    def find(self, rules: Rules) -> Found:
        """Give what the votes say under some rules; one computation runs at a time.

        Raises:
            InputError: No vote counts.
            StoreError: The database failed.
        """
        with self._computing:
            state, now = self._store.vote_state(self._hash), self._clock()
            if rules in self._found:
                known, when, found = self._found[rules]
                self._found.move_to_end(rules)
                if known == state or now - when < FRESH_SECONDS:
                    return found
            answers = tuple(read_answers(self._store, self._hash))
            found = Found(analyze(answers, rules), answers)
            self._found[rules] = state, now, found
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
            return found
