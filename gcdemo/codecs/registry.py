"""The codecs ours is compared with: a file and a line each."""

from gcdemo.codecs.avif import AvifCodec
from gcdemo.codecs.base import Codec
from gcdemo.codecs.bpg.codec import BpgCodec
from gcdemo.codecs.bpg.info import BpgInfo
from gcdemo.codecs.bpg.info import describe as describe_bpg
from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.codecs.jpeg2000 import Jp2Codec, Jpeg2000Codec
from gcdemo.codecs.jxl import JxlCodec
from gcdemo.codecs.pillow import PictureInfo, PillowCodec
from gcdemo.codecs.webp import WebpCodec
from gcdemo.errors import InputError

RIVALS: tuple[Codec, ...] = (
    BpgCodec(),
    JpegCodec(),
    WebpCodec(),
    AvifCodec(),
    Jpeg2000Codec(),
    JxlCodec(),
)
"""Every rival, in the order in which people see them."""

# Read and written besides: a rival in other clothes.
_KNOWN = (*RIVALS, Jp2Codec())
_SYNONYMS = {".jpeg": ".jpg", ".j2c": ".j2k"}


def rival(name: str) -> Codec:
    """Give the codec of a name, as in "bpg".

    Raises:
        InputError: There is none.
    """
    for codec in RIVALS:
        if codec.name == name:
            return codec
    names = ", ".join(codec.name for codec in RIVALS)
    raise InputError(f'"{name}" is no codec here; choose one of {names}.')


def codec_for_extension(extension: str) -> Codec | None:
    """Give the codec whose files' names end so, as in ".bpg", in any case; None for others."""
    wanted = _SYNONYMS.get(extension.lower(), extension.lower())
    return next((codec for codec in _KNOWN if codec.extension == wanted), None)


def codec_for_data(data: bytes) -> Codec | None:
    """Give the codec whose files begin as data does; None for others, and for ours."""
    return next((codec for codec in _KNOWN if codec.recognizes(data)), None)


def describe(data: bytes) -> BpgInfo | PictureInfo:
    """Read what a rival's file says of itself, without decoding it.

    Raises:
        InputError: It is no rival's, or its header is damaged.
        BitstreamError: It is a damaged .bpg file.
        CodecUnavailable: The library that reads its header is missing.
    """
    match codec_for_data(data):
        case BpgCodec():
            return describe_bpg(data)
        case PillowCodec() as codec:
            return codec.describe(data)
        case _:
            labels = ", ".join(codec.label for codec in RIVALS)
            raise InputError(f"The file is of none of these kinds: {labels}.")
