"""Picture files made by hand or by Pillow, for tests."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def ramp(height, width):
    """A picture in which no two neighbors agree and no symmetry hides a turn."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 7 % 256, y * 11 % 256, (x + 3 * y) % 256], axis=2).astype(np.uint8)


def saved(image, kind, **options):
    """The bytes of an array or Pillow image in a format."""
    if kind == "WEBP":
        options = {"lossless": True, "exact": True, **options}
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(
        buffer, kind, **options
    )
    return buffer.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_file(width, height, bits, color_type, rows, extra=b""):
    """A PNG file made by hand, for what Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def tiff_file(width, height, bits, photometric, pixels):
    """A gray TIFF file made by hand: one strip, not compressed, little-endian."""
    entries = (
        (256, width),
        (257, height),
        (258, bits),
        (259, 1),
        (262, photometric),
        (273, 8),
        (277, 1),
        (278, height),
        (279, len(pixels)),
    )
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return (
        struct.pack("<2sHI", b"II", 42, 8 + len(pixels))
        + pixels
        + struct.pack("<H", len(entries))
        + directory
        + bytes(4)
    )


def far(image, image_hat):
    return np.abs(image.astype(int) - image_hat.astype(int)).max()


def profile_of(gamma, *primaries):
    """An ICC profile made by hand: primaries as XYZ under D50, one gamma."""

    def fixed(*values):
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    def xyz(*values):
        return b"XYZ " + bytes(4) + fixed(*values)

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78) + bytes(1)
    tags = [(b"desc", name), (b"wtpt", xyz(0.9642, 1, 0.8249))]
    tags += [
        (tag, xyz(*values))
        for tag, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)
    ]
    tags += [(tag, curve) for tag in (b"rTRC", b"gTRC", b"bTRC")]
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, data in tags:
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s", start + len(body), bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ "
    )
    header += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


# Adobe RGB (1998), adapted to D50: its green lies far outside of sRGB's.
ADOBE_RGB = profile_of(
    563 / 256, (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)
)
