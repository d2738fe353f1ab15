"""A server in its own process, a browser, and pages that fail on anything a visitor would mind."""

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from gcdemo.ui.workbench import Workbench
from tests.ui.fakes import FakeCodec, FakeSample, draw_photo, fake_context
from tests.ui.gate import Gate

SIZES = {"desktop": (1440, 900), "laptop": (1280, 720), "phone": (390, 844)}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 120
WAIT_MS = 30_000


@pytest.fixture
def photo_file(tmp_path):
    """A PNG of 96 x 64 pixels."""
    path = tmp_path / "my photo.png"
    Image.fromarray(draw_photo(96, 64)).save(path)
    return path


@pytest.fixture
def make_bench(tmp_path, photo_file):
    """A function (codec=..., limits=...) that gives a workbench over fakes, with one sample."""

    def make(codec=None, limits=None):
        samples = (FakeSample("dawn", "Dawn", photo_file),)
        context = fake_context(samples, codec or FakeCodec(), limits)
        return Workbench(context, tmp_path / "files")

    return make


@pytest.fixture
def bench(make_bench):
    """A workbench over fakes."""
    return make_bench()


def in_loop(build, *arguments):
    """Call a function within an event loop: outside of one, Gradio opens some and closes none.

    In a thread of its own, since Playwright keeps a loop of its own running in this one.
    """

    async def run():
        return build(*arguments)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()


@contextmanager
def serve(arguments, folder, repository):
    """Run a server until the block ends; give its address; fail if it printed a traceback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address, log = f"http://127.0.0.1:{port}", folder / "server.log"
    variables = {
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "GCDEMO_DATA": str(folder / "data"),
        "PYTHONPATH": str(repository),
        "OMP_NUM_THREADS": "2",
        "no_proxy": "127.0.0.1",
    }
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=repository,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_ready(server, address, log)
            yield address
            # Read before it is stopped: a stopped asyncio loop prints tracebacks of its own.
            text = log.read_text()
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    assert "Traceback" not in text, text[-4000:]


def wait_until_ready(server, address, log):
    """Return when the server answers."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            pytest.fail(f"The server ended: {log.read_text()[-4000:]}")
        try:
            with urllib.request.urlopen(f"{address}/config", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"The server did not start: {log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def fake_folder(tmp_path_factory):
    """Where the page over the fake codec keeps its files."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="session")
def fake_server(fake_folder, repository):
    """The address of the page over the fake codec, which takes a moment for each direction."""
    samples = fake_folder / "samples"
    samples.mkdir()
    script = Path(__file__).with_name("serve_fake.py")
    with serve([script, samples, 0.15], fake_folder, repository) as address:
        yield address


@pytest.fixture(scope="session")
def gate(fake_folder):
    """The gate before the fake codec of that page."""
    return Gate(fake_folder)


@pytest.fixture(scope="session")
def browser(chromium):
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory):
    """Where screenshots are kept to be looked at."""
    folder = os.environ.get("GCDEMO_SCREENSHOTS")
    path = Path(folder) if folder else tmp_path_factory.mktemp("screenshots")
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
def open_page(browser):
    """A function (address, size="desktop", scheme="light", ready=finished) that opens a page.

    At the end of the test nothing may have gone wrong in it: no error in the console, no exception,
    no answer of 400 or above, no request to anywhere else.
    """
    contexts, faults = [], []

    def visit(address, size="desktop", scheme="light", ready=finished):
        width, height = SIZES[size]
        phone = size == "phone"
        context = browser.new_context(
            viewport={"width": width, "height": height},
            is_mobile=phone,
            has_touch=phone,
            device_scale_factor=2 if phone else 1,
            color_scheme=scheme,
            service_workers="block",
        )
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        page = context.new_page()
        watch(page, address.partition("/?")[0], faults)
        page.goto(address)
        ready(page)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


def watch(page, address, faults):
    """Note whatever goes wrong in a page."""

    def on_console(message):
        if message.type == "error":
            faults.append(f"console: {message.text}")

    def on_request(request):
        if not request.url.startswith((address, "data:", "blob:")):
            faults.append(f"external request: {request.url}")

    def on_response(response):
        if response.status >= 400:
            faults.append(f"{response.status}: {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(f"exception: {error}"))
    page.on("request", on_request)
    page.on("response", on_response)


def finished(page):
    """Wait until a result is shown and nothing is under way."""
    page.wait_for_selector('.cv[data-empty="0"][data-busy="0"]')
    page.wait_for_selector('.fc[data-empty="0"]')


def sticking_out(page):
    """Everything that reaches beyond the right edge, save what is meant to be scrolled or moved.

    The page's own scrollWidth would not tell: Gradio cuts off what is too wide.
    """
    return page.evaluate(
        """width => [...document.body.querySelectorAll('*')]
            .filter(n => n.checkVisibility())
            .filter(n => !n.closest('.ss, .fc-bytes, .cv-view, .cv-spoken, .ab svg'))
            .filter(n => !n.closest('.tab-container'))
            .filter(n => n.getBoundingClientRect().right > width + 1)
            .map(n => n.outerHTML.slice(0, 100))""",
        page.viewport_size["width"],
    )


def pinch(page, x, y, gaps):
    """Lay two fingers so far to both sides of a point, and move them apart."""
    devtools = page.context.new_cdp_session(page)
    for kind, gap in [("touchStart", gaps[0]), *(("touchMove", gap) for gap in gaps[1:])]:
        points = [{"x": x - gap, "y": y, "id": 0}, {"x": x + gap, "y": y, "id": 1}]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
