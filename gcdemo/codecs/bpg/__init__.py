"""BPG files: HEVC still pictures in a small container, written and read with PyAV."""
