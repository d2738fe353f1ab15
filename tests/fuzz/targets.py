"""What is fuzzed: for each kind of file sound ones to damage, and the reading of them."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bitstream.random_tables import make_tables
from fuzz.damage import damaged, with_crc_at_the_end, with_png_checksums
from hypothesis import strategies as st
from picture_files import ramp, saved
from PIL import Image

from gcdemo.bitstream.container import pack, unpack
from gcdemo.bitstream.header import Background, Header, SelectiveFields
from gcdemo.bitstream.maps import decode_map, decode_mask, encode_map, encode_mask
from gcdemo.bitstream.symbols import decode_symbols, encode_symbols
from gcdemo.bitstream.tint import COSINES, decode_tint, encode_tint
from gcdemo.codecs.bpg.info import describe as describe_bpg
from gcdemo.codecs.bpg.reader import decode_pixels
from gcdemo.codecs.registry import RIVALS, codec_for_data
from gcdemo.codecs.registry import describe as describe_rival
from gcdemo.errors import Corrupt, NotOurFormat
from gcdemo.grids import fine_grid_shape
from gcdemo.images import load_image, load_mask
from gcdemo.label_maps import encode_label_map, read_label_map

VECTORS = Path(__file__).parents[1] / "codecs" / "bpg" / "vectors"
LARGEST_DECODED = 100_000
"""Pixels: what a header may state beyond that is long work, and no hang."""


@dataclass(frozen=True)
class Target:
    """One kind of file."""

    cases: Any  # a strategy of bytes
    sound: bytes  # one that is read
    read: Any  # takes bytes; raises our own errors alone


def gci():
    """Files of all modes, as far as integers go: header, sections, maps, symbols."""
    tables = make_tables(0, channels=4)
    labels, mask = (make_tables(1, channels=1, centers=n, contexts=2) for n in (11, 2))
    rng = np.random.default_rng(0)

    def file(width, height, channels, details=None):
        fine = fine_grid_shape(height, width)
        coarse = (channels, fine[0] // 2, fine[1] // 2)
        thin = rng.integers(0, 5, coarse).astype(np.uint8)
        if details is None:
            header = Header(1, b"ab", width, height, channels)
            return pack(header, [encode_symbols(thin, tables)])
        kept = rng.random(fine) < 0.3
        fields = SelectiveFields(Background.THIN, details)
        fine_symbols = rng.integers(0, 5, (details, *fine)).astype(np.uint8)
        classes = rng.integers(0, 11, fine).astype(np.uint8)
        return pack(
            Header(3, b"ab", width, height, channels, fields),
            [
                encode_map(classes, labels),
                encode_mask(kept, mask),
                encode_symbols(fine_symbols, tables, kept),
                encode_symbols(thin, tables),
            ],
        )

    def read(data):
        contents = unpack(data)
        header, sections = contents.header, contents.sections
        if header.width * header.height > LARGEST_DECODED:
            return
        fine = fine_grid_shape(header.height, header.width)
        coarse = (header.latent_channels, fine[0] // 2, fine[1] // 2)
        if header.selective is not None:
            decode_map(sections[0], fine, labels)
            kept = decode_mask(sections[1], fine, mask)
            details = header.selective.detail_channels
            if details and not kept.any():
                raise Corrupt("as the codec says")
            decode_symbols(sections[2], (details, *fine), tables, kept)
        if header.tinted:
            decode_tint(sections[0])
        decode_symbols(sections[-1], coarse, tables)

    files = [file(50, 40, 2), file(5000, 20, 4), file(33, 64, 2, 3), file(16, 16, 1, 1)]
    contents = unpack(files[0])
    tint = encode_tint(rng.integers(-9, 9, (len(COSINES), 3)))
    header = dataclasses.replace(contents.header, tinted=True)
    files.append(pack(header, [tint, *contents.sections]))
    return Target(damaged(files, with_crc_at_the_end), files[0], read)


def bpg():
    """Files of BPG: our parser, then FFmpeg's HEVC decoder."""
    files = [path.read_bytes() for path in sorted(VECTORS.glob("s37x29*.bpg"))]

    def read(data):
        describe_bpg(data)
        decode_pixels(data)

    return Target(damaged(files), files[0], read)


def pictures():
    """Pictures that visitors compress."""
    color, gray = ramp(31, 45), Image.fromarray(ramp(31, 45)[..., 0])
    rgba = Image.fromarray(np.dstack([color, color[..., 0]]))
    exif = Image.Exif()
    exif[274] = 6
    files = [
        saved(color, "PNG"),
        saved(rgba, "PNG"),
        saved(gray.convert("1"), "PNG"),
        saved(Image.fromarray(color).quantize(20), "PNG", transparency=3),
        saved(Image.fromarray(color[..., 0].astype(np.uint16) * 200), "PNG"),
        saved(color, "JPEG", exif=exif, progressive=True),
        saved(Image.fromarray(color).convert("CMYK"), "JPEG"),
        saved(color, "WEBP"),
        saved(rgba, "WEBP", lossless=False, save_all=True, append_images=[rgba.rotate(90)]),
        saved(color, "BMP"),
        saved(color, "TIFF", compression="tiff_lzw"),
        saved(rgba, "TIFF", compression="tiff_adobe_deflate", save_all=True, append_images=[rgba]),
        saved(gray, "TIFF", compression="packbits"),
    ]
    return Target(damaged(files, with_png_checksums), files[0], load_image)


def maps():
    """Label maps and masks that are sent beside a picture."""
    ids = (ramp(20, 30)[..., 0] % 11).astype(np.uint8)
    files = [encode_label_map(ids), saved(ids, "PNG"), saved(Image.fromarray(ids % 2 > 0), "PNG")]

    def read(data):
        load_mask(data)
        read_label_map(data)

    return Target(damaged(files, with_png_checksums), files[0], read)


def rivals():
    """Files of the other codecs, which visitors may open."""
    ready = [codec for codec in RIVALS if codec.name != "bpg" and codec.available() is None]
    files = [
        codec.encode(ramp(40, 56), codec.qualities[len(codec.qualities) // 2]) for codec in ready
    ]

    def read(data):
        codec = codec_for_data(data)
        if codec is None:
            raise NotOurFormat("as the page says")
        describe_rival(data)
        codec.decode(data)

    return Target(damaged(files), files[0], read)


def failing(fail):
    """A reader that fails at one of two files."""
    return lambda: Target(st.sampled_from([b"", b"x"]), b"", lambda data: data and fail())


def _endless():
    while True:
        pass


def _untold():
    raise Corrupt("")


FAULTS = {
    "slow": failing(_endless),
    "greedy": failing(lambda: np.ones(2**31, np.uint8)),
    "faulty": failing(lambda: 1 // 0),
    "silent": failing(_untold),
}
"""Readers that do what none may."""

TARGETS = {
    **FAULTS,
    "gci": gci,
    "bpg": bpg,
    "pictures": pictures,
    "maps": maps,
    "rivals": rivals,
}
