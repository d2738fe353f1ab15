"""What BPG leaves out of HEVC, rebuilt: the video and the sequence parameter set (VPS and SPS).

Of an SPS, a .bpg file keeps `CodingTools`. The rest follows from the file's header or is the same
in all files. Fields and their order are of ITU-T H.265, 7.3.2.1, 7.3.2.2 and Annex E.2.1.
"""

from dataclasses import dataclass

from gcdemo.bits import BitReader, BitWriter
from gcdemo.codecs.bpg.bits import escape, unescape
from gcdemo.codecs.bpg.coding_tools import (
    CodingTools,
    demand,
    read_blocks,
    read_extension,
    read_pcm,
    write_blocks,
    write_extension,
    write_pcm,
)

_NAL_VPS, _NAL_SPS = bytes((32 << 1, 1)), bytes((33 << 1, 1))
_PROFILE_REXT = 4  # "format range extensions": any chroma format and bit depth
_LEVEL = 255  # 8.5: a picture of any size
_VUI_EXTENDED_SHAPE = 255  # of a pixel, as two numbers of 16 bits


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """The fields of an SPS that follow from the file's header."""

    chroma_format_idc: int
    width: int  # of the coded picture, in luma samples
    height: int
    bit_depth: int


def coded_format(
    tools: CodingTools, chroma_format_idc: int, width: int, height: int, bit_depth: int
) -> PictureFormat:
    """Give how a picture of width x height is coded: in whole blocks of the smallest size."""
    bits = tools.min_coding_block_log2
    width, height = (-(-side >> bits) << bits for side in (width, height))
    return PictureFormat(chroma_format_idc, width, height, bit_depth)


def build_vps() -> bytes:
    """Give the NAL unit of a video parameter set that fits every still picture."""
    writer = BitWriter()
    # Identity 0, base layer internal and available, one layer and sub-layer, nested, reserved ones.
    writer.bits(4, 0).bits(2, 3).bits(6, 0).bits(3, 0).flag(True).bits(16, 0xFFFF)
    _write_profile(writer)
    _write_ordering(writer)
    # Highest layer 0, one layer set, no timing, no extension.
    writer.bits(6, 0).ue(0).flag(False).flag(False)
    return _NAL_VPS + escape(_stop(writer))


def build_sps(tools: CodingTools, picture: PictureFormat) -> bytes:
    """Give the NAL unit of the whole SPS."""
    writer = BitWriter()
    writer.bits(4, 0).bits(3, 0).flag(True)
    _write_profile(writer)
    writer.ue(0, picture.chroma_format_idc)
    if picture.chroma_format_idc == 3:
        writer.flag(False)  # the planes are coded together
    writer.ue(picture.width, picture.height)
    writer.flag(False)  # no conformance window
    writer.ue(picture.bit_depth - 8, picture.bit_depth - 8)
    writer.ue(4)  # picture order counts of 8 bits
    _write_ordering(writer)
    write_blocks(writer, tools, depths=2)
    writer.flag(False).flag(True)  # no scaling lists; asymmetric blocks, which only motion uses
    writer.flag(tools.sample_adaptive_offset)
    write_pcm(writer, tools.pcm)
    writer.ue(0).flag(False).flag(True)  # no reference pictures; temporal motion prediction
    writer.flag(tools.strong_intra_smoothing)
    writer.flag(False)  # no VUI
    write_extension(writer, tools.range_extension)
    return _NAL_SPS + escape(_stop(writer))


def parse_sps(nal_unit: bytes) -> tuple[CodingTools, PictureFormat]:
    """Read an encoder's SPS.

    Raises:
        Corrupt: It cannot be read.
        UnsupportedVersion: It says something that BPG cannot.
    """
    reader = BitReader(unescape(nal_unit)[len(_NAL_SPS) :])
    reader.bits(4)
    demand(reader.bits(3) == 0)
    reader.flag()
    reader.bits(64), reader.bits(32)  # profile and level
    reader.ue()
    chroma_format_idc = reader.ue()
    demand(chroma_format_idc != 3 or not reader.flag())
    width, height = reader.ue(), reader.ue()
    demand(not reader.flag())
    bit_depth = 8 + reader.ue()
    demand(reader.ue() == bit_depth - 8)
    reader.ue()
    reader.flag()
    for _ in range(3):
        reader.ue()
    blocks = read_blocks(reader)
    reader.ue()
    depth = reader.ue()
    demand(not reader.flag())
    reader.flag()
    offset = reader.flag()
    pcm = read_pcm(reader)
    demand(reader.ue() == 0 and not reader.flag())
    reader.flag()
    smoothing = reader.flag()
    if reader.flag():
        _skip_vui(reader)
    tools = CodingTools(*blocks, depth, offset, pcm, smoothing, read_extension(reader))
    return tools, PictureFormat(chroma_format_idc, width, height, bit_depth)


def _stop(writer: BitWriter) -> bytes:
    return writer.flag(True).to_bytes()


def _write_profile(writer: BitWriter) -> None:
    """Append profile_tier_level() of a progressive picture."""
    writer.bits(8, _PROFILE_REXT).bits(32, 1 << 31 - _PROFILE_REXT)
    writer.flag(True).flag(False).flag(False).flag(True).bits(44, 0).bits(8, _LEVEL)


def _write_ordering(writer: BitWriter) -> None:
    """Append that one picture is buffered, none is reordered."""
    writer.flag(True).ue(0, 0, 0)


def _skip_vui(reader: BitReader) -> None:
    """Read past vui_parameters(), which tells players what BPG says in its own header."""
    if reader.flag() and reader.bits(8) == _VUI_EXTENDED_SHAPE:
        reader.bits(32)
    if reader.flag():
        reader.flag()
    if reader.flag():
        reader.bits(4)
        if reader.flag():
            reader.bits(24)
    if reader.flag():
        reader.ue(), reader.ue()
    reader.bits(3)
    demand(not reader.flag())  # no window to crop to
    if reader.flag():
        reader.bits(64)
        if reader.flag():
            reader.ue()
        demand(not reader.flag())  # no model of a player's buffers
    if reader.flag():
        reader.bits(3)
        for _ in range(5):
            reader.ue()
