"""What else a pack may hold beside ours and its rivals: anything that makes a file of a picture."""

from typing import NamedTuple, Protocol

from gcdemo.codecs.base import Codec, Image


class Rendered(NamedTuple):
    """A whole file, and the picture that came back from it."""

    data: bytes
    image_hat: Image


class Contender(Protocol):
    """Makes one version of every picture, at whatever size its file has; ours is compared with it.

    SC with a mask of its own for each picture is one, and so is any codec at one setting.
    """

    @property
    def name(self) -> str:
        """Stable id of the codec in tables, as in "sc"."""
        ...

    @property
    def setting(self) -> str:
        """What sets it apart from the codec's others, as in "C = 4"; unlike any rival's "x 2"."""
        ...

    def available(self) -> str | None:
        """Say in a sentence why it cannot run here; None where it can."""
        ...

    def render(self, image: Image) -> Rendered:
        """Give the file of a picture and what came back, both uint8 (H, W, 3).

        Raises:
            GCDemoError: The picture is not one it takes, or it failed.
        """
        ...


class FixedCodec:
    """A codec at one of its qualities."""

    def __init__(self, codec: Codec, quality: int) -> None:
        """Take the codec and the quality."""
        self._codec, self._quality = codec, quality

    @property
    def name(self) -> str:
        """The codec's."""
        return self._codec.name

    @property
    def setting(self) -> str:
        """The quality, as a codec counts it."""
        return f"q = {self._quality}"

    def available(self) -> str | None:
        """Say why the codec cannot run here, or code at this quality; None where it can."""
        if (reason := self._codec.available()) is not None:
            return reason
        known = self._codec.qualities
        if self._quality not in known:
            return f"its qualities are {known[0]} to {known[-1]}, without {self._quality}."
        return None

    def render(self, image: Image) -> Rendered:
        """Code a picture and decode it."""
        data = self._codec.encode(image, self._quality)
        return Rendered(data, self._codec.decode(data))
