"""ZeroGPU, Hugging Face's shared GPUs: lent for one call at a time, to a process of its own.

On such a Space `borrowing` makes of a function one that runs where a GPU is lent, for a stated time
at most; everywhere else it gives the function back as it was. Networks must be put on "cuda"
after `start` and before the page is served: from then on they are kept aside, and each lent
GPU gets a copy. The process that serves the page itself never touches a GPU.

The package `spaces` is installed by such Spaces alone, and imported here alone.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from gcdemo.bitstream.container import unpack
from gcdemo.codecs.base import Codec, Image
from gcdemo.errors import CodecUnavailable, GCDemoError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

ZERO_GPU_VARIABLE = "SPACES_ZERO_GPU"
"""Environment variable that Spaces set where GPUs are lent."""

# Of a call, in seconds: to begin, and for each million pixels. The entropy coding of a large
# picture takes longer than its networks. Who asks for less waits less.
_BASE_SECONDS, _SECONDS_PER_MEGAPIXEL = 10, 1.0
_MOST_SECONDS = 60


def is_lent(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether GPUs are lent here."""
    return environment.get(ZERO_GPU_VARIABLE, "").lower() in ("1", "t", "true")


def start() -> str:
    """Prepare, before any network is loaded; where GPUs are lent, torch then takes "cuda".

    Returns:
        The device on which work runs that nobody waits for: no GPU is lent for it.
    """
    if not is_lent():
        return "auto"
    import spaces  # noqa: F401 - importing it is what changes torch

    return "cpu"


@dataclass(frozen=True, slots=True)
class _Failed:
    """What went wrong where the GPU was, as a value: an error raised there loses its kind."""

    error: GCDemoError


def borrowing(
    work: Callable[Arguments, Result], seconds: Callable[Arguments, int]
) -> Callable[Arguments, Result]:
    """Give a function that runs on a lent GPU; the same function where none is lent.

    Args:
        work: Its arguments and result are copied between processes: arrays and bytes, no networks.
        seconds: For the same arguments, how long the GPU is wanted at most.
    """
    if not is_lent():
        return work
    from spaces import GPU

    @wraps(work)
    def caught(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result | _Failed:
        try:
            return work(*args, **kwargs)
        except GCDemoError as error:
            return _Failed(error)

    lent: Callable[Arguments, Result | _Failed] = GPU(caught, duration=seconds)

    @wraps(work)
    def borrowed(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            result = lent(*args, **kwargs)
        except GCDemoError:
            raise
        except Exception as error:  # whatever the Space's own package raises, as Gradio's errors
            said = " ".join(str(getattr(error, "message", error)).split()).rstrip(".")
            raise CodecUnavailable(f"No GPU could be borrowed: {said}.") from error
        if isinstance(result, _Failed):
            raise result.error
        return result

    return borrowed


def seconds_for(num_pixels: int) -> int:
    """Give how long a GPU is borrowed for a picture at most, in seconds."""
    return min(_MOST_SECONDS, _BASE_SECONDS + int(_SECONDS_PER_MEGAPIXEL * num_pixels / 1e6))


def seconds_for_file(data: bytes) -> int:
    """Give the same for a .gci file, which states how large its picture is.

    Raises:
        BitstreamError: It is no such file.
    """
    header = unpack(data).header
    return seconds_for(header.width * header.height)


def borrowing_codec(codec: Codec) -> Codec:
    """Give a codec of ours that borrows a GPU for each picture; the same one where none is lent."""
    return _BorrowingCodec(codec) if is_lent() else codec


class _BorrowingCodec:
    """A codec of ours whose networks run where a GPU is lent; all else of it is asked here."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self.name, self.label = codec.name, codec.label
        self.extension = codec.extension
        self.qualities: Sequence[int] = codec.qualities
        self.recognizes, self.available = codec.recognizes, codec.available
        self._encode = borrowing(codec.encode, _seconds_to_encode)
        self._decode = borrowing(codec.decode, seconds_for_file)

    def encode(self, image: Image, quality: int) -> bytes:
        """Give the whole file that holds a picture."""
        return self._encode(image, quality)

    def decode(self, data: bytes) -> Image:
        """Give the picture that a file holds."""
        return self._decode(data)


def _seconds_to_encode(image: Image, quality: int) -> int:
    return seconds_for(image.shape[0] * image.shape[1])
