"""Starts the web page; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where, as in any app."""

import os
import signal
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # Gradio reads it when imported

from gcdemo.demo import demo_context
from gcdemo.errors import GCDemoError
from gcdemo.ui.app import build_app, launch


def main() -> None:
    """Serve the page over the shipped weights until it is stopped."""
    try:
        context = demo_context()
    except GCDemoError as error:
        sys.exit(str(error))
    # A stop from outside ends as an interrupt at the keyboard does: what waits to be sent is sent.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        launch(build_app(context), context)
    finally:
        if context.study is not None:
            context.study.close()


if __name__ == "__main__":
    main()
