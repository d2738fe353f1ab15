"""The photos we ship are there, are what they are said to be, and are credited."""

import re

import numpy as np
import pytest
from PIL import Image

from gcdemo.images import load_image
from gcdemo.samples import SAMPLES, SAMPLES_FOLDER

MAY_BE_SHIPPED = {"CC0-1.0", "CC-BY-2.0", "public domain", "Apache-2.0 AND BSD-3-Clause"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_sample_can_be_loaded_and_is_a_colorful_photo_of_demo_size(sample):
    image = load_image(sample.path)
    assert min(image.shape[:2]) >= 300
    assert max(image.shape[:2]) <= 1024
    assert sample.path.stat().st_size <= 300_000
    assert np.ptp(image.astype(int), axis=2).mean() > 10


def test_the_table_and_the_folder_hold_the_same_files():
    assert sorted(sample.file for sample in SAMPLES) == sorted(
        path.name for path in SAMPLES_FOLDER.iterdir()
    )


def test_names_are_ids_and_titles_are_told_apart():
    names = [sample.name for sample in SAMPLES]
    assert len(set(names)) == len({sample.title for sample in SAMPLES}) == len(SAMPLES)
    assert all(re.fullmatch("[a-z]+", name) for name in names)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_sample_may_be_shipped_and_says_who_made_it(sample, repository):
    assert sample.licence in MAY_BE_SHIPPED
    assert sample.credit == f"{sample.author}, {sample.licence}"
    credits = (repository / "assets" / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in credits.splitlines() if line.startswith(f"| `{sample.file}`")]
    maker = sample.author.split(",")[0].split(" on ")[0]
    assert maker in row
    words = sample.licence.replace("-", " ").split(" AND ")[0].removesuffix(" 1.0")
    assert words in row


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_no_sample_tells_where_it_was_taken(sample):
    with Image.open(sample.path) as image:
        assert 34853 not in image.getexif()  # the tag of GPS data
