"""About how large an SC file will be, told before any network has run.

What a file states, its label map and its mask are coded as they will be. Of the symbols only their
number is known; but the busier a cell is, the more bits they take. A power of how busy it is tells
what a region takes to about a tenth, where the mean of all cells is off by a third.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from gcdemo.bitstream.container import pack
from gcdemo.bitstream.header import Background
from gcdemo.bitstream.maps import encode_map, encode_mask
from gcdemo.codecs.base import Image
from gcdemo.codecs.selective import Regions, SelectiveCodec, describe_selective
from gcdemo.config import FINE_STRIDE, STRIDE
from gcdemo.grids import grid_shape
from gcdemo.keeping import kept_cells

_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True)
class CellBits:
    """The bits that a cell's symbols take: a power of how busy it is."""

    factor: float
    power: float

    def of(self, busyness: NDArray[np.float32]) -> float:
        """Give the bits of some cells together, from how busy each is, (n,)."""
        return float(self.factor * np.power(busyness, self.power, dtype=np.float64).sum())


# Of the shipped weights, on Kodak: python -m gcdemo measure-sizes kodak/
DETAIL_BITS: Mapping[int, CellBits] = MappingProxyType(
    {
        2: CellBits(1.808, 0.594),
        3: CellBits(2.230, 0.730),
        4: CellBits(2.846, 0.750),
        5: CellBits(3.526, 0.716),
        6: CellBits(3.153, 0.929),
        7: CellBits(3.186, 0.998),
        8: CellBits(3.345, 1.055),
        9: CellBits(3.200, 1.155),
        10: CellBits(3.116, 1.237),
        11: CellBits(3.060, 1.299),
        12: CellBits(3.250, 1.292),
    }
)
THIN_BITS = CellBits(1.422, 0.693)


class Busyness(NamedTuple):
    """How busy the cells of a picture are: log2(1 + s) of the deviation s of their luminance."""

    fine: NDArray[np.float32]  # (2 h, 2 w), of cells of 8x8 pixels
    coarse: NDArray[np.float32]  # (h, w), of cells of 16x16 pixels

    @classmethod
    def of(cls, image: Image) -> "Busyness":
        """Measure a picture, uint8 (H, W, 3)."""
        height, width = image.shape[:2]
        rows, columns = (STRIDE * cells for cells in grid_shape(height, width))
        luminance = np.pad(image @ _LUMINANCE, ((0, rows - height), (0, columns - width)), "edge")
        return cls(_busyness(luminance, FINE_STRIDE), _busyness(luminance, STRIDE))


def predict_bytes(codec: SelectiveCodec, busyness: Busyness, regions: Regions, quality: int) -> int:
    """Say about how many bytes `codec.encode` would give.

    Args:
        codec: Of the shipped weights.
        busyness: Of the picture.
        regions: What is kept of it, and how the rest is made.
        quality: Rate of the details.

    Raises:
        InputError: The rate is not offered.
    """
    plan, header = codec.arrange(regions, quality)
    tables = codec.loaded.tables
    details = DETAIL_BITS[quality].of(busyness.fine[plan.kept])
    thin = THIN_BITS.of(busyness.coarse[codec.stored(plan)])
    return len(
        pack(
            header,
            [
                encode_map(plan.labels, tables.labels),
                encode_mask(plan.kept, tables.mask),
                bytes(round(details / 8)),
                bytes(round(thin / 8)),
            ],
        )
    )


class Measured(NamedTuple):
    """What the symbols of some cells took."""

    bits: int
    busyness: NDArray[np.float32]  # (n,), of each cell


def measure_details(
    codec: SelectiveCodec, image: Image, kept: NDArray[np.bool_], quality: int
) -> Measured:
    """Code a region of a picture, bool (H, W), and give what its details took."""
    data = codec.encode(image, Regions(kept, Background.THIN), quality)
    bits = 8 * describe_selective(data).detail_bytes
    return Measured(bits, Busyness.of(image).fine[kept_cells(kept)])


def measure_thin(codec: SelectiveCodec, image: Image) -> Measured:
    """Code a whole picture thinly and give what its cells took."""
    nothing = Regions(np.zeros(image.shape[:2], np.bool_), Background.THIN)
    data = codec.encode(image, nothing, codec.qualities[0])
    return Measured(8 * describe_selective(data).thin_bytes, Busyness.of(image).coarse.ravel())


def fit_power(measured: Sequence[Measured]) -> CellBits:
    """Give the factor and power that foretell what was measured best, in shares of it."""

    def errors(parameters: NDArray[np.float64]) -> list[float]:
        line = CellBits(float(np.exp(parameters[0])), float(parameters[1]))
        return [float(np.log(line.of(one.busyness) / one.bits)) for one in measured]

    factor, power = least_squares(errors, (0.0, 1.0)).x
    return CellBits(float(np.exp(factor)), float(power))


def _busyness(luminance: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    rows, columns = luminance.shape[0] // side, luminance.shape[1] // side
    cells = luminance.reshape(rows, side, columns, side)
    busyness: NDArray[np.float32] = np.log2(1 + cells.std(axis=(1, 3)))
    return busyness
