"""A gate before the fake codec: shut, work stays under way for as long as a test looks at it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gcdemo.codecs.base import Image
from tests.ui.fakes import FakeCodec


@dataclass(frozen=True)
class Gate:
    """Files in a folder, through which the test and the server, two processes, see each other."""

    folder: Path

    def _shut(self, quality: int) -> Path:
        return self.folder / f"shut-{quality}"

    def _asked(self, quality: int) -> Path:
        return self.folder / f"asked-{quality}"

    @contextmanager
    def shut(self, quality: int) -> Iterator[None]:
        """Hold whoever asks for a file of a quality until the block ends."""
        self._shut(quality).touch()
        try:
            yield
        finally:
            self._shut(quality).unlink()

    def asked(self, quality: int) -> int:
        """Say how many files of a quality the codec was asked for."""
        path = self._asked(quality)
        return path.stat().st_size if path.exists() else 0

    def wait_until_asked(self, quality: int, times: int) -> None:
        """Return when the codec was asked for so many files of a quality."""
        while self.asked(quality) < times:
            time.sleep(0.01)

    def enter(self, quality: int) -> None:
        """Note that a file is asked for, and wait before a shut gate."""
        with self._asked(quality).open("ab") as file:
            file.write(b"\n")
        while self._shut(quality).exists():
            time.sleep(0.01)


class GatedCodec(FakeCodec):
    """A fake codec behind a gate."""

    def __init__(self, gate: Gate, seconds: float) -> None:
        super().__init__(seconds)
        self.gate = gate

    def encode(self, image: Image, quality: int) -> bytes:
        self.gate.enter(quality)
        return super().encode(image, quality)
