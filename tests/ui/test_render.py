"""Numbers become words that are exact where they must be and short where they may be."""

import math

import pytest

from gcdemo.codecs.selective import SelectiveFileInfo
from gcdemo.ui import render, reports
from gcdemo.ui.selective_report import selective_report
from tests.ui.fakes import FakeInfo


@pytest.mark.parametrize(
    ("num_bytes", "text"), [(1, "1 byte"), (2, "2 bytes"), (1204, "1,204 bytes")]
)
def test_sizes_are_given_to_the_byte(num_bytes, text):
    assert render.bytes_text(num_bytes) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.02451, "0.0245 bpp"), (0.1449, "0.145 bpp"), (12.5, "12.50 bpp")]
)
def test_rates_have_three_digits_that_count(value, text):
    assert render.bpp_text(value) == text


@pytest.mark.parametrize(
    ("num_bytes", "png_bytes", "text"),
    [
        (1000, 418_000, "418× smaller than the PNG"),
        (1000, 3_400, "3.4× smaller than the PNG"),
        (1000, 9_960, "10× smaller than the PNG"),
        (150, 100, "1.5× the size of the PNG"),
    ],
)
def test_a_file_is_set_against_the_png(num_bytes, png_bytes, text):
    assert render.against_png_text(num_bytes, png_bytes) == text


def test_equal_pictures_have_an_infinite_psnr_without_digits():
    assert render.number_text(math.inf, 2, "dB") == "∞ dB"
    assert render.number_text(0.84251, 3, "") == "0.843"


@pytest.mark.parametrize("tint_bytes", [0, 3])
def test_the_sections_of_a_file_add_up_to_the_file(tint_bytes):
    info = FakeInfo(1204, 768, 512, 4, tint_bytes=tint_bytes)
    report = reports.gci_report(info)
    assert sum(section.num_bytes for section in report.sections) == 1204
    assert report.label == "C = 4"
    # A tint is spoken of where there is one.
    assert ("tint" in [section.label for section in report.sections]) == bool(tint_bytes)
    assert any("3 for the tint" in fact.hint for fact in report.facts) == bool(tint_bytes)


def test_a_file_says_what_it_saves_against_the_bound_or_that_it_does_not():
    smaller = reports.gci_report(FakeInfo(1204, 768, 512, 4)).facts
    larger = reports.gci_report(FakeInfo(40, 16, 16, 2)).facts
    assert any("32 % below the bound, 0.0363 bpp" in fact.hint for fact in smaller)
    assert any("above the bound" in fact.hint for fact in larger)


def test_the_symbols_of_a_picture_cover_its_last_incomplete_cells():
    facts = reports.gci_report(FakeInfo(1204, 769, 513, 4)).facts
    assert any(fact.hint.startswith("49 × 33 × 4 symbols") for fact in facts)


def test_weights_that_are_not_here_are_named_as_such():
    facts = reports.gci_report(FakeInfo(1204, 768, 512, 4, model_name="")).facts
    assert any(fact.text == "not shipped here" for fact in facts)


def test_the_bar_of_a_file_larger_than_the_png_is_full(tmp_path):
    pane = render.coded_pane(
        "gc", "GC", "", tmp_path, num_bytes=20, png_bytes=10, width=1, height=1, stats=()
    )
    assert pane.share == 1.0


def test_a_selective_file_lists_every_section():
    fields = SelectiveFileInfo(
        version=1,
        mode="SC",
        model_id=3,
        model_name="sc",
        weight_hash="0f1e",
        width=768,
        height=512,
        background="synthesised",
        thin_channels=2,
        detail_channels=8,
        num_bytes=1000,
        header_bytes=10,
        label_map_bytes=200,
        mask_bytes=100,
        detail_bytes=600,
        thin_bytes=86,
        checksum_bytes=4,
        bpp=0.02,
    )
    report = selective_report(fields)
    assert sum(section.num_bytes for section in report.sections) == 1000
    assert report.label == "synthesised background"
