"""SC behind the file format: what is kept in detail, the rest from a label map or thinly coded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gcdemo.bitstream.container import CHECKSUM_BYTES, pack, unpack
from gcdemo.bitstream.header import SIGNATURE, VERSION, Background, Header, SelectiveFields
from gcdemo.bitstream.maps import decode_map, decode_mask, encode_map, encode_mask
from gcdemo.bitstream.symbols import decode_symbols, encode_symbols
from gcdemo.codecs.base import Image, Partial, bpp
from gcdemo.codecs.search import largest_searched, largest_within
from gcdemo.errors import Corrupt, InputError, UnsupportedVersion
from gcdemo.grids import fine_grid_shape, grid_shape
from gcdemo.keeping import kept_cells
from gcdemo.label_maps import check_ids, from_grid, simplify, to_grid
from gcdemo.released import known_name
from gcdemo.selective_checkpoints import LoadedSelective
from gcdemo.selective_search import SelectiveSearch, SoftRates
from gcdemo.selective_tiling import Plan, Planes, decode_selective, encode_selective
from gcdemo.tiling import Precision

# Regions of a label map smaller than this are not stored: FORMAT.md has what they would cost.
MIN_REGION_CELLS = 4
# C of the thin latent when nothing else is asked for: GC at its smallest.
THIN_CHANNELS = 2
# Fewer detail channels than these are not worth their mask.
SMALLEST_DETAIL = 2


@dataclass(frozen=True, slots=True)
class Regions:
    """What a person wants of a picture: which pixels are kept, and what the others show."""

    kept: NDArray[np.bool_]  # (H, W)
    background: Background
    labels: NDArray[np.uint8] | None = None  # (H, W), class ids, for a synthesised background

    def check(self, image: Image) -> None:
        """Check that they are those of a picture.

        Raises:
            InputError: A map has another size than the picture, is of another type, or has ids of
                no class.
        """
        for name, plane, dtype in (
            ("mask", self.kept, np.bool_),
            ("label map", self.labels, np.uint8),
        ):
            if plane is None:
                continue
            if plane.dtype != dtype or plane.ndim != 2:
                raise InputError(
                    f"The {name} is {plane.dtype} {plane.shape}; it must be "
                    f"{np.dtype(dtype).name} (height, width)."
                )
            if plane.shape != image.shape[:2]:
                raise InputError(
                    f"The {name} is {plane.shape[1]} x {plane.shape[0]}, the picture "
                    f"{image.shape[1]} x {image.shape[0]}; they must be of one size."
                )
        if self.labels is not None:
            check_ids(self.labels, "The label map")

    def also_keeping(self, kept: NDArray[np.bool_]) -> "Regions":
        """Give the same regions with more pixels kept."""
        return Regions(self.kept | kept, self.background, self.labels)


class SelectiveDecoded(NamedTuple):
    """A picture and how its file came by each part of it."""

    image: Image  # uint8 (H, W, 3)
    kept: NDArray[np.bool_]  # (H, W): coded in detail; everything else is synthesised or thin
    labels: NDArray[np.uint8]  # (H, W), class ids
    background: Background


@dataclass(frozen=True, slots=True)
class SelectiveFileInfo:
    """Every field of an SC file, and what its bytes are spent on."""

    version: int
    mode: str
    model_id: int
    model_name: str  # "" when the weights are not shipped
    weight_hash: str  # hexadecimal
    width: int
    height: int
    background: str
    thin_channels: int
    detail_channels: int
    num_bytes: int
    header_bytes: int
    label_map_bytes: int
    mask_bytes: int
    detail_bytes: int
    thin_bytes: int
    checksum_bytes: int
    bpp: float


def describe_selective(data: bytes) -> SelectiveFileInfo:
    """Read an SC file's fields without decoding it.

    Raises:
        BitstreamError: The data is not a whole SC file.
    """
    contents = unpack(data)
    header, fields = contents.header, _fields(contents.header)
    label_map, mask, details, thin = (len(section) for section in contents.sections)
    return SelectiveFileInfo(
        version=VERSION,
        mode=header.mode.name,
        model_id=header.model_id,
        model_name=known_name(header.model_id, header.weight_hash),
        weight_hash=header.weight_hash.hex(),
        width=header.width,
        height=header.height,
        background=fields.background.name.lower(),
        thin_channels=header.latent_channels,
        detail_channels=fields.detail_channels,
        num_bytes=len(data),
        header_bytes=len(data) - CHECKSUM_BYTES - label_map - mask - details - thin,
        label_map_bytes=label_map,
        mask_bytes=mask,
        detail_bytes=details,
        thin_bytes=thin,
        checksum_bytes=CHECKSUM_BYTES,
        bpp=bpp(len(data), header.width, header.height),
    )


class SelectiveCodec:
    """SC: a picture and its regions to a file and back. Safe to share."""

    extension = ".gci"

    def __init__(
        self, loaded: LoadedSelective, precision: Precision, search: SelectiveSearch | None = None
    ) -> None:
        """Move the networks to their device; with `search`, the encoders' symbols are improved."""
        self.loaded = loaded
        self.search = search
        self.precision = precision
        self.network = loaded.network.to(precision.device)

    @property
    def name(self) -> str:
        """Stable id."""
        return self.loaded.weights.name

    @property
    def label(self) -> str:
        """What people call it."""
        return self.loaded.weights.label

    @cached_property
    def qualities(self) -> range:
        """The rates of the details, from the smallest file to the largest."""
        largest = self.network.config.detail_channels
        return range(min(SMALLEST_DETAIL, largest), largest + 1)

    def recognizes(self, data: bytes) -> bool:
        """Tell whether data begins as a .gci file does."""
        return data.startswith(bytes([SIGNATURE]))

    def encode(
        self, image: Image, regions: Regions, quality: int, thin_channels: int = THIN_CHANNELS
    ) -> bytes:
        """Give the file of a picture.

        Args:
            image: uint8 (H, W, 3).
            regions: What is kept, and how the rest is made.
            quality: Detail channels of what is kept, one of `qualities`; nothing kept has none.
            thin_channels: C of the thin latent.

        Raises:
            InputError: A rate is not offered, the regions are not the picture's, or the picture is
                too large.
        """
        *_, last = self.encode_gradually(image, regions, quality, thin_channels)
        return last.data

    def encode_gradually(
        self, image: Image, regions: Regions, quality: int, thin_channels: int = THIN_CHANNELS
    ) -> Iterator[Partial]:
        """Make a file step by step, as `encode`; whoever stops asking ends the work.

        Raises:
            InputError: As for `encode`.
        """
        regions.check(image)
        plan, header = self.arrange(regions, quality, thin_channels)
        number = _fields(header).detail_channels
        planes = encode_selective(
            self.network, image, plan, header.latent_channels, number, self.precision
        )
        if self.search is not None:
            tables = self.loaded.tables
            rates = SoftRates.of(tables.thin, tables.details, self.precision.device)
            looks = self.search.improve(self.network, rates, image, plan, planes, self.precision)
            for looked in looks:
                planes = looked.planes
                yield Partial(looked.done / looked.total)
        yield Partial(1.0, pack(header, self.write_sections(plan, planes)))

    def arrange(
        self, regions: Regions, quality: int, thin_channels: int = THIN_CHANNELS
    ) -> tuple[Plan, Header]:
        """Give what a file of a picture will hold of its regions, and state; no network runs.

        Args:
            regions: Of the picture's size.
            quality: As for `encode`.
            thin_channels: Likewise.

        Raises:
            InputError: A rate is not offered, or the picture is too large.
        """
        largest = self.network.config.base.latent_channels
        if quality not in self.qualities:
            raise InputError(
                f"Details of rate {quality} are not offered; this model codes "
                f"{self.qualities[0]} to {self.qualities[-1]}."
            )
        if not 1 <= thin_channels <= largest:
            raise InputError(f"The thin background has C from 1 to {largest}, not {thin_channels}.")
        if regions.background is Background.THIN and not self.network.config.thin:
            raise InputError(f"{self.label} has no thin background; its networks read a map alone.")
        plan = _plan(regions)
        number = quality if plan.kept.any() else 0
        if not self.stored(plan).any():
            thin_channels = THIN_CHANNELS  # so that a picture has one file alone
        height, width = regions.kept.shape
        header = Header(
            model_id=self.loaded.weights.model_id,
            weight_hash=self.loaded.weights.weight_hash,
            width=width,
            height=height,
            latent_channels=thin_channels,
            selective=SelectiveFields(regions.background, number),
        )
        return plan, header

    def write_sections(self, plan: Plan, planes: Planes) -> list[bytes]:
        """Give the bytes of label map, mask, detail and thin symbols, as a file holds them."""
        tables = self.loaded.tables
        return [
            encode_map(plan.labels, tables.labels),
            encode_mask(plan.kept, tables.mask),
            encode_symbols(planes.details, tables.details, plan.kept),
            encode_symbols(planes.thin, tables.thin, self.stored(plan)),
        ]

    def read_sections(self, header: Header, sections: Sequence[bytes]) -> tuple[Plan, Planes]:
        """Restore what `write_sections` was given.

        Raises:
            Corrupt: The sections are not what was written, or contradict the header.
        """
        config, tables, fields = self.network.config, self.loaded.tables, _fields(header)
        if (
            header.latent_channels > config.base.latent_channels
            or fields.detail_channels > config.detail_channels
        ):
            raise Corrupt("The file states more channels than its model has.")
        label_map, mask, details, thin = sections
        fine = fine_grid_shape(header.height, header.width)
        kept = decode_mask(mask, fine, tables.mask)
        if kept.any() != (fields.detail_channels > 0):
            raise Corrupt("The file is damaged: what it keeps and its details contradict.")
        labels = decode_map(label_map, fine, tables.labels)
        plan = Plan(kept, labels, fields.background is Background.THIN)
        if not self.stored(plan).any() and header.latent_channels != THIN_CHANNELS:
            raise Corrupt("The file is damaged: it states a rate of what it does not hold.")
        coarse = (header.latent_channels, *grid_shape(header.height, header.width))
        planes = Planes(
            decode_symbols(thin, coarse, tables.thin, self.stored(plan)),
            decode_symbols(details, (fields.detail_channels, *fine), tables.details, kept),
        )
        return plan, planes

    def decode(self, data: bytes) -> SelectiveDecoded:
        """Give the picture of an SC file, and how each part of it was made.

        Raises:
            BitstreamError: The file is damaged, foreign, or made with other weights.
        """
        contents = unpack(data)
        header, fields = contents.header, _fields(contents.header)
        self.loaded.weights.check(header.model_id, header.weight_hash)
        plan, planes = self.read_sections(header, contents.sections)
        height, width = header.height, header.width
        image = decode_selective(self.network, planes, plan, height, width, self.precision)
        return SelectiveDecoded(
            image,
            from_grid(plan.kept.astype(np.uint8), height, width) > 0,
            from_grid(plan.labels, height, width),
            fields.background,
        )

    def encode_to_budget(self, image: Image, regions: Regions, num_bytes: int) -> bytes:
        """Give the largest file of at most `num_bytes`: of details, or where none is kept of C.

        Raises:
            InputError: Even the smallest file is larger.
        """
        any_kept = bool(kept_cells(regions.kept).any())
        rates = self.qualities
        if not any_kept:
            thin = regions.background is Background.THIN
            largest = self.network.config.base.latent_channels if thin else THIN_CHANNELS
            rates = range(THIN_CHANNELS, largest + 1)

        def encode(codec: SelectiveCodec, rate: int) -> bytes:
            if any_kept:
                return codec.encode(image, regions, rate)
            return codec.encode(image, regions, self.qualities[0], rate)

        if self.search is None:
            return largest_within(partial(encode, self), rates, num_bytes)
        plain = SelectiveCodec(self.loaded, self.precision)
        # A search of details takes long: one rate is tried.
        return largest_searched(
            partial(encode, plain), partial(encode, self), rates, num_bytes, nearby=(0,)
        )

    def stored(self, plan: Plan) -> NDArray[np.bool_]:
        """Give the coarse cells whose thin symbols are stored; networks without them have none."""
        return plan.stored if self.network.config.thin else np.zeros_like(plan.stored)


def _plan(regions: Regions) -> Plan:
    kept = kept_cells(regions.kept)
    thin = regions.background is Background.THIN
    # A thin background shows what is there without a map.
    if regions.labels is None or thin:
        return Plan(kept, np.zeros(kept.shape, np.uint8), thin)
    return Plan(kept, simplify(to_grid(regions.labels), MIN_REGION_CELLS), thin)


def _fields(header: Header) -> SelectiveFields:
    if header.selective is None:
        raise UnsupportedVersion("The file is of mode GC, not SC.")
    return header.selective
