"""What is where in a picture: the trained segmenter, and the maps it draws."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as PillowImage
from torch import Tensor

from gcdemo.checkpoints import find_weights, read_tensors, save_tensors
from gcdemo.codecs.base import Image
from gcdemo.devices import resolve_device
from gcdemo.efficientnet import ALL_TAP_CHANNELS, EfficientNetTaps, blank_weights
from gcdemo.errors import CheckpointError
from gcdemo.label_classes import NUM_CLASSES, UNLABELLED, class_named
from gcdemo.networks.segmenter import SEGMENTER_STRIDE, SegmentationNetwork

# The released weights.
FILE_NAME = "segmenter.safetensors"
SHA256 = "053fa290cdc92aec66893ddcac40b567dda59c8e8ae40b4bf83d921053fb6e2d"

# Pictures are brought to the size of those it was trained with, whatever their own.
WORKING_SIDE = 384  # pixels of the shorter side
MAX_WORKING_PIXELS = 2**19
MAX_WORKING_SIDE = MAX_WORKING_PIXELS // SEGMENTER_STRIDE
MAX_ENLARGEMENT = 2.0
# Pixels per side of the pieces in which a map is enlarged: a picture's size times 11 classes would
# take gigabytes.
PIECE = 1024

_STREET_CLASSES = tuple(
    class_named(name).id for name in ("building", "window", "door", "road", "pavement", "car")
)
# Chosen on scenes kept from training against photos of anything, see weights/segmenter.md.
MIN_STREET_SHARE = 0.3
MAX_UNLABELLED_SHARE = 0.2


class Segmentation(NamedTuple):
    """What a picture shows at each pixel."""

    labels: NDArray[np.uint8]  # (H, W), ids of LABEL_CLASSES; below the threshold UNLABELLED
    confidence: NDArray[np.float32]  # (H, W), probability of the likeliest class


class Segmenter:
    """Draws label maps; safe to share between requests."""

    def __init__(
        self,
        network: SegmentationNetwork,
        threshold: float,
        device: torch.device = torch.device("cpu"),  # noqa: B008 - cannot be changed
    ) -> None:
        """Wrap a trained network; less confidence than `threshold` gives no label."""
        self.network = network.to(device).eval().requires_grad_(False)
        self.threshold = threshold
        self.device = device

    def segment(self, image: Image) -> Segmentation:
        """Give the class of every pixel, in memory that hardly grows with the picture.

        Args:
            image: uint8 (H, W, 3) of any size.
        """
        height, width = image.shape[:2]
        by_columns = self._probabilities(image).permute(2, 0, 1)
        labels = np.empty((height, width), np.uint8)
        confidence = np.empty((height, width), np.float32)
        for left in range(0, width, PIECE):
            by_rows = _enlarged(by_columns, width, left).permute(2, 1, 0)
            for top in range(0, height, PIECE):
                place = slice(top, top + PIECE), slice(left, left + PIECE)
                best = _enlarged(by_rows, height, top).max(dim=1)
                confidence[place] = best.values.cpu().numpy()
                labels[place] = best.indices.cpu().numpy()
        labels[confidence < self.threshold] = UNLABELLED
        return Segmentation(labels, confidence)

    @torch.inference_mode()
    def _probabilities(self, image: Image) -> Tensor:
        """Give float32 (NUM_CLASSES, h, w), a quarter of the working size on each side."""
        height, width = working_size(*image.shape[:2])
        small = PillowImage.fromarray(np.ascontiguousarray(image)).resize(
            (width, height), PillowImage.Resampling.BILINEAR, reducing_gap=3.0
        )
        x = torch.from_numpy(np.array(small)).to(self.device).permute(2, 0, 1)[None]
        return torch.softmax(self.network(x.float() / 127.5 - 1)[0].float(), dim=0)


def working_size(height: int, width: int) -> tuple[int, int]:
    """Give the height and width, multiples of 32, at which a picture is looked at."""
    scale = min(
        WORKING_SIDE / min(height, width),
        (MAX_WORKING_PIXELS / (height * width)) ** 0.5,
        MAX_ENLARGEMENT,
    )

    def side(length: int) -> int:
        rounded = int(length * scale / SEGMENTER_STRIDE + 0.5) * SEGMENTER_STRIDE
        return min(max(rounded, SEGMENTER_STRIDE), MAX_WORKING_SIDE)

    return side(height), side(width)


def _enlarged(values: Tensor, length: int, start: int) -> Tensor:
    """Give up to PIECE places from `start` on, the first dimension enlarged linearly to `length`.

    The first one, since what lies together in memory is gathered twenty times as fast.
    """
    values = values.contiguous()
    stored = len(values)
    places = torch.arange(start, min(start + PIECE, length), device=values.device)
    places = ((places + 0.5) * (stored / length) - 0.5).clamp(0, stored - 1)
    before = places.floor().long()
    after = (before + 1).clamp(max=stored - 1)
    share = (places - before)[:, None, None]
    return torch.lerp(values.index_select(0, before), values.index_select(0, after), share)


def is_street_scene(labels: NDArray[np.uint8]) -> bool:
    """Tell whether a label map is that of a street, so surely that it may be drawn from the map.

    Args:
        labels: Ids, uint8 (H, W) or on the fine grid.
    """
    shares = np.bincount(labels.ravel(), minlength=NUM_CLASSES) / labels.size
    street = float(shares[list(_STREET_CLASSES)].sum())
    return street >= MIN_STREET_SHARE and float(shares[UNLABELLED]) <= MAX_UNLABELLED_SHARE


def save_segmenter(
    network: SegmentationNetwork, threshold: float, notes: Mapping[str, str]
) -> bytes:
    """Give the bytes of a weight file: fp16 weights, the threshold, and notes on the training."""
    metadata = {
        "width": str(network.width),
        "threshold": repr(threshold),
        "notes": json.dumps(dict(notes), sort_keys=True),
    }
    return save_tensors(network, {}, metadata)


def read_segmenter(path: Path, device: str = "auto") -> Segmenter:
    """Load any weight file of a segmenter.

    Raises:
        CheckpointError: The file is missing or holds something else.
        InputError: There is no such device.
    """
    place = resolve_device(device)
    metadata, tensors = read_tensors(path)
    try:
        encoder = EfficientNetTaps(blank_weights(), len(ALL_TAP_CHANNELS))
        network = SegmentationNetwork(encoder, int(metadata["width"]))
        network.load_state_dict({name: value.float() for name, value in tensors.items()})
        return Segmenter(network, float(metadata["threshold"]), place)
    except (KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} holds no segmenter: {error}") from error


@lru_cache(maxsize=2)
def load_segmenter(device: str = "auto") -> Segmenter:
    """Load the released segmenter once for each device; later calls give the same one.

    Args:
        device: "auto", "cpu", "cuda" or "cuda:N".

    Raises:
        CheckpointError: The weights are missing or altered.
        InputError: There is no such device.
    """
    return read_segmenter(find_weights(FILE_NAME, SHA256), device)
