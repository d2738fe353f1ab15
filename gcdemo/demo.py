"""What the page shows here: shipped weights, every rival, the samples, the study."""

from functools import partial
from pathlib import Path

from gcdemo import __version__
from gcdemo.api import describe, load_codec
from gcdemo.codecs.base import Codec
from gcdemo.codecs.registry import RIVALS, rival
from gcdemo.evaluation.metrics import ms_ssim, psnr_db
from gcdemo.samples import SAMPLES
from gcdemo.study.desk import StudyDesk
from gcdemo.study.manifest import Pack
from gcdemo.study.pack import Recipe, build_pack
from gcdemo.ui.context import AppContext, Metric, channel_rates
from gcdemo.ui.render import gci_report


def demo_context() -> AppContext:
    """Load what the page is built from, and begin to prepare the study.

    Raises:
        GCDemoError: The weights cannot be used.
    """
    codec, baseline = load_codec("gc"), load_codec("gc-mse")
    desk = StudyDesk(codec.loaded.sha256[:12], partial(sample_pack, codec), __version__)
    desk.open()
    return AppContext(
        codec=codec,
        rates=channel_rates(codec.qualities, typical_bpp=codec.typical_bpp),
        describe=lambda data: gci_report(describe(data)),
        metrics=(Metric("PSNR", psnr_db, "dB", 2), Metric("MS-SSIM", ms_ssim, "", 3)),
        samples=SAMPLES,
        rivals=(*RIVALS, baseline),
        first_rivals=("bpg", "jpeg"),
        study=desk.service,
        wanted_quality=8,
    )


def sample_pack(codec: Codec, out: Path) -> Pack:
    """Make the study that runs where no other is named: the samples, ours against BPG."""
    paths = [sample.path for sample in SAMPLES]
    return build_pack(paths, out, codec, [rival("bpg")], Recipe(), __version__)
