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
    keep: tuple[tuple[int, int, int, int], ...]  # boxes around what is kept at first, as `Box`

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
        keep=((70, 25, 375, 410),),
    ),
    Sample(
        name="chelsea",
        title="Chelsea the cat",
        file="chelsea.png",
        author="Stefan van der Walt",
        licence="CC0-1.0",
        keep=((135, 80, 215, 150), (282, 105, 345, 170), (230, 215, 300, 270)),
    ),
    Sample(
        name="street",
        title="Old street in Leuven",
        file="street.jpg",
        author="OpenCV contributors",
        licence="Apache-2.0 AND BSD-3-Clause",
        keep=((268, 165, 418, 372),),
    ),
    Sample(
        name="building",
        title="Hotel behind a lawn",
        file="building.jpg",
        author="OpenCV contributors",
        licence="Apache-2.0 AND BSD-3-Clause",
        keep=((480, 300, 868, 550),),
    ),
    Sample(
        name="astronaut",
        title="Eileen Collins, astronaut",
        file="astronaut.jpg",
        author="NASA",
        licence="public domain",
        keep=((120, 5, 320, 180),),
    ),
    Sample(
        name="flower",
        title="Dahlia",
        file="flower.jpg",
        author="vultilion on Flickr",
        licence="CC-BY-2.0",
        keep=((160, 75, 460, 375),),
    ),
    Sample(
        name="coffee",
        title="Coffee on wood",
        file="coffee.jpg",
        author="Rachel Michetti, Pikolo Espresso Bar",
        licence="CC0-1.0",
        keep=((165, 5, 440, 330),),
    ),
    Sample(
        name="rocket",
        title="Falcon 9 before launch",
        file="rocket.jpg",
        author="SpaceX",
        licence="public domain",
        keep=((295, 120, 350, 427),),
    ),
    Sample(
        name="fruits",
        title="Cut fruit",
        file="fruits.jpg",
        author="OpenCV contributors",
        licence="Apache-2.0 AND BSD-3-Clause",
        keep=((70, 35, 345, 480),),
    ),
    Sample(
        name="page",
        title="Page of a Senate document, 1871",
        file="page.jpg",
        author="US Senate",
        licence="public domain",
        keep=((120, 195, 870, 460),),
    ),
    Sample(
        name="tea",
        title="Tea bushes at Munnar",
        file="tea.jpg",
        author="Vivek Kumar",
        licence="CC0-1.0",
        keep=((300, 140, 620, 345),),
    ),
)
"""Every sample, in the order in which they are offered."""
