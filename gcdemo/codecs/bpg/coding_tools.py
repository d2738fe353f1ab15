"""The tools that a picture is coded with: the part of HEVC's parameters that a .bpg file keeps.

Fields and their order are of a sequence parameter set (SPS), ITU-T H.265, 7.3.2.2. A file holds
them in a short form; what writes and reads a whole SPS is made of the same parts.
"""

from dataclasses import dataclass
from enum import IntFlag

from gcdemo.bits import BitReader, BitWriter
from gcdemo.errors import Corrupt, UnsupportedVersion

_LARGEST_BLOCK_LOG2 = 6
_LARGEST_TRANSFORM_LOG2 = 5


class RangeExtension(IntFlag):
    """Tools of sps_range_extension(), in the order of their bits."""

    NONE = 0
    TRANSFORM_SKIP_ROTATION = 1 << 8
    TRANSFORM_SKIP_CONTEXT = 1 << 7
    IMPLICIT_RDPCM = 1 << 6
    EXPLICIT_RDPCM = 1 << 5
    EXTENDED_PRECISION = 1 << 4
    INTRA_SMOOTHING_DISABLED = 1 << 3
    HIGH_PRECISION_OFFSETS = 1 << 2
    PERSISTENT_RICE = 1 << 1
    CABAC_BYPASS_ALIGNMENT = 1 << 0


@dataclass(frozen=True, slots=True)
class PcmTools:
    """How blocks of plain samples are stored."""

    bit_depth_luma: int  # 1 to 16
    bit_depth_chroma: int  # 1 to 16
    min_block_log2: int
    max_block_log2: int
    loop_filter_disabled: bool


@dataclass(frozen=True, slots=True)
class CodingTools:
    """The fields of an SPS that BPG keeps."""

    min_coding_block_log2: int  # 3 to 6
    max_coding_block_log2: int  # up to 6
    min_transform_block_log2: int  # from 2, below min_coding_block_log2
    max_transform_block_log2: int  # up to 5
    max_transform_depth: int  # within a block of intra prediction
    sample_adaptive_offset: bool
    pcm: PcmTools | None
    strong_intra_smoothing: bool
    range_extension: RangeExtension = RangeExtension.NONE

    def __post_init__(self) -> None:
        """Check what H.265 7.4.3.2.1 asks of the blocks.

        Raises:
            Corrupt: They are larger or smaller than allowed.
        """
        smallest, largest = self.min_coding_block_log2, self.max_coding_block_log2
        sound = (
            largest <= _LARGEST_BLOCK_LOG2
            and self.min_transform_block_log2 < smallest
            and self.max_transform_block_log2 <= min(largest, _LARGEST_TRANSFORM_LOG2)
            and self.max_transform_depth <= largest - self.min_transform_block_log2
        )
        if self.pcm is not None:
            sound = sound and smallest <= self.pcm.min_block_log2
            sound = sound and self.pcm.max_block_log2 <= min(largest, _LARGEST_TRANSFORM_LOG2)
        if not sound:
            raise Corrupt("The file is damaged: the sizes of the picture's blocks make no sense.")


def pack_tools(tools: CodingTools) -> bytes:
    """Give the short form of an SPS; it has no stop bit."""
    writer = BitWriter()
    write_blocks(writer, tools, depths=1)
    writer.flag(tools.sample_adaptive_offset)
    write_pcm(writer, tools.pcm)
    writer.flag(tools.strong_intra_smoothing)
    write_extension(writer, tools.range_extension)
    return writer.to_bytes()


def unpack_tools(data: bytes) -> CodingTools:
    """Read the short form of an SPS: the inverse of `pack_tools`.

    Raises:
        Corrupt: It ends early, goes on, or states sizes that make no sense.
        UnsupportedVersion: It names an extension of HEVC that is not known here.
    """
    reader = BitReader(data)
    blocks = read_blocks(reader)
    depth = reader.ue()
    tools = CodingTools(
        *blocks,
        max_transform_depth=depth,
        sample_adaptive_offset=reader.flag(),
        pcm=read_pcm(reader),
        strong_intra_smoothing=reader.flag(),
        range_extension=read_extension(reader),
    )
    if reader.bits_left > 7 or reader.bits(reader.bits_left):
        raise Corrupt("The file is damaged: the picture's parameters are longer than needed.")
    return tools


def demand(holds: bool) -> None:
    """Refuse an SPS of which something does not hold that is so in every .bpg file.

    Raises:
        UnsupportedVersion: It does not.
    """
    if not holds:
        raise UnsupportedVersion("The HEVC picture uses something that a .bpg file cannot hold.")


def write_blocks(writer: BitWriter, tools: CodingTools, depths: int) -> None:
    """Append block sizes, and the depth of transforms: once (intra) or twice (inter, intra)."""
    writer.ue(
        tools.min_coding_block_log2 - 3,
        tools.max_coding_block_log2 - tools.min_coding_block_log2,
        tools.min_transform_block_log2 - 2,
        tools.max_transform_block_log2 - tools.min_transform_block_log2,
        *[tools.max_transform_depth] * depths,
    )


def read_blocks(reader: BitReader) -> tuple[int, int, int, int]:
    """Give the sizes of coding and transform blocks, as they begin `CodingTools`."""
    smallest = 3 + reader.ue()
    largest = smallest + reader.ue()
    transform = 2 + reader.ue()
    return smallest, largest, transform, transform + reader.ue()


def write_pcm(writer: BitWriter, pcm: PcmTools | None) -> None:
    """Append whether there are blocks of plain samples, and how they are stored."""
    writer.flag(pcm is not None)
    if pcm is not None:
        writer.bits(4, pcm.bit_depth_luma - 1).bits(4, pcm.bit_depth_chroma - 1)
        writer.ue(pcm.min_block_log2 - 3, pcm.max_block_log2 - pcm.min_block_log2)
        writer.flag(pcm.loop_filter_disabled)


def read_pcm(reader: BitReader) -> PcmTools | None:
    """Give how blocks of plain samples are stored."""
    if not reader.flag():
        return None
    luma, chroma = 1 + reader.bits(4), 1 + reader.bits(4)
    smallest = 3 + reader.ue()
    return PcmTools(luma, chroma, smallest, smallest + reader.ue(), reader.flag())


def write_extension(writer: BitWriter, tools: RangeExtension) -> None:
    """Append the extensions of an SPS: none, or that of ranges."""
    writer.flag(tools != 0)
    if tools:
        writer.flag(True).bits(7, 0).bits(9, tools)


def read_extension(reader: BitReader) -> RangeExtension:
    """Give the tools of the one extension that BPG knows.

    Raises:
        UnsupportedVersion: There is another.
    """
    if not reader.flag():
        return RangeExtension.NONE
    has_range_extension = reader.flag()
    demand(reader.bits(7) == 0)
    return RangeExtension(reader.bits(9) if has_range_extension else 0)
