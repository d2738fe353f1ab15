"""What the command line says of SC: what of a picture is kept, and how the rest is made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Asked:
    """How large a file is to be; None where nothing is said."""

    channels: int | None
    bpp: float | None
    num_bytes: int | None
    quality: int | None


@dataclass(frozen=True, slots=True)
class SelectiveOptions:
    """The options that SC alone has."""

    keep: Path | None
    keep_classes: tuple[str, ...]
    labels: Path | None
    background: str | None
    detail: int | None

    @classmethod
    def from_options(
        cls,
        mode: str,
        keep: Path | None,
        keep_class: str,
        labels: Path | None,
        background: str | None,
        detail: int | None,
    ) -> Self | None:
        """Give the options in mode sc, None in mode gc.

        Raises:
            InputError: The mode is unknown, or gc with an option of sc.
        """
        from gcdemo.errors import InputError

        classes = tuple(name.strip() for name in keep_class.split(",") if name.strip())
        if mode == "sc":
            return cls(keep, classes, labels, background, detail)
        if mode != "gc":
            raise InputError(f"There is no mode '{mode}'; choose gc or sc.")
        if keep or classes or labels or background or detail is not None:
            raise InputError(
                "--keep, --keep-class, --labels, --background and --detail need --mode sc."
            )
        return None

    def compress(
        self, source: Path, asked: Asked, model: str, device: str, *, search: bool
    ) -> tuple[bytes, int]:
        """Give an SC file and the rate of its details.

        Raises:
            GCDemoError: The picture, a mask, a map, or an option cannot be used.
        """
        from gcdemo.api import Background, compress_selective
        from gcdemo.codecs.selective import describe_selective
        from gcdemo.errors import InputError
        from gcdemo.images import load_mask
        from gcdemo.label_maps import read_label_map

        if asked.channels is not None or asked.quality is not None:
            raise InputError("SC has no --channels and no --quality; choose --detail.")
        backgrounds = {form.name.lower(): form for form in Background}
        if self.background is not None and self.background not in backgrounds:
            raise InputError(
                f"There is no background '{self.background}'; choose {' or '.join(backgrounds)}."
            )
        data = compress_selective(
            source,
            keep=load_mask(self.keep) if self.keep else None,
            keep_classes=self.keep_classes,
            labels=read_label_map(self.labels) if self.labels else None,
            background=backgrounds[self.background] if self.background else None,
            detail=self.detail,
            bpp=asked.bpp,
            num_bytes=asked.num_bytes,
            search=search,
            model=model,
            device=device,
        )
        return data, describe_selective(data).detail_channels
