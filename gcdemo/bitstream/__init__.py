"""The .gci file: integers to bytes and back; no network and no rounding decides a bit.

    header     Header, Mode, Background               fields <-> the first bytes
    container  Contents, pack, unpack                 fields and sections <-> the file
    contexts   ContextTables, Predictor               symbols known -> counts of the next ones
    symbols    encode_symbols, decode_symbols         symbols <-> bytes, by those counts
    maps       encode_map, encode_mask, ...           label maps and masks <-> bytes, likewise

FORMAT.md describes every byte.
"""
