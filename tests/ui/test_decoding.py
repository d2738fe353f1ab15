"""Files that were made elsewhere are decoded, laid open, or refused in a sentence."""

import pytest

from gcdemo.bitstream.container import pack
from gcdemo.bitstream.header import Background, Header, SelectiveFields
from gcdemo.codecs.generative import describe
from gcdemo.codecs.jpeg import JpegCodec
from gcdemo.codecs.selective import describe_selective
from gcdemo.errors import BitstreamError, InputError
from gcdemo.images import load_image
from gcdemo.ui.context import Limits
from gcdemo.ui.decoding import open_file
from gcdemo.ui.handlers import compress
from gcdemo.ui.reports import gci_report
from gcdemo.ui.selective_report import selective_report
from gcdemo.ui.view import Photo
from tests.ui.fakes import FakeCodec, draw_photo


class UndecodedCodec(FakeCodec):
    """Fails where a file is decoded."""

    def decode(self, data):
        raise AssertionError("it was decoded")


@pytest.fixture
def photo(photo_file):
    """The photo of 96 x 64 pixels, as chosen by a person."""
    return Photo("mine", photo_file)


def test_a_file_made_elsewhere_is_opened_with_its_fields(bench, photo, tmp_path):
    *_, made = compress(bench, photo, 8)
    path = tmp_path / "received.gci"
    path.write_bytes(made.card.data)
    (opened,) = open_file(bench, path, "received.gci")
    assert [pane.image for pane in opened.comparison.panes] == [made.comparison.panes[1].image]
    assert opened.card.report == made.card.report
    assert opened.card.name == "received.gci"
    assert opened.download.path.name == "received.png"


def test_every_way_to_damage_a_file_gives_a_sentence(bench, photo, tmp_path):
    *_, made = compress(bench, photo, 4)
    data = made.card.data
    path = tmp_path / "bad.gci"
    for damaged in (b"", b"hello", data[:-1], data[:40], data[:-1] + bytes([data[-1] ^ 1])):
        path.write_bytes(damaged)
        with pytest.raises(BitstreamError, match=r"^This .*\.$"):
            list(open_file(bench, path, "bad.gci"))


def test_a_file_too_large_to_be_one_of_ours_is_not_read(make_bench, tmp_path):
    path = tmp_path / "large.gci"
    path.write_bytes(bytes(2000))
    bench = make_bench(limits=Limits(file_bytes=1000))
    with pytest.raises(InputError, match="The file has"):
        list(open_file(bench, path, "large.gci"))


def test_a_file_that_states_too_many_pixels_is_never_decoded(make_bench, photo, tmp_path):
    bench = make_bench(limits=Limits(decode_pixels=96 * 64))
    *_, made = compress(bench, photo, 4)
    (path := tmp_path / "some.gci").write_bytes(data := made.card.data)
    list(open_file(bench, path, "some.gci"))
    bench = make_bench(UndecodedCodec(), Limits(decode_pixels=96 * 64 - 1))
    with pytest.raises(InputError, match=r"^The file asks for 6,144 pixels; .*\.$"):
        list(open_file(bench, path, "some.gci"))
    assert bench.context.reader.describe(data).drawn_pixels == 96 * 64


@pytest.mark.parametrize(
    ("height", "width", "limits", "drawn"),
    [
        (7008, 7008, Limits(), "49,112,064"),
        # Of a thin picture at least two cells of 16 pixels are drawn across.
        (1, 65_520, Limits(decode_pixels=2_000_000), "2,096,640"),
    ],
)
def test_a_few_bytes_that_ask_for_many_pixels_are_refused(height, width, limits, drawn):
    generative = pack(Header(1, b"ab", width, height, 2), [b""])
    fields = SelectiveFields(Background.SYNTHESISED, 0)
    selective = pack(Header(3, b"ab", width, height, 2, fields), [b"", b"", b"", b""])
    for report in (
        gci_report(describe(generative)),
        selective_report(describe_selective(selective)),
    ):
        with pytest.raises(InputError, match=f"The file asks for {drawn} pixels"):
            limits.check_file(report)
    assert len(generative) < 20


def test_pixels_of_other_codecs_are_not_counted(make_bench, tmp_path):
    (path := tmp_path / "some.jpg").write_bytes(JpegCodec().encode(draw_photo(40, 30), 50))
    assert list(open_file(make_bench(limits=Limits(decode_pixels=1)), path, "some.jpg"))


def test_a_file_that_did_not_arrive_is_asked_for_again(bench, tmp_path):
    with pytest.raises(InputError, match="did not arrive"):
        list(open_file(bench, tmp_path / "none.gci", "none.gci"))


def test_a_file_is_known_by_its_content_whatever_its_name(bench, tmp_path):
    path = tmp_path / "strange.gci"
    path.write_bytes(data := JpegCodec().encode(draw_photo(40, 30), 50))
    (opened,) = open_file(bench, path, "strange.gci")
    (pane,) = opened.comparison.panes
    assert (pane.title, pane.headline) == ("JPEG", f"{len(data):,} bytes")
    assert opened.card.name == "strange.jpg"
    assert (load_image(opened.download.path) == JpegCodec().decode(data)).all()
