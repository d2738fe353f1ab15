"""What a person moves: the drop zone, the strip of samples and the bitrate slider."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gradio.data_classes import FileData
from PIL import Image as PillowImage
from PIL import ImageOps

from gcdemo.images import load_image
from gcdemo.ui.component import Component, Untyped
from gcdemo.ui.context import Rate, SamplePhoto

THUMBNAIL_SIZE = (192, 144)
"""Width and height in pixels: twice what is shown, for dense screens."""


class Upload(NamedTuple):
    """A file that arrived from a person's machine."""

    path: Path
    name: str  # on that machine; not to be trusted


class FileDrop(Component):
    """Takes a file dropped anywhere on the page, pasted or browsed for; `dropped` fires then.

    `forwarded` fires instead where its name says that it is for another part of the page.
    """

    part = "file_drop"
    script_events = ("dropped", "forwarded")
    data_model = FileData

    def __init__(
        self,
        heading: str,
        hint: str,
        *,
        accept: str,
        max_bytes: int,
        others: Sequence[str] = (),
        **settings: Untyped,
    ) -> None:
        """Build it.

        Args:
            heading: What to do.
            hint: What is taken, in smaller letters.
            accept: Types that the file dialog offers; what arrives is checked again.
            max_bytes: Larger files are refused before they are sent.
            others: Endings of the files that are for another part of the page.
            settings: Of `gr.HTML`, as elem_id.
        """
        props = {
            "heading": heading,
            "hint": hint,
            "accept": accept,
            "max_bytes": max_bytes,
            "others": list(others),
        }
        self.__dict__.update(props)
        super().__init__(None, **props, **settings)

    def from_page(self, payload: FileData | None) -> Upload | None:
        """Give the file; Gradio has made sure that it was uploaded here."""
        if payload is None:
            return None
        return Upload(path=Path(payload.path), name=payload.orig_name or "")

    def to_page(self, value: None) -> None:
        """Show no file: the zone is for taking them."""
        return


class SampleStrip(Component):
    """Thumbnails of the samples; its value is the chosen name, `picked` fires on a choice."""

    part = "sample_strip"
    script_events = ("picked",)

    def __init__(self, samples: Sequence[SamplePhoto], **settings: Untyped) -> None:
        """Build it.

        Args:
            samples: In the order of display; without any it is left out of the page.
            settings: Of `gr.HTML`, as elem_id.
        """
        self.samples = [
            {
                "name": sample.name,
                "title": sample.title,
                "credit": sample.credit,
                "image": thumbnail_url(Path(sample.path)),
            }
            for sample in samples
        ]
        super().__init__("", visible=bool(samples), samples=self.samples, **settings)


class RateSlider(Component):
    """Chooses the codec's setting in octaves of the rate; `settled` fires when it rests.

    `fitted` fires with {"num_bytes"} when a size is asked for instead. Its value is the quality;
    its `size` prop, (width, height) of the photo or (0, 0), turns bits per pixel into bytes.
    """

    part = "rate_slider"
    script_events = ("settled", "fitted")

    def __init__(self, rates: Sequence[Rate], quality: int, **settings: Untyped) -> None:
        """Build it.

        Args:
            rates: Its stops, from small to large.
            quality: Where it stands.
            settings: Of `gr.HTML`, as elem_id.
        """
        self.rates = [
            {
                "quality": rate.quality,
                "bpp": rate.bound_bpp,
                "published": rate.published,
                "typical": rate.typical_bpp,
            }
            for rate in rates
        ]
        super().__init__(quality, **{"rates": self.rates, "size": (0, 0), **settings})


def thumbnail_url(path: Path) -> str:
    """Give a small JPEG of a picture as a data URL."""
    image = PillowImage.fromarray(load_image(path))
    file = io.BytesIO()
    ImageOps.fit(image, THUMBNAIL_SIZE).save(file, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
