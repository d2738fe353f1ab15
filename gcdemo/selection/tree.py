"""A picture as a tree of regions: small ones that look alike are merged, pair by pair, to one.

Watershed cuts the picture along its edges into about a thousand pieces; the two neighbors that
differ least are merged until one region is left. Every object a click could mean is then some
region of the tree, with the height at which it was made and that at which it is lost again.
"""

import heapq
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import Image

# Pixels between the seeds of the first regions.
_STEP = 10
# Lightness counts for less than color: shadows fall across objects.
_LIGHTNESS_WEIGHT, _TEXTURE_WEIGHT = 0.6, 0.7
_TEXTURE_SIGMA = 3.0
# The strength of an edge counts this many times as much as a difference of the means.
_EDGE_WEIGHT = 2.0
# How much dearer it is to merge large regions than small ones (1/2: as by Ward's criterion).
_AREA_POWER = 0.25

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RegionTree:
    """Regions 0 to n - 1 are the first ones; each later one joins two before it."""

    pieces: NDArray[np.int32]  # (h, w), the first region at each pixel
    parents: NDArray[np.int32]  # (2n - 1,), of each region; the last has none: -1
    heights: Floats  # (2n - 1,), how different the parts of each region are; never falls upwards
    areas: Floats  # (2n - 1,), in pixels

    @property
    def num_pieces(self) -> int:
        """How many first regions n there are."""
        return (len(self.parents) + 1) // 2

    @property
    def num_bytes(self) -> int:
        """Size in memory."""
        return self.pieces.nbytes + self.parents.nbytes + self.heights.nbytes + self.areas.nbytes

    def path(self, piece: int) -> list[int]:
        """Give the regions that hold a piece, from itself up to the whole picture."""
        path = [piece]
        while (parent := int(self.parents[path[-1]])) >= 0:
            path.append(parent)
        return path

    def sums(self, of_pieces: Floats) -> Floats:
        """Add up a value over the pieces of every region.

        Args:
            of_pieces: (n,).

        Returns:
            (2n - 1,).
        """
        sums = np.zeros(len(self.parents))
        sums[: self.num_pieces] = of_pieces
        for region, parent in enumerate(self.parents[:-1]):
            sums[parent] += sums[region]
        return sums

    def escapes(self) -> Floats:
        """Give the height at which each region is lost in a larger one; infinite for the last."""
        return np.append(self.heights[self.parents[:-1]], np.inf)

    def mask(self, regions: list[int]) -> NDArray[np.bool_]:
        """Give the pixels of regions, bool (h, w)."""
        inside = np.zeros(len(self.parents), np.bool_)
        inside[regions] = True
        for region in range(len(self.parents) - 2, -1, -1):
            inside[region] |= inside[self.parents[region]]
        pixels: NDArray[np.bool_] = inside[self.pieces]
        return pixels


def build_tree(image: Image) -> RegionTree:
    """Build the tree of a picture of up to some hundred pixels a side.

    Args:
        image: uint8 (h, w, 3).
    """
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    smooth = cv2.bilateralFilter(lab, -1, 12, 3).astype(np.float32)
    edges = _edge_strength(smooth)
    pieces = _cut(smooth, edges)
    lightness = lab[..., :1]
    mean = cv2.GaussianBlur(lightness, (0, 0), _TEXTURE_SIGMA)
    square = cv2.GaussianBlur(lightness * lightness, (0, 0), _TEXTURE_SIGMA)
    texture = np.sqrt(np.maximum(square - mean * mean, 0)).reshape(-1, 1)
    colors = smooth.reshape(-1, 3) * np.array([_LIGHTNESS_WEIGHT, 1, 1])
    features = np.concatenate([colors, _TEXTURE_WEIGHT * texture], axis=1)
    return _merge(pieces, features, edges)


def _edge_strength(smooth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the length of the gradient over all three channels, (h, w)."""
    total = np.zeros(smooth.shape[:2], np.float32)
    for channel in cv2.split(smooth):
        for dx, dy in ((1, 0), (0, 1)):
            slope = cv2.Sobel(
                channel, cv2.CV_32F, dx, dy, scale=1 / 8, borderType=cv2.BORDER_REPLICATE
            )
            total += slope * slope
    strength: NDArray[np.float32] = np.sqrt(total)
    return strength


def _cut(smooth: NDArray[np.float32], edges: NDArray[np.float32]) -> NDArray[np.int32]:
    """Cut a picture into pieces by watershed, from the flattest pixel of every square."""
    height, width = edges.shape
    # The outermost pixels belong to no piece in OpenCV, so a frame is laid around.
    seeds = np.zeros((height + 2, width + 2), np.int32)
    number = 0
    for top in range(0, height, _STEP):
        for left in range(0, width, _STEP):
            square = edges[top : top + _STEP, left : left + _STEP]
            row, column = np.unravel_index(square.argmin(), square.shape)
            number += 1
            seeds[top + row + 1, left + column + 1] = number
    bytes_ = (smooth * np.array([2.55, 1, 1]) + np.array([0, 128, 128])).clip(0, 255)
    framed = cv2.copyMakeBorder(bytes_.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    pieces = cv2.watershed(framed, seeds)[1:-1, 1:-1]
    # The lines between pieces go to one of their neighbors.
    numbers = np.maximum(pieces, 0).astype(np.float32)
    while not numbers.all():
        numbers = np.where(numbers > 0, numbers, cv2.dilate(numbers, np.ones((3, 3), np.uint8)))
    _, pieces = np.unique(numbers, return_inverse=True)
    return pieces.reshape(height, width).astype(np.int32)


def _borders(
    pieces: NDArray[np.int32], edges: NDArray[np.float32], count: int
) -> list[dict[int, tuple[float, float]]]:
    """Give each piece's neighbors, with the length of the border and the sum of edges along it."""
    sides = []
    for here, there in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
    ):
        a, b = pieces[here], pieces[there]
        apart = a != b
        strength = np.maximum(edges[here], edges[there])[apart]
        low, high = np.minimum(a, b)[apart], np.maximum(a, b)[apart]
        sides.append(np.stack([low * np.float64(count) + high, strength]))
    codes, strengths = np.concatenate(sides, axis=1)
    pairs, which = np.unique(codes, return_inverse=True)
    lengths, sums = np.bincount(which), np.bincount(which, strengths)
    borders: list[dict[int, tuple[float, float]]] = [{} for _ in range(2 * count - 1)]
    for code, length, total in zip(pairs.tolist(), lengths.tolist(), sums.tolist(), strict=True):
        low, high = divmod(int(code), count)
        borders[low][high] = borders[high][low] = (length, total)
    return borders


def _merge(pieces: NDArray[np.int32], features: Floats, edges: NDArray[np.float32]) -> RegionTree:
    """Merge the two neighbors that differ least, again and again."""
    count = int(pieces.max()) + 1
    total = 2 * count - 1
    flat = pieces.ravel()
    areas = np.zeros(total)
    areas[:count] = np.bincount(flat, minlength=count)
    means = np.zeros((total, features.shape[1]))
    for channel in range(features.shape[1]):
        means[:count, channel] = np.bincount(flat, features[:, channel], count) / areas[:count]
    borders = _borders(pieces, edges, count)
    parents = np.full(total, -1, np.int32)
    heights = np.zeros(total)

    def cost(a: int, b: int) -> float:
        length, strength = borders[a][b]
        difference = means[a] - means[b]
        apart = float(difference @ difference) ** 0.5 + _EDGE_WEIGHT * strength / length
        joint = float(areas[a] * areas[b] / (areas[a] + areas[b]))
        return float(apart * joint**_AREA_POWER)

    queue = [(cost(a, b), a, b) for a in range(count) for b in borders[a] if a < b]
    heapq.heapify(queue)
    made = count
    while queue:
        height, a, b = heapq.heappop(queue)
        if parents[a] >= 0 or parents[b] >= 0:
            continue
        parents[a] = parents[b] = made
        heights[made] = max(height, heights[a], heights[b])
        areas[made] = areas[a] + areas[b]
        means[made] = (areas[a] * means[a] + areas[b] * means[b]) / areas[made]
        around = borders[made]
        for part in (a, b):
            for other, (length, strength) in borders[part].items():
                if other not in (a, b):
                    before, so_far = around.get(other, (0.0, 0.0))
                    around[other] = (before + length, so_far + strength)
                    del borders[other][part]
        for other, shared in around.items():
            borders[other][made] = shared
            heapq.heappush(queue, (cost(made, other), made, other))
        made += 1
    return RegionTree(pieces, parents, heights, areas)
