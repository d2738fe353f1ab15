"""Everything a training run is: networks, averages, optimizers, position; saved as one file."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from gcdemo.config import TrainConfig
from gcdemo.errors import CheckpointError
from gcdemo.files import write_atomically
from gcdemo.model import READS_NOISE, GenerativeCompressor
from gcdemo.networks.blocks import ResidualBlock
from gcdemo.networks.discriminator import Discriminator, FeatureDiscriminator
from gcdemo.selective_config import AnyModelConfig, SelectiveConfig, model_config_from_json
from gcdemo.selective_model import SelectiveCompressor
from gcdemo.torch_files import load_values

CHECKPOINT_NAME = "checkpoint.pt"
# Names of D's heads on the first and on the second trunk.
HEADS = ("features", "second")
# What a G that learns to read noise starts with, of what it would have from the beginning.
NOISE_GAIN = 0.1
# Adam's memory. D's first is short, as usual for a player whose target moves.
ADAM_BETAS = (0.9, 0.99)
DISCRIMINATOR_ADAM_BETAS = (0.5, 0.99)


class _EarlyAverage:
    """An exponential moving average whose decay rises to `decay`, so early steps fade soon."""

    def __init__(self, decay: float) -> None:
        self.decay = decay

    @torch.no_grad()
    def __call__(
        self, averages: Sequence[Tensor], values: Sequence[Tensor], num_averaged: Tensor | int
    ) -> None:
        count = float(num_averaged)
        decay = min(self.decay, (1 + count) / (10 + count))
        for average, value in zip(averages, values, strict=True):
            average.lerp_(value, 1 - decay)


def build_model(
    config: AnyModelConfig, *, train_encoder: bool
) -> GenerativeCompressor | SelectiveCompressor:
    """Make the networks of a configuration; what stays as it is asks for no gradient."""
    if not isinstance(config, SelectiveConfig):
        gc = GenerativeCompressor(config)
        gc.encoder.requires_grad_(train_encoder)
        return gc
    sc = SelectiveCompressor(config)
    if config.thin:
        # GC's E is trained already: the thin symbols are those of the GC that SC starts from.
        sc.encoder.requires_grad_(False)
    return sc


def start_grown(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Load the weights of a network with fewer residual blocks; the picture stays the same.

    A block whose last normalisation starts at zero adds nothing, yet has a gradient there. Where G
    reads noise that the other did not, it starts with a small share of what it would else have:
    with none, noise of either sign would pull its weights to neither side.

    Raises:
        RuntimeError: More than whole residual blocks or noise is missing, or shapes differ.
    """
    with torch.no_grad():
        for name, block in model.named_modules():
            own = {f"{name}.{key}" for key in block.state_dict()}
            if isinstance(block, ResidualBlock) and own.isdisjoint(weights):
                for affine in (block.norm2.weight, block.norm2.bias):
                    nn.init.zeros_(affine)
                weights = {**weights, **{key: model.state_dict()[key] for key in own}}
        own_state = model.state_dict()
        weights = dict(weights)
        for name, dim in READS_NOISE:
            if name in weights and name in own_state:
                _, noise = own_state[name].tensor_split([weights[name].shape[dim]], dim)
                weights[name] = torch.cat((weights[name], NOISE_GAIN * noise), dim)
    model.load_state_dict(weights)


class TrainState:
    """A run at a step. Two states with equal checkpoints go on identically."""

    def __init__(
        self,
        model_config: AnyModelConfig,
        config: TrainConfig,
        device: torch.device,
        tap_channels: Sequence[tuple[int, ...]],
    ) -> None:
        """Start a run at step 0 with weights drawn from the seed.

        Args:
            model_config: Of E, q and G, or of SC's networks.
            config: Of the run.
            device: Where it trains.
            tap_channels: Channels of each trunk's taps, for D's heads on them; () without it.
        """
        torch.manual_seed(config.seed)
        self.model_config, self.config, self.device = model_config, config, device
        self.model = build_model(model_config, train_encoder=config.train_encoder)
        self.discriminators = nn.ModuleDict()
        if config.uses_discriminator and config.discriminator_scales:
            self.discriminators["pixels"] = Discriminator(
                config.discriminator_widths,
                config.discriminator_scales,
                spectral=config.spectral_norm,
                num_classes=config.label_classes,
            )
        if config.uses_discriminator and config.feature_head_width:
            for name, channels in zip(HEADS, tap_channels, strict=True):
                if channels:
                    self.discriminators[name] = FeatureDiscriminator(
                        channels, config.feature_head_width
                    )
        for module in (self.model, self.discriminators):
            module.to(device).to(memory_format=torch.channels_last)
        self.average = self._average_of(self.model)
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), config.learning_rate, betas=ADAM_BETAS, fused=True
        )
        # An optimizer needs a parameter even where there is no discriminator.
        self.discriminator_optimizer = torch.optim.Adam(
            list(self.discriminators.parameters()) or [torch.zeros((), requires_grad=True)],
            config.discriminator_learning_rate,
            betas=DISCRIMINATOR_ADAM_BETAS,
            fused=True,
        )
        self.step = 0

    def _average_of(self, model: nn.Module) -> AveragedModel:
        return AveragedModel(model, multi_avg_fn=_EarlyAverage(self.config.ema_decay))

    @property
    def averaged_model(self) -> GenerativeCompressor | SelectiveCompressor:
        """The exponential moving average of the model: what is looked at and exported."""
        module = self.average.module
        assert isinstance(module, GenerativeCompressor | SelectiveCompressor)
        return module

    def set_learning_rates(self) -> None:
        """Set both optimizers' rates for the current step."""
        config = self.config
        factor = min(1.0, (self.step + 1) / max(config.warmup, 1))
        if 0 < config.cooldown_start <= self.step:
            rest = config.steps - config.cooldown_start
            factor = max(0.0, (config.steps - self.step) / max(rest, 1))
        for group in self.optimizer.param_groups:
            group["lr"] = config.learning_rate * factor
        for group in self.discriminator_optimizer.param_groups:
            group["lr"] = config.discriminator_learning_rate * factor

    def start_from(self, weights: Mapping[str, Tensor], *, again: bool = False) -> None:
        """Take over another run's model weights at step 0; SC's networks take those of GC too.

        Residual blocks that the other run did not have start as identities.

        Args:
            weights: Of the other run's model.
            again: Whether weights were taken over before: then SC keeps what GC does not have.

        Raises:
            CheckpointError: They are of another architecture.
        """
        try:
            if isinstance(self.model, SelectiveCompressor) and not any(
                name.startswith("label_encoder.") for name in weights
            ):
                self.model.start_from_generative(weights, keep_own=again)
            else:
                start_grown(self.model, weights)
        except RuntimeError as error:
            raise CheckpointError(f"The weights to start from do not fit: {error}") from error
        self.average = self._average_of(self.model)

    def take_discriminators(self, stored: Mapping[str, Tensor]) -> None:
        """Take over those discriminators of another run that are built alike."""
        for name, module in self.discriminators.items():
            weights = _of_module(stored, name)
            if _shapes(weights) == _shapes(module.state_dict()):
                module.load_state_dict(weights)

    def save(self, folder: Path) -> Path:
        """Write the checkpoint; a crash meanwhile leaves the previous one whole."""
        buffer = io.BytesIO()
        torch.save(
            {
                "model_config": self.model_config.to_json(),
                "train_config": self.config.to_json(),
                "step": self.step,
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "discriminators": self.discriminators.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
            },
            buffer,
        )
        path = folder / CHECKPOINT_NAME
        write_atomically(path, buffer.getvalue())
        return path

    def restore(self, saved: "SavedRun") -> None:
        """Go on from a checkpoint of the same networks.

        A discriminator unlike the checkpoint's (a stage that starts now) keeps its fresh weights,
        and then D's optimizer starts anew.

        Raises:
            CheckpointError: The model is of another architecture.
        """
        try:
            self.model.load_state_dict(saved.values["model"])
            self.average.load_state_dict(saved.values["average"])
            self.optimizer.load_state_dict(saved.values["optimizer"])
            stored = saved.values["discriminators"]
            self.take_discriminators(stored)
            if _shapes(stored) == _shapes(self.discriminators.state_dict()):
                self.discriminator_optimizer.load_state_dict(
                    saved.values["discriminator_optimizer"]
                )
        except (KeyError, RuntimeError, ValueError) as error:
            raise CheckpointError(f"The checkpoint does not fit this run: {error}") from error
        self.step = int(saved.values["step"])


def _of_module(weights: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    prefix = f"{name}."
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in weights.items()}


class SavedRun:
    """A checkpoint read from disk."""

    def __init__(self, folder: Path) -> None:
        """Read the checkpoint of a run's folder.

        Raises:
            CheckpointError: There is none, or it cannot be read.
        """
        path = folder / CHECKPOINT_NAME
        self.values = load_values(path)
        try:
            self.model_config = model_config_from_json(self.values["model_config"])
            self.train_config = TrainConfig.from_json(self.values["train_config"])
        except KeyError as error:
            raise CheckpointError(f"{path} is no checkpoint of a run: it lacks {error}.") from error

    @property
    def averaged_weights(self) -> dict[str, Tensor]:
        """The moving average of the model's weights."""
        return _of_module(self.values["average"], "module")
