"""How far a set of pictures is from another as a set: the kernel distance of their patches.

A single picture can be close to its original and still look like no photograph; over many
patches that shows. The features are those of SqueezeNet 1.0, on which no network of ours is
trained: fire9, averaged over the patch and scaled to one length, since plain activations differ a
hundredfold between patches and a few would decide. Values compare only with values of the same
trunk, patch and stride: they are not Inception's KID. On Kodak, with patches of 64 pixels: JPEG at
quality 50 has 0.13, at 15 0.5 and at 5 1.3; a Gaussian blur of 0.7 pixels 0.10, of 3 pixels 1.7.

A picture of any size is seen through at most 192 patches, 32 at a time: memory does not grow
with it.
"""

from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import nn

from gcdemo.backbones import load_squeezenet, unit_normalize
from gcdemo.errors import InputError
from gcdemo.evaluation.pictures import check_picture, mirror_tile, to_x

STRIDE = 64
"""Distance of neighbouring patches, in pixels."""

_BATCH = 32  # patches in the trunk at once: 0.1 GB of activations at 64 pixels


class PatchFeatures:
    """Features of the patches of a picture, on a grid from the upper left corner."""

    def __init__(
        self,
        trunk: nn.Module,
        *,
        patch: int = 64,
        patches_per_picture: int = 192,
        device: torch.device | str = "cpu",
    ) -> None:
        """Measure in the given trunk.

        Args:
            trunk: Maps x, float32 (B, 3, H, W) in [-1, 1], to a list of activations, of which
                the last is used.
            patch: Side of a patch in pixels, 64 or 128; patches start every 64 pixels.
            patches_per_picture: Of more patches these many are used, spread evenly, so that
                large pictures do not outvote small ones.
            device: Where to compute.
        """
        self._device = torch.device(device)
        self._trunk = trunk.eval().to(self._device)
        self._patch = patch
        self._limit = patches_per_picture

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        *,
        patch: int = 64,
        patches_per_picture: int = 192,
        device: torch.device | str = "cpu",
    ) -> Self:
        """Build the features from stored weights.

        Args:
            folder: Where squeezenet1_0.pth is; None looks where `backbones` does.
            patch: As for the constructor.
            patches_per_picture: As for the constructor.
            device: Where to compute.

        Raises:
            CheckpointError: The weights cannot be found or are not the published ones.
        """
        trunk = load_squeezenet("1_0", folder)
        return cls(trunk, patch=patch, patches_per_picture=patches_per_picture, device=device)

    @torch.inference_mode()
    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Give the features of a picture's patches.

        Args:
            image: uint8 (H, W, 3). Sides shorter than a patch are continued by mirror images; a
                rest at the right or lower edge that holds no whole patch is left out.

        Returns:
            float32 (N, K), a row of length sqrt(K) per patch; N depends on H and W alone.

        Raises:
            InputError: It is not such a picture.
        """
        check_picture(image)
        size = self._patch
        windows = sliding_window_view(mirror_tile(image, size), (size, size), axis=(0, 1))
        grid = windows[::STRIDE, ::STRIDE].transpose(0, 1, 3, 4, 2)  # (rows, columns, y, x, 3)
        count = grid.shape[0] * grid.shape[1]
        chosen = np.linspace(0, count - 1, min(count, self._limit)).round().astype(np.int64)
        rows, columns = np.divmod(chosen, grid.shape[1])
        batches = []
        for start in range(0, len(chosen), _BATCH):
            part = slice(start, start + _BATCH)
            last = self._trunk(to_x(grid[rows[part], columns[part]], self._device))[-1]
            rows_of_batch = unit_normalize(last.float().mean(dim=(2, 3)))
            batches.append((rows_of_batch * rows_of_batch.shape[1] ** 0.5).cpu().numpy())
        return np.concatenate(batches)


class Kid(NamedTuple):
    """Kernel distance of two sets."""

    value: float
    """Mean over the subsets; about 0 for sets of the same kind, and then negative half the time."""
    spread: float
    """Standard deviation over the subsets; 0 where every subset held everything."""


def kid(
    features_a: NDArray[np.floating],
    features_b: NDArray[np.floating],
    *,
    paired: bool = False,
    subset_size: int = 500,
    num_subsets: int = 50,
    seed: int = 0,
) -> Kid:
    """Give the kernel distance (KID) of two sets of features.

    The unbiased estimate of the squared maximum mean discrepancy under the kernel
    (a . b / K + 1)^3, mean over random subsets (Binkowski et al. 2018, arXiv 1801.01401). A set
    with fewer rows than a subset should have is used as far as it goes.

    Args:
        features_a: One row per item, (N, K).
        features_b: One row per item, (M, K).
        paired: Row i of both is the same item, once as it was and once as it came back. Then no
            subset pair holds an item twice: the likeness of the two would pass for a likeness of
            the sets.
        subset_size: Rows drawn from either set, without repetition, for one estimate.
        num_subsets: Estimates to average.
        seed: Of the draws; the same seed gives the same value.

    Returns:
        The mean and the spread of the estimates; symmetric up to the draws.

    Raises:
        InputError: A set has fewer than two rows (paired: four), the rows differ in length, or
            paired sets differ in their number of rows.
    """
    a, b = (np.asarray(features, dtype=np.float64) for features in (features_a, features_b))
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise InputError(f"Features must have equal length; found {a.shape} and {b.shape}.")
    if paired and len(a) != len(b):
        raise InputError(f"Paired sets must be equally large; found {len(a)} and {len(b)} rows.")
    smallest = 4 if paired else 2
    if min(len(a), len(b)) < smallest:
        raise InputError(
            f"A distance between sets needs at least {smallest} rows of features from either; "
            f"found {len(a)} and {len(b)}."
        )
    rng = np.random.default_rng(seed)
    estimates = []
    for _ in range(num_subsets):
        rows_a, rows_b = _draw(rng, len(a), len(b), subset_size, paired)
        estimates.append(_mmd_squared(a[rows_a], b[rows_b]))
    return Kid(float(np.mean(estimates)), float(np.std(estimates)))


def _draw(
    rng: np.random.Generator, count_a: int, count_b: int, subset_size: int, paired: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the rows of one subset of either set; of paired sets no row is in both."""
    if paired:
        order = rng.permutation(count_a)
        subset_size = min(subset_size, count_a // 2)
        return order[:subset_size], order[subset_size : 2 * subset_size]
    return rng.permutation(count_a)[:subset_size], rng.permutation(count_b)[:subset_size]


def _mmd_squared(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Give the unbiased estimate: an item is never compared with itself within its set."""
    within = 0.0
    for items in (a, b):
        kernel = _kernel(items, items)
        within += (kernel.sum() - np.trace(kernel)) / (len(items) * (len(items) - 1))
    return float(within - 2 * _kernel(a, b).mean())


def _kernel(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the polynomial kernel of degree three, (N, M)."""
    kernel: NDArray[np.float64] = (a @ b.T / a.shape[1] + 1) ** 3
    return kernel
