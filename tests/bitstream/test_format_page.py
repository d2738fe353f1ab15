"""FORMAT.md says what the program does."""

import dataclasses
import re
import zlib

import numpy as np
import pytest

from gcdemo.bitstream.container import SECTIONS, pack, unpack
from gcdemo.bitstream.header import (
    SIGNATURE,
    VERSION,
    Background,
    Header,
    Mode,
    SelectiveFields,
)
from gcdemo.bitstream.tint import COSINES, LUMA_AND_CHROMA, MAX_LEVEL, STEP, encode_tint
from gcdemo.label_classes import LABEL_CLASSES
from gcdemo.limits import MAX_PIXELS, MAX_SIDE


@pytest.fixture
def page(repository):
    return (repository / "gcdemo" / "bitstream" / "FORMAT.md").read_text(encoding="utf-8")


@pytest.fixture
def examples(page):
    """The bytes of the examples, line by line with what is said of them."""
    examples = []
    for block in re.findall(r"```hex\n(.*?)```", page, re.S):
        lines = (re.split(r"\s{2,}", line, maxsplit=1) for line in block.splitlines())
        examples.append([(bytes.fromhex(digits), meaning) for digits, meaning in lines])
    return examples


def test_the_examples_are_the_files_that_are_written(examples):
    gc = pack(Header(1, b"\xbe\xef", 2, 1, 1), [b"\1\2"])
    fields = SelectiveFields(Background.SYNTHESISED, 6)
    sections = [b"\5", b"\1", b"\1\2\3", b"\4"]
    sc = pack(Header(1, b"\xbe\xef", 2, 1, 2, fields), sections)
    levels = np.zeros((len(COSINES), 3), int)
    levels[0] = (-1, 0, 4)
    tinted = pack(Header(1, b"\xbe\xef", 2, 1, 1, tinted=True), [encode_tint(levels), b"\1\2"])
    assert [b"".join(digits for digits, _ in example) for example in examples] == [gc, sc, tinted]


def test_the_examples_name_every_field(examples):
    front = ["signature", "version", "lower bits", "weight hash", "W - 1"]
    for example, rest in zip(
        examples,
        (
            ["symbols", "checksum"],
            ["background", "lengths", *SECTIONS[Mode.SC], "checksum"],
            ["length", *SECTIONS[Mode.TINTED], "checksum"],
        ),
        strict=True,
    ):
        for (_, meaning), name in zip(example, front + rest, strict=True):
            assert meaning.startswith(name)


def test_numbers_in_the_page_are_the_programs(page):
    assert page.startswith(f"# The .gci file, version {VERSION}\n")
    assert f"| 0 | 8 | signature | `{SIGNATURE:02X}` |" in page
    assert f"{MAX_PIXELS:,}" in page
    assert f"{MAX_SIDE:,}" in page
    # The last row of the last table is the current version's.
    assert page.rstrip().splitlines()[-1].startswith(f"| {VERSION} |")


@pytest.mark.parametrize("mode", Mode)
def test_the_page_lists_the_sections_of_every_mode(page, mode):
    row = re.search(rf"^\| {mode.value} {mode.name} \| (.*) \|$", page, re.M).group(1)
    assert row.split(", ") == list(SECTIONS[mode])


def test_bits_of_the_header_stand_where_the_table_says(page):
    """Each field of one to twelve bits, set to all ones, changes exactly the bits of its row."""
    base = Header(0, b"\0\0", 1, 1, 1)
    fields = {
        "model id": ({"model_id": 63}, 0x03F0 << 40),
        "C − 1": ({"latent_channels": 16}, 0x0F << 40),
        "weight hash": ({"weight_hash": b"\xff\xff"}, 0xFFFF << 24),
        "W − 1, H − 1": ({"width": 4096, "height": 1}, 0xFFF << 12),
    }
    front = int.from_bytes(pack(base, [b""])[:8], "big")
    for name, (change, bits) in fields.items():
        assert f"| {name} |" in page
        data = pack(dataclasses.replace(base, **change), [b""])
        assert int.from_bytes(data[:8], "big") ^ front == bits, name


def test_bits_of_the_fields_of_sc_stand_where_the_table_says(page):
    base = Header(0, b"\0\0", 1, 1, 1)
    front = int.from_bytes(pack(base, [b""])[:8] + b"\0", "big")
    for name, background, channels, bits in (
        ("mode", Background.SYNTHESISED, 0, 0x08 << 56),
        ("background", Background.THIN, 0, 0x08 << 56 | 0x80),
        ("D", Background.SYNTHESISED, 15, 0x08 << 56 | 0x0F),
    ):
        assert f"| {name} |" in page
        header = dataclasses.replace(base, selective=SelectiveFields(background, channels))
        data = pack(header, [b""] * len(SECTIONS[Mode.SC]))
        assert int.from_bytes(data[:9], "big") ^ front == bits, name


def test_the_page_says_what_a_tint_is(page):
    section = " ".join(re.search(r"\n## Tint\n(.*?)\n## ", page, re.S).group(1).split())
    assert f"{MAX_LEVEL}" in section
    assert f"level / {1 / STEP:.0f} ·" in section
    assert ", ".join(str(pair) for pair in COSINES) in section
    for weights in LUMA_AND_CHROMA:
        assert f"({', '.join(f'{w:g}' for w in weights)})".replace("-", "−") in section


def test_the_page_lists_every_class_of_a_label_map(page):
    section = " ".join(re.search(r"\*\*Label map\.\*\* (.*?)\n\n", page, re.S).group(1).split())
    assert ", ".join(f"{c.id} {c.name}" for c in LABEL_CLASSES) in section


def test_the_checksum_is_of_all_bytes_before_it(examples):
    for example in examples:
        data = b"".join(digits for digits, _ in example)
        assert zlib.crc32(data[:-4]) == int.from_bytes(data[-4:], "big")
        assert unpack(data).sections[-1] == example[-2][0]
