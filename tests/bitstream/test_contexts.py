"""The probability model: integers, causal, and equal to its description in FORMAT.md."""

import dataclasses

import numpy as np
import pytest
from bitstream import plain_coder
from bitstream.random_tables import make_tables, tables_and_symbols
from hypothesis import given
from hypothesis import strategies as st

from gcdemo.bitstream.contexts import ContextTables, Predictor, exponentials, logits_to_counts
from gcdemo.errors import CheckpointError

LOGITS = st.lists(st.integers(-(2**20), 2**20), min_size=2, max_size=16)


def counts_of(logits):
    return logits_to_counts(np.array([logits], np.int32).T)[0].tolist()


def run(tables, symbols):
    """Each cell's counts, int64 (C, h, w, L), while the symbols become known step by step."""
    counts = np.zeros((symbols.size, tables.num_centers), np.int64)
    predictor = Predictor(tables, symbols.shape)
    for step in predictor.steps():
        counts[step.positions] = predictor.counts(step)
        predictor.store(step, symbols.reshape(-1)[step.positions])
    return counts.reshape(*symbols.shape, tables.num_centers)


def test_exponentials_are_exact_to_the_last_digit():
    assert exponentials().tolist() == [plain_coder.exponential(i) for i in range(4096)]


@given(LOGITS)
def test_counts_are_positive_and_sum_to_the_total(logits):
    counts = counts_of(logits)
    assert min(counts) >= 1
    assert sum(counts) == 2**16


@given(LOGITS, st.integers(-(2**20), 2**20))
def test_only_differences_of_logits_count(logits, offset):
    assert counts_of(logits) == counts_of([logit + offset for logit in logits])


@given(LOGITS)
def test_a_larger_logit_never_has_a_smaller_count(logits):
    counts = [count for _, count in sorted(zip(logits, counts_of(logits), strict=True))]
    # Of equals at the top, the first one holds what rounding left over.
    assert sorted(counts) == counts or logits.count(max(logits)) > 1


@given(st.lists(st.integers(-1500, 1500), min_size=2, max_size=8))
def test_counts_are_the_softmax_within_rounding(logits):
    expected = np.exp(np.array(logits) / 256)
    np.testing.assert_allclose(
        np.array(counts_of(logits)) / 2**16, expected / expected.sum(), atol=2e-4
    )


@given(tables_and_symbols())
def test_counts_are_those_of_the_description(case):
    tables, symbols = case
    counts = run(tables, symbols)
    known = {}
    for cell in plain_coder.coding_order(symbols.shape):
        assert counts[cell].tolist() == plain_coder.counts(known, cell, len(symbols), tables)
        known[cell] = int(symbols[cell])


@given(tables_and_symbols())
def test_steps_hold_every_cell_once_in_the_order_of_coding(case):
    tables, symbols = case
    positions = [step.positions for step in Predictor(tables, symbols.shape).steps()]
    order = plain_coder.coding_order(symbols.shape)
    indices = np.unravel_index(np.concatenate([[], *positions]).astype(int), symbols.shape)
    assert list(zip(*(axis.tolist() for axis in indices), strict=True)) == order


@pytest.mark.parametrize("shape", [(2, 2, 1030), (2, 1030, 2), (1, 511, 3), (1, 2, 512)])
def test_tiles_of_512_cells_see_nothing_of_each_other(shape):
    tables = make_tables(0, channels=shape[0])
    symbols = np.random.default_rng(0).integers(0, 5, shape).astype(np.uint8)
    counts, whole = run(tables, symbols), np.arange(max(shape))
    for tile in np.split(whole, whole[512::512]):
        part = np.ix_(*(tile if side == max(shape) else range(side) for side in shape))
        np.testing.assert_array_equal(counts[part], run(tables, symbols[part]))
    known = {}
    for cell in plain_coder.coding_order(shape):
        if cell[np.argmax(shape)] in (0, 511, 512, 514, 1029):
            expected = plain_coder.counts(known, cell, shape[0], tables)
            assert counts[cell].tolist() == expected
        known[cell] = int(symbols[cell])


@pytest.mark.parametrize(
    ("shape", "number"),
    [
        ((16, 32, 48), 48 + 2 * 31 + 4 * 15),
        ((1, 2, 100_000), 512 + 2 * 1),
        ((1, 50_000, 2), 2 + 2 * 511),
        ((1, 0, 4), 0),
    ],
)
def test_the_number_of_steps_is_bounded_whatever_the_shape(shape, number):
    predictor = Predictor(make_tables(0, channels=16), shape)
    assert sum(1 for _ in predictor.steps()) == number


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_number_of_channels_chooses_the_bias(channels):
    tables = make_tables(0, contexts=0, summaries=0)
    counts = run(tables, np.zeros((channels, 1, 1), np.uint8))
    for c in range(channels):
        assert counts[c, 0, 0].tolist() == counts_of(tables.bias[channels - 1, c].tolist())


def test_storing_and_loading_changes_nothing():
    tables = make_tables(0)
    loaded = ContextTables.from_arrays(tables.to_arrays())
    for field in dataclasses.fields(ContextTables):
        stored = getattr(tables, field.name)
        np.testing.assert_array_equal(getattr(loaded, field.name), stored, strict=True)
    assert (loaded.latent_channels, loaded.num_centers) == (3, 5)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param((0, 0, 0), id="itself"),
        pytest.param((0, 0, 1), id="right"),
        pytest.param((0, 1, -2), id="below, in the same step"),
        pytest.param((0, -1, 2), id="above, in the same step"),
        pytest.param((1, 1, 2), id="earlier channel, in the same step"),
        pytest.param((-1, 0, -7), id="later channel"),
        pytest.param((-1, -7, 0), id="later channel, earlier step"),
        pytest.param((0, 0, -8), id="too far left"),
        pytest.param((0, -8, 0), id="too far up"),
        pytest.param((16, 0, 0), id="more channels back than there are"),
    ],
)
def test_places_not_yet_coded_or_too_far_are_refused(place):
    tables = make_tables(0)
    tables.places[1, 2, 1] = place
    with pytest.raises(CheckpointError, match="places"):
        ContextTables.from_arrays(tables.to_arrays())


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("places", lambda a: a[0]),
        ("places", lambda a: a[:, :, :, :2]),
        ("places", lambda a: a[:, :-1]),
        ("places", lambda a: a.astype(np.int16)),
        ("rows", lambda a: a[:, :, :-1]),
        ("rows", lambda a: a.astype(np.float32)),
        ("rows", lambda a: a.astype(np.int32)),
        ("bias", lambda a: a[:-1]),
        ("bias", lambda a: a[..., :-1]),
        ("responses", lambda a: a[0]),
        ("responses", lambda a: a[:, :-1]),
        ("responses", lambda a: a[:, :, :0]),
        ("responses", lambda a: a[..., :1]),
        ("responses", lambda a: a[..., [0] * 17]),
    ],
)
def test_arrays_of_another_shape_or_type_are_refused(name, wrong):
    arrays = make_tables(0).to_arrays()
    with pytest.raises(CheckpointError, match="context table"):
        ContextTables.from_arrays({**arrays, name: wrong(arrays[name])})


@pytest.mark.parametrize("names", [[], ["places", "rows", "bias"], ["extra"]])
def test_missing_and_unknown_arrays_are_refused(names):
    arrays = make_tables(0).to_arrays()
    chosen = {name: arrays.get(name, arrays["rows"]) for name in names}
    chosen |= arrays if "extra" in names else {}
    with pytest.raises(CheckpointError, match="must be"):
        ContextTables.from_arrays(chosen)


def test_no_channel_and_seventeen_channels_are_refused():
    for channels in (0, 17):
        arrays = {
            "places": np.zeros((channels, 0, 2, 3), np.int8),
            "rows": np.zeros((channels, 0, 36, 5), np.int16),
            "bias": np.zeros((channels, channels, 5), np.int16),
            "responses": np.zeros((channels, 0, 1, 5), np.int16),
        }
        with pytest.raises(CheckpointError, match="channels"):
            ContextTables.from_arrays(arrays)
