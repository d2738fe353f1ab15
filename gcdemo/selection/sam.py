"""Selecting with Segment Anything (Kirillov et al. 2023): one embedding a picture, many clicks.

The image encoder takes seconds and runs once for each picture, on the GPU where there is one. A
click is decoded from what it gave, on the CPU, in a tenth of a second.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from segment_anything import SamAutomaticMaskGenerator, SamPredictor, sam_model_registry
from segment_anything.modeling import Sam
from segment_anything.utils.transforms import ResizeLongestSide
from torch import Tensor

from gcdemo.codecs.base import Image
from gcdemo.devices import resolve_device
from gcdemo.errors import CheckpointError
from gcdemo.pinned_files import check
from gcdemo.selection.base import Mask, Prompt, check_prompt
from gcdemo.selection.cache import PictureCache
from gcdemo.selection.hub import SAM_VIT_B, Checkpoint, find
from gcdemo.selection.masks import MaskList, enlarge, reduce, working_shape
from gcdemo.torch_files import load_values

# 4 MiB each for ViT-B.
_MAX_EMBEDDINGS, _MAX_EMBEDDING_BYTES = 32, 192 * 2**20
# Pictures are reduced to what the network sees, so that masks of 50 megapixels take no gigabytes.
_SIDE = 1024
_MOST_NARROW = 64
# Automatic masks: points on each side of a grid, and how many are decoded at once (each 12 MiB).
_GRID, _BATCH = 16, 8
_MAX_OBJECTS = 256


class SamModel(NamedTuple):
    """A checkpoint and the network it fits."""

    checkpoint: Checkpoint
    build: Callable[[], Sam]


VIT_B = SamModel(SAM_VIT_B, sam_model_registry["vit_b"])


class Embedding(NamedTuple):
    """What the encoder gave for a picture, on the CPU."""

    features: Tensor  # float32 (1, 256, 64, 64)
    shape: tuple[int, int]  # height and width of the picture as the network saw it, before padding
    input_shape: tuple[int, int]  # likewise, after the package's own resizing

    @property
    def num_bytes(self) -> int:
        """Size in memory."""
        return self.features.nbytes


class SamSelector:
    """Clicks, boxes and automatic masks by Segment Anything; safe to share between requests."""

    name = "sam"
    label = "Segment Anything"

    def __init__(
        self,
        model: SamModel = VIT_B,
        device: str = "auto",
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Load nothing yet.

        Args:
            model: The released one, unless another is wanted.
            device: Where the encoder runs: "auto", "cpu", "cuda" or "cuda:N".
            environment: Says where the checkpoint is.
        """
        self._model = model
        self._device = device
        self._environment = environment
        self._network: Sam | None = None
        self._fault: CheckpointError | None = None
        self._loading = threading.Lock()
        # One picture at a time: each takes two or three gigabytes while it is encoded.
        self._encoding = threading.Lock()
        self._embeddings: PictureCache[Embedding] = PictureCache(
            _MAX_EMBEDDINGS, _MAX_EMBEDDING_BYTES, lambda embedding: embedding.num_bytes
        )

    def available(self) -> str | None:
        """Say in a sentence why it cannot run here; None where it can, as far as is known."""
        if self._network is not None:
            return None
        if self._fault is not None:
            return str(self._fault)
        if find(self._model.checkpoint, self._environment) is None:
            return f"Its checkpoint, {self._model.checkpoint.name}, is not on this machine."
        return None

    def load(self) -> None:
        """Check and load the checkpoint, if that was not done yet; takes seconds.

        Raises:
            CheckpointError: It is missing, is another file, or does not fit.
        """
        self._loaded()

    def prepare(self, image: Image) -> None:
        """Compute and keep the embedding of a picture, uint8 (H, W, 3).

        Raises:
            CheckpointError: The checkpoint cannot be used.
        """
        self._embed(image)

    def select(self, image: Image, prompt: Prompt) -> Mask:
        """Give the pixels that are meant, bool (H, W).

        Args:
            image: uint8 (H, W, 3).
            prompt: Clicks, a box, or both.

        Raises:
            InputError: The prompt does not fit the picture.
            CheckpointError: The checkpoint cannot be used.
        """
        check_prompt(prompt, image)
        embedding = self._embed(image)
        shape = (image.shape[0], image.shape[1])
        scale = np.array([embedding.shape[1] / shape[1], embedding.shape[0] / shape[0]])
        # A click is on the middle of its pixel.
        places = [((point.x + 0.5), (point.y + 0.5)) for point in prompt.points]
        kept = [int(point.keep) for point in prompt.points]
        box = None if prompt.box is None else (np.reshape(prompt.box, (2, 2)) * scale).ravel()
        # One click may mean a button, a coat or a person: of three masks, the surest is taken.
        unsure = box is None and len(places) == 1
        masks, sureness, _ = self._predictor(embedding).predict(
            point_coords=np.array(places) * scale if places else None,
            point_labels=np.array(kept) if places else None,
            box=box,
            multimask_output=unsure,
        )
        return enlarge(np.asarray(masks[sureness.argmax()], np.bool_), shape)

    def find_objects(self, image: Image) -> Sequence[Mask]:
        """Give the masks of a grid of clicks without their doubles, largest first.

        Args:
            image: uint8 (H, W, 3).

        Returns:
            bool (H, W) each; they may overlap.

        Raises:
            CheckpointError: The checkpoint cannot be used.
        """
        embedding = self._embed(image)
        generator = SamAutomaticMaskGenerator(
            self._loaded(), points_per_side=_GRID, points_per_batch=_BATCH
        )
        generator.predictor = _Prepared(self._predictor(embedding))
        found = generator.generate(np.zeros((*embedding.shape, 3), np.uint8))
        found.sort(key=lambda record: -record["area"])
        masks = [np.asarray(record["segmentation"], np.bool_) for record in found[:_MAX_OBJECTS]]
        return MaskList(masks, (image.shape[0], image.shape[1]))

    def _loaded(self) -> Sam:
        with self._loading:
            if self._network is None:
                try:
                    self._network = self._load()
                except CheckpointError as error:
                    self._fault = error
                    raise
                self._fault = None
            return self._network

    def _load(self) -> Sam:
        checkpoint, build = self._model
        path = find(checkpoint, self._environment)
        if path is None:
            raise CheckpointError(f"{checkpoint.name} is not on this machine.")
        check(checkpoint.file, path)
        network = build()
        try:
            network.load_state_dict(load_values(path))
        except (RuntimeError, TypeError) as error:
            raise CheckpointError(f"{path} does not fit the network of {self.label}.") from error
        network.requires_grad_(False)
        network.eval()
        network.image_encoder.to(resolve_device(self._device))
        return network

    def _embed(self, image: Image) -> Embedding:
        network = self._loaded()

        def compute() -> Embedding:
            with self._encoding, torch.inference_mode():
                return _encode(network, image)

        return self._embeddings.get(image, compute)

    def _predictor(self, embedding: Embedding) -> SamPredictor:
        """Give a predictor of its own to each request: it keeps its picture in itself."""
        predictor = SamPredictor(self._loaded())
        predictor.features = embedding.features
        predictor.original_size = embedding.shape
        predictor.input_size = embedding.input_shape
        predictor.is_image_set = True
        return predictor


class _Prepared:
    """A predictor whose picture is set already, for the mask generator, which would set it."""

    def __init__(self, predictor: SamPredictor) -> None:
        self.model = predictor.model
        self.transform = predictor.transform
        self.device = predictor.device
        self.predict_torch = predictor.predict_torch

    def set_image(self, image: Image) -> None:
        """Do nothing: the picture's embedding is there."""

    def reset_image(self) -> None:
        """Do nothing: whoever made the predictor throws it away."""


def _encode(network: Sam, image: Image) -> Embedding:
    """Run the encoder on a picture, uint8 (H, W, 3), wherever its weights are."""
    shape = working_shape(image.shape[0], image.shape[1], _SIDE, _MOST_NARROW)
    resize = ResizeLongestSide(network.image_encoder.img_size)
    pixels = torch.from_numpy(resize.apply_image(reduce(image, shape))).permute(2, 0, 1)[None]
    device = next(network.image_encoder.parameters()).device
    features = network.image_encoder(network.preprocess(pixels).to(device)).cpu()
    return Embedding(features, shape, (pixels.shape[2], pixels.shape[3]))
