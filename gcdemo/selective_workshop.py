"""SC as the page uses it: codec, segmenter and selector together."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from gcdemo.api import DEFAULT_DETAIL, SELECTIVE_MODEL, load_selective_codec
from gcdemo.bitstream.header import Background
from gcdemo.codecs.base import Image
from gcdemo.codecs.selective import THIN_CHANNELS, Regions
from gcdemo.label_classes import LABEL_CLASSES
from gcdemo.segmentation import is_street_scene, load_segmenter
from gcdemo.selection.base import Selector
from gcdemo.selection.desk import SelectionDesk
from gcdemo.ui.recent import Recent
from gcdemo.ui.selective_context import KeptPicture, Wish
from gcdemo.zero_gpu import borrowing, seconds_for, seconds_for_file

# Of the label maps of photos that visitors look at now, together.
_KEPT_PIXELS = 60_000_000


class SelectiveWorkshop:
    """What `ui.selective_context.Selective` asks for; safe to share between requests."""

    classes = LABEL_CLASSES

    def __init__(self, quiet_place: str = "auto") -> None:
        """Load the networks.

        Args:
            quiet_place: The device for what needs no lent GPU: the segmenter and clicks.

        Raises:
            CheckpointError: The weights cannot be used.
        """
        # Named in full, as `decompress` names it: else it would be loaded twice.
        self._codec = load_selective_codec(SELECTIVE_MODEL, "auto")
        self._encode = borrowing(self._codec.encode, _seconds_to_encode)
        self._decode = borrowing(self._codec.decode, seconds_for_file)
        self._segmenter = load_segmenter(quiet_place)
        self._desk = SelectionDesk()
        self._desk.start()
        self._maps: Recent[NDArray[np.uint8]] = Recent(_KEPT_PIXELS, lambda labels: labels.size)

    @property
    def label(self) -> str:
        """What people call it."""
        return self._codec.label

    @property
    def extension(self) -> str:
        """End of its files' names with the dot."""
        return self._codec.extension

    @property
    def details(self) -> range:
        """The rates of what is kept, rising."""
        return self._codec.qualities

    @property
    def start_detail(self) -> int:
        """The one that the page opens with."""
        return min(DEFAULT_DETAIL, self.details[-1])

    @property
    def selector(self) -> Selector:
        """What answers clicks and boxes; another one once a better one has become ready."""
        return self._desk.choose().selector

    @property
    def reason(self) -> str:
        """Why that one, as a sentence."""
        return self._desk.choose().reason

    def prepare(self, image: Image) -> None:
        """Begin in the background what clicks in a picture need."""
        self._desk.prepare(image)

    def label_map(self, image: Image) -> NDArray[np.uint8]:
        """Find what is where: uint8 (H, W), ids of classes."""
        key = hashlib.sha256(image.tobytes()).hexdigest() + str(image.shape)
        labels = self._maps.get(key)
        if labels is None:
            labels = self._segmenter.segment(image).labels
            self._maps.put(key, labels)
        return labels

    def suits_invention(self, labels: NDArray[np.uint8]) -> bool:
        """Tell whether a map is of a scene that the networks know how to draw."""
        return is_street_scene(labels)

    def encode(self, image: Image, wish: Wish) -> bytes:
        """Give the whole file.

        Raises:
            GCDemoError: The picture or the wish does not allow it.
        """
        background = Background.SYNTHESISED if wish.synthesised else Background.THIN
        return self._encode(image, Regions(wish.kept, background, wish.labels), wish.detail)

    def decode(self, data: bytes) -> KeptPicture:
        """Give the picture of a file, and how each part of it was made.

        Raises:
            GCDemoError: The file is damaged or foreign.
        """
        made = self._decode(data)
        synthesised = made.background is Background.SYNTHESISED
        return KeptPicture(made.image, made.kept, made.labels, synthesised)


def _seconds_to_encode(
    image: Image, regions: Regions, quality: int, thin_channels: int = THIN_CHANNELS
) -> int:
    """Give how long a GPU is borrowed for `SelectiveCodec.encode` at most."""
    return seconds_for(image.shape[0] * image.shape[1])
