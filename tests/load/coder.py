"""Codes pictures of mixed sizes, one after the other as the page does: coder.py COUNT FOLDER.

A quarter of them have sizes of their own, the other quarters the same ones in the same order.
Prints the bytes of memory held after each of them, less what is free to be used again.
"""

import ctypes
import gc
import json
import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from gcdemo.api import load_codec
from gcdemo.demo import AnyFile
from gcdemo.kernel_cache import bound_kernel_cache
from gcdemo.ui import workbench
from gcdemo.ui.context import AppContext, channel_rates
from gcdemo.ui.view import Photo

KEPT_PIXELS = 1_000_000
LARGE = 15  # one picture in so many has a megapixel


def held_bytes():
    """Give the memory of this process that lies in RAM and is in use."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main(count, folder):
    """Code so many pictures."""
    # What is kept to come back at once is bounded by pixels: here by few, so that it fills early.
    workbench.KEPT_PIXELS = KEPT_PIXELS
    bound_kernel_cache()
    codec = load_codec("gc", "cpu")
    context = AppContext(codec, channel_rates(codec.qualities), AnyFile(codec))
    bench = workbench.Workbench(context, Path(folder))
    rng = np.random.default_rng(0)
    held = []
    sizes = [
        rng.integers(*((900, 1200) if number % LARGE == 0 else (16, 500)), 2)
        for number in range(int(count) // 4)
    ]
    for number, (height, width) in enumerate(4 * sizes):
        image = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
        path = Path(folder, "photo.png")
        Image.fromarray(image).resize((int(width), int(height))).save(path)
        opened = bench.open(Photo(f"photo{number}", path))
        bench.code(opened, int(rng.choice(codec.qualities)))
        held.append(held_bytes())
    sys.stdout.write(json.dumps(held))


if __name__ == "__main__":
    main(*sys.argv[1:])
