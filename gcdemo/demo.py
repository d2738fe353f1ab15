"""What the page shows here: shipped weights, every rival, the samples, the study."""

import os
from functools import partial
from pathlib import Path

from gcdemo import __version__
from gcdemo.api import decompress, describe, load_codec
from gcdemo.codecs.base import Codec, Image
from gcdemo.codecs.bpg.info import BpgInfo
from gcdemo.codecs.registry import RIVALS, codec_for_data, rival
from gcdemo.codecs.registry import describe as describe_rival
from gcdemo.codecs.selective import SelectiveFileInfo
from gcdemo.errors import CheckpointError, NotOurFormat
from gcdemo.evaluation.metrics import LpipsSqueeze, ms_ssim, psnr_db
from gcdemo.evaluation.plots import PANELS, find_curves
from gcdemo.evaluation.report import Summary
from gcdemo.evaluation.stored import stored_summaries
from gcdemo.kernel_cache import bound_kernel_cache
from gcdemo.samples import SAMPLES
from gcdemo.selective_workshop import SelectiveWorkshop
from gcdemo.study.desk import StudyDesk
from gcdemo.study.manifest import Pack
from gcdemo.study.pack import Recipe, build_pack
from gcdemo.threads import fit_threads
from gcdemo.ui.context import AppContext, FileReport, Metric, channel_rates
from gcdemo.ui.curves import Benchmark, Curve, CurvePoint, Measure
from gcdemo.ui.reports import bpg_report, gci_report, picture_report
from gcdemo.ui.selective_report import selective_report
from gcdemo.zero_gpu import borrowing, borrowing_codec, seconds_for_file
from gcdemo.zero_gpu import start as start_lending


class AnyFile:
    """Reads our files and those of every rival; which it is, the content says."""

    endings = (".gci", ".bpg", ".jxl", ".jp2", ".j2k", ".avif", ".webp", ".jpg")

    def __init__(self, ours: Codec) -> None:
        """Take what knows our files."""
        self._ours = ours
        self._decode_ours = borrowing(_decompress, seconds_for_file)

    def describe(self, data: bytes) -> FileReport:
        """Give what a file says of itself.

        Raises:
            GCDemoError: It is of no kind that is read here, or damaged.
        """
        if self._ours.recognizes(data):
            fields = describe(data)
            if isinstance(fields, SelectiveFileInfo):
                return selective_report(fields)
            return gci_report(fields)
        codec = codec_for_data(data)
        if codec is None:
            raise NotOurFormat(f"This is none of the files read here: {' '.join(self.endings)}.")
        stated = describe_rival(data)
        if isinstance(stated, BpgInfo):
            return bpg_report(stated)
        return picture_report(codec.label, codec.extension, stated)

    def decode(self, data: bytes) -> Image:
        """Give the picture of a file.

        Raises:
            GCDemoError: It is of no kind that is read here, or damaged.
        """
        return self._decode_ours(data) if self._ours.recognizes(data) else decompress(data)


def _decompress(data: bytes) -> Image:
    return decompress(data)


def demo_context() -> AppContext:
    """Load what the page is built from, and begin to prepare the study.

    Raises:
        GCDemoError: The weights cannot be used.
    """
    fit_threads()
    bound_kernel_cache()
    quiet_place = start_lending()
    # Named in full, as `decompress` names it: else it would be loaded twice.
    codec, baseline = load_codec("gc", "auto"), load_codec("gc-mse", "auto")
    searching = load_codec("gc", "auto", search=True)
    desk = StudyDesk(
        codec.loaded.weights.sha256[:12],
        partial(sample_pack, load_codec("gc", quiet_place)),
        __version__,
    )
    desk.open()
    return AppContext(
        codec=borrowing_codec(codec),
        rates=channel_rates(codec.qualities, typical_bpp=codec.typical_bpp),
        reader=AnyFile(codec),
        metrics=(
            Metric("PSNR", psnr_db, "dB", 2),
            Metric("MS-SSIM", ms_ssim, "", 3),
            *(Metric("LPIPS", lpips, "", 3) for lpips in local_lpips()),
        ),
        samples=SAMPLES,
        rivals=(*RIVALS, borrowing_codec(baseline)),
        first_rivals=("bpg", "jpeg"),
        rate_rival="bpg",
        benchmark=kodak_benchmark(),
        study=desk,
        selective=SelectiveWorkshop(quiet_place),
        wanted_quality=8,
        searching=borrowing_codec(searching),
        search_first=codec.precision.device.type == "cuda",
    )


def local_lpips() -> tuple[LpipsSqueeze, ...]:
    """Give LPIPS where its trunk is on this machine: the page never fetches anything."""
    if not os.environ.get("GCDEMO_BACKBONES"):
        return ()
    try:
        return (LpipsSqueeze.load(),)
    except CheckpointError:
        return ()


def kodak_benchmark() -> Benchmark:
    """Give what was measured on Kodak, as the page shows it.

    Raises:
        InputError: The stored results are missing or damaged.
    """
    labels = {"psnr_db": "PSNR", "ms_ssim": "MS-SSIM", "lpips_squeeze": "LPIPS", "d10": "d10"}
    decimals = {"psnr_db": 2}
    measures = tuple(
        Measure(
            label=labels[panel.measure],
            title=panel.title,
            decimals=decimals.get(panel.measure, 3),
            higher_is_better=panel.better == "higher",
        )
        for panel in PANELS
    )
    curves = tuple(
        Curve(
            codec=curve.style.codec,
            label=curve.style.label,
            color=curve.style.color,
            points=tuple(map(_benchmark_point, curve.summaries)),
        )
        for curve in find_curves(stored_summaries())
    )
    title = (
        "Kodak: means over its 24 photographs of 768 × 512, real files, everything counted. Of "
        "JPEG, WebP, AVIF and JPEG XL the smallest files are shown. LPIPS is part of our training; "
        "d10 judges with a network that is not. Hollow points are of your photo alone, no means."
    )
    return Benchmark(title, measures, curves)


def _benchmark_point(summary: Summary) -> CurvePoint:
    if summary.factor is None:
        name = f"C = {summary.quality:g}"
    elif summary.floors == summary.pictures:
        name = "its smallest files"
    else:
        name = f"{summary.factor:g} × the bytes of C = {summary.anchor}"
        if 2 * summary.floors > summary.pictures:
            name += ", mostly its smallest"
    values = tuple(getattr(summary, panel.measure) for panel in PANELS)
    return CurvePoint(name=name, num_bytes=summary.num_bytes, bpp=summary.bpp, values=values)


def sample_pack(codec: Codec, out: Path) -> Pack:
    """Make the study that runs where no other is named: the samples, ours against BPG."""
    paths = [sample.path for sample in SAMPLES]
    return build_pack(paths, out, codec, [rival("bpg")], Recipe(), __version__)
