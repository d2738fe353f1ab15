"""SC as one module: what is kept in detail, the rest from a label map or from a thin GC latent.

x, m ──detail encoder──> d ──q──> d_hat, symbols of kept cells ──┐
label map ──F────────────────────────────────────────────────────┼──G──> x_hat
x ──E──> w ──q──> w_hat, of every cell (thin) or of kept ones ───┘
"""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gcdemo.config import FINE_STRIDE, STRIDE
from gcdemo.model import READS_NOISE, Reconstruction
from gcdemo.networks.detail_reader import DetailReader
from gcdemo.networks.encoder import Encoder
from gcdemo.networks.label_encoder import LabelEncoder
from gcdemo.networks.quantizer import make_centers, quantize
from gcdemo.networks.selective_generator import SelectiveGenerator
from gcdemo.networks.transform import FINE
from gcdemo.selective_config import SelectiveConfig

# Fine cells on each side of a cell of the coarse grid.
FINE_PER_COARSE = STRIDE // FINE_STRIDE


class Selection(NamedTuple):
    """What is kept of a batch of pictures, and what is known of the rest."""

    kept: Tensor  # bool (B, 1, H/8, W/8): cells that keep their details
    labels: Tensor  # int64 (B, H/8, W/8), class ids; 0 where unlabelled
    thin: Tensor  # bool (B,): whether the coarse latent covers every cell, not only kept ones

    @property
    def known(self) -> Tensor:
        """The cells of which more than the class is known, bool (B, 1, H/8, W/8)."""
        return self.kept | self.thin[:, None, None, None]


class Symbols(NamedTuple):
    """What a file stores of a batch of pictures; symbols of cells not stored are 0."""

    thin: Tensor  # uint8 (B, C, H/16, W/16)
    details: Tensor  # uint8 (B, D, H/8, W/8)


class Noise(NamedTuple):
    """v: what makes one patch of a flat region differ from the next."""

    coarse: Tensor  # float (B, noise_channels, H/16, W/16)
    fine: Tensor  # float (B, noise_channels, H/8, W/8)


def coarse_cells(kept: Tensor) -> Tensor:
    """Give the coarse cells that hold a kept fine one: bool (B, 1, 2 h, 2 w) -> (B, 1, h, w)."""
    return F.max_pool2d(kept.float(), FINE_PER_COARSE) > 0


class SelectiveCompressor(nn.Module):
    """The encoders, F and G of SC."""

    centers: Tensor

    def __init__(self, config: SelectiveConfig) -> None:
        """Make the networks of `config`, with random weights."""
        super().__init__()
        self.config, base = config, config.base
        edge_normalization = base.normalization if base.normalize_edges else None
        self.latent_channels = base.latent_channels if config.thin else 0
        code_length = base.code_length + config.detail_code_length
        make_encoder = partial(
            Encoder,
            patch=base.patch,
            edge_kernel=base.edge_kernel,
            normalization=base.normalization,
            edge_normalization=edge_normalization,
            linear_path=base.linear_path,
        )
        if config.thin:
            self.encoder = make_encoder(
                base.encoder_widths,
                base.encoder_blocks,
                base.latent_channels,
                code_length=base.code_length,
            )
        # Masks are told apart from symbols where GC's latent is read too; the paper's are not.
        told = 1 if config.thin else 0
        # Shown the picture with everything dropped blanked out: a file holds nothing of it.
        self.detail_encoder = make_encoder(
            config.detail_widths,
            config.detail_blocks,
            config.detail_channels,
            code_length=config.detail_code_length,
            input_channels=(6 if base.linear_path else 3) + told,
            basis=FINE,
        )
        self.detail_reader = DetailReader(
            config.detail_channels + told,
            config.reader_width,
            config.label_widths[-1],
            base.normalization,
            edge_normalization,
        )
        self.label_encoder = LabelEncoder(
            config.num_classes,
            config.label_widths,
            stride=config.label_stride,
            kernel=config.label_kernel,
            normalization=base.normalization,
            edge_normalization=edge_normalization,
        )
        self.generator = SelectiveGenerator(
            base,
            latent_channels=self.latent_channels,
            context_channels=2 * config.label_widths[-1] + told + config.noise_channels,
            fine_channels=(
                config.detail_channels + told + config.num_classes + config.noise_channels
            ),
            detail_channels=config.detail_channels,
            refinement_blocks=config.refinement_blocks,
            code_length=code_length,
        )
        self.register_buffer("centers", make_centers(base.num_centers), persistent=False)

    def start_from_generative(
        self, weights: Mapping[str, Tensor], *, keep_own: bool = False
    ) -> None:
        """Take over GC's weights: thin and with nothing kept, the result is that of a GC without v.

        What GC does not have starts without effect on G.

        Args:
            weights: State of a `GenerativeCompressor` of the configuration `base`.
            keep_own: Leave what GC does not have as it is: these networks are trained already,
                around an older GC.

        Raises:
            RuntimeError: They are of another architecture.
        """
        own = self.state_dict()
        widened = partial(_widened, keep_own=keep_own)
        weights = dict(weights)
        # GC's noise is left out: SC's is its own, where no details are kept.
        for name, dim in READS_NOISE:
            if name in weights:
                symbols = self.config.base.latent_channels
                weights[name] = weights[name].narrow(dim, 0, symbols)
        taken = {name: widened(value, own.get(name)) for name, value in weights.items()}
        # A detail encoder that has learnt nothing yet starts as E's first layers.
        shared = ("stem.1.0", "down.0.0", "down.0.1", "down.1.0", "down.1.1")
        for name in () if keep_own else shared:
            for part in ("weight", "bias"):
                if (key := f"detail_encoder.{name}.{part}") in own:
                    taken[key] = widened(weights[f"encoder.{name}.{part}"], own[key])
        missing, unexpected = self.load_state_dict(taken, strict=False)
        if unexpected or any(name.startswith("encoder.") for name in missing):
            raise RuntimeError(f"unexpected {unexpected}, missing {missing}")

    def forward(
        self,
        x: Tensor,
        channels: Tensor,
        selection: Selection,
        detail_channels: Tensor,
        noise: Noise,
    ) -> Reconstruction:
        """Code and decode pictures with a gradient, without bytes; E gets none.

        Args:
            x: Float (B, 3, H, W) in [-1, 1]; H and W multiples of 16, at least 32.
            channels: The rate C of each thin latent, int64 (B,) in [1, latent_channels].
            selection: What is kept.
            detail_channels: The rate of each one's details, int64 (B,) in [1, detail_channels].
            noise: v, drawn from a normal distribution.
        """
        with torch.no_grad():
            w = self.thin_latent(x, channels, selection)
            w_hat = self._thin_hat(w, channels, selection)
        d = self.details_latent(x, w_hat, selection, detail_channels)
        d_hat, coded = self._details_hat(d, detail_channels, selection)
        x_hat = self._generate(w_hat, d_hat, selection, noise, channels, detail_channels)
        return Reconstruction(x_hat, d, coded, enlarge(selection.known))

    def thin_latent(self, x: Tensor, channels: Tensor, selection: Selection) -> Tensor:
        """Give w before q, float (B, latent_channels, H/16, W/16); without channels if not thin."""
        if not self.config.thin:
            return x.new_zeros(len(x), 0, x.shape[2] // STRIDE, x.shape[3] // STRIDE)
        w: Tensor = self.encoder(x * enlarge(selection.known), self._rate_code(channels))
        return w.float()

    def reconstruct(
        self,
        w: Tensor,
        d: Tensor,
        selection: Selection,
        channels: Tensor,
        detail_channels: Tensor,
        noise: Noise,
    ) -> Tensor:
        """Quantise both latents and decode them, with a gradient to each.

        Args:
            w: As `thin_latent` gives it.
            d: As `details_latent` gives it.
            selection: What is kept.
            channels: The rate C of each thin latent, int64 (B,).
            detail_channels: The rate of each one's details, int64 (B,).
            noise: v.

        Returns:
            Float (B, 3, H, W) in [-1, 1].
        """
        w_hat = self._thin_hat(w, channels, selection)
        d_hat, _ = self._details_hat(d, detail_channels, selection)
        return self._generate(w_hat, d_hat, selection, noise, channels, detail_channels)

    @torch.no_grad()
    def encode_thin(self, x: Tensor, channels: int, selection: Selection) -> Tensor:
        """Give the thin symbols, uint8 (B, channels, H/16, W/16); 0 where they are not stored."""
        w = self.thin_latent(x, self._rates(x, channels), selection)
        symbols = quantize(w, self.centers).symbols[:, :channels]
        return (symbols * coarse_cells(selection.known)).to(torch.uint8)

    @torch.no_grad()
    def encode_details(
        self, x: Tensor, thin: Tensor, selection: Selection, detail_channels: int
    ) -> Tensor:
        """Give the fine symbols, uint8 (B, detail_channels, H/8, W/8); 0 where dropped."""
        w_hat = self._thin_centers(thin, selection)
        rates = self._rates(x, detail_channels)
        d = self.details_latent(x, w_hat, selection, rates)
        symbols = quantize(d, self.centers).symbols[:, :detail_channels]
        return (symbols * selection.kept).to(torch.uint8)

    @torch.no_grad()
    def decode(self, symbols: Symbols, selection: Selection, noise: Noise) -> Tensor:
        """Give pictures, float (B, 3, H, W) in [-1, 1]."""
        w_hat = self._thin_centers(symbols.thin, selection)
        number = symbols.details.shape[1]
        d_hat = self.centers.new_zeros(
            len(symbols.details), self.config.detail_channels, *symbols.details.shape[2:]
        )
        d_hat[:, :number] = self.centers[symbols.details.long()] * selection.kept
        rates = self._rates(w_hat, symbols.thin.shape[1])
        return self._generate(w_hat, d_hat, selection, noise, rates, self._rates(w_hat, number))

    def _rates(self, like: Tensor, channels: int) -> Tensor:
        return torch.full((len(like),), channels, device=like.device)

    def _first(self, channels: Tensor, largest: int) -> Tensor:
        """Give which of `largest` channels each rate codes, bool (B, largest, 1, 1)."""
        indices = torch.arange(largest, device=channels.device)
        return (indices < channels[:, None])[:, :, None, None]

    def _rate_code(self, channels: Tensor) -> Tensor:
        length = self.config.base.code_length
        return self._first(channels, length)[:, :, 0, 0].float()

    def _detail_code(self, channels: Tensor) -> Tensor:
        return self._first(channels, self.config.detail_code_length)[:, :, 0, 0].float()

    def _thin_hat(self, w: Tensor, channels: Tensor, selection: Selection) -> Tensor:
        """Give the thin w_hat, float (B, latent_channels, H/16, W/16), zero where not stored."""
        stored = coarse_cells(selection.known)
        coded = self._first(channels, self.latent_channels) & stored
        return quantize(w, self.centers, self.config.sharpness).w_hat * coded

    def _details_hat(
        self, d: Tensor, channels: Tensor, selection: Selection
    ) -> tuple[Tensor, Tensor]:
        """Give d_hat, float (B, detail_channels, H/8, W/8), and what of it is coded, a bool."""
        coded = self._first(channels, self.config.detail_channels) & selection.kept
        return quantize(d, self.centers, self.config.sharpness).w_hat * coded, coded

    def _thin_centers(self, symbols: Tensor, selection: Selection) -> Tensor:
        batch, channels, rows, columns = symbols.shape
        w_hat = self.centers.new_zeros(batch, self.latent_channels, rows, columns)
        if self.config.thin:
            stored = coarse_cells(selection.known)
            w_hat[:, :channels] = self.centers[symbols.long()] * stored
        return w_hat

    def details_latent(
        self, x: Tensor, w_hat: Tensor, selection: Selection, channels: Tensor
    ) -> Tensor:
        """Give d before q, float (B, detail_channels, H/8, W/8).

        Args:
            x: Pictures.
            w_hat: The thin latent, zero where it is not stored.
            selection: What is kept.
            channels: The rate of each one's details, int64 (B,).
        """
        m = enlarge(selection.kept)
        seen, residual = [x * m], None
        if self.generator.linear is not None:
            with torch.no_grad():
                residual = (x - self.generator.linear(w_hat)) * m
            seen.append(residual)
        if self.config.thin:
            seen.append(m)
        d: Tensor = self.detail_encoder(
            torch.cat(seen, dim=1), self._detail_code(channels), residual
        )
        return d.float()

    def _generate(
        self,
        w_hat: Tensor,
        d_hat: Tensor,
        selection: Selection,
        noise: Noise,
        channels: Tensor,
        detail_channels: Tensor,
    ) -> Tensor:
        maps = F.one_hot(selection.labels, self.config.num_classes).permute(0, 3, 1, 2)
        maps = maps.to(d_hat.dtype)
        m = selection.kept.to(d_hat.dtype)
        told = [m] if self.config.thin else []
        context = [
            self.label_encoder(maps),
            self.detail_reader(torch.cat((d_hat, *told), dim=1)),
        ]
        if self.config.thin:
            context.append(coarse_cells(selection.known).to(d_hat.dtype))
        context.append(noise.coarse * ~coarse_cells(selection.kept))
        guides = [*told, maps, noise.fine * ~selection.kept]
        code = torch.cat((self._rate_code(channels), self._detail_code(detail_channels)), dim=1)
        x_hat = self.generator.forward_selective(w_hat, context, d_hat, guides, code)
        return x_hat.float()


def _widened(value: Tensor, target: Tensor | None, *, keep_own: bool) -> Tensor:
    """Give a weight with as many inputs as `target`'s: those beyond its own are that one's or 0."""
    if target is None or value.dim() < 2 or value.shape == target.shape:
        return value
    wide = target.clone() if keep_own else torch.zeros_like(target)
    wide[:, : value.shape[1]] = value
    return wide


def enlarge(cells: Tensor) -> Tensor:
    """Give a mask of fine cells as one of pixels: bool (B, 1, h, w) -> float (B, 1, 8 h, 8 w)."""
    return F.interpolate(cells.float(), scale_factor=FINE_STRIDE, mode="nearest")
