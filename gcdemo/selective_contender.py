"""SC in a study: pictures of which some classes are kept, beside ours of another kind."""

from collections.abc import Sequence

from gcdemo.api import compress_selective, decompress_selective
from gcdemo.codecs.base import Image
from gcdemo.label_classes import class_named
from gcdemo.study.contenders import Rendered


class SelectiveContender:
    """SC that keeps what the segmenter takes for certain classes, wherever it sees them."""

    name = "sc"

    def __init__(
        self,
        keep_classes: Sequence[str],
        detail: int,
        model: str,
        device: str,
        *,
        search: bool = False,
    ) -> None:
        """Take the settings.

        Args:
            keep_classes: Names of what is kept; where none is seen, nothing is.
            detail: Rate of what is kept.
            model: Name of shipped weights, or path of a weight file.
            device: "auto", "cpu", "cuda" or "cuda:N".
            search: Whether to look for better symbols than the encoders' first ones.

        Raises:
            InputError: There is no such class.
        """
        for name in keep_classes:
            class_named(name)
        self._keep_classes, self._detail = tuple(keep_classes), detail
        self._model, self._device, self._search = model, device, search

    @property
    def setting(self) -> str:
        """What is kept, and how well."""
        searched = ", searched" if self._search else ""
        return f"{'+'.join(self._keep_classes)} at {self._detail}{searched}"

    def available(self) -> str | None:
        """It always runs."""
        return None

    def render(self, image: Image) -> Rendered:
        """Give the file of a picture and what came back.

        Raises:
            GCDemoError: The rate or the weights cannot be used.
        """
        data = compress_selective(
            image,
            keep_classes=self._keep_classes,
            detail=self._detail,
            search=self._search,
            model=self._model,
            device=self._device,
        )
        made = decompress_selective(data, model=self._model, device=self._device)
        return Rendered(data, made.image)
