"""Starts the web page; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where, as in any app."""

import os
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
    launch(build_app(context), context)


if __name__ == "__main__":
    main()
