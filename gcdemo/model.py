"""The compressor of the paper as one module: x -> w -> w_hat -> x_hat.

x ──E──> w ──q──> w_hat, symbols ──(bitstream)──> symbols ──> w_hat, v ──G──> x_hat
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from gcdemo.config import STRIDE, ModelConfig
from gcdemo.networks.encoder import Encoder
from gcdemo.networks.generator import Generator
from gcdemo.networks.quantizer import make_centers, quantize

# Weights of G that read z, and along which dimension: noise comes behind the symbols.
READS_NOISE = (("generator.stem.0.weight", 1), ("generator.linear.weight", 0))


class Reconstruction(NamedTuple):
    """What a training step needs of a forward pass."""

    x_hat: Tensor  # (B, 3, H, W) in [-1, 1]
    w: Tensor  # (B, C, h, w) before q
    kept: Tensor  # bool (B, C, 1, 1) or (B, C, h, w): which of w is coded
    known: Tensor | None = None  # SC: float (B, 1, H, W), 1 where x_hat is to equal x; None: all


class GenerativeCompressor(nn.Module):
    """E, q and G with the centers they share.

    With `nested_rates` the latent's channels are ordered by importance: a rate C codes the first C
    of them, the others are zero, and E and G are told C by a thermometer code.
    """

    centers: Tensor

    def __init__(self, config: ModelConfig) -> None:
        """Make the networks of `config`, with random weights."""
        super().__init__()
        self.config = config
        self.encoder = Encoder(
            config.encoder_widths,
            config.encoder_blocks,
            config.latent_channels,
            patch=config.patch,
            edge_kernel=config.edge_kernel,
            normalization=config.normalization,
            edge_normalization=config.normalization if config.normalize_edges else None,
            code_length=config.code_length,
            linear_path=config.linear_path,
        )
        self.generator = Generator(
            config.latent_channels,
            config.noise_channels,
            config.generator_widths,
            config.generator_blocks,
            scale_blocks=config.scale_blocks,
            patch=config.patch,
            edge_kernel=config.edge_kernel,
            normalization=config.normalization,
            edge_normalization=config.normalization if config.normalize_edges else None,
            upsampling=config.upsampling,
            code_length=config.code_length,
            linear_path=config.linear_path,
        )
        self.register_buffer("centers", make_centers(config.num_centers), persistent=False)

    def kept_channels(self, channels: Tensor) -> Tensor:
        """Give which latent channels each rate codes: int64 (B,) -> bool (B, C_max)."""
        indices = torch.arange(self.config.latent_channels, device=channels.device)
        return indices < channels[:, None]

    def rate_code(self, channels: Tensor) -> Tensor:
        """Give the thermometer code that tells E and G the rate: int64 (B,) -> (B, length)."""
        return self.kept_channels(channels)[:, : self.config.code_length].float()

    def forward(self, x: Tensor, channels: Tensor, noise: Tensor | None = None) -> Reconstruction:
        """Code and decode pictures with a gradient, without bytes.

        Args:
            x: Float (B, 3, H, W) in [-1, 1]; H and W multiples of 16, at least 32.
            channels: The rate C of each picture, int64 (B,) in [1, latent_channels].
            noise: v, float (B, noise_channels, H/16, W/16); drawn afresh when None.
        """
        w, kept = self.latent(x, channels)
        return Reconstruction(self.reconstruct(w, channels, noise), w, kept)

    def latent(self, x: Tensor, channels: Tensor) -> tuple[Tensor, Tensor]:
        """Give E's latent of pictures before q, and which of it is coded; see `forward`.

        Returns:
            Float (B, latent_channels, H/16, W/16); bool (B, latent_channels, 1, 1).
        """
        w = self.encoder(x, self.rate_code(channels)).float()
        return w, self.kept_channels(channels)[:, :, None, None]

    def reconstruct(self, w: Tensor, channels: Tensor, noise: Tensor | None = None) -> Tensor:
        """Give the pictures of latents, q's soft gradient included.

        Args:
            w: Before q, float (B, latent_channels, h, w); what its rate does not code is ignored.
            channels: The rate C of each, int64 (B,) in [1, latent_channels].
            noise: v, float (B, noise_channels, h, w); drawn afresh when None.

        Returns:
            Float (B, 3, 16 h, 16 w) in [-1, 1].
        """
        kept = self.kept_channels(channels)[:, :, None, None]
        w_hat = quantize(w, self.centers, self.config.sharpness).w_hat * kept
        return self._generate(w_hat, self.rate_code(channels), noise)

    @torch.no_grad()
    def encode(self, x: Tensor, channels: int) -> Tensor:
        """Give the symbols of pictures at rate C = `channels`.

        Returns:
            uint8 (B, channels, H/16, W/16), each in [0, L).
        """
        rates = torch.full((len(x),), channels, device=x.device)
        w, _ = self.latent(x, rates)
        return quantize(w, self.centers).symbols[:, :channels].to(torch.uint8)

    @torch.no_grad()
    def decode(self, symbols: Tensor, noise: Tensor | None = None) -> Tensor:
        """Give the pictures of symbols.

        Args:
            symbols: Integers (B, C, h, w) in [0, L), with C at most latent_channels.
            noise: v, float (B, noise_channels, h, w); drawn afresh when None.

        Returns:
            Float (B, 3, 16 h, 16 w) in [-1, 1].
        """
        batch, channels, height, width = symbols.shape
        w_hat = self.centers.new_zeros(batch, self.config.latent_channels, height, width)
        w_hat[:, :channels] = self.centers[symbols.long()]
        rates = torch.full((batch,), channels, device=symbols.device)
        return self._generate(w_hat, self.rate_code(rates), noise)

    def _generate(self, w_hat: Tensor, code: Tensor, noise: Tensor | None) -> Tensor:
        z = w_hat
        if self.config.noise_channels:
            if noise is None:
                shape = (len(w_hat), self.config.noise_channels, *w_hat.shape[2:])
                noise = torch.randn(shape, device=w_hat.device)
            z = torch.cat((w_hat, noise), dim=1)
        x_hat: Tensor = self.generator(z, code)
        return x_hat.float()


def receptive_cells(config: ModelConfig) -> tuple[int, int]:
    """Give how many latent cells around a cell E's symbols and G's pixels can depend on.

    A tile with that much more of the picture on every side gives exactly the whole's result.

    Returns:
        (cells for E, cells for G), each rounded up.
    """
    edge = (config.edge_kernel // 2) * config.patch
    steps = [config.patch * 2**i for i in range(len(config.encoder_widths))]
    # E: the edge layer, one 3x3 layer at each finer size, two per block and the head at 1/16.
    encoder_pixels = edge + sum(steps[:-1]) + STRIDE * (2 * config.encoder_blocks + 1)
    # G: the stem and two layers per block at 1/16, one 3x3 layer before each doubling and two per
    # block behind it, the edge.
    generator_pixels = STRIDE * (2 * config.generator_blocks + 1) + sum(steps[1:]) + edge
    behind = zip(config.scale_blocks, steps[-2::-1], strict=False)  # () is none
    generator_pixels += sum(2 * blocks * size for blocks, size in behind)
    return -(-encoder_pixels // STRIDE) + 1, -(-generator_pixels // STRIDE) + 1
