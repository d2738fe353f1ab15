"""A codec that encodes nothing twice."""

from collections.abc import Callable, Sequence
from time import perf_counter

from gcdemo.codecs.base import Codec, Encoded, Image, SizedCodec


class RememberingCodec:
    """Another codec, for a single picture in its own size and in smaller ones.

    Several searches for a size try the same settings; each is encoded once.
    """

    def __init__(self, codec: Codec) -> None:
        """Remember what `codec` makes."""
        self._codec = codec
        self._files: dict[tuple[object, ...], Encoded] = {}

    @property
    def name(self) -> str:
        """The codec's id."""
        return self._codec.name

    @property
    def label(self) -> str:
        """What people call the codec."""
        return self._codec.label

    @property
    def extension(self) -> str:
        """End of its files' names."""
        return self._codec.extension

    @property
    def qualities(self) -> Sequence[int]:
        """Every setting, from the smallest file to the largest."""
        return self._codec.qualities

    def encode(self, image: Image, quality: int) -> bytes:
        """Give the file of the picture, uint8 (H, W, 3), made at most once for each size of it."""
        key = ("quality", image.shape, quality)
        return self._remembered(key, lambda: self._codec.encode(image, quality))

    def seconds(self, data: bytes) -> float:
        """Tell how long it took to make a file that this codec gave."""
        return next(made.seconds for made in self._files.values() if made.data == data)

    def decode(self, data: bytes) -> Image:
        """Give the picture of a file."""
        return self._codec.decode(data)

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as its files do."""
        return self._codec.recognizes(data)

    def available(self) -> str | None:
        """Say why it cannot run here; None where it can."""
        return self._codec.available()

    def _remembered(self, key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        if key not in self._files:
            start = perf_counter()
            data = make()
            self._files[key] = Encoded(data, perf_counter() - start)
        return self._files[key].data


class RememberingSizedCodec(RememberingCodec):
    """The same for a codec that takes a size."""

    def __init__(self, codec: SizedCodec) -> None:
        """Remember what `codec` makes."""
        super().__init__(codec)
        self._sized = codec

    def encode_to_size(self, image: Image, num_bytes: float) -> bytes:
        """Give the file of about a size, made at most once for each size of the picture."""
        key = ("size", image.shape, num_bytes)
        return self._remembered(key, lambda: self._sized.encode_to_size(image, num_bytes))


def remembering(codec: Codec) -> RememberingCodec:
    """Give a codec that remembers, and takes a size where the one it is of does."""
    return (
        RememberingSizedCodec(codec) if isinstance(codec, SizedCodec) else RememberingCodec(codec)
    )
