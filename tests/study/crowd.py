"""Raters who take part over HTTP, many at once, and what they were told."""

import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

SCREEN = {
    "screen_width": 1440,
    "screen_height": 900,
    "viewport_width": 1400,
    "viewport_height": 800,
    "pixel_ratio": 1.0,
    "zooms": 0,
    "flips": 0,
    "screen_check": "seen",
}
PARTS = ("original", "left", "right")
AGAIN = 10  # one rater in so many sends every vote twice at the same time
# A connection that idles is let go before the server does so, as it may in the very moment when it
# is used again; a browser sends its request anew then.
IDLE_SECONDS = 2
WAIT_SECONDS = 120


@dataclass
class Crowd:
    """What happened to all raters together."""

    seconds: list[float] = field(default_factory=list)  # from each vote to its acknowledgement
    told: dict[str, str] = field(default_factory=dict)  # choice by token, once acknowledged
    faults: list[str] = field(default_factory=list)
    wall: float = 0.0

    def quantile(self, share):
        """Give how long a vote took at most, for a share of them; in seconds."""
        return float(np.quantile(self.seconds, share))

    def __str__(self):
        return (
            f"{len(self.seconds)} votes in {self.wall:.1f} s; until a vote was acknowledged: "
            f"p50 {1000 * self.quantile(0.5):.0f} ms, p99 {1000 * self.quantile(0.99):.0f} ms, "
            f"longest {1000 * max(self.seconds):.0f} ms"
        )


class Browser:
    """Connections of one rater to every server; each request goes to any of them."""

    def __init__(self, addresses, rng):
        self.addresses, self.rng = addresses, rng
        self.open = {}  # connection and when it was last used, by address

    def ask(self, method, path, sent=None):
        """Give what a server answers, as bytes."""
        address = self.rng.choice(self.addresses)
        connection, used = self.open.get(address, (None, 0.0))
        if connection is None or time.monotonic() - used > IDLE_SECONDS:
            if connection is not None:
                connection.close()
            host = address.removeprefix("http://")
            connection = http.client.HTTPConnection(host, timeout=WAIT_SECONDS)
        body = None if sent is None else json.dumps(sent)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        data = reply.read()
        self.open[address] = connection, time.monotonic()
        if reply.status != 200:
            raise http.client.HTTPException(f"{reply.status}: {data[:200]!r}")
        return data

    def close(self):
        """Let go of every connection."""
        for connection, _ in self.open.values():
            connection.close()

    def post(self, path, **sent):
        """Give what a server answers to an act of the rater."""
        return json.loads(self.ask("POST", f"/study/{path}", sent))


def let_vote(addresses, raters, think, seed=0):
    """Let raters do the whole study, each request at any of the servers.

    Args:
        addresses: Of the servers.
        raters: How many take part at once.
        think: Mean seconds that a rater looks before voting; 0: votes at once.
        seed: Of choices and times.
    """
    crowd = Crowd()
    start = time.perf_counter()
    threads = [
        threading.Thread(target=_rate, args=(addresses, crowd, think, f"{seed}-{number}", number))
        for number in range(raters)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    crowd.wall = time.perf_counter() - start
    return crowd


def _rate(addresses, crowd, think, seed, number):
    rng = random.Random(seed)
    with closing(Browser(addresses, rng)) as browser:
        _take_part(addresses, browser, crowd, think, rng, number % AGAIN == 0)


def _take_part(addresses, browser, crowd, think, rng, twice):
    time.sleep(rng.uniform(0, think))  # they do not come all at once
    try:
        step = browser.post("open", rater="")
        while step["phase"] == "trial":
            for part in PARTS:
                browser.ask("GET", f"/study/picture/{step['token']}/{part}")
            time.sleep(rng.expovariate(1 / think) if think else 0)
            sent = {
                "rater": step["rater"],
                "token": step["token"],
                "choice": rng.choice(["left", "right"]),
                "response_ms": 900.0,
                **SCREEN,
            }
            start = time.perf_counter()
            step = _twice(addresses, rng, sent) if twice else browser.post("vote", **sent)
            crowd.seconds.append(time.perf_counter() - start)
            crowd.told[sent["token"]] = sent["choice"]
            if step["message"]:
                crowd.faults.append(step["message"])
        if step["phase"] != "done":
            crowd.faults.append(f"ended at {step}")
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        crowd.faults.append(repr(error))


def _vote_apart(addresses, seed, sent):
    with closing(Browser(addresses, random.Random(seed))) as browser:
        return browser.post("vote", **sent)


def _twice(addresses, rng, sent):
    """Send a vote twice at the same time: one counts, the other is refused, both go on alike."""
    with ThreadPoolExecutor(2) as pool:
        steps = [pool.submit(_vote_apart, addresses, rng.random(), sent) for _ in range(2)]
        first, second = sorted((step.result() for step in steps), key=lambda step: step["message"])
    same = {**first, "message": ""} == {**second, "message": ""}
    if not same or not second["message"]:
        raise ValueError(f"two votes: {first}, {second}")
    return first
