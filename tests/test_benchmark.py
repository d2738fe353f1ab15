import dataclasses
import json
import os

import numpy as np
import pytest
import torch
from tiny_models import write_selective_weights, write_weights

from gcdemo.benchmark import describe_machine, find_places, measure_in_child, run_benchmark
from gcdemo.benchmark_cases import (
    compare_networks,
    make_picture,
    time_by_turns,
    time_file,
    time_selective_file,
    used_bytes,
)
from gcdemo.benchmark_report import (
    BenchmarkOptions,
    BenchmarkReport,
    Comparison,
    Contender,
    FileTiming,
    Setting,
    format_table,
)
from gcdemo.checkpoints import load_model
from gcdemo.codecs.generative import GenerativeCodec
from gcdemo.errors import CheckpointError, InputError
from gcdemo.symbol_search import SymbolSearch
from gcdemo.tiling import Precision

CPU = torch.device("cpu")
SETTING = Setting(
    "cpu", bf16=False, width=64, height=48, channels=2, budget_seconds=0.01, threads=1
)
MEGABYTE = 10**6


def die(setting):
    os._exit(1)


def refuse(setting):
    raise InputError("It is too large.\nAnd much more of it.")


def peak_after_touching(setting, num_bytes):
    held = np.ones(num_bytes, np.uint8)
    return int(held[0]) * used_bytes(CPU, "VmHWM")


def thread_count(setting):
    compare_networks(setting, Contender("a", "preset:tiny"), Contender("b", "preset:tiny"))
    return torch.get_num_threads()


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A weight file of a tiny network."""
    return write_weights(tmp_path_factory.mktemp("weights") / "weights.safetensors")


@pytest.fixture
def report():
    ours, paper = Contender("gc", "gc"), Contender("paper", "preset:paper")
    return BenchmarkReport(
        options=BenchmarkOptions(),
        machine=describe_machine(BenchmarkOptions(threads=3)),
        files=(FileTiming(SETTING, 321, 0.5, 1.25, 0.0421, 5, None, 1234 * MEGABYTE),),
        comparisons=(Comparison(SETTING, ours, paper, 0.5, 6.0, 3, 12.0),),
        notes=("CUDA is left out: this machine has no such device.",),
    )


def test_actions_are_run_by_turns():
    order = []
    time_by_turns([lambda: order.append("a"), lambda: order.append("b")], 1.0)
    assert order[:4] == ["a", "b", "a", "b"]
    assert order.count("a") == order.count("b")


def test_short_actions_are_repeated_after_a_warm_up_that_does_not_count(monkeypatch):
    clock = iter([0, 3, 10, 11, 20, 22, 30, 36, 100, 100])
    monkeypatch.setattr("gcdemo.benchmark_cases.perf_counter", lambda: next(clock))
    calls = []
    (timing,) = time_by_turns([lambda: calls.append(1)], 4.0)
    assert timing == (2, 3)
    assert len(calls) == 4


def test_an_action_beyond_the_budget_is_run_once_and_counts(monkeypatch):
    clock = iter([0, 30])
    monkeypatch.setattr("gcdemo.benchmark_cases.perf_counter", lambda: next(clock))
    calls = []
    (timing,) = time_by_turns([lambda: calls.append(1)], 10.0)
    assert timing == (30, 1)
    assert len(calls) == 1


def test_nothing_is_repeated_more_often_than_nine_times():
    calls = []
    (timing,) = time_by_turns([lambda: calls.append(1)], 1000.0)
    assert timing.repeats == 9
    assert len(calls) == 10


def test_waiting_for_the_device_counts_as_time_of_the_action(monkeypatch):
    now = [0.0]

    def wait():
        now[0] += 5

    monkeypatch.setattr("gcdemo.benchmark_cases.perf_counter", lambda: now[0])
    (timing,) = time_by_turns([lambda: None], 1.0, wait)
    assert timing.seconds == 5


@pytest.mark.parametrize(("width", "height"), [(1, 1), (300, 100), (768, 512)])
def test_the_picture_has_the_size_asked_for_and_is_always_the_same(width, height):
    image = make_picture(width, height)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert np.array_equal(image, make_picture(width, height))
    if width > 256:
        assert image.std() > 30


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_peak_of_a_case_is_its_own_and_not_its_parents():
    notes = []
    held = np.ones(600 * MEGABYTE, np.uint8)
    (low,) = measure_in_child(notes, peak_after_touching, SETTING, MEGABYTE)
    (high,) = measure_in_child(notes, peak_after_touching, SETTING, 200 * MEGABYTE)
    assert notes == []
    assert 150 * MEGABYTE < high - low < 250 * MEGABYTE
    assert low < used_bytes(CPU, "VmHWM") - 300 * MEGABYTE
    assert used_bytes(CPU, "VmRSS") > len(held)


def test_a_case_whose_process_dies_is_left_out_with_a_note():
    notes = []
    assert measure_in_child(notes, die, SETTING) == []
    (note,) = notes
    assert note == (
        "cpu float32 64x48 is left out: its process was stopped, most likely for want of memory."
    )


def test_a_case_that_is_refused_is_left_out_with_its_reason():
    notes = []
    assert measure_in_child(notes, refuse, SETTING) == []
    assert notes == ["cpu float32 64x48 is left out: It is too large."]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_thread_count_asked_for_is_used():
    (found,) = measure_in_child([], thread_count, dataclasses.replace(SETTING, threads=2))
    assert found == 2


def test_a_network_against_itself_is_about_as_fast_and_a_batch_counts_all_its_pictures(monkeypatch):
    # The first contender takes 4 s for 8 pictures, the second 1 s for one: twice the pictures.
    clock = iter([0, 4, 10, 11])
    monkeypatch.setattr("gcdemo.benchmark_cases.perf_counter", lambda: next(clock))
    many, one = Contender("8 at once", "preset:tiny", 8), Contender("one", "preset:tiny")
    result = compare_networks(SETTING, many, one)
    assert (result.contender_seconds, result.reference_seconds) == (4, 1)
    assert result.ratio == pytest.approx(2)


def test_what_the_machine_lacks_is_left_out_with_a_note(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("gcdemo.benchmark.has_bf16_units", lambda device: False)
    notes = []
    assert list(find_places(BenchmarkOptions(), notes)) == [("cpu", False)]
    assert notes == [
        "bfloat16 on cpu is left out: it has no units for it.",
        "CUDA is left out: this machine has no such device.",
    ]


def test_what_the_machine_has_is_measured_in_both_number_formats(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("gcdemo.benchmark.has_bf16_units", lambda device: True)
    notes = []
    both = [("cpu", False), ("cpu", True), ("cuda", False), ("cuda", True)]
    assert list(find_places(BenchmarkOptions(), notes)) == both
    assert notes == []


@pytest.mark.parametrize(
    "fields",
    [{"devices": ("tpu",)}, {"sizes": ((0, 5),)}, {"network_size": (5, -1)}, {"batch": 0}],
)
def test_options_out_of_range_are_refused(fields):
    with pytest.raises(InputError):
        BenchmarkOptions(**fields)


def test_missing_weights_are_reported_before_anything_is_measured(tmp_path):
    with pytest.raises(CheckpointError):
        run_benchmark(BenchmarkOptions(model=str(tmp_path / "missing")), progress=False)


def test_a_file_is_timed_and_its_size_is_the_codecs(weights):
    result = time_file(dataclasses.replace(SETTING, budget_seconds=1.0), str(weights))
    codec = GenerativeCodec(load_model(weights), Precision(CPU))
    assert result.num_bytes == len(codec.encode(make_picture(64, 48), 2))
    assert min(result.encode_seconds, result.decode_seconds, result.symbols_seconds) > 0
    assert 3 <= result.repeats <= 9
    assert result.loaded_bytes < result.peak_bytes


def test_a_file_of_sc_is_timed_too(tmp_path):
    path = write_selective_weights(tmp_path / "sc.safetensors")
    for search, mode in ((False, "SC"), (True, "SC, searched")):
        setting = dataclasses.replace(SETTING, budget_seconds=0.01)
        result = time_selective_file(setting, str(path), search=search)
        assert result.mode == mode
        assert result.num_bytes > 40
        assert min(result.encode_seconds, result.decode_seconds, result.symbols_seconds) > 0


def test_a_file_that_was_searched_for_is_timed_too(weights):
    result = time_file(SETTING, str(weights), search=True)
    codec = GenerativeCodec(load_model(weights), Precision(CPU), SymbolSearch.load(CPU))
    assert result.mode == "GC, searched"
    assert result.num_bytes == len(codec.encode(make_picture(64, 48), 2))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_run_covers_every_size_and_both_comparisons_and_reports_what_it_asked(weights, tmp_path):
    selective = write_selective_weights(tmp_path / "sc.safetensors")
    options = BenchmarkOptions(
        model=str(weights),
        selective=str(selective),
        channels=3,
        sizes=((48, 32), (64, 80)),
        network_size=(64, 64),
        batch=2,
        devices=("cpu",),
        reference="preset:tiny",
        budget_seconds=0.01,
        threads=1,
    )
    report = run_benchmark(options, progress=False)
    places = list(find_places(options, []))
    found = [(r.setting.bf16, r.mode, r.setting.width, r.setting.height) for r in report.files]
    cases = [(mode, *size) for mode in ("GC", "SC") for size in options.sizes]
    cases += [(f"{mode}, searched", 64, 64) for mode in ("GC", "SC")]
    assert found == [(bf16, *case) for _, bf16 in places for case in cases]
    pairs = [(row.contender.batch, row.reference.label) for row in report.comparisons]
    assert pairs == len(places) * [(1, "tiny"), (2, "weights")]
    assert {row.setting.channels for row in (*report.files, *report.comparisons)} == {3}
    assert all("units" in note for note in report.notes)
    assert str(weights) in format_table(report)


def test_more_channels_than_the_model_has_are_refused(weights):
    with pytest.raises(InputError, match="C = 5 is more than the model's 4"):
        run_benchmark(BenchmarkOptions(model=str(weights), channels=5), progress=False)


@pytest.mark.slow
def test_the_paper_preset_can_be_compared_with(weights):
    ours, paper = Contender("ours", str(weights)), Contender("paper", "preset:paper")
    result = compare_networks(SETTING, ours, paper)
    assert result.ratio > 3


@pytest.mark.gpu
def test_on_a_gpu_its_own_memory_counts(weights):
    result = time_file(dataclasses.replace(SETTING, device="cuda"), str(weights))
    assert 0 < result.loaded_bytes < result.peak_bytes < 1000 * MEGABYTE


def test_the_table_shows_every_number(report):
    text = format_table(report)
    row = next(line for line in text.splitlines() if "321" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    expected = "cpu float32 64x48 GC 321 0.500 1.250 42.1 - 1234 5"
    assert cells == expected.split()
    assert "12.00 x" in text
    assert "3 threads" in text
    assert text.endswith("CUDA is left out: this machine has no such device.\n")


def test_the_table_has_a_title_for_every_column(report):
    tables = [line for line in format_table(report).splitlines() if line.startswith("|")]
    assert tables[0].count("|") == tables[2].count("|")
    assert "device" in tables[0]
    assert "peak MB" in tables[0]


def test_json_holds_every_field(report):
    found = json.loads(report.to_json())
    assert found["files"][0]["encode_seconds"] == 0.5
    assert found["files"][0]["setting"]["width"] == 64
    assert found["comparisons"][0]["ratio"] == 12.0
    assert found["notes"] == list(report.notes)
    assert found["machine"]["threads"] == 3
