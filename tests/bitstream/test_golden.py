"""Files that every later program must read, and whose bytes every machine must write.

tests/golden holds, for each version of the format, a file and what it was made from. Both stay for
ever. GCDEMO_REGENERATE=1 writes those of the current version anew, which is allowed only together
with a new version in container.py and FORMAT.md.
"""

import json
import os

import numpy as np
import pytest
from bitstream import plain_coder
from bitstream.random_tables import make_tables

from gcdemo.bitstream.container import pack, unpack
from gcdemo.bitstream.contexts import ContextTables
from gcdemo.bitstream.header import VERSION, Header
from gcdemo.bitstream.symbols import decode_symbols, encode_symbols

VERSIONS = range(1, VERSION + 1)


def read_source(text):
    """The header, symbols and tables that a file was made from."""
    source = json.loads(text)
    tables = ContextTables(
        places=np.array(source["places"], np.int8),
        rows=np.array(source["rows"], np.int16),
        bias=np.array(source["bias"], np.int16),
        responses=np.array(source["responses"], np.int16),
    )
    symbols = np.array(source["symbols"], np.uint8)
    width, height = source["size"]
    weight_hash = bytes.fromhex(source["weight_hash"])
    header = Header(source["model_id"], weight_hash, width, height, len(symbols))
    return header, symbols, tables


def write_source():
    """Symbols of a 145 x 97 picture at C = 2, and small tables."""
    tables = make_tables(1, channels=2, contexts=2, summaries=1, levels=3, reach=200)
    arrays = {name: array.tolist() for name, array in tables.to_arrays().items()}
    symbols = np.random.default_rng(1).integers(0, 5, (2, 7, 10)).tolist()
    header = {"model_id": 1, "weight_hash": "beef", "size": [145, 97]}
    return json.dumps({**header, "symbols": symbols, **arrays}, separators=(",", ":")) + "\n"


@pytest.fixture(params=VERSIONS)
def golden(request, repository):
    """The source and the file of a version; their absence is a failure."""
    folder = repository / "tests" / "golden"
    source = folder / f"version-{request.param}.json"
    file = folder / f"version-{request.param}.gci"
    if os.environ.get("GCDEMO_REGENERATE") == "1" and request.param == VERSION:
        source.write_text(write_source(), encoding="utf-8")
        header, symbols, tables = read_source(source.read_text(encoding="utf-8"))
        file.write_bytes(pack(header, [encode_symbols(symbols, tables)]))
    return read_source(source.read_text(encoding="utf-8")), file.read_bytes()


def test_every_files_symbols_are_restored(golden):
    (header, symbols, tables), data = golden
    contents = unpack(data)
    assert contents.header == header
    decoded = decode_symbols(contents.sections[0], symbols.shape, tables)
    np.testing.assert_array_equal(decoded, symbols)


def test_the_current_versions_file_is_written_byte_by_byte(golden):
    (header, symbols, tables), data = golden
    if data[1] >> 5 == VERSION:
        assert pack(header, [encode_symbols(symbols, tables)]) == data


def test_the_coder_in_plain_integers_writes_the_current_versions_symbols_too(golden):
    (_, symbols, tables), data = golden
    if data[1] >> 5 == VERSION:
        assert plain_coder.encode(symbols, tables) == unpack(data).sections[0]


def test_a_golden_file_is_small(golden):
    assert len(golden[1]) < 1000
