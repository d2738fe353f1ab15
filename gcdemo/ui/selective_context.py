"""What the page is given for selective compression; the real one is made in `gcdemo.demo`."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gcdemo.codecs.base import Image, Partial
from gcdemo.label_classes import LabelClass
from gcdemo.selection.base import Mask, Selector


class KeptPicture(NamedTuple):
    """What came back of a selective file."""

    image: Image
    kept: Mask  # (H, W): coded in detail
    labels: NDArray[np.uint8]  # (H, W), ids of classes; all 0 where the rest is thin
    synthesised: bool  # the rest is made from the map alone, else coded thinly


class Wish(NamedTuple):
    """What a person wants of a picture."""

    kept: Mask  # (H, W)
    labels: NDArray[np.uint8]  # (H, W), ids of classes
    synthesised: bool
    detail: int  # one of `Selective.details`
    searched: bool = False  # whether to look longer for a better file


class Known(NamedTuple):
    """What is known of a picture beforehand."""

    labels: NDArray[np.uint8]  # (H, W), ids of classes
    objects: tuple[Mask, ...]  # largest first; none where the selector in use finds others
    kept: Mask  # (H, W), what is kept at first


class Selective(Protocol):
    """Codes pictures of which some is kept and the rest invented or thin; safe to share."""

    @property
    def label(self) -> str:
        """What people call it."""
        ...

    @property
    def extension(self) -> str:
        """End of its files' names with the dot."""
        ...

    @property
    def details(self) -> Sequence[int]:
        """The rates of what is kept, rising."""
        ...

    @property
    def start_detail(self) -> int:
        """The one that the page opens with."""
        ...

    @property
    def classes(self) -> Sequence[LabelClass]:
        """What a region can be, at the places of their ids."""
        ...

    @property
    def selector(self) -> Selector:
        """What answers clicks and boxes."""
        ...

    @property
    def reason(self) -> str:
        """Why that one, as a sentence."""
        ...

    def prepare(self, image: Image) -> None:
        """Begin in the background what clicks in a picture need."""
        ...

    def known(self, image: Image) -> Known | None:
        """Give what is known of a picture beforehand; None where nothing is."""
        ...

    def label_map(self, image: Image) -> NDArray[np.uint8]:
        """Find what is where: uint8 (H, W), ids of classes.

        Raises:
            GCDemoError: The segmenter cannot run here.
        """
        ...

    def suits_invention(self, labels: NDArray[np.uint8]) -> bool:
        """Tell whether a map is of a scene that the networks know how to draw."""
        ...

    def predict_bytes(self, image: Image, wish: Wish) -> int:
        """Say at once about how many bytes `encode` would give.

        Raises:
            GCDemoError: The picture or the wish does not allow it.
        """
        ...

    def encode(self, image: Image, wish: Wish) -> Iterator[Partial]:
        """Make a file step by step; the last one is whole.

        Raises:
            GCDemoError: The picture or the wish does not allow it.
        """
        ...

    def decode(self, data: bytes) -> KeptPicture:
        """Give the picture of a file, and how each part of it was made.

        Raises:
            GCDemoError: The file is damaged or foreign.
        """
        ...
