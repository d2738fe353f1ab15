"""Every setting of a model and its training: frozen dataclasses that travel with the weights."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self

from gcdemo.errors import CheckpointError

# The latent is 16 times smaller than the picture on each side, in every preset.
STRIDE = 16
# SC's fine grid, of details, masks and label maps, is 8 times smaller.
FINE_STRIDE = 8


class JsonConfig:
    """A frozen dataclass of settings that travels as JSON text."""

    __slots__ = ()

    def to_json(self) -> str:
        """Give the fields as JSON text."""
        return json.dumps(dataclasses.asdict(self))  # type: ignore[call-overload]

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read `to_json`'s text.

        Raises:
            CheckpointError: A field is unknown or out of range; missing ones have their defaults.
        """
        try:
            values = json.loads(text)
            known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
            if unknown := set(values) - known:
                raise CheckpointError(f"The configuration has unknown fields: {sorted(unknown)}.")
            return cls(**{name: cls._read_field(name, v) for name, v in values.items()})
        except (TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(f"The configuration cannot be read: {error}") from error

    @classmethod
    def _read_field(cls, name: str, value: object) -> object:
        """Give a field's value of what JSON has for it."""
        return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class ModelConfig(JsonConfig):
    """The networks E, q and G. Defaults are the published sizes at C = 2."""

    latent_channels: int = 2  # C; with nested_rates the largest C
    num_centers: int = 5  # L
    sharpness: float = 1.0  # of the quantiser's soft assignment
    encoder_widths: tuple[int, ...] = (60, 120, 240, 480, 960)  # filters, picture to latent
    generator_widths: tuple[int, ...] = (60, 120, 240, 480, 960)  # filters, picture to latent
    encoder_blocks: int = 0  # residual blocks before E's last layer (paper: none)
    generator_blocks: int = 9  # residual blocks of G
    scale_blocks: tuple[int, ...] = ()  # more behind each of its doublings, latent to picture
    patch: int = 1  # pixels per side that E's first and G's last layer treat as channels
    edge_kernel: int = 7  # kernel of those two layers
    normalization: Literal["channel", "instance"] = "channel"
    normalize_edges: bool = True  # also behind the layers that read pixels and symbols
    upsampling: Literal["transposed", "subpixel"] = "transposed"
    linear_path: bool = False  # cosines of 16x16 blocks beside E and around G
    noise_channels: int = 0  # channels of v that G reads beside w_hat (paper: none in most results)
    nested_rates: bool = False  # one model for every C up to latent_channels; E and G are told C

    def __post_init__(self) -> None:
        """Check that the fields fit together.

        Raises:
            CheckpointError: They do not.
        """
        for widths in (self.encoder_widths, self.generator_widths):
            if self.patch * 2 ** (len(widths) - 1) != STRIDE:
                raise CheckpointError(
                    f"patch {self.patch} and {len(widths)} widths do not make a stride of {STRIDE}."
                )
        if self.scale_blocks and len(self.scale_blocks) != len(self.generator_widths) - 1:
            raise CheckpointError("scale_blocks must have a number for each doubling of G.")
        if not 1 <= self.latent_channels <= 16 or not 2 <= self.num_centers <= 255:
            raise CheckpointError("latent_channels must be 1 to 16 and num_centers 2 to 255.")

    @property
    def code_length(self) -> int:
        """Length of the rate code that E and G are told; 0 when there is one rate only."""
        return self.latent_channels if self.nested_rates else 0


_MEDIUM = ModelConfig(
    latent_channels=16,
    encoder_widths=(24, 48, 96, 160),
    generator_widths=(24, 48, 96, 176),
    encoder_blocks=3,
    generator_blocks=7,
    scale_blocks=(3, 2, 0),
    patch=2,
    edge_kernel=3,
    normalize_edges=False,
    linear_path=True,
    upsampling="subpixel",
    nested_rates=True,
)

PRESETS: Mapping[str, ModelConfig] = MappingProxyType(
    {
        # The published networks: encoder 5.53 M at C = 2, generator 154.8 M weights.
        "paper": ModelConfig(normalization="instance"),
        # For a GPU: 24 M weights.
        "base": ModelConfig(
            latent_channels=16,
            encoder_widths=(64, 128, 256, 320),
            generator_widths=(64, 128, 256, 320),
            encoder_blocks=2,
            generator_blocks=8,
            patch=2,
            edge_kernel=5,
            normalize_edges=False,
            linear_path=True,
            upsampling="subpixel",
            nested_rates=True,
        ),
        # For two CPU cores: a 768x512 picture in well under a second.
        "small": ModelConfig(
            latent_channels=16,
            encoder_widths=(24, 48, 96, 160),
            generator_widths=(24, 48, 96, 176),
            encoder_blocks=2,
            generator_blocks=5,
            patch=2,
            edge_kernel=3,
            normalize_edges=False,
            linear_path=True,
            upsampling="subpixel",
            nested_rates=True,
        ),
        # The same, deeper where it costs little: a run of `small` can be gone on with as this.
        "medium": _MEDIUM,
        # The same, with noise to tell one cell of a lawn from the next; so with a run of `medium`.
        "medium-noise": dataclasses.replace(_MEDIUM, noise_channels=8),
        # For tests: builds and runs in milliseconds.
        "tiny": ModelConfig(
            latent_channels=4,
            encoder_widths=(8, 8, 8, 8),
            generator_widths=(8, 8, 8, 8),
            encoder_blocks=1,
            generator_blocks=1,
            patch=2,
            edge_kernel=3,
            normalize_edges=False,
            linear_path=True,
            upsampling="subpixel",
            nested_rates=True,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class TrainConfig(JsonConfig):
    """One training run. Weights apply to pictures in [-1, 1]; 0 leaves a term out."""

    seed: int = 0  # of the weights and the data order
    crop: int = 128  # pixels per side, a multiple of 16
    batch: int = 8  # crops per step and process
    min_scale: float = 0.5  # crops are cut from pictures shrunk by a factor from here to 1
    source_weights: tuple[str, ...] = ()  # "prefix=weight": files so named are drawn more often
    train_encoder: bool = True  # False: E stays as it is, and with it what files hold; SC's always
    learning_rate: float = 3e-4  # Adam's, for E and G (paper: 2e-4)
    discriminator_learning_rate: float = 3e-4
    warmup: int = 200  # steps over which the rates rise to theirs
    cooldown_start: int = 0  # step from which the rates fall linearly to 0 at `steps`; 0: never
    steps: int = 1_000_000  # the run's length
    ema_decay: float = 0.999  # of the averaged weights that are exported
    discriminator_steps: int = 1  # updates of D per update of E and G
    adversarial_start: int = 0  # step of the second stage; before it only distortion terms
    adversarial_ramp: int = 500  # steps over which the second stage's terms grow to their weights
    distortion_weight: float = 10.0  # lambda, of the MSE (paper: 10)
    color_weight: float = 0.0  # of the MSE between 16x16 block means
    repetition_weight: float = 0.0  # of texture that repeats though x's does not, and of grain
    perceptual_weight: float = 1.0  # of LPIPS (SqueezeNet 1.1); the paper's VGG term has 12
    feature_weight: float = 0.0  # of the same trunk's plain feature distance, all channels alike
    second_trunk_weight: float = 0.0  # of the plain feature distance on EfficientNet-Lite0
    second_texture_weight: float = 0.0  # of that trunk's features averaged over 24x24 pixels
    search_rounds: int = 0  # of a search in every second crop before q; 0: E's symbols in all
    perceptual_stop: int = 0  # step after which the perceptual terms stop; 0: never
    adversarial_weight: float = 1.0  # of G's LSGAN term (paper: 1)
    matching_weight: float = 10.0  # of feature matching (paper: 12)
    spread_weight: float = 0.3  # of latents that leave centers unused or lie beyond them
    entropy_weight: float = 0.0  # beta, of the symbols' soft first-order entropy, bits per symbol
    discriminator_widths: tuple[int, ...] = (64, 128, 256, 512)  # filters of one scale of D
    discriminator_scales: int = 3  # scales of D; 0 leaves out D on pixels
    spectral_norm: bool = True  # in D on pixels; without it InstanceNorm, as pix2pixHD
    feature_head_width: int = 0  # filters of D's heads on the perceptual trunk; 0 leaves them out
    label_classes: int = 0  # classes of the label maps that D is shown, GC(D+); 0: D sees no maps
    augment_trunk: bool = True  # random shifts and scales before the trunk, so it is hard to fool
    texture_weight: float = 0.0  # SC: of each class's trunk statistics where nothing is known
    kept_weight: float = 1.0  # SC: of every term of likeness where details are kept
    invented_weight: float = 0.0  # SC: share of the perceptual terms where nothing is known
    tick: int = 50  # steps between lines of metrics
    checkpoint_minutes: float = 5.0  # between checkpoints: what a crash loses at most
    grid_minutes: float = 10.0  # between sample grids

    def __post_init__(self) -> None:
        """Check the fields.

        Raises:
            CheckpointError: One is out of range.
        """
        if self.crop % STRIDE or self.crop < 2 * STRIDE:
            raise CheckpointError(
                f"crop is {self.crop}; it must be a multiple of {STRIDE}, at least 32."
            )
        if self.batch < 1 or self.discriminator_steps < 1 or not 0 < self.min_scale <= 1:
            raise CheckpointError("batch, discriminator_steps or min_scale is out of range.")
        if self.search_rounds and not self.uses_second_trunk:
            raise CheckpointError(
                "search_rounds needs second_trunk_weight or second_texture_weight: a search judges "
                "by that trunk."
            )

    @property
    def uses_trunk(self) -> bool:
        """Whether any term reads the perceptual trunk."""
        return bool(self.perceptual_weight or self.feature_weight or self.feature_head_width)

    @property
    def uses_second_trunk(self) -> bool:
        """Whether EfficientNet-Lite0 is read: by its distances, and then by D's heads too."""
        return self.second_trunk_weight > 0 or self.second_texture_weight > 0

    @property
    def uses_discriminator(self) -> bool:
        """Whether any term reads a discriminator."""
        wanted = bool(self.adversarial_weight or self.matching_weight)
        return wanted and bool(self.discriminator_scales or self.feature_head_width)
