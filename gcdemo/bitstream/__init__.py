"""The .gci file: integers to bytes and back, without floats or networks."""
