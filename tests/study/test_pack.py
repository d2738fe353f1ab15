"""Study packs: what is in them, and what nobody can tell from them."""

import io
import json
import random
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from study.fakes import SizedCodec, make_pack

from gcdemo.errors import InputError
from gcdemo.images import load_image
from gcdemo.study.contenders import FixedCodec
from gcdemo.study.faults import PackError
from gcdemo.study.manifest import IMAGES, MANIFEST, Manifest, Settings, load_pack
from gcdemo.study.pack import Recipe, build_pack


@pytest.fixture
def build(photos, tmp_path, codecs):
    """A function that builds a pack of the photos."""

    def build_it(recipe=None, out=None, rivals=None, rng=None, contenders=()):
        ours, rival = codecs
        return build_pack(
            sorted(photos.iterdir()),
            out or tmp_path / "pack",
            ours,
            [rival] if rivals is None else rivals,
            recipe or Recipe(),
            "1.2.3",
            rng=rng,
            contenders=contenders,
        )

    return build_it


def test_a_pack_holds_every_picture_against_every_factor_and_a_check(build):
    manifest = build().manifest
    assert [picture.name for picture in manifest.pictures] == ["photo0", "photo1", "photo2"]
    pairs = Counter((pair.picture, pair.factor) for pair in manifest.pairs)
    names = ("photo0", "photo1", "photo2")
    assert pairs == {(name, factor): 1 for name in names for factor in (0.0, 1.0, 1.5, 2.0, 3.0)}


def test_a_rival_gets_the_smallest_file_of_at_least_the_factor(build):
    for pair in build().manifest.pairs:
        if not pair.check:
            assert pair.first.num_bytes == 550  # C = 4
            wanted = pair.factor * 550
            assert wanted <= pair.second.num_bytes < wanted + 100
            assert pair.second.setting == f"x {pair.factor:g}"
            assert (pair.first.codec, pair.second.codec) == ("gc", "bpg")


def test_the_files_hold_the_original_and_what_the_codecs_made_of_it(build, photos, codecs):
    pack = build()
    ours, rival = codecs
    for picture, path in zip(pack.manifest.pictures, sorted(photos.iterdir()), strict=True):
        image = load_image(path)
        assert np.array_equal(load_image(pack.path(picture.stored)), image)
        for pair in pack.manifest.pairs:
            if pair.picture == picture.name and not pair.check:
                for codec, side in ((ours, pair.first), (rival, pair.second)):
                    stored = load_image(pack.path(side.stored))
                    wanted = codec.decode(codec.encode(image, side.quality))
                    assert np.array_equal(stored, wanted)


def test_a_check_shows_the_original_beside_something_plainly_broken(build):
    pack = build()
    for pair in pack.manifest.pairs:
        if pair.check:
            original = load_image(pack.path(pack.pictures[pair.picture].stored)).astype(int)
            good, broken = (
                load_image(pack.path(side.stored)) for side in (pair.first, pair.second)
            )
            assert np.array_equal(good, original)
            assert broken.shape == good.shape
            assert np.abs(broken - original).mean() > 25


def test_files_of_a_pair_tell_nothing_apart(build):
    pack = build()
    for pair in pack.manifest.pairs:
        first, second = (pack.path(side.stored) for side in (pair.first, pair.second))
        assert first.stat().st_size == second.stat().st_size
        assert first.stat().st_mtime == second.stat().st_mtime
        with Image.open(first) as one, Image.open(second) as other:
            assert one.mode == other.mode
            assert one.size == other.size
            assert one.info == other.info == {}


def test_no_two_files_are_alike_although_ours_is_shown_many_times(build):
    pack = build()
    contents = [path.read_bytes() for path in (pack.folder / IMAGES).iterdir()]
    assert len(set(contents)) == len(contents) == 3 * (1 + 2 * 5)


def test_names_are_drawn_and_their_order_says_nothing(build, tmp_path):
    firsts = 0
    for number in range(4):
        pack = build(out=tmp_path / f"pack{number}", rng=random.Random(number))
        firsts += sum(p.first.stored.file < p.second.stored.file for p in pack.manifest.pairs)
    assert 18 < firsts < 42  # of 60
    names = {stored.file for stored in pack.manifest.files()}
    assert names.isdisjoint(stored.file for stored in build().manifest.files())


def test_large_pictures_are_reduced_first(build):
    pack = build(Recipe(max_side=32))
    assert {(p.width, p.height) for p in pack.manifest.pictures} == {(32, 24), (24, 32), (32, 23)}
    for pair in pack.manifest.pairs:
        picture = pack.pictures[pair.picture]
        for side in (pair.first, pair.second):
            image = load_image(pack.path(side.stored))
            assert image.shape == (picture.height, picture.width, 3)


def test_a_rival_without_smaller_files_is_shown_once_and_marked(build, codecs):
    pack = build(Recipe(quality=2), rivals=[SizedCodec("jpeg", (6, 7, 8))])
    found = [(pair.factor, pair.second.floor) for pair in pack.manifest.pairs[:3]]
    assert found == [(1.0, True), (3.0, False), (0.0, False)]


def test_several_rivals_are_shown_beside_ours(build, codecs):
    pack = build(rivals=[codecs[1], SizedCodec("avif", tuple(range(1, 41)))])
    assert Counter(pair.second.codec for pair in pack.manifest.pairs) == {
        "bpg": 12,
        "avif": 12,
        "broken": 3,
    }


def test_a_pack_is_there_whole_or_not_at_all(build, codecs, tmp_path, monkeypatch):
    monkeypatch.setattr(type(codecs[1]), "decode", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build()
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_a_folder_with_something_in_it_is_left_alone(build, photos):
    with pytest.raises(PackError, match="not empty"):
        build(out=photos)
    with pytest.raises(PackError, match="not empty"):
        build(out=next(photos.iterdir()))


def test_what_appears_in_the_folder_while_the_pack_is_built_is_left_alone(
    build, tmp_path, monkeypatch
):
    def late(folder, manifest):
        (tmp_path / "pack").mkdir()
        (tmp_path / "pack" / "mine.txt").write_text("mine")

    monkeypatch.setattr("gcdemo.study.pack.save_manifest", late)
    before = set(tmp_path.iterdir())
    with pytest.raises(PackError, match="not empty"):
        build()
    assert set(tmp_path.iterdir()) - before == {tmp_path / "pack"}
    assert [path.name for path in (tmp_path / "pack").iterdir()] == ["mine.txt"]


def test_a_codec_that_cannot_run_is_named(build):
    with pytest.raises(PackError, match="HEVC cannot run here: no library"):
        build(rivals=[SizedCodec("hevc", (1,), reason="no library")])
    with pytest.raises(PackError, match="at least one"):
        build(rivals=[])


def test_a_picture_that_cannot_be_read_is_named(build, photos):
    (photos / "torn.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match=r"torn\.png"):
        build()


@pytest.mark.parametrize("wrong", [{"factors": ()}, {"factors": (0.0,)}, {"max_side": 3}])
def test_recipes_that_make_no_sense_are_refused(wrong):
    with pytest.raises(PackError):
        Recipe(**wrong)


@pytest.mark.parametrize("wrong", [{"trials": 0}, {"check_every": 1}, {"repeats": -1}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(PackError):
        Settings(**wrong)


def test_loading_gives_what_was_built(build):
    pack = build()
    assert load_pack(pack.folder) == pack
    assert load_pack(pack.folder).manifest.pack_hash == pack.manifest.pack_hash


def test_the_hash_covers_everything(build, tmp_path):
    one = build(rng=random.Random(1))
    same = build(out=tmp_path / "same", rng=random.Random(1))
    other = build(out=tmp_path / "other", rng=random.Random(2))
    titled = build(Recipe(title="Another"), out=tmp_path / "titled", rng=random.Random(1))
    assert one.manifest.pack_hash == same.manifest.pack_hash
    hashes = {pack.manifest.pack_hash for pack in (one, other, titled)}
    assert len(hashes) == 3


def test_an_altered_or_missing_picture_is_found(build):
    pack = build()
    path = pack.path(pack.manifest.pairs[0].first.stored)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(PackError, match="was altered"):
        load_pack(pack.folder)
    path.unlink()
    with pytest.raises(PackError, match="is missing"):
        load_pack(pack.folder)


def damaged(change):
    """A manifest's text with a change and, as somebody careful would do, no new hash."""
    fields = json.loads(make_pack().manifest.to_json())
    change(fields)
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("[]", "no JSON"),
        ("{}", "no JSON"),
        (damaged(lambda fields: fields.update(version=2)), "version 2"),
        (damaged(lambda fields: fields.update(title="Mine")), "altered"),
        (damaged(lambda fields: fields["pairs"].pop()), "altered"),
        (damaged(lambda fields: fields["pairs"][0].update(factor=9.0)), "altered"),
        (damaged(lambda fields: fields.pop("pictures")), "altered"),
    ],
)
def test_a_manifest_that_was_altered_is_refused(text, words):
    with pytest.raises(PackError, match=words):
        Manifest.from_json(text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda fields: fields.pop("pictures"), "lacks"),
        (lambda fields: fields["pairs"][0].update(color="red"), "lacks or misnames"),
        (lambda fields: fields["pairs"].append(fields["pairs"][0]), "twice"),
        (lambda fields: fields["pairs"][0].update(picture="none"), "does not list"),
        (lambda fields: fields.update(pairs=fields["pairs"][-1:]), "no pair"),
        (
            lambda fields: fields["pictures"][0]["stored"].update(file="../../secret.png"),
            "no name",
        ),
        (
            lambda fields: fields["pairs"][0].update(first=fields["pairs"][1]["first"]),
            "uses a file twice",
        ),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused_even_with_a_good_hash(change, words):
    from gcdemo.study import manifest

    fields = json.loads(make_pack().manifest.to_json())
    del fields["hash"], fields["version"]
    change(fields)
    good = manifest.hashlib.sha256(manifest._canonical(fields)).hexdigest()
    text = json.dumps({"version": manifest.VERSION, "hash": good, **fields})
    with pytest.raises(PackError, match=words):
        Manifest.from_json(text)


def test_a_folder_without_a_pack_is_named(tmp_path):
    with pytest.raises(PackError, match="no study pack"):
        load_pack(tmp_path)
    (tmp_path / MANIFEST).write_bytes(b"\xff\xfe")
    with pytest.raises(PackError, match="no study pack"):
        load_pack(tmp_path)


def test_padded_files_are_sound_for_strict_readers(build):
    pack = build()
    for stored in pack.manifest.files():
        with Image.open(io.BytesIO(pack.path(stored).read_bytes())) as image:
            image.verify()


def test_a_contender_is_compared_with_ours_at_whatever_size_it_has(build, codecs, photos):
    ours, rival = codecs
    pack = build(Recipe(factors=(1.0,)), contenders=[FixedCodec(rival, 30), FixedCodec(ours, 2)])
    manifest = pack.manifest
    found = [pair for pair in manifest.pairs if pair.picture == "photo0" and not pair.check]
    assert [(pair.second.codec, pair.second.setting) for pair in found] == [
        ("bpg", "x 1"),
        ("bpg", "q = 30"),
        ("gc", "q = 2"),
    ]
    assert [pair.factor for pair in found] == [1.0, 0.0, 0.0]
    assert [pair.second.num_bytes for pair in found] == [550, 3150, 350]
    image = load_image(sorted(photos.iterdir())[0])
    stored = load_image(pack.path(found[1].second.stored))
    assert np.array_equal(stored, rival.decode(rival.encode(image, 30)))


def test_contenders_alone_make_a_pack(build, codecs):
    pairs = build(rivals=[], contenders=[FixedCodec(codecs[1], 3)]).manifest.pairs
    assert sum(not pair.check for pair in pairs) == 3


def test_a_contender_that_cannot_run_is_named_before_anything_is_coded(build, codecs):
    with pytest.raises(PackError, match="bpg cannot run here: its qualities are 1 to 40"):
        build(contenders=[FixedCodec(codecs[1], 41)])
