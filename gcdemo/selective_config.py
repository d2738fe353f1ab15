"""The settings of SC's networks: GC's, and what reads details, masks and label maps."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gcdemo.config import FINE_STRIDE, PRESETS, STRIDE, JsonConfig, ModelConfig
from gcdemo.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class SelectiveConfig(JsonConfig):
    """The networks of SC. Defaults are the published sizes at C = 8."""

    base: ModelConfig = PRESETS["paper"]  # G, and with `thin` E and q
    num_classes: int = 11  # of the label map
    detail_channels: int = 8  # C of the fine latent; with nested rates the largest
    detail_widths: tuple[int, ...] = (60, 120, 240, 480)  # image encoder, picture to 1/8
    detail_blocks: int = 0  # residual blocks before its last layer (paper: none)
    label_widths: tuple[int, ...] = (60, 120, 240, 480, 960)  # F, label map to 1/16
    reader_width: int = 480  # of c3s1-480 behind q; d960 after it is as wide as F's last layer
    label_stride: int = 1  # of the label map that F reads: 1 is as large as the picture
    label_kernel: int = 7  # of F's first layer
    thin: bool = False  # whether G also reads GC's latent, of every cell or of the kept ones
    refinement_blocks: int = 0  # residual blocks of G at 1/8 that see details directly
    noise_channels: int = 0  # of v, on both grids, where no details are kept

    def __post_init__(self) -> None:
        """Check that the fields fit together.

        Raises:
            CheckpointError: They do not.
        """
        if self.base.patch * 2 ** (len(self.detail_widths) - 1) != FINE_STRIDE:
            raise CheckpointError(f"detail_widths do not make a stride of {FINE_STRIDE}.")
        if self.label_stride * 2 ** (len(self.label_widths) - 1) != STRIDE:
            raise CheckpointError(f"label_stride and label_widths do not make {STRIDE}.")
        if not 1 <= self.detail_channels <= 15 or FINE_STRIDE % self.label_stride:
            raise CheckpointError("detail_channels must be 1 to 15, label_stride divide 8.")

    @property
    def detail_code_length(self) -> int:
        """Length of the code that tells the rate of the details; 0: there is one rate only."""
        return self.detail_channels if self.base.nested_rates else 0

    @property
    def sharpness(self) -> float:
        """Of the quantiser's soft assignment."""
        return self.base.sharpness

    @classmethod
    def _read_field(cls, name: str, value: object) -> object:
        if name == "base":
            return ModelConfig.from_json(json.dumps(value))
        return JsonConfig._read_field(name, value)


def _beside(preset: str) -> SelectiveConfig:
    """Give SC's networks around those of one of GC's presets for two CPU cores."""
    return SelectiveConfig(
        base=PRESETS[preset],
        detail_channels=12,
        detail_widths=(24, 48, 96),
        detail_blocks=3,
        reader_width=64,
        label_widths=(48, 96),
        label_stride=8,
        label_kernel=3,
        thin=True,
        refinement_blocks=2,
        noise_channels=8,
    )


SELECTIVE_PRESETS: Mapping[str, SelectiveConfig] = MappingProxyType(
    {
        # The published networks: two encoders, of details and of the label map, and GC's G.
        "sc-paper": SelectiveConfig(),
        # Beside GC's presets of these names, whose weights they start from.
        "sc-small": _beside("small"),
        "sc-medium": _beside("medium"),
        # For tests: builds and runs in milliseconds.
        "sc-tiny": SelectiveConfig(
            base=PRESETS["tiny"],
            detail_channels=4,
            detail_widths=(8, 8, 8),
            detail_blocks=1,
            reader_width=8,
            label_widths=(8, 8),
            label_stride=8,
            label_kernel=3,
            thin=True,
            refinement_blocks=1,
            noise_channels=2,
        ),
    }
)

AnyModelConfig = ModelConfig | SelectiveConfig


def model_config_from_json(text: str) -> AnyModelConfig:
    """Read the JSON text of either kind of model.

    Raises:
        CheckpointError: A field is unknown or out of range; missing ones have their defaults.
    """
    return (SelectiveConfig if '"base"' in text else ModelConfig).from_json(text)


def find_preset(name: str) -> AnyModelConfig:
    """Give the preset of that name, of GC or of SC.

    Raises:
        CheckpointError: There is none; the names are listed.
    """
    presets: dict[str, AnyModelConfig] = {**PRESETS, **SELECTIVE_PRESETS}
    if name not in presets:
        raise CheckpointError(f"'{name}' is no preset; there are: {', '.join(presets)}.")
    return presets[name]
