"""HEVC pictures by PyAV, within the process: libx265 writes, FFmpeg's own decoder reads.

PyAV is imported where it is used, so that a program without it can still read a file's header.
PyAV keeps FFmpeg quiet unless somebody asks it not to, so nothing is done about that here; x265 is
told to be quiet for itself.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from gcdemo.codecs.bpg.container import PixelFormat
from gcdemo.codecs.bpg.nal_units import join, split
from gcdemo.codecs.bpg.planes import Plane, PlaneFormat
from gcdemo.errors import CodecFailed, CodecUnavailable, Corrupt

if TYPE_CHECKING:
    from av.video.plane import VideoPlane

BIT_DEPTHS = (8, 9, 10, 12)
"""Bits a sample that the decoder knows."""

LARGEST_QP = 51
"""The coarsest step of the quantiser; 0 is the finest."""

LONGEST_SIDE = 65_535
"""The longest side that is coded or read, in pixels; on longer ones x265 takes minutes and more."""

_PRESET = "slower"
# One picture, nothing beside it, one thread. ipratio=1 makes x265 use the very QP it is given, of
# which it would take 3 away; aq-mode and psy-* off: bits go where they lower the squared error.
# What HEVC's levels allow players to refuse is no matter here: BPG knows no levels.
_PARAMETERS = (
    "log-level=none:info=0:repeat-headers=1:annexb=1:keyint=1:bframes=0:rc-lookahead=0:scenecut=0:"
    "frame-threads=1:wpp=0:ipratio=1:aq-mode=0:psy-rd=0:psy-rdoq=0:aud=0:hrd=0:hash=0:amp=1:"
    "allow-non-conformance=1"
)
# Sides are coded rounded up to the smallest coding block, and x265 takes none below 16.
_BLOCK, _LARGE_BLOCK = 8, 16


def available() -> str | None:
    """Say in a sentence what is missing; None where nothing is."""
    try:
        from av import codecs_available
    except ImportError:
        return "BPG needs PyAV, which is not installed: pip install av."
    missing = {"libx265", "hevc"} - codecs_available
    if missing:
        return f"BPG needs {' and '.join(sorted(missing))}, which this build of PyAV lacks."
    return None


def encode_planes(planes: Sequence[Plane], form: PlaneFormat, qp: int) -> list[bytes]:
    """Give the NAL units of a picture.

    Args:
        planes: As `from_rgb` gives them.
        form: What they hold: 4:2:0 or 4:4:4, of 8 or 10 bits.
        qp: 0 to 51.

    Raises:
        CodecUnavailable: PyAV or x265 is missing.
        CodecFailed: x265 does not take the picture.
    """
    _require()
    from av import CodecContext, FFmpegError, VideoFrame
    from av.video.codeccontext import VideoCodecContext

    block = _BLOCK if min(planes[0].shape) > _BLOCK else _LARGE_BLOCK
    height, width = (-(-side // block) * block for side in planes[0].shape)
    layout = "yuv420p" if form.pixel_format is PixelFormat.YUV_420 else "yuv444p"
    context = CodecContext.create("libx265", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt = layout if form.bit_depth == 8 else f"{layout}{form.bit_depth}le"
    context.time_base = Fraction(1, 25)
    context.thread_count = 1
    context.options = {
        "preset": _PRESET,
        "x265-params": f"{_PARAMETERS}:qp={qp}:min-cu-size={block}",
    }
    try:
        frame = VideoFrame(width, height, context.pix_fmt)
        for target, plane in zip(frame.planes, planes, strict=True):
            _fill(_samples(target, plane.dtype.itemsize), plane)
        packets = context.encode(frame) + context.encode(None)
    except (FFmpegError, ValueError) as error:
        raise CodecFailed(f"x265 does not code a picture of {width} x {height}: {error}") from error
    stream = b"".join(bytes(packet) for packet in packets)
    return split(stream.lstrip(b"\0").removeprefix(b"\1"))


def decode_planes(
    nal_units: Sequence[bytes], height: int, width: int, bit_depth: int
) -> list[Plane]:
    """Give the planes of a picture, cropped to its size.

    Args:
        nal_units: With all parameter sets.
        height: Of the luma plane, at most as coded.
        width: Of the luma plane, at most as coded.
        bit_depth: One of `BIT_DEPTHS`.

    Returns:
        One or three, uint8 for 8 bits and uint16 for more.

    Raises:
        CodecUnavailable: PyAV is missing.
        Corrupt: There is no such picture in them.
    """
    _require()
    from av import CodecContext, FFmpegError, Packet
    from av.video.codeccontext import VideoCodecContext

    context = CodecContext.create("hevc", "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    # Some files carry a hash of the picture; where they do, damage to it is an error.
    context.options = {"err_detect": "crccheck+explode"}
    try:
        frames = context.decode(Packet(join(nal_units))) + context.decode(None)
    except FFmpegError as error:
        raise Corrupt("The file is damaged: its picture cannot be decoded.") from error
    if len(frames) != 1 or frames[0].is_corrupt:
        raise Corrupt("The file is damaged: its picture cannot be decoded.")
    (frame,) = frames
    components = frame.format.components
    if components[0].bits != bit_depth or frame.height < height or frame.width < width:
        raise Corrupt("The file is damaged: its picture is not what its header states.")
    planes = []
    for plane, component in zip(frame.planes, components, strict=True):
        down, right = frame.height // component.height, frame.width // component.width
        samples = _samples(plane, 1 if bit_depth == 8 else 2)
        planes.append(samples[: -(-height // down), : -(-width // right)].copy())
    return planes


def _require() -> None:
    reason = available()
    if reason:
        raise CodecUnavailable(reason)


def _samples(plane: "VideoPlane", item_bytes: int) -> Plane:
    """Give a view of a plane, with what pads its rows."""
    items = memoryview(plane)
    flat: Plane = (
        np.frombuffer(items, np.uint8) if item_bytes == 1 else np.frombuffer(items, np.uint16)
    )
    return flat.reshape(plane.height, plane.line_size // item_bytes)


def _fill(target: Plane, plane: Plane) -> None:
    """Write a plane to the upper left; to the right and below, its edges go on."""
    height, width = plane.shape
    target[:height, :width] = plane
    target[:height, width:] = plane[:, -1:]
    target[height:] = target[height - 1]
