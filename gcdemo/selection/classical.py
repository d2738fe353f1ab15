"""Selecting without a network: regions of a picture that hang together by color and edges."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import Image
from gcdemo.label_classes import UNLABELLED
from gcdemo.selection.base import Box, Mask, Point, Prompt, check_prompt
from gcdemo.selection.cache import PictureCache
from gcdemo.selection.masks import MaskList, enlarge, reduce, working_shape
from gcdemo.selection.regions import regions_of
from gcdemo.selection.tree import RegionTree, build_tree

# Pictures are looked at with a longer side of at most this; a click is answered in milliseconds.
_SIDE = 448
_MOST_NARROW = 448
_MAX_TREES, _MAX_TREE_BYTES = 32, 64 * 2**20
# Regions below this share of the picture are seldom meant by a first click.
_SMALL_SHARE = 0.01
# Regions in a box that are lost at less than this share of the others' height are background.
_BACKGROUND_SHARE = 0.3
# A region belongs to a box when so much of it lies inside: boxes are drawn by hand.
_INSIDE_SHARE = 0.95
_MAX_OBJECTS, _SMALLEST_OBJECT = 24, 0.002
# What is lost in a larger region at less than these is grain, not a thing: a height, and shares of
# the height at which the picture's last two regions are joined.
_GRAIN_HEIGHT, _GRAIN_SHARE, _OBJECT_SHARE = 40.0, 0.12, 0.15


class ClassicalSelector:
    """Clicks and boxes over a tree of regions; needs no weights. Safe to share."""

    name = "classical"
    label = "Regions by color and edges"

    def __init__(self) -> None:
        """Begin without any picture."""
        self._trees: PictureCache[RegionTree] = PictureCache(
            _MAX_TREES, _MAX_TREE_BYTES, lambda tree: tree.num_bytes
        )

    def available(self) -> str | None:
        """It always runs."""
        return None

    def prepare(self, image: Image) -> None:
        """Build and keep the tree of a picture, uint8 (H, W, 3)."""
        self._tree(image)

    def select(self, image: Image, prompt: Prompt) -> Mask:
        """Give the pixels that are meant.

        A click that keeps takes the region around it that stands out most and holds no click
        that drops; a box takes the regions inside it that stand out from what crosses its edge.

        Args:
            image: uint8 (H, W, 3).
            prompt: Clicks, a box, or both: then the clicks add and drop within the box.

        Returns:
            bool (H, W): True at every click that keeps, False at every one that drops, and
            nowhere outside the box.

        Raises:
            InputError: The prompt does not fit the picture.
        """
        check_prompt(prompt, image)
        tree = self._tree(image)
        shape = (image.shape[0], image.shape[1])
        barred = np.zeros(tree.num_pieces)
        for point in prompt.points:
            if not point.keep:
                barred[_piece(tree, point, shape)] = 1
        free = tree.sums(barred) == 0
        kept = {_piece(tree, point, shape) for point in prompt.points if point.keep}
        regions = [_meant(tree, piece, free) for piece in kept]
        if prompt.box is not None:
            regions += _inside(tree, _working_box(prompt.box, tree.pieces.shape, shape), free)
        mask = enlarge(tree.mask(regions), shape)
        if prompt.box is not None:
            mask = _within(mask, prompt.box, anything=bool(regions))
        # A click is obeyed even where the enlarged edge of a region would have it otherwise.
        for point in prompt.points:
            mask[point.y, point.x] = point.keep
        return mask

    def find_objects(self, image: Image, labels: NDArray[np.uint8] | None = None) -> Sequence[Mask]:
        """Give the regions that stand out, largest first.

        Args:
            image: uint8 (H, W, 3).
            labels: What is known of its classes, ids uint8 (H, W): each region of one class is
                an object, and others are looked for where the class is not known.

        Returns:
            At most a few dozen, bool (H, W) each; they do not overlap.
        """
        tree = self._tree(image)
        height, width = tree.pieces.shape
        small = np.zeros((height, width), np.uint8)
        if labels is not None:
            rows = np.arange(height) * labels.shape[0] // height
            columns = np.arange(width) * labels.shape[1] // width
            small = labels[rows[:, None], columns]
        least = _SMALLEST_OBJECT * small.size
        found = [r.mask(height, width) for r in regions_of(small, max(1, int(least)))]
        unknown = small == UNLABELLED
        for region in _split(tree):
            mask = tree.mask([region]) & unknown
            if mask.sum() >= least:
                found.append(mask)
        found.sort(key=lambda mask: -int(mask.sum()))
        return MaskList(found[: 2 * _MAX_OBJECTS], (image.shape[0], image.shape[1]))

    def _tree(self, image: Image) -> RegionTree:
        def build() -> RegionTree:
            shape = working_shape(image.shape[0], image.shape[1], _SIDE, _MOST_NARROW)
            return build_tree(reduce(image, shape))

        return self._trees.get(image, build)


def _piece(tree: RegionTree, point: Point, shape: tuple[int, int]) -> int:
    """Give the piece of the tree under a click in a picture of that height and width."""
    height, width = tree.pieces.shape
    return int(tree.pieces[point.y * height // shape[0], point.x * width // shape[1]])


def _meant(tree: RegionTree, piece: int, free: Mask) -> int:
    """Choose, of the regions around a click, the one that stays itself the longest.

    Region after region swallows the click; the best lasts from a small height to a large one,
    and is neither a speck nor most of the picture.
    """
    escapes = tree.escapes()
    grain = max(_GRAIN_HEIGHT, _GRAIN_SHARE * tree.heights[-1])
    best, best_score, allowed = piece, 0.0, piece
    for region in tree.path(piece):
        if not free[region]:
            break
        allowed = region
        lost, share = escapes[region], tree.areas[region] / tree.pieces.size
        if not np.isfinite(lost) or lost < grain:
            continue
        lasting = (lost - tree.heights[region]) / np.sqrt(lost)
        score = lasting * (1 - share) ** 2 * min(1.0, share / _SMALL_SHARE) ** 0.5
        if score > best_score:
            best, best_score = region, score
    # Where nothing stands out at all, as in a flat picture, everything is meant.
    return best if best_score > 0 else allowed


def _working_box(box: Box, small: tuple[int, ...], shape: tuple[int, int]) -> Box:
    """Bring a box to the size of the tree's pieces, a pixel wider on every side."""
    down, across = small[0] / shape[0], small[1] / shape[1]
    return Box(
        max(0, round(box.left * across) - 1),
        max(0, round(box.top * down) - 1),
        round(box.right * across) + 1,
        round(box.bottom * down) + 1,
    )


def _inside(tree: RegionTree, box: Box, free: Mask) -> list[int]:
    """Give the largest regions in a box, without those that hardly differ from its outside."""
    in_box = np.zeros(tree.pieces.shape)
    in_box[box.top : box.bottom, box.left : box.right] = 1
    pieces = np.bincount(tree.pieces.ravel(), in_box.ravel(), tree.num_pieces).astype(np.float64)
    inside = free & (tree.sums(pieces) >= _INSIDE_SHARE * tree.areas)
    held = np.append(inside[tree.parents[:-1]], False)
    largest = np.flatnonzero(inside & ~held)
    if not len(largest):
        return []
    escapes = tree.escapes()[largest]
    order = np.argsort(escapes)
    areas = np.cumsum(tree.areas[largest][order])
    typical = escapes[order][np.searchsorted(areas, 0.8 * areas[-1])]
    if not np.isfinite(typical):
        return [int(largest[order][-1])]
    return [int(region) for region in largest[escapes >= _BACKGROUND_SHARE * typical]]


def _within(mask: Mask, box: Box, anything: bool) -> Mask:
    """Cut a mask to a box; a box too small to hold any region is taken as it stands."""
    cut = np.zeros_like(mask)
    place = (slice(box.top, box.bottom), slice(box.left, box.right))
    cut[place] = mask[place] if anything else True
    return cut


def _split(tree: RegionTree) -> list[int]:
    """Give the regions of the coarsest cut that shows what stands out, in no order."""
    children: dict[int, list[int]] = {}
    for region, parent in enumerate(tree.parents[:-1]):
        children.setdefault(int(parent), []).append(region)
    regions = {len(tree.parents) - 1}
    grain = max(_GRAIN_HEIGHT, _OBJECT_SHARE * tree.heights[-1])
    while len(regions) < _MAX_OBJECTS:
        highest = max(regions, key=lambda region: tree.heights[region])
        if tree.heights[highest] < grain:
            break
        regions.remove(highest)
        regions.update(children[highest])
    return list(regions)
