"""Codecs of which nothing is real but the sizes of their files."""

import numpy as np

from gcdemo.errors import InputError


class SizesCodec:
    """Its files have the sizes it is told, times the share of a picture's pixels."""

    name = "fake"
    label = "Fake"
    extension = ".fake"

    def __init__(self, sizes, pixels=None):
        self.sizes = sizes
        self.pixels = pixels  # of a picture whose files have those sizes; None: of any
        self.encodes = 0
        self.qualities = range(10, 10 + len(sizes))

    def encode(self, image, quality):
        if quality not in self.qualities:
            raise InputError("No such quality.")
        self.encodes += 1
        height, width = image.shape[:2]
        share = height * width / self.pixels if self.pixels else 1
        head = width.to_bytes(4, "big") + height.to_bytes(4, "big")
        return head.ljust(max(1, int(self.sizes[quality - 10] * share)), b".")

    def decode(self, data):
        width, height = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
        return np.full((height, width, 3), 128, np.uint8)

    def recognizes(self, data):
        return False

    def available(self):
        return None


class StairsCodec(SizesCodec):
    """Takes a size, and gives the nearest of a few."""

    def __init__(self, stairs):
        super().__init__(range(24_000))
        self.qualities = range(1, 24_001)
        self.stairs = sorted(stairs)

    def encode(self, image, quality):
        return self.encode_to_size(image, quality * image.shape[0] * image.shape[1] / 8000)

    def encode_to_size(self, image, num_bytes):
        self.encodes += 1
        return bytes(min(self.stairs, key=lambda size: abs(size - num_bytes)))
