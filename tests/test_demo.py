"""What the page shows here: files of every kind, and the results that are shipped."""

from pathlib import Path

import pytest

from gcdemo.codecs.registry import RIVALS, codec_for_extension
from gcdemo.demo import AnyFile, kodak_benchmark
from gcdemo.errors import NotOurFormat
from tests.ui.fakes import FakeCodec, draw_photo

VECTORS = Path(__file__).with_name("codecs") / "bpg" / "vectors"


@pytest.fixture
def reader():
    return AnyFile(FakeCodec())


def test_every_ending_is_that_of_a_codec_and_every_codec_has_one():
    assert all(codec_for_extension(ending) for ending in AnyFile.endings if ending != ".gci")
    assert {codec.extension for codec in RIVALS} <= set(AnyFile.endings)


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif", "jpeg2000", "jxl"])
def test_every_kind_of_file_is_known_by_its_content(reader, name):
    (codec,) = (codec for codec in RIVALS if codec.name == name)
    if reason := codec.available():
        pytest.skip(reason)
    data = codec.encode(draw_photo(48, 32), codec.qualities[len(codec.qualities) // 2])
    report = reader.describe(data)
    assert (report.codec, report.extension) == (codec.label, codec.extension)
    assert sum(section.num_bytes for section in report.sections) == len(data)
    assert any(fact.text == "48 × 32 pixels" for fact in report.facts)
    assert reader.decode(data).shape == (32, 48, 3)


@pytest.mark.parametrize("path", sorted(VECTORS.glob("s37x29*.bpg")), ids=lambda path: path.stem)
def test_a_bpg_file_tells_all_its_fields(reader, path):
    data = path.read_bytes()
    report = reader.describe(data)
    assert report.codec == "BPG"
    assert sum(section.num_bytes for section in report.sections) == len(data)
    assert any(fact.text == "37 × 29 pixels" for fact in report.facts)
    assert ("rgba" in path.stem or "graya" in path.stem) == any(
        fact.label == "Alpha" for fact in report.facts
    )


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(40), bytes(100)])
def test_what_is_none_of_them_is_refused_in_a_sentence(reader, data):
    with pytest.raises(NotOurFormat, match=r"^This is none of the files read here: \.gci .*\.$"):
        reader.describe(data)


def test_the_benchmark_names_its_points_and_its_measures():
    benchmark = kodak_benchmark()
    assert [measure.label for measure in benchmark.measures] == ["PSNR", "MS-SSIM", "LPIPS", "d10"]
    assert [measure.higher_is_better for measure in benchmark.measures] == [
        True,
        True,
        False,
        False,
    ]
    curves = {curve.codec: curve for curve in benchmark.curves}
    assert [point.name for point in curves["gc"].points] == ["C = 2", "C = 4", "C = 8", "C = 16"]
    assert curves["jpeg"].points[0].name == "its smallest files"
    assert "3 × the bytes of C = 16" in [point.name for point in curves["bpg"].points]
    for curve in benchmark.curves:
        assert [point.bpp for point in curve.points] == sorted(point.bpp for point in curve.points)
        assert all(len(point.values) == len(benchmark.measures) for point in curve.points)
