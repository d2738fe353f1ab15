"""What happens on the page, without a page."""

import dataclasses

import pytest

from gcdemo.errors import InputError
from gcdemo.ui import fitting, handlers
from gcdemo.ui.context import Limits
from gcdemo.ui.view import Photo
from gcdemo.ui.workbench import Workbench
from tests.ui.fakes import FakeCodec


@pytest.fixture
def photo(photo_file):
    """The photo of 96 x 64 pixels, as chosen by a person."""
    return Photo("mine", photo_file)


def texts(pane):
    """All that stands under a pane."""
    return [pane.headline, *pane.lines, *(f"{stat.label} {stat.text}" for stat in pane.stats)]


def test_a_photo_comes_back_beside_its_original(bench, photo):
    *_, last = handlers.compress(bench, photo, 4)
    original, coded = last.comparison.panes
    assert original.original
    assert not coded.original
    assert original.image != coded.image
    assert not coded.note
    assert (last.comparison.width, last.comparison.height) == (96, 64)


def test_the_size_shown_is_that_of_the_file_to_download(bench, photo):
    *_, last = handlers.compress(bench, photo, 4)
    num_bytes = last.download.path.stat().st_size
    pane = last.comparison.panes[1]
    assert pane.headline == f"{num_bytes:,} bytes"
    assert f"{8 * num_bytes / (96 * 64):.3f}" in " ".join(texts(pane))
    assert last.card.data == last.download.path.read_bytes()
    assert last.download.path.name == "mine.gci"


def test_metrics_stand_under_the_reconstruction(bench, photo):
    *_, last = handlers.compress(bench, photo, 4)
    shown = " ".join(texts(last.comparison.panes[1]))
    assert "PSNR" in shown
    assert "MS-SSIM" in shown


def test_work_is_announced_before_it_is_done(bench, photo):
    screens = handlers.compress(bench, photo, 4)
    assert next(screens).comparison.panes[1].note == "Encoding"
    assert bench.context.codec.encoded == 0
    assert next(screens).comparison.panes[1].note.startswith("Decoding ")
    assert bench.context.codec.encoded == 1


def test_what_was_seen_once_comes_back_at_once(bench, photo):
    first = list(handlers.compress(bench, photo, 4))
    again = list(handlers.compress(bench, photo, 4))
    assert len(again) == 1
    assert again[-1].comparison == first[-1].comparison
    assert bench.context.codec.encoded == 1


def test_the_same_picture_keeps_its_identity_while_the_rate_changes(bench, photo):
    pictures = {
        screen.comparison.picture
        for quality in (2, 4, 16)
        for screen in handlers.compress(bench, photo, quality)
    }
    assert len(pictures) == 1


@pytest.mark.parametrize("quality", [1, 17, 4.0, "4", None, [4], True])
def test_a_rate_that_the_slider_does_not_have_is_refused(bench, photo, quality):
    with pytest.raises(InputError, match="must be one of C = 2, 3"):
        list(handlers.compress(bench, photo, quality))


def test_without_a_photo_one_is_asked_for(bench):
    with pytest.raises(InputError, match="Choose a photo first"):
        list(handlers.compress(bench, None, 4))


def test_a_large_photo_waits_for_the_button(make_bench, photo):
    bench = make_bench(limits=Limits(auto_pixels=1000))
    (waiting,) = handlers.compress(bench, photo, 4, asked=False)
    assert [pane.id for pane in waiting.comparison.panes] == ["original"]
    assert "press Compress" in waiting.comparison.remark
    assert waiting.download is None
    assert len(list(handlers.compress(bench, photo, 4, asked=True))) == 3
    assert len(list(handlers.compress(bench, photo, 4, asked=False))) == 1  # remembered by now


def test_a_reduced_view_is_admitted(make_bench, photo):
    bench = make_bench(limits=Limits(view_pixels=1000))
    *_, last = handlers.compress(bench, photo, 4)
    assert last.comparison.remark.startswith("Shown at 1/3 of its size")


def test_samples_are_chosen_by_name_alone(bench):
    assert handlers.sample_photo(bench, "dawn").is_sample
    for name in ("../dawn", "", None, 3, ["dawn"]):
        with pytest.raises(InputError, match="no such sample"):
            handlers.sample_photo(bench, name)


def test_a_photo_over_the_limit_is_refused_with_its_size(make_bench, photo_file):
    bench = make_bench(limits=Limits(upload_bytes=1000))
    with pytest.raises(InputError, match=r"has 0\.0 MB; at most 0 MB"):
        handlers.uploaded_photo(bench, photo_file, "photo.png")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("my photo.png", "my-photo"),
        ("../../etc/passwd", "passwd"),
        ('a"b<c>.jpeg', "a-b-c"),
        ("Grüße.webp", "Grüße"),
        (".png", "png"),
        ("", "photo"),
        (None, "photo"),
        ("x" * 300 + ".png", "x" * 60),
    ],
)
def test_names_of_uploads_are_made_harmless(name, stem):
    assert handlers.safe_stem(name) == stem


def test_a_search_tells_how_far_it_is_and_ends_in_its_own_pane(bench, photo):
    screens = list(handlers.compress(bench, photo, 4, searched=True))
    notes = [screen.comparison.panes[1].note for screen in screens]
    assert notes[:2] == ["Encoding", "Searching, 0%"]
    assert notes[4] == "Searching, 75%"
    assert notes[5].startswith("Decoding ")
    pane = screens[-1].comparison.panes[1]
    assert (pane.id, pane.title) == ("gc-search", "GC, searched")
    assert screens[-1].card.data == bench.code(bench.open(photo), 4, searched=True).data


def test_a_search_that_nobody_waits_for_ends(bench, photo):
    screens = handlers.compress(bench, photo, 4, searched=True)
    for _ in range(3):
        next(screens)
    screens.close()
    assert bench.context.searching.encoded == 0


@pytest.mark.parametrize("less", [0, 1])
def test_what_was_searched_fits_too_or_is_given_up(bench, photo, less):
    opened = bench.open(photo)
    smallest = len(bench.code(opened, 2).data)
    for budget in (smallest, *(len(bench.code(opened, c).data) - less for c in (6, 16))):
        *_, last = fitting.fit(bench, photo, budget, searched=True)
        assert len(last.card.data) <= budget
    *_, roomy = fitting.fit(bench, photo, 10**6, searched=True)
    assert roomy.comparison.panes[1].id == "gc-search"


class FrugalSearching(FakeCodec):
    """Makes smaller files."""

    name = "gc-search"

    def encode(self, image, quality):
        return super().encode(image, quality - 1)


def test_a_size_that_only_a_search_keeps_is_kept(bench, photo):
    context = dataclasses.replace(bench.context, searching=FrugalSearching())
    bench = Workbench(context, photo.path.parent / "searched")
    opened = bench.open(photo)
    plain, better = (len(bench.code(opened, 2, searched=found).data) for found in (False, True))
    assert better < plain
    *_, last = fitting.fit(bench, photo, better, searched=True)
    assert len(last.card.data) == better
    for budget, searched in ((better - 1, True), (plain - 1, False)):
        with pytest.raises(InputError):
            list(fitting.fit(bench, photo, budget, searched=searched))
