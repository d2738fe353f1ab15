"""A hub on this machine that serves one file, as the real one does, and breaks off when told."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandInHub:
    """What it serves, how, and what it was asked."""

    def __init__(self, address, data):
        self.address = address
        self.data = data
        self.sent_at_most = None  # bytes of one answer, before the connection breaks
        self.honors_ranges = True
        self.asked = []  # (path, Range)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        hub = self.server.hub
        wanted = self.headers.get("Range")
        hub.asked.append((self.path, wanted))
        if hub.data is None:
            self.send_error(404)
            return
        start = int(wanted.split("=")[1].split("-")[0]) if wanted and hub.honors_ranges else 0
        body = hub.data[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(hub.data) - 1}/{len(hub.data)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if hub.sent_at_most is None:
            self.wfile.write(body)
        else:
            self.wfile.write(body[: hub.sent_at_most])
            self.wfile.flush()
            self.close_connection = True

    def log_message(self, *arguments):
        pass


@contextmanager
def serving(data):
    """Serve data until the end of the block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.hub = StandInHub(f"http://127.0.0.1:{server.server_port}", data)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.hub
        finally:
            server.shutdown()
            thread.join()
