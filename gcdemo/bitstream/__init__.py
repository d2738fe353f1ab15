"""The .gci file: integers to bytes and back; no network and no rounding decides a bit.

    container  Header, Mode, Contents, pack, unpack   fields and sections <-> the file
    contexts   ContextTables, Predictor               symbols known -> counts of the next ones
    symbols    encode_symbols, decode_symbols         symbols <-> bytes, by those counts

FORMAT.md describes every byte.
"""
