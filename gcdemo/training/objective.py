"""One update of D and of E + G, from the terms of the objective."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from gcdemo.devices import autocast
from gcdemo.distances import block_color, feature_difference, repetition, texture_difference
from gcdemo.errors import TrainingError
from gcdemo.model import GenerativeCompressor, Reconstruction
from gcdemo.networks.discriminator import Verdict
from gcdemo.selective_model import Noise, Selection, SelectiveCompressor, enlarge
from gcdemo.training import losses
from gcdemo.training.data import Batch, Choices
from gcdemo.training.lookahead import look_ahead
from gcdemo.training.perceptual import (
    Trunks,
    TrunkTaps,
    View,
    draw_view,
    focus,
    tap,
    texture_distance,
)
from gcdemo.training.state import HEADS, TrainState

# Views are drawn apart from the data's random numbers.
VIEW_SEED = 1_000_003
STILL = View(0, 0, 1.0)


def average_gradients(parameters: Sequence[nn.Parameter]) -> None:
    """Average gradients over the processes of a data-parallel run; alone, do nothing."""
    if not dist.is_initialized():
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients pass through a module without collecting its own."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)


class Taps(NamedTuple):
    """What the trunks make of a batch; None without the trunk."""

    first: TrunkTaps | None = None
    second: TrunkTaps | None = None


def _where_known(x: Tensor, output: Reconstruction) -> Tensor:
    """Give x_hat, of SC with x in the place of all that is invented; float (B, 3, H, W)."""
    return output.x_hat if output.known is None else torch.where(output.known > 0, output.x_hat, x)


class Trainer:
    """Updates a state by batches."""

    def __init__(self, state: TrainState, trunks: Trunks, use_bf16: bool) -> None:
        """Train `state`; a trunk may be None when no term reads it.

        Raises:
            TrainingError: A term needs the trunk and there is none, or is not of such networks.
        """
        if trunks.first is None and state.config.uses_trunk:
            raise TrainingError("The perceptual terms need the SqueezeNet backbone.")
        if trunks.second is None and state.config.uses_second_trunk:
            raise TrainingError("The second trunk's terms need the EfficientNet-Lite0 backbone.")
        if state.config.search_rounds and isinstance(state.model, SelectiveCompressor):
            raise TrainingError("search_rounds is of GC: SC's symbols are not looked for.")
        self.state, self.trunks, self.use_bf16 = state, trunks, use_bf16

    def update(self, batches: Sequence[Batch]) -> dict[str, Tensor]:
        """Make one step: D on every batch, E and G on the last.

        Returns:
            The unweighted terms, scalars on the device.
        """
        state, config = self.state, self.state.config
        state.set_learning_rates()
        rng = torch.Generator().manual_seed(VIEW_SEED * (config.seed + 1) + state.step)
        for batch in batches[:-1]:
            self._update_discriminators_only(batch, rng)
        batch = self._on_device(batches[-1])
        terms: dict[str, Tensor] = {}
        with autocast(state.device, self.use_bf16):
            output = self._reconstruct(batch)
            taps = self._taps(batch, output, rng)
        real: list[Verdict] = []
        if self.adversarial_strength > 0:
            real = self._update_discriminators(batch, output.x_hat.detach(), taps, terms)
        total = self._distortion(batch, output, taps, terms)
        if config.spread_weight:
            terms["spread"] = losses.latent_spread(output.w, output.kept, state.model.centers)
            total = total + config.spread_weight * terms["spread"]
        if config.entropy_weight:
            terms["entropy"] = losses.symbol_entropy(
                output.w, output.kept, state.model.centers, state.model_config.sharpness
            )
            total = total + config.entropy_weight * terms["entropy"]
        if real:
            total = total + self._adversarial(output.x_hat, batch.labels, taps, real, terms)
        terms["total"] = total.detach()
        state.optimizer.zero_grad(set_to_none=True)
        total.backward()
        parameters = list(state.model.parameters())
        average_gradients(parameters)
        terms["gradient"] = nn.utils.clip_grad_norm_(parameters, 10.0)
        state.optimizer.step()
        state.average.update_parameters(state.model)
        state.step += 1
        return {name: value.detach() for name, value in terms.items()}

    @property
    def adversarial_strength(self) -> float:
        """How far the second stage has grown, 0 to 1."""
        config, step = self.state.config, self.state.step
        if not config.uses_discriminator or step < config.adversarial_start:
            return 0.0
        return min(1.0, (step - config.adversarial_start + 1) / max(config.adversarial_ramp, 1))

    def _on_device(self, batch: Batch) -> Batch:
        device = self.state.device
        x = batch.x.to(device, non_blocking=True, memory_format=torch.channels_last)
        labels = None if batch.labels is None else batch.labels.to(device, non_blocking=True)
        choices = batch.choices and Choices(
            *(c.to(device, non_blocking=True) for c in batch.choices)
        )
        noise = None if batch.noise is None else batch.noise.to(device, non_blocking=True)
        return Batch(x, batch.channels.to(device, non_blocking=True), labels, choices, noise)

    def _reconstruct(self, batch: Batch) -> Reconstruction:
        model, choices = self.state.model, batch.choices
        if isinstance(model, SelectiveCompressor):
            if choices is None:
                raise TrainingError("SC is trained on batches that say what is kept.")
            selection = Selection(choices.kept, choices.labels, choices.thin)
            noise = Noise(choices.coarse_noise, choices.fine_noise)
            output = model(batch.x, batch.channels, selection, choices.detail_channels, noise)
        elif rounds := self.state.config.search_rounds:
            output = self._search(batch, rounds)
        else:
            output = model(batch.x, batch.channels, batch.noise)
        assert isinstance(output, Reconstruction)
        return output

    def _search(self, batch: Batch, rounds: int) -> Reconstruction:
        """Code and decode; every second picture's symbols are looked for."""
        model = self.state.model
        assert isinstance(model, GenerativeCompressor)
        w, kept = model.latent(batch.x, batch.channels)
        every_second = Batch(
            batch.x[::2],
            batch.channels[::2],
            noise=None if batch.noise is None else batch.noise[::2],
        )
        searched = w.clone()
        searched[::2] = look_ahead(model, self.trunks.judges, every_second, w[::2], rounds)
        x_hat = model.reconstruct(searched, batch.channels, batch.noise)
        return Reconstruction(x_hat, w, kept)

    def _taps(self, batch: Batch, output: Reconstruction, rng: torch.Generator) -> Taps:
        config = self.state.config
        stopped = 0 < config.perceptual_stop <= self.state.step
        if stopped and not config.feature_head_width:
            return Taps()
        # Each trunk has a view of its own: no blind spot is shared.
        views = [draw_view(rng) if config.augment_trunk else STILL for _ in Taps._fields]
        first, second = self.trunks
        x, x_hat = batch.x, output.x_hat
        taps = (
            first.taps(x, x_hat, views[0]) if first else None,
            tap(second, x, x_hat, views[1]) if second else None,
        )
        if output.known is None or batch.choices is None:
            return Taps(*taps)
        weight = self._likeness(batch, output) + config.invented_weight * (1 - output.known)
        classes = F.one_hot(batch.choices.labels, config.label_classes).permute(0, 3, 1, 2)
        regions = enlarge(classes) * (1 - output.known)
        return Taps(*(t and focus(t, v, weight, regions) for t, v in zip(taps, views, strict=True)))

    def _update_discriminators_only(self, batch: Batch, rng: torch.Generator) -> None:
        if self.adversarial_strength == 0:
            return
        batch = self._on_device(batch)
        with torch.no_grad(), autocast(self.state.device, self.use_bf16):
            output = self._reconstruct(batch)
            taps = self._taps(batch, output, rng)
        self._update_discriminators(batch, output.x_hat, taps, {})

    def _judge(
        self, x: Tensor, labels: Tensor | None, features: Sequence[list[Tensor] | None]
    ) -> list[Verdict]:
        judges = self.state.discriminators
        verdicts: list[Verdict] = []
        with autocast(self.state.device, self.use_bf16):
            if "pixels" in judges:
                verdicts += judges["pixels"](x, labels)
            for name, taps in zip(HEADS, features, strict=True):
                if name in judges and taps is not None:
                    verdicts += judges[name](taps)
        return verdicts

    def _update_discriminators(
        self, batch: Batch, x_hat: Tensor, taps: Taps, terms: dict[str, Tensor]
    ) -> list[Verdict]:
        state = self.state
        # One pass over both halves: twice the batch runs faster than two passes.
        both = [
            t and [torch.cat((r, f.detach())) for r, f in zip(t.real, t.fake, strict=True)]
            for t in taps
        ]
        labels = None if batch.labels is None else batch.labels.repeat(2, 1, 1)
        verdicts = self._judge(torch.cat((batch.x, x_hat)), labels, both)
        half = len(x_hat)
        real = [Verdict(v.logits[:half], [f[:half] for f in v.features]) for v in verdicts]
        fake = [Verdict(v.logits[half:], [f[half:] for f in v.features]) for v in verdicts]
        loss = losses.lsgan_discriminator(real, fake)
        terms["discriminator"] = loss.detach()
        state.discriminator_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        parameters = list(state.discriminators.parameters())
        average_gradients(parameters)
        nn.utils.clip_grad_norm_(parameters, 10.0)
        state.discriminator_optimizer.step()
        return [Verdict(v.logits.detach(), [f.detach() for f in v.features]) for v in real]

    def _likeness(self, batch: Batch, output: Reconstruction) -> Tensor:
        """Give how much likeness counts at each pixel of SC, float (B, 1, H, W)."""
        assert output.known is not None
        assert batch.choices is not None
        return output.known + (self.state.config.kept_weight - 1) * enlarge(batch.choices.kept)

    def _distortion(
        self, batch: Batch, output: Reconstruction, taps: Taps, terms: dict[str, Tensor]
    ) -> Tensor:
        config = self.state.config
        error = output.x_hat - batch.x
        if output.known is not None:
            error = error * self._likeness(batch, output).sqrt()
        terms["mse"] = error.square().mean()
        total = config.distortion_weight * terms["mse"]
        if config.color_weight:
            terms["color"] = block_color(error)
            total = total + config.color_weight * terms["color"]
        if config.repetition_weight:
            terms["repetition"] = repetition(batch.x, _where_known(batch.x, output))
            total = total + config.repetition_weight * terms["repetition"]
        stopped = 0 < config.perceptual_stop <= self.state.step
        if stopped:
            return total
        if self.trunks.first and taps.first:
            off, weight = taps.first.offsets(), taps.first.weight
            if config.perceptual_weight:
                terms["lpips"] = self.trunks.first.lpips(off, weight)
                total = total + config.perceptual_weight * terms["lpips"]
            if config.feature_weight:
                terms["features"] = feature_difference(off, weight)
                total = total + config.feature_weight * terms["features"]
        if taps.second:
            off, weight = taps.second.offsets(), taps.second.weight
            if config.second_trunk_weight:
                terms["second"] = feature_difference(off, weight)
                total = total + config.second_trunk_weight * terms["second"]
            if config.second_texture_weight:
                terms["grain"] = texture_difference(off, weight)
                total = total + config.second_texture_weight * terms["grain"]
        seen = [t for t in taps if t and t.regions is not None]
        if config.texture_weight and seen:
            terms["texture"] = torch.stack([texture_distance(t) for t in seen]).sum()
            total = total + config.texture_weight * terms["texture"]
        return total

    def _adversarial(
        self,
        x_hat: Tensor,
        labels: Tensor | None,
        taps: Taps,
        real: list[Verdict],
        terms: dict[str, Tensor],
    ) -> Tensor:
        config = self.state.config
        with frozen(self.state.discriminators):
            fake = self._judge(x_hat, labels, [t and t.fake for t in taps])
        terms["adversarial"] = losses.lsgan_generator(fake)
        total = config.adversarial_weight * terms["adversarial"]
        if config.matching_weight and any(v.features for v in fake):
            terms["matching"] = losses.feature_matching(real, fake)
            total = total + config.matching_weight * terms["matching"]
        return self.adversarial_strength * total
