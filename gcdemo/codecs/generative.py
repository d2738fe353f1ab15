"""GC behind the codec protocol: networks on one side, integers and bytes on the other."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from gcdemo.bitstream.container import CHECKSUM_BYTES, pack, unpack
from gcdemo.bitstream.header import SIGNATURE, Header, Mode
from gcdemo.bitstream.symbols import decode_symbols, encode_symbols
from gcdemo.bitstream.tint import decode_tint, encode_tint
from gcdemo.checkpoints import LoadedModel
from gcdemo.codecs.base import Partial, bound_bpp, bpp
from gcdemo.codecs.search import largest_searched, largest_within
from gcdemo.config import STRIDE
from gcdemo.errors import Corrupt, InputError, UnsupportedVersion
from gcdemo.grids import grid_shape
from gcdemo.released import known_name
from gcdemo.soft_rate import SoftRate
from gcdemo.symbol_search import SymbolSearch
from gcdemo.tiling import Precision, decode_image, encode_image
from gcdemo.tint import Tint

# L of every model that format version 1 codes.
NUM_CENTERS = 5
# Ends the name of a codec that improves on E's symbols.
SEARCHED = "-search"
# Fewer channels than the paper's smallest C are not offered.
SMALLEST_RATE = 2


@dataclass(frozen=True, slots=True)
class FileInfo:
    """Every field of a .gci file, and what its bytes are spent on."""

    version: int
    mode: str
    model_id: int
    model_name: str  # "" when the weights are not shipped
    weight_hash: str  # hexadecimal
    width: int
    height: int
    latent_channels: int
    num_bytes: int
    header_bytes: int
    tint_bytes: int  # 0 where nothing is added to the picture's colours
    latent_bytes: int
    checksum_bytes: int
    bpp: float
    bound_bpp: float  # C log2(L) bits for each cell, over the picture's pixels
    saved_percent: float  # how far the whole file lies below the bound


def describe(data: bytes) -> FileInfo:
    """Read a .gci file's fields without decoding it.

    Raises:
        BitstreamError: The data is not a whole .gci file.
    """
    header, sections = (contents := unpack(data)).header, contents.sections
    _check_mode(header)
    rows, columns = grid_shape(header.height, header.width)
    # Cells that reach beyond the picture are coded as well.
    coded_pixels = rows * columns * STRIDE**2
    share = coded_pixels / (header.width * header.height)
    bound = bound_bpp(header.latent_channels, NUM_CENTERS) * share
    rate = bpp(len(data), header.width, header.height)
    return FileInfo(
        version=data[1] >> 5,
        mode=Mode.GC.name,
        model_id=header.model_id,
        model_name=known_name(header.model_id, header.weight_hash),
        weight_hash=header.weight_hash.hex(),
        width=header.width,
        height=header.height,
        latent_channels=header.latent_channels,
        num_bytes=len(data),
        header_bytes=len(data) - CHECKSUM_BYTES - sum(len(section) for section in sections),
        tint_bytes=len(sections[0]) if header.tinted else 0,
        latent_bytes=len(sections[-1]),
        checksum_bytes=CHECKSUM_BYTES,
        bpp=rate,
        bound_bpp=bound,
        saved_percent=100 * (1 - rate / bound),
    )


def _check_mode(header: Header) -> None:
    if header.mode is Mode.SC:
        raise UnsupportedVersion(f"The file is of mode {header.mode.name}, not GC.")


class GenerativeCodec:
    """GC: the whole picture as C channels of symbols; a quality is C. Safe to share."""

    extension = ".gci"

    def __init__(
        self, loaded: LoadedModel, precision: Precision, search: SymbolSearch | None = None
    ) -> None:
        """Move the networks to their device; with `search`, E's symbols are improved on."""
        self.loaded = loaded
        self.search = search
        self.precision = precision
        self.network = loaded.network.to(precision.device)

    @property
    def name(self) -> str:
        """Stable id."""
        return self.loaded.weights.name + (SEARCHED if self.search else "")

    @property
    def typical_bpp(self) -> Mapping[int, float]:
        """Mean rate of its files for each C; empty where it was never measured."""
        return self.loaded.typical_bpp

    @property
    def label(self) -> str:
        """What people call it."""
        return self.loaded.weights.label + (", searched" if self.search else "")

    @cached_property
    def qualities(self) -> Sequence[int]:
        """The rates C, from the smallest file to the largest."""
        config = self.network.config
        if not config.nested_rates:
            return (config.latent_channels,)
        return tuple(range(min(SMALLEST_RATE, config.latent_channels), config.latent_channels + 1))

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as a .gci file does."""
        return data.startswith(bytes([SIGNATURE]))

    def available(self) -> str | None:
        """It always runs."""
        return None

    def encode(self, image: NDArray[np.uint8], quality: int) -> bytes:
        """Give the .gci file of a picture, uint8 (H, W, 3), at C = `quality`.

        Raises:
            InputError: C is not one of `qualities`, or the picture is too large.
        """
        *_, last = self.encode_gradually(image, quality)
        return last.data

    def encode_gradually(self, image: NDArray[np.uint8], quality: int) -> Iterator[Partial]:
        """Make a file step by step; whoever stops asking ends the work.

        Raises:
            InputError: C is not one of `qualities`, or the picture is too large.
        """
        if quality not in self.qualities:
            raise InputError(
                f"C = {quality} is not offered; this model codes C from "
                f"{self.qualities[0]} to {self.qualities[-1]}."
            )
        header = Header(
            model_id=self.loaded.weights.model_id,
            weight_hash=self.loaded.weights.weight_hash,
            width=image.shape[1],
            height=image.shape[0],
            latent_channels=quality,
        )
        symbols = encode_image(self.network, image, quality, self.precision)
        section = encode_symbols(symbols, self.loaded.tables)
        tint = None
        if self.search is not None:
            rate = SoftRate(self.loaded.tables, self.precision.device)
            num_bits = 8 * (header.num_bytes + len(section) + CHECKSUM_BYTES)
            price = self.search.weights.tint / num_bits
            tint = self._tint(image, symbols, price)
            for looked in self.search.improve(
                self.network, rate, image, symbols, self.precision, tint
            ):
                symbols = looked.symbols
                yield Partial(looked.done / (looked.total + 1))
            # With symbols that were looked for something else is lacking.
            tint = self._tint(image, symbols, price)
            section = encode_symbols(symbols, self.loaded.tables)
        if tint is None:
            yield Partial(1.0, pack(header, [section]))
        else:
            header = dataclasses.replace(header, tinted=True)
            yield Partial(1.0, pack(header, [encode_tint(tint.levels), section]))

    def _tint(
        self, image: NDArray[np.uint8], symbols: NDArray[np.uint8], price: float
    ) -> Tint | None:
        """Give what the colours of symbols' picture lack; see `Tint.between`."""
        height, width = image.shape[:2]
        x_hat = decode_image(self.network, symbols, height, width, self.precision)
        return Tint.between(image, x_hat, price)

    def decode(self, data: bytes) -> NDArray[np.uint8]:
        """Give the picture of a .gci file, uint8 (H, W, 3).

        Raises:
            BitstreamError: The file is damaged, foreign, or made with other weights.
        """
        header, sections = (contents := unpack(data)).header, contents.sections
        _check_mode(header)
        self.loaded.weights.check(header.model_id, header.weight_hash)
        if header.latent_channels > self.network.config.latent_channels:
            raise Corrupt("The file states more channels than its model has.")
        height, width = header.height, header.width
        tint = Tint(decode_tint(sections[0]), height, width) if header.tinted else None
        shape = (header.latent_channels, *grid_shape(height, width))
        symbols = decode_symbols(sections[-1], shape, self.loaded.tables)
        return decode_image(self.network, symbols, height, width, self.precision, tint=tint)

    def encode_to_budget(self, image: NDArray[np.uint8], num_bytes: int) -> bytes:
        """Give the file with the largest C of at most `num_bytes`.

        Raises:
            InputError: Even the smallest file is larger.
        """
        if self.search is None:
            return largest_within(partial(self.encode, image), self.qualities, num_bytes)
        plain = GenerativeCodec(self.loaded, self.precision)
        # Improved symbols mostly take fewer bytes: C + 1 may fit.
        return largest_searched(
            partial(plain.encode, image),
            partial(self.encode, image),
            self.qualities,
            num_bytes,
            nearby=(1, 0, -1),
        )
