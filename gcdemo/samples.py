"""The photos that are shipped with the program, whose licences allow it."""

from dataclasses import dataclass
from pathlib import Path

SAMPLES_FOLDER = Path(__file__).resolve().parents[1] / "assets" / "samples"


@dataclass(frozen=True, slots=True)
class Sample:
    """A photo to try the program on; where it comes from is told in assets/README.md."""

    name: str  # stable id
    title: str  # what is to be seen
    file: str  # name in `SAMPLES_FOLDER`
    author: str  # who made or released it
    licence: str  # SPDX expression, or "public domain"

    @property
    def credit(self) -> str:
        """Who made it, and its licence: what must stand wherever it is shown."""
        return f"{self.author}, {self.licence}"

    @property
    def path(self) -> Path:
        """Where the file is."""
        return SAMPLES_FOLDER / self.file


SAMPLES = (
    Sample(
        name="china",
        title="Pagoda above a lake",
        file="china.jpg",
        author="danielbuechele on Flickr",
        licence="CC-BY-2.0",
    ),
    Sample(
        name="chelsea",
        title="Chelsea the cat",
        file="chelsea.png",
        author="Stefan van der Walt",
        licence="CC0-1.0",
    ),
    Sample(
        name="street",
        title="Old street in Leuven",
        file="street.jpg",
        author="OpenCV contributors",
        licence="Apache-2.0 AND BSD-3-Clause",
    ),
    Sample(
        name="astronaut",
        title="Eileen Collins, astronaut",
        file="astronaut.jpg",
        author="NASA",
        licence="public domain",
    ),
    Sample(
        name="flower",
        title="Dahlia",
        file="flower.jpg",
        author="vultilion on Flickr",
        licence="CC-BY-2.0",
    ),
    Sample(
        name="coffee",
        title="Coffee on wood",
        file="coffee.jpg",
        author="Rachel Michetti, Pikolo Espresso Bar",
        licence="CC0-1.0",
    ),
    Sample(
        name="rocket",
        title="Falcon 9 before launch",
        file="rocket.jpg",
        author="SpaceX",
        licence="public domain",
    ),
    Sample(
        name="fruits",
        title="Cut fruit",
        file="fruits.jpg",
        author="OpenCV contributors",
        licence="Apache-2.0 AND BSD-3-Clause",
    ),
)
"""Every sample, in the order in which they are offered."""
