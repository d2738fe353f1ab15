"""Visitors who code pictures of their own and vote, many at once, and what became of it."""

import http.client
import io
import json
import random
import threading
import time
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np
from PIL import Image
from study.crowd import PARTS, SCREEN, Browser

import gcdemo

WAIT_SECONDS = 300
SIDE = 64  # pixels of every picture, so that any two can be compared
LEVELS = (40, 128, 216)
"""Of red, green and blue: each visitor has a color of their own."""

MOST_VISITORS = len(LEVELS) ** 3
SAME = 1.0
"""Levels of 256 by which a picture may differ from what the library makes here, on average."""


class Busy(Exception):
    """The server says that too many wait."""


class Refused(Exception):
    """It answers with anything else than what was asked for."""


@dataclass
class Rush:
    """What happened to all visitors together."""

    seconds: dict[str, list[float]] = field(
        default_factory=lambda: {"compress": [], "decompress": [], "vote": []}
    )  # from each wish to its fulfilment
    faults: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)  # pictures of somebody else
    busy: int = 0
    wall: float = 0.0

    def __str__(self):
        lines = [f"{self.wall:.0f} s, {self.busy} times busy"]
        for wish, seconds in self.seconds.items():
            middle, most = np.quantile(seconds, (0.5, 0.95)) if seconds else (np.nan, np.nan)
            lines.append(f"{wish} {len(seconds)} times: p50 {middle:.2f} s, p95 {most:.2f} s")
        return "; ".join(lines)


def color_of(visitor):
    """Give a visitor's color, float (3,)."""
    count = len(LEVELS)
    places = visitor % count, visitor // count % count, visitor // count**2
    return np.array([LEVELS[place] for place in places], float)


def draw(visitor, rng):
    """Give a picture that no other visitor has, nor this one a second time."""
    y, x = np.mgrid[:SIDE, :SIDE]
    angle, phase = visitor, rng.uniform(0, 2 * np.pi)
    waves = 24 * np.sin((x * np.cos(angle) + y * np.sin(angle)) / 3 + phase)
    return (color_of(visitor) + waves[..., None]).round().astype(np.uint8)


def returned(image, channels):
    """Give what must come back of a picture, uint8 (H, W, 3): what the library makes of it here."""
    return gcdemo.decompress(gcdemo.compress(image, channels=channels))


def distance(image, other):
    """Give how far two pictures are apart, in levels of 256 on average."""
    return float(np.abs(image.astype(float) - other).mean())


class Visitor:
    """Calls the page's endpoints from an address of its own, as far as loopback goes."""

    def __init__(self, address, number, rush, seed):
        self.host, self.number, self.rush = urlsplit(address).netloc, number, rush
        self.home = f"127.0.1.{number + 1}"
        self.rng = random.Random(f"{seed}-{number}")

    def ask(self, method, path, body=None, kind="application/json"):
        connection = http.client.HTTPConnection(
            self.host, timeout=WAIT_SECONDS, source_address=(self.home, 0)
        )
        with closing(connection):
            connection.request(method, path, body, {"Content-Type": kind})
            reply = connection.getresponse()
            data = reply.read()
        if reply.status in (429, 503):
            raise Busy
        if reply.status != 200:
            raise Refused(f"{path}: {reply.status}, {data[:300]!r}")
        return data

    def upload(self, data, name):
        """Send a file; give how it is named from then on."""
        border = uuid.uuid4().hex
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{border}--\r\n".encode()
        kind = f"multipart/form-data; boundary={border}"
        (path,) = json.loads(self.ask("POST", "/gradio_api/upload", body, kind))
        return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}

    def call(self, name, *values):
        """Call an endpoint and give its results."""
        begun = time.perf_counter()
        path = f"/gradio_api/call/{name}"
        event = json.loads(self.ask("POST", path, json.dumps({"data": values})))["event_id"]
        text = self.ask("GET", f"{path}/{event}").decode()
        kind, _, told = text.strip().rpartition("\n\n")[2].partition("\n")
        if kind != "event: complete":
            raise Busy if "busy" in told else Refused(f"{name}: {text[-300:]}")
        self.rush.seconds[name].append(time.perf_counter() - begun)
        return json.loads(told.removeprefix("data: "))

    def fetch(self, file):
        """Give the bytes of a file that an endpoint gave."""
        return self.ask("GET", f"/gradio_api/file={file['path']}")

    def code(self):
        """Have a picture compressed and decompressed, and look at what comes back."""
        image = draw(self.number, self.rng)
        (file := io.BytesIO()).name = "photo.png"
        Image.fromarray(image).save(file)
        channels = self.rng.choice((4, 8, 16))
        small, numbers = self.call(
            "compress", self.upload(file.getvalue(), "photo.png"), channels, 0, False
        )
        data = self.fetch(small)
        if (len(data), numbers["channels"]) != (numbers["bytes"], channels):
            self.rush.strange.append(f"{self.number} got another file: {numbers}")
        large, fields = self.call("decompress", self.upload(data, "photo.gci"))
        back = np.asarray(Image.open(io.BytesIO(self.fetch(large))).convert("RGB"))
        if back.shape != image.shape or fields["bytes"] != len(data):
            self.rush.strange.append(f"{self.number} got another size: {back.shape}, {fields}")
        elif (apart := distance(back, returned(image, channels))) > SAME:
            self.rush.strange.append(f"{self.number} got a picture {apart:.0f} levels from its own")

    def vote(self, browser, step):
        """Look at a pair and vote; give what comes next."""
        if step is None or step["phase"] != "trial":
            return browser.post("open", rater="")
        for part in PARTS:
            browser.ask("GET", f"/study/picture/{step['token']}/{part}")
        begun = time.perf_counter()
        step = browser.post(
            "vote",
            rater=step["rater"],
            token=step["token"],
            choice=self.rng.choice(("left", "right")),
            response_ms=900.0,
            **SCREEN,
        )
        self.rush.seconds["vote"].append(time.perf_counter() - begun)
        return step

    def stay(self, seconds):
        """Code and vote by turns, at least once each, until the time is over."""
        end, step = time.monotonic() + seconds, None
        with closing(Browser([f"http://{self.host}"], self.rng)) as browser:
            while True:
                try:
                    self.code()
                    for _ in range(3):
                        step = self.vote(browser, step)
                except Busy:
                    self.rush.busy += 1
                    time.sleep(self.rng.uniform(0.5, 2))
                except (Refused, OSError, http.client.HTTPException, ValueError, KeyError) as error:
                    self.rush.faults.append(f"{self.number}: {error!r}")
                    return
                if time.monotonic() > end:
                    return


def let_in(address, visitors, seconds, seed=0):
    """Let so many visitors in at once; give what happened until the last had left.

    Args:
        address: Of the server.
        visitors: At most `MOST_VISITORS`.
        seconds: After which each finishes what it is at.
        seed: Of pictures, rates and votes.
    """
    rush = Rush()
    begun = time.perf_counter()
    threads = [
        threading.Thread(target=Visitor(address, number, rush, seed).stay, args=(seconds,))
        for number in range(visitors)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rush.wall = time.perf_counter() - begun
    return rush
