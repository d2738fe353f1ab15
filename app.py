"""Starts the web page; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where, as in any app."""

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # Gradio reads it when imported

from gcdemo.api import describe, load_codec
from gcdemo.errors import GCDemoError
from gcdemo.evaluation.metrics import ms_ssim, psnr_db
from gcdemo.samples import SAMPLES
from gcdemo.ui.app import build_app, launch
from gcdemo.ui.context import AppContext, Metric, channel_rates
from gcdemo.ui.render import gci_report


def main() -> None:
    """Serve the page over the shipped weights until it is stopped."""
    try:
        codec = load_codec()
    except GCDemoError as error:
        sys.exit(str(error))
    context = AppContext(
        codec=codec,
        rates=channel_rates(codec.qualities),
        describe=lambda data: gci_report(describe(data)),
        metrics=(Metric("PSNR", psnr_db, "dB", 2), Metric("MS-SSIM", ms_ssim, "", 3)),
        samples=SAMPLES,
    )
    launch(build_app(context), context)


if __name__ == "__main__":
    main()
