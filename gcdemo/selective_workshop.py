"""SC as the page uses it: codec, segmenter and selector together."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gcdemo.api import DEFAULT_DETAIL, SELECTIVE_MODEL, load_selective_codec
from gcdemo.bitstream.header import Background
from gcdemo.codecs.base import Image, Partial
from gcdemo.codecs.selective import THIN_CHANNELS, Regions
from gcdemo.label_classes import LABEL_CLASSES
from gcdemo.sample_maps import KnownPhotos
from gcdemo.samples import SAMPLES
from gcdemo.segmentation import is_street_scene, load_segmenter
from gcdemo.selection.base import Selector
from gcdemo.selection.cache import PictureCache
from gcdemo.selection.desk import SelectionDesk
from gcdemo.selective_sizes import Busyness, predict_bytes
from gcdemo.ui.selective_context import KeptPicture, Known, Wish
from gcdemo.zero_gpu import borrowing, is_lent, seconds_for, seconds_for_file

# Of what was found in the photos that visitors look at now: label maps take a byte a pixel.
_MOST_PHOTOS, _MOST_MAP_BYTES, _MOST_BUSYNESS_BYTES = 256, 60_000_000, 8_000_000


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
        searching = load_selective_codec(SELECTIVE_MODEL, "auto", search=True)
        self._codecs = {False: self._codec, True: searching}
        self._borrowed = {
            searched: borrowing(codec.encode, _seconds_to_encode)
            for searched, codec in self._codecs.items()
        }
        self._decode = borrowing(self._codec.decode, seconds_for_file)
        self._segmenter = load_segmenter(quiet_place)
        self._desk = SelectionDesk()
        self._desk.start()
        self._samples = KnownPhotos(SAMPLES)
        self._maps: PictureCache[NDArray[np.uint8]] = PictureCache(
            _MOST_PHOTOS, _MOST_MAP_BYTES, lambda labels: labels.nbytes
        )
        self._busyness: PictureCache[Busyness] = PictureCache(
            _MOST_PHOTOS, _MOST_BUSYNESS_BYTES, lambda busy: busy.fine.nbytes + busy.coarse.nbytes
        )

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

    def known(self, image: Image) -> Known | None:
        """Give what is known of a sample beforehand; None where the picture is no sample."""
        maps = self._samples.maps_of(image)
        if maps is None:
            return None
        # Objects are those of the classical selector: another one finds its own.
        ours = self.selector is self._desk.classical
        return Known(maps.labels, maps.masks() if ours else (), maps.kept)

    def label_map(self, image: Image) -> NDArray[np.uint8]:
        """Find what is where: uint8 (H, W), ids of classes; at once where it is a sample."""

        def find() -> NDArray[np.uint8]:
            maps = self._samples.maps_of(image)
            return self._segmenter.segment(image).labels if maps is None else maps.labels

        return self._maps.get(image, find)

    def suits_invention(self, labels: NDArray[np.uint8]) -> bool:
        """Tell whether a map is of a scene that the networks know how to draw."""
        return is_street_scene(labels)

    def predict_bytes(self, image: Image, wish: Wish) -> int:
        """Say at once about how many bytes `encode` would give.

        Raises:
            InputError: The picture or the wish does not allow it.
        """
        regions = _regions(wish)
        regions.check(image)
        busyness = self._busyness.get(image, lambda: Busyness.of(image))
        return predict_bytes(self._codec, busyness, regions, wish.detail)

    def encode(self, image: Image, wish: Wish) -> Iterator[Partial]:
        """Make a file step by step; the last one is whole.

        Raises:
            GCDemoError: The picture or the wish does not allow it.
        """
        if is_lent():
            # A GPU is lent for a whole call.
            yield Partial(1.0, self._borrowed[wish.searched](image, _regions(wish), wish.detail))
        else:
            codec = self._codecs[wish.searched]
            yield from codec.encode_gradually(image, _regions(wish), wish.detail)

    def decode(self, data: bytes) -> KeptPicture:
        """Give the picture of a file, and how each part of it was made.

        Raises:
            GCDemoError: The file is damaged or foreign.
        """
        made = self._decode(data)
        synthesised = made.background is Background.SYNTHESISED
        return KeptPicture(made.image, made.kept, made.labels, synthesised)


def _regions(wish: Wish) -> Regions:
    background = Background.SYNTHESISED if wish.synthesised else Background.THIN
    return Regions(wish.kept, background, wish.labels)


def _seconds_to_encode(
    image: Image, regions: Regions, quality: int, thin_channels: int = THIN_CHANNELS
) -> int:
    """Give how long a GPU is borrowed for `SelectiveCodec.encode` at most."""
    return seconds_for(image.shape[0] * image.shape[1])
