"""From simulated raters, whose preferences are known, to the report."""

import csv
import dataclasses
import io
import json
import math
import random
import re

import pytest
from PIL import Image
from study.fakes import Rater, make_pack
from study.memory import MemoryStore

from gcdemo.errors import InputError
from gcdemo.study.analysis import analyze
from gcdemo.study.answers import Answer, find_pack, read_answers, to_csv, to_jsonl
from gcdemo.study.records import rater_name
from gcdemo.study.report import format_report, write_report
from gcdemo.study.screening import NO_RULES, Rules, judge_raters
from gcdemo.study.session import StudyService

HALF_AT = 1.8
FACTORS = (1.0, 1.5, 2.0, 3.0)


def simulate(store, pack, careful=0, careless=0, hasty=0, half_at=HALF_AT, seed=0):
    """Let raters of three kinds take part; gives the names of each kind."""
    service = StudyService(pack, store, "1.2.3", random.Random(seed))
    rng = random.Random(seed)
    kinds = {
        "careful": [Rater(pack, rng, half_at=half_at) for _ in range(careful)],
        "careless": [Rater(pack, rng, half_at=half_at, careful=False) for _ in range(careless)],
        "hasty": [Rater(pack, rng, half_at=half_at, response_ms=200) for _ in range(hasty)],
    }
    return {
        kind: {rater_name(rater.take_part(service).rater_id) for rater in raters}
        for kind, raters in kinds.items()
    }


@pytest.fixture
def quick(monkeypatch):
    """Few resamples, where their number does not matter."""
    monkeypatch.setattr("gcdemo.study.analysis.RESAMPLES", 20)


@pytest.fixture(scope="module")
def pack():
    return make_pack(pictures=5, factors=FACTORS)


@pytest.fixture(scope="module")
def study(pack):
    """150 careful raters, 20 who press any key and 10 who answer in a fifth of a second."""
    store = MemoryStore()
    kinds = simulate(store, pack, careful=150, careless=20, hasty=10)
    return read_answers(store, pack.manifest.pack_hash), kinds


@pytest.fixture(scope="module")
def result(study):
    return analyze(study[0], Rules())


def test_planted_preferences_are_recovered(result, pack):
    rater = Rater(pack, random.Random(), half_at=HALF_AT)
    assert [point.factor for point in result.points] == list(FACTORS)
    for point in result.points:
        planted = 100 * rater.chance(point.factor)
        assert point.votes > 400
        assert point.low < point.percent < point.high
        assert point.percent == pytest.approx(planted, abs=6)
        # 99 %: half as wide again as 95 %.
        margin = 0.32 * (point.high - point.low)
        assert point.low - margin / 2 < planted < point.high + margin / 2


def test_the_planted_crossing_lies_in_its_interval(result):
    (found,) = result.crossings
    assert found.rival == "bpg"
    assert found.ratio_low < HALF_AT < found.ratio_high
    assert found.ratio == pytest.approx(HALF_AT, abs=0.15)
    assert found.ratio_high - found.ratio_low < 0.6
    # The pack's bits per pixel are a tenth of the ratio.
    assert found.bpp == pytest.approx(found.ratio / 10)
    assert found.bpp_low == pytest.approx(found.ratio_low / 10)


def test_planted_scores_are_recovered_in_their_order(result):
    scores = {(score.codec, score.setting): score for score in result.scores}
    ours = scores["gc", "C = 4"]
    for factor in FACTORS:
        rival = scores["bpg", f"x {factor:g}"]
        planted = -2.5 * math.log(factor / HALF_AT)
        assert ours.score - rival.score == pytest.approx(planted, abs=0.3)
        assert rival.low < rival.score < rival.high
    assert [score.score for score in result.scores] == sorted(
        (score.score for score in result.scores), reverse=True
    )
    assert sum(score.votes for score in result.scores) == 2 * result.votes


def test_careless_and_hasty_raters_are_left_out_and_careful_ones_are_not(study, result):
    _, kinds = study
    left_out = {rater.rater: rater.excluded for rater in result.raters if rater.excluded}
    assert set(left_out).isdisjoint(kinds["careful"])
    assert kinds["hasty"] <= set(left_out)
    assert {left_out[rater] for rater in kinds["hasty"]} == {"too fast"}
    assert len(kinds["careless"] & set(left_out)) >= 10  # one in four passes two checks by chance


def test_without_rules_everybody_counts_and_careless_raters_pull_towards_half(study, result, quick):
    everybody = analyze(study[0], NO_RULES)
    assert all(rater.counts for rater in everybody.raters)
    assert everybody.votes > result.votes
    assert everybody.points[0].percent < result.points[0].percent


def test_checks_and_repetitions_are_no_votes_on_the_codecs(study, result, quick):
    answers, _ = study
    assert analyze(answers, NO_RULES).votes == sum(row.kind == "normal" for row in answers)
    assert all(rater.checks == 2 and rater.repeats == 1 for rater in result.raters)


def test_the_table_of_pictures_holds_every_pair_once(result):
    assert len(result.pictures) == 5 * 4
    assert sum(row.votes for row in result.pictures) == result.votes
    assert all(row.low <= row.percent <= row.high for row in result.pictures)


def test_the_same_votes_give_the_same_numbers_in_any_order(study, quick):
    answers = list(study[0])
    result = analyze(answers, Rules())
    random.Random(0).shuffle(answers)
    assert analyze(answers, Rules()) == result
    assert analyze(answers, Rules(), seed=1).crossings != result.crossings


def test_a_preference_beyond_all_rates_has_no_number(pack, quick):
    for half_at, end in ((1e6, math.inf), (1e-6, -math.inf)):
        store = MemoryStore()
        simulate(store, pack, careful=10, half_at=half_at)
        (found,) = analyze(read_answers(store, pack.manifest.pack_hash), NO_RULES).crossings
        assert (found.bpp, found.bpp_low, found.bpp_high) == (end, end, end)


def test_two_rivals_have_a_curve_each(quick):
    pack = make_pack(pictures=2, factors=(1.0, 2.0), rivals=("bpg", "avif"))
    store = MemoryStore()
    simulate(store, pack, careful=10)
    result = analyze(read_answers(store, pack.manifest.pack_hash), NO_RULES)
    assert [found.rival for found in result.crossings] == ["avif", "bpg"]
    assert [(p.rival, p.factor) for p in result.points] == [
        ("avif", 1.0),
        ("avif", 2.0),
        ("bpg", 1.0),
        ("bpg", 2.0),
    ]


def test_nothing_is_made_of_no_votes(study):
    answers, _ = study
    with pytest.raises(InputError, match="no vote that counts"):
        analyze([], Rules())
    with pytest.raises(InputError, match="no vote that counts"):
        analyze(answers, Rules(min_votes=1000))


def test_votes_on_two_packs_are_not_mixed(study):
    answers = [study[0][0], dataclasses.replace(study[0][1], pack="another")]
    with pytest.raises(InputError, match="different study packs"):
        analyze(answers, NO_RULES)


def judged(answers, **rules):
    (rater,) = judge_raters(answers, dataclasses.replace(NO_RULES, **rules))
    return rater


@pytest.fixture
def one(study):
    """The answers of one careful rater."""
    answers, kinds = study
    rater = min(kinds["careful"])
    return [answer for answer in answers if answer.rater == rater]


def with_answer(answers, kind, **changes):
    """The answers with one of a kind changed."""
    place = next(place for place, answer in enumerate(answers) if answer.kind == kind)
    changed = dataclasses.replace(answers[place], **changes)
    return [*answers[:place], changed, *answers[place + 1 :]]


def test_each_rule_leaves_out_whom_it_says(one):
    failed = with_answer(one, "check", first_share=0.0)
    assert judged(failed, max_failed_checks=0).excluded == "checks failed"
    assert judged(failed, max_failed_checks=1).counts
    assert judged(one, max_failed_checks=0).counts
    quick = [dataclasses.replace(answer, response_ms=599.0) for answer in one]
    assert judged(quick, min_median_ms=600).excluded == "too fast"
    assert judged(one, min_median_ms=600).counts
    votes = judged(one).votes
    assert judged(one, min_votes=votes).counts
    assert judged(one, min_votes=votes + 1).excluded == "too few votes"
    agreed = with_answer(one, "repeat", first_share=1.0)
    pair = next(answer.pair for answer in one if answer.kind == "repeat")
    agreed = [
        dataclasses.replace(a, first_share=1.0) if a.pair == pair else a for a in agreed
    ]  # fmt: skip
    assert judged(agreed, need_agreement=True).counts
    differing = with_answer(agreed, "repeat", first_share=0.0)
    assert judged(differing, need_agreement=True).excluded == "repeats differ"
    assert judged(differing).counts
    hidden = [dataclasses.replace(answer, screen_check="dark-hidden") for answer in one]
    assert judged(hidden, need_screen=True).excluded == "poor screen"
    assert judged(hidden).counts
    assert judged(one, need_screen=True).counts


def test_an_undecided_answer_to_a_check_is_no_pass(one):
    assert judged(with_answer(one, "check", first_share=0.5)).checks_passed == 1


def test_a_habit_of_one_side_is_seen(one):
    left = [dataclasses.replace(answer, choice="left") for answer in one]
    assert judged(left).left_percent == 100
    none = [dataclasses.replace(answer, choice="undecided") for answer in one]
    assert judged(none).left_percent == 50


def test_every_rule_is_stated_and_those_switched_off_are_not():
    assert NO_RULES.sentences() == ()
    rules = Rules(
        max_failed_checks=1, min_median_ms=500, min_votes=5, need_agreement=True, need_screen=True
    )
    stated = " ".join(rules.sentences())
    for words in ("More than 1", "500 ms", "Fewer than 5", "answered differently", "faint patches"):
        assert words in stated


def test_exports_hold_every_vote_with_every_field(study):
    answers, _ = study
    names = [field.name for field in dataclasses.fields(Answer)]
    lines = list(csv.DictReader(io.StringIO(to_csv(answers))))
    rows = [json.loads(line) for line in to_jsonl(answers).splitlines()]
    assert len(lines) == len(rows) == len(answers)
    assert list(lines[0]) == list(rows[0]) == names
    assert [Answer(**row) for row in rows] == answers
    assert float(lines[7]["response_ms"]) == answers[7].response_ms


def test_a_report_is_written_whole(study, result, tmp_path):
    answers, _ = study
    files = write_report(result, answers, tmp_path / "deep" / "report")
    assert sorted(path.name for path in files) == sorted(
        path.name for path in (tmp_path / "deep" / "report").iterdir()
    )
    folder = files[0].parent
    assert len((folder / "votes.csv").read_text().splitlines()) == len(answers) + 1
    assert len((folder / "raters.csv").read_text().splitlines()) == 180 + 1
    with Image.open(folder / "preference.png") as figure:
        assert min(figure.size) > 500
    assert (folder / "report.md").read_text() == format_report(result)


def test_the_report_states_rules_counts_and_crossing(result):
    text = format_report(result)
    counting = sum(rater.counts for rater in result.raters)
    assert f"{result.votes} votes of {counting} raters; {180 - counting} raters" in text
    for rule in result.rules.sentences():
        assert f"- {rule}" in text
    assert f"{result.crossings[0].bpp:.4g}" in text
    assert "Nobody" in format_report(dataclasses.replace(result, rules=NO_RULES))


def test_a_crossing_that_was_not_reached_is_said_in_words(result):
    beyond = dataclasses.replace(result.crossings[0], bpp=math.inf, bpp_low=-math.inf)
    text = format_report(dataclasses.replace(result, crossings=(beyond,)))
    assert "above all shown" in text
    assert "below all shown" in text


def test_the_figure_shows_what_the_points_say(study, result, tmp_path):
    from gcdemo.study.figure import draw_preference

    svg = draw_preference(result, "svg").decode()
    assert svg == draw_preference(result, "svg").decode()
    assert "Date" not in re.sub(r"<style.*?</style>", "", svg, flags=re.S)
    others = dataclasses.replace(
        result,
        points=tuple(dataclasses.replace(point, percent=50.0) for point in result.points),
    )
    assert svg != draw_preference(others, "svg").decode()


def test_a_folder_that_cannot_be_written_is_named(study, result, tmp_path, monkeypatch):
    monkeypatch.setattr("gcdemo.study.report.draw_preference", lambda *_: b"figure")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(result, study[0], tmp_path / "file")


def test_the_pack_is_found_by_the_beginning_of_its_hash(study, pack):
    store = MemoryStore()
    with pytest.raises(InputError, match="no such study pack"):
        find_pack(store)
    simulate(store, pack, careful=1)
    assert find_pack(store) == pack.manifest.pack_hash
    other = make_pack(pictures=2)
    simulate(store, other, careful=1)
    with pytest.raises(InputError, match="several") as caught:
        find_pack(store)
    assert pack.manifest.pack_hash[:12] in str(caught.value)
    assert find_pack(store, other.manifest.pack_hash[:8]) == other.manifest.pack_hash
