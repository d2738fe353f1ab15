"""study build, study report, study export and study forget."""

import random
from contextlib import closing

import numpy as np
import pytest
from PIL import Image
from study.fakes import Rater
from typer.testing import CliRunner

import gcdemo.api
import gcdemo.codecs.registry
from gcdemo.__main__ import app
from gcdemo.errors import InputError
from gcdemo.study.manifest import load_pack
from gcdemo.study.records import rater_name
from gcdemo.study.session import StudyService
from gcdemo.study.store import VoteStore


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Neither many resamples nor a real figure: they are tested beside the analysis."""
    monkeypatch.setattr("gcdemo.study.analysis.RESAMPLES", 20)
    monkeypatch.setattr("gcdemo.study.report.draw_preference", lambda *_: b"figure")


def call(*arguments):
    return CliRunner().invoke(app, ["study", *map(str, arguments)])


@pytest.fixture
def built(photos, tmp_path, codecs, monkeypatch):
    """A pack that the command line built with codecs that stand in for the real ones."""
    ours, rival = codecs
    monkeypatch.setattr(gcdemo.api, "load_codec", lambda *_, **__: ours)
    monkeypatch.setattr(gcdemo.codecs.registry, "rival", lambda name: {"bpg": rival}[name])
    out = tmp_path / "pack"
    result = call("build", "--images", photos, "--out", out, "--factors", "1,2", "--undecided")
    assert result.exit_code == 0, result.output
    assert "6 pairs of 3 pictures" in result.stdout
    return load_pack(out)


@pytest.fixture
def voted(built, tmp_path):
    """A database with the votes of four raters on the pack; gives its address and a rater."""
    url = f"sqlite:///{tmp_path}/votes.sqlite3"
    rng = random.Random(0)
    with closing(VoteStore(url)) as store:
        service = StudyService(built, store, "1.2.3", rng)
        ids = [Rater(built, rng, half_at=1.5).take_part(service).rater_id for _ in range(4)]
    return url, ids[0]


def test_build_takes_its_options_to_heart(built):
    assert built.manifest.settings.undecided
    assert built.manifest.version_of_program == gcdemo.__version__
    assert {pair.factor for pair in built.manifest.pairs} == {0.0, 1.0, 2.0}


def test_report_writes_tables_figure_and_votes(voted, tmp_path):
    url, _ = voted
    result = call("report", "--db", url, "--out", tmp_path / "report")
    assert result.exit_code == 0, result.output
    assert "24 votes of 4 raters" in result.stdout
    assert (tmp_path / "report" / "preference.svg").exists()


def test_the_database_can_be_named_by_the_environment(voted, tmp_path, monkeypatch):
    monkeypatch.setenv("GCDEMO_DATABASE_URL", voted[0])
    assert call("report", "--out", tmp_path / "report").exit_code == 0


def test_rules_are_applied_by_switches(voted, tmp_path):
    url, _ = voted
    none = call("report", "--db", url, "--out", tmp_path / "r", "--min-votes", 7)
    assert none.exit_code == 1
    assert "no vote that counts" in none.stderr
    everybody = call(
        "report", "--db", url, "--out", tmp_path / "r",
        "--max-failed-checks", -1, "--min-median-ms", 0,
    )  # fmt: skip
    assert "no rule was applied" in everybody.stdout
    strict = call("report", "--db", url, "--out", tmp_path / "r", "--need-agreement")
    assert "answered differently" in strict.stdout


def test_export_writes_every_vote_whatever_the_rules(voted, tmp_path):
    result = call("export", "--db", voted[0], "--out", tmp_path / "votes")
    assert result.exit_code == 0, result.output
    lines = (tmp_path / "votes" / "votes.jsonl").read_text().splitlines()
    assert f"{len(lines)} votes" in result.stdout
    assert len((tmp_path / "votes" / "votes.csv").read_text().splitlines()) == len(lines) + 1


def test_a_rater_can_be_forgotten_by_the_name_in_the_report(voted):
    url, rater = voted
    assert "votes deleted" in call("forget", rater_name(rater), "--db", url).stdout
    assert call("forget", rater, "--db", url).exit_code == 1


def test_a_rater_can_be_forgotten_by_an_id_that_looks_like_an_option(built, tmp_path, monkeypatch):
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "-5Qf93VF")
    url = f"sqlite:///{tmp_path}/votes.sqlite3"
    with closing(VoteStore(url)) as store:
        StudyService(built, store, "1.2.3", random.Random(0)).open_session(None)
    assert "-5Qf93VF: 0 votes deleted" in call("forget", "-5Qf93VF", "--db", url).stdout


def test_ours_is_searched_for_when_asked_and_no_other(photos, tmp_path, codecs, monkeypatch):
    ours, rival = codecs
    loaded = []

    def load(model, device, *, search=False):
        loaded.append((model, search))
        return ours

    monkeypatch.setattr(gcdemo.api, "load_codec", load)
    monkeypatch.setattr(gcdemo.codecs.registry, "rival", lambda name: {"bpg": rival}[name])
    for out, options, searched in (("plain", [], False), ("best", ["--search"], True)):
        loaded.clear()
        result = call(
            "build", "--images", photos, "--out", tmp_path / out, "--also", "gc-mse:2", *options
        )
        assert result.exit_code == 0, result.output
        assert loaded == [("gc", searched), ("gc-mse", False)]


def test_other_codecs_take_part_at_a_setting_of_their_own(photos, tmp_path, codecs, monkeypatch):
    ours, rival = codecs
    monkeypatch.setattr(gcdemo.api, "load_codec", lambda *_, **__: ours)
    monkeypatch.setattr(gcdemo.codecs.registry, "rival", lambda name: {"bpg": rival}[name])
    out = tmp_path / "pack"
    result = call("build", "--images", photos, "--out", out, "--also", "gc-mse:2,bpg:9")
    assert result.exit_code == 0, result.output
    settings = {pair.second.setting for pair in load_pack(out).manifest.pairs if not pair.factor}
    assert settings == {"", "q = 2", "q = 9"}


def test_forget_deletes_one_rater(voted, tmp_path):
    url, rater = voted
    assert "votes deleted" in call("forget", rater, "--db", url).stdout
    assert "18 votes of 3 raters" in call("report", "--db", url, "--out", tmp_path / "r").stdout
    again = call("forget", rater, "--db", url)
    assert again.exit_code == 1
    assert "no rater" in again.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--factors", "1,two"), "list of numbers"),
        (("--factors", "-1"), "greater than 0"),
        (("--trials", "0"), "1 to 1000"),
        (("--also", "jpeg"), "a codec and a quality"),
        (("--images", "absent"), "absent"),
    ],
)
def test_an_error_of_build_is_one_line(photos, tmp_path, codecs, monkeypatch, options, words):
    monkeypatch.setattr(gcdemo.api, "load_codec", lambda *_, **__: codecs[0])
    result = call("build", "--images", photos, "--out", tmp_path / "pack", *options)
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert words in result.stderr
    assert not (tmp_path / "pack").exists()


def test_a_database_without_votes_is_named(tmp_path):
    result = call("report", "--db", f"sqlite:///{tmp_path}/v.sqlite3", "--out", tmp_path / "r")
    assert result.exit_code == 1
    assert "no such study pack" in result.stderr


@pytest.mark.slow
def test_a_pack_of_real_codecs_can_be_built(tmp_path, make_photo):
    try:
        reason = gcdemo.codecs.registry.rival("bpg").available()
    except InputError as error:
        reason = str(error)
    assert reason is None
    Image.fromarray(np.asarray(make_photo(128, 192))).save(tmp_path / "photo.png")
    out = tmp_path / "pack"
    result = call(
        "build", "--images", tmp_path / "photo.png", "--out", out,
        "--rivals", "bpg,webp", "--scaled", "--device", "cpu",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    for pair in load_pack(out).manifest.pairs:
        if not pair.check:
            assert pair.first.codec == "gc"
            assert pair.second.num_bytes >= pair.factor * pair.first.num_bytes
