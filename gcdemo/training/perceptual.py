"""The perceptual trunks in training: one view, one forward pass, every term that reads it."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gcdemo.backbones import SqueezeNetTaps
from gcdemo.distances import offsets, over_taps, unit_features
from gcdemo.efficientnet import TAP_CHANNELS, EfficientNetTaps

# The trunks' strides multiply to 16: shifts up to that move their whole grid.
MAX_SHIFT = 16


class View(NamedTuple):
    """One random way to look at a batch, the same for x and x_hat."""

    top: int  # rows cut off
    left: int  # columns cut off
    scale: float  # then resized by this factor


class TrunkTaps(NamedTuple):
    """What a trunk makes of a view of photographs and of their reconstructions."""

    real: list[Tensor]
    fake: list[Tensor]
    weight: Tensor | None = None  # (B, 1, H, W) of the view: how much each place counts
    regions: Tensor | None = None  # (B, K, H, W) of the view: share in each region left to G

    def offsets(self) -> list[Tensor]:
        """Give how far each tap's features are off."""
        with torch.no_grad():
            real = unit_features(self.real)
        return offsets(real, self.fake)


def texture_distance(taps: TrunkTaps) -> Tensor:
    """Give how far each region's mean and deviation of features are from the photograph's.

    Where nothing but the class is known no pixel can be right, yet the texture can: it is what
    these statistics describe (style losses, Gatys et al. 2016; AdaIN, Huang and Belongie 2017).
    """
    assert taps.regions is not None
    terms = []
    for pair in zip(unit_features(taps.real), unit_features(taps.fake), strict=True):
        shares = F.interpolate(taps.regions, pair[0].shape[2:], mode="area").flatten(2)
        area = shares.sum(-1)
        moments = []
        for features in pair:
            values = features.flatten(2).transpose(1, 2)
            mean = shares @ values / (area + 1e-3)[..., None]
            square = shares @ values.square() / (area + 1e-3)[..., None]
            moments.append(torch.cat((mean, (square - mean.square()).clamp(min=1e-8).sqrt()), -1))
        difference = (moments[0] - moments[1]).square().sum(-1)
        terms.append((difference * area).sum(-1).mean() / shares.shape[-1])
    return torch.stack(terms).sum()


def draw_view(rng: torch.Generator) -> View:
    """Draw shifts in [0, 16) and, half of the time, a scale in [0.5, 1)."""
    top, left = torch.randint(MAX_SHIFT, (2,), generator=rng).tolist()
    chance, u = torch.rand(2, generator=rng).tolist()
    return View(top, left, 1.0 if chance < 0.5 else 0.5 + u / 2)


def look(x: Tensor, view: View) -> Tensor:
    """Apply a view: (B, 3, H, W) loses its first rows and columns and is resized."""
    x = x[:, :, view.top :, view.left :]
    if view.scale == 1.0:
        return x
    size = [max(32, round(side * view.scale)) for side in x.shape[2:]]
    return F.interpolate(x, size, mode="bilinear", antialias=True, align_corners=False)


def tap(
    trunk: SqueezeNetTaps | EfficientNetTaps, x: Tensor, x_hat: Tensor, view: View
) -> TrunkTaps:
    """Run a trunk on a view of both; only x_hat's side keeps a gradient."""
    with torch.no_grad():
        real = trunk(look(x, view))
    return TrunkTaps(real, trunk(look(x_hat, view)))


def focus(taps: TrunkTaps, view: View, weight: Tensor | None, regions: Tensor | None) -> TrunkTaps:
    """Join taps with how much each place counts, as seen through the same view."""
    with torch.no_grad():
        return taps._replace(
            weight=None if weight is None else look(weight, view),
            regions=None if regions is None else look(regions, view),
        )


class PerceptualTrunk(nn.Module):
    """LPIPS's trunk and channel weights, hard to fool by random views (E-LPIPS, Kettunen 2019).

    A fixed grid of strides has blind spots, and a generator finds them within minutes: it paints a
    dotted pattern that the trunk cannot see. A view that moves at each step leaves none.
    """

    def __init__(self, trunk: SqueezeNetTaps, linear: list[Tensor]) -> None:
        """Join a trunk and its linear layers, each (1, C, 1, 1)."""
        super().__init__()
        self.trunk = trunk
        self.linear = nn.ParameterList(nn.Parameter(w, requires_grad=False) for w in linear)

    def taps(self, x: Tensor, x_hat: Tensor, view: View) -> TrunkTaps:
        """Run the trunk on a view of both; only x_hat's side keeps a gradient."""
        return tap(self.trunk, x, x_hat, view)

    def lpips(self, off: Sequence[Tensor], weight: Tensor | None = None) -> Tensor:
        """Give LPIPS v0.1 (Zhang et al. 2018), averaged over the batch.

        Args:
            off: The offsets of this trunk's taps.
            weight: How much each place counts, float (B, 1, H, W); None for all alike.
        """
        pairs = zip(self.linear, off, strict=True)
        return over_taps(((w * o.square()).sum(1, keepdim=True) for w, o in pairs), weight)


class Trunks(NamedTuple):
    """The frozen networks that terms read; None where no term does."""

    first: PerceptualTrunk | None = None
    second: EfficientNetTaps | None = None

    @property
    def judges(self) -> tuple[nn.Module, ...]:
        """Those that searches judge by, as far as training has them."""
        trunks = (self.first and self.first.trunk, self.second)
        return tuple(trunk for trunk in trunks if trunk is not None)

    @property
    def tap_channels(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Channels of each one's taps."""
        first = tuple(w.shape[1] for w in self.first.linear) if self.first else ()
        return first, TAP_CHANNELS if self.second else ()
