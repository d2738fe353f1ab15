"""An SC file whose bytes every machine must write, and what becomes of it when it is damaged.

The tables and everything they code come from sums and remainders: no random numbers, whose
generators may change.
"""

import zlib

import numpy as np
import pytest
from bitstream import plain_coder

from gcdemo.bitstream.container import CHECKSUM_BYTES, pack, unpack
from gcdemo.bitstream.contexts import ContextTables
from gcdemo.bitstream.header import Background, Header, SelectiveFields
from gcdemo.bitstream.maps import decode_map, decode_mask, encode_map, encode_mask
from gcdemo.bitstream.symbols import decode_symbols, encode_symbols
from gcdemo.errors import BitstreamError, Corrupt

PLACES = ([[0, 0, -1], [0, -1, 0]], [[0, -1, 1], [0, -2, -1]], [[0, -1, -1], [0, 0, -2]])

FILE = (
    "c62811beef04a028031d1209051c7d0eccffd5b582db670b57e54dc132d3f7e96a43d5ea44563557"
    "b10000000000000000000000000000000023f539974f27aba7a2ea6ce9ec5025ad"
)


def spread(shape, step, below):
    """Integers in [-below, below) that look like nothing in particular."""
    values = np.arange(np.prod(shape)) * step % 65_521 % (2 * below) - below
    return values.reshape(shape)


def make_tables(channels, centers, step):
    """Tables of three contexts, one summary and four levels; a later channel sees earlier ones."""
    places = np.array([PLACES] * channels, np.int8)
    places[1:, 2, 1] = 1, 1, 0
    width = centers + 1
    return ContextTables(
        places=places,
        rows=spread((channels, 3, (centers + 1) ** 2, width), step, 200).astype(np.int16),
        bias=spread((channels, channels, width), step + 2, 100).astype(np.int16),
        responses=spread((channels, 1, 4, centers), step + 4, 150).astype(np.int16),
    )


LABEL_TABLES = make_tables(1, 11, 7919)
MASK_TABLES = make_tables(1, 2, 6101)
DETAIL_TABLES = make_tables(3, 5, 5003)
THIN_TABLES = make_tables(2, 5, 4201)


def touched_cells(kept):
    """Cells of the latent with a kept one among their four."""
    return kept.reshape(3, 2, 5, 2).any((1, 3))


# A picture of 75 x 41: 3 x 5 cells of the latent, 6 x 10 of the fine grid.
LABELS = np.repeat([[1] * 10, [1, 1, 2, 2, 2, 3, 2, 2, 7, 7], [5] * 6 + [8] * 4], 2, 0)
LABELS = LABELS.astype(np.uint8)
KEPT = LABELS == 8
TOUCHED = touched_cells(KEPT)
DETAILS = (np.abs(spread((3, 6, 10), 911, 5)) % 5).astype(np.uint8) * KEPT
THIN = (np.abs(spread((2, 3, 5), 617, 5)) % 5).astype(np.uint8) * TOUCHED
HEADER = Header(1, b"\xbe\xef", 75, 41, 2, SelectiveFields(Background.SYNTHESISED, 3))


def write(header, labels, kept, details, thin):
    sections = [
        encode_map(labels, LABEL_TABLES),
        encode_mask(kept, MASK_TABLES),
        encode_symbols(details, DETAIL_TABLES, kept),
        encode_symbols(thin, THIN_TABLES, touched_cells(kept)),
    ]
    return pack(header, sections)


def read(data):
    """The header, the label map, the mask, and both kinds of symbols."""
    contents = unpack(data)
    label_map, mask, details, thin = contents.sections
    labels = decode_map(label_map, (6, 10), LABEL_TABLES)
    kept = decode_mask(mask, (6, 10), MASK_TABLES)
    fields = contents.header.selective
    shape = (contents.header.latent_channels, 3, 5)
    return (
        contents.header,
        labels,
        kept,
        decode_symbols(details, (fields.detail_channels, 6, 10), DETAIL_TABLES, kept),
        decode_symbols(thin, shape, THIN_TABLES, touched_cells(kept)),
    )


def seal(body):
    """Append the right checksum, so that what is inside is judged."""
    return body + zlib.crc32(body).to_bytes(CHECKSUM_BYTES, "big")


def test_the_file_is_these_bytes():
    assert write(HEADER, LABELS, KEPT, DETAILS, THIN).hex() == FILE


def test_the_file_gives_back_what_it_was_made_from():
    header, *arrays = read(bytes.fromhex(FILE))
    assert header == HEADER
    for array, expected in zip(arrays, (LABELS, KEPT, DETAILS, THIN), strict=True):
        np.testing.assert_array_equal(array, expected)


def test_the_coder_in_plain_integers_writes_its_sections_too():
    assert unpack(bytes.fromhex(FILE)).sections == (
        plain_coder.encode(LABELS[None], LABEL_TABLES),
        plain_coder.encode(KEPT[None].astype(int), MASK_TABLES),
        plain_coder.encode(DETAILS, DETAIL_TABLES, KEPT),
        plain_coder.encode(THIN, THIN_TABLES, TOUCHED),
    )


def test_every_prefix_and_every_altered_byte_is_refused():
    data = bytes.fromhex(FILE)
    damaged = [data[:end] for end in range(len(data))]
    for i in range(len(data)):
        damaged += [data[:i] + bytes((data[i] ^ flip,)) + data[i + 1 :] for flip in (1, 128, 255)]
    for other in damaged:
        with pytest.raises(BitstreamError):
            unpack(other)


def test_damage_under_a_right_checksum_is_refused_or_gives_another_file_of_its_own():
    body = bytes.fromhex(FILE)[:-CHECKSUM_BYTES]
    start = HEADER.num_bytes - 1
    num_refused = num_read = 0
    for i in range(start, len(body)):
        other = seal(body[:i] + bytes((body[i] ^ 1 << i % 8,)) + body[i + 1 :])
        try:
            header, labels, kept, details, thin = read(other)
        except BitstreamError:
            num_refused += 1
        else:
            num_read += 1
            assert write(header, labels, kept, details, thin) == other
    assert num_refused > num_read


@pytest.mark.parametrize("channels", [4, 15])
def test_more_detail_channels_than_the_tables_have_are_refused(channels):
    body = bytearray(bytes.fromhex(FILE)[:-CHECKSUM_BYTES])
    body[HEADER.num_bytes - 1] = channels
    with pytest.raises(Corrupt, match=f"{channels} latent channels"):
        read(seal(bytes(body)))
