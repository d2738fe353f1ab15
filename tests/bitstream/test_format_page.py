"""FORMAT.md says what the program does."""

import re
import zlib

import pytest

from gcdemo.bitstream import container
from gcdemo.bitstream.container import SECTIONS, Header, Mode, pack, unpack


@pytest.fixture
def page(repository):
    return (repository / "gcdemo" / "bitstream" / "FORMAT.md").read_text(encoding="utf-8")


@pytest.fixture
def example(page):
    """The bytes of the example, line by line with what is said of them."""
    block = re.search(r"```hex\n(.*?)```", page, re.S).group(1)
    lines = (re.split(r"\s{2,}", line, maxsplit=1) for line in block.splitlines())
    return [(bytes.fromhex(digits), meaning) for digits, meaning in lines]


def test_the_example_is_the_file_that_is_written(example):
    header = Header(Mode.GC, 1, b"\xbe\xef", 2, 1, 1)
    assert pack(header, [b"\1\2"]) == b"".join(digits for digits, _ in example)


def test_the_example_names_every_field_of_a_gc_file(example):
    names = ["signature", "version", "lower bits", "weight hash", "W - 1", "symbols", "checksum"]
    for (_, meaning), name in zip(example, names, strict=True):
        assert meaning.startswith(name)


def test_numbers_in_the_page_are_the_programs(page):
    assert page.startswith(f"# The .gci file, version {container.VERSION}\n")
    assert f"| 0 | 8 | signature | `{container.SIGNATURE:02X}` |" in page
    assert f"{container.MAX_PIXELS:,}" in page
    # The last row of the last table is the current version's.
    assert page.rstrip().splitlines()[-1].startswith(f"| {container.VERSION} |")


@pytest.mark.parametrize("mode", Mode)
def test_the_page_lists_the_sections_of_every_mode(page, mode):
    row = re.search(rf"^\| {mode.value} {mode.name} \| (.*) \|$", page, re.M).group(1)
    assert row.split(" (")[0].split(", ") == list(SECTIONS[mode])


def test_bits_of_the_header_stand_where_the_table_says(page):
    """Each field of one to twelve bits, set to all ones, changes exactly the bits of its row."""
    base = dict(mode=Mode.GC, model_id=0, weight_hash=b"\0\0", width=1, height=1, latent_channels=1)
    fields = {
        "mode": ({"mode": Mode.SC}, 0x08 << 48),
        "model id": ({"model_id": 63}, 0x03F0 << 40),
        "C − 1": ({"latent_channels": 16}, 0x0F << 40),
        "weight hash": ({"weight_hash": b"\xff\xff"}, 0xFFFF << 24),
        "W − 1, H − 1": ({"width": 4096, "height": 1}, 0xFFF << 12),
    }
    front = int.from_bytes(pack(Header(**base), [b""])[:8], "big")
    for name, (change, bits) in fields.items():
        assert f"| {name} |" in page
        header = Header(**{**base, **change})
        data = pack(header, [b""] * len(SECTIONS[header.mode]))
        assert int.from_bytes(data[:8], "big") ^ front == bits, name


def test_the_checksum_is_of_all_bytes_before_it(example):
    data = b"".join(digits for digits, _ in example)
    assert zlib.crc32(data[:-4]) == int.from_bytes(data[-4:], "big")
    assert unpack(data).sections == (b"\1\2",)
