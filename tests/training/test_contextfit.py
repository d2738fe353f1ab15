"""Fitted tables code known sources at nearly their entropy, and never fail."""

import numpy as np
import pytest
import torch

from gcdemo.bitstream.contexts import Predictor
from gcdemo.bitstream.symbols import decode_symbols, encode_symbols
from gcdemo.errors import TrainingError
from gcdemo.training.context_cells import Cells
from gcdemo.training.contextfit import SPATIAL_CONTEXTS, _held_out, fit_tables


@pytest.fixture(autouse=True)
def one_thread():
    """Some cores fewer, the same result: the arrays are too small for more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def fit(symbols, channels, centers=5, **options):
    return fit_tables(symbols, channels, centers, **{"num_examples": 150_000, **options})


def bits_per_symbol(arrays, tables):
    """The real cost, from real bytes."""
    num_bits = 0
    for array in arrays:
        data = encode_symbols(array, tables)
        np.testing.assert_array_equal(decode_symbols(data, array.shape, tables), array)
        num_bits += 8 * len(data)
    return num_bits / sum(array.size for array in arrays)


def entropy(probabilities):
    p = np.asarray(probabilities)
    return float(-(p * np.log2(p)).sum())


def draw(rng, probabilities, shape):
    return rng.choice(len(probabilities), shape, p=probabilities).astype(np.uint8)


def repeat_left(rng, probability, height, width):
    """Rows in which a symbol repeats the one on its left with some probability."""
    symbols = draw(rng, [0.2] * 5, (1, height, width))
    repeats = rng.random((height, width)) < probability
    for x in range(1, width):
        symbols[0, :, x] = np.where(repeats[:, x], symbols[0, :, x - 1], symbols[0, :, x])
    return symbols


def test_a_source_without_memory_costs_its_entropy(rng):
    probabilities = [0.5, 0.3, 0.1, 0.07, 0.03]
    arrays = [draw(rng, probabilities, (1, 40, 40)) for _ in range(25)]
    tables = fit(arrays[:20], 1)
    assert bits_per_symbol(arrays[20:], tables) < 1.03 * entropy(probabilities)


def test_a_source_that_repeats_its_left_neighbour_costs_little_above_its_entropy(rng):
    arrays = [repeat_left(rng, 0.8, 40, 60) for _ in range(25)]
    tables = fit(arrays[:20], 1)
    expected = entropy([0.84, 0.04, 0.04, 0.04, 0.04])
    # The first symbol of a row has nothing to repeat.
    expected += (np.log2(5) - expected) / 60
    assert bits_per_symbol(arrays[20:], tables) < 1.04 * expected


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_channel_that_an_earlier_one_tells_is_nearly_free(rng, place):
    arrays = []
    for _ in range(12):
        noise = draw(rng, [0.2] * 5, (3, 30, 30))
        noise[2] = np.roll(noise[0], np.negative(place), (0, 1))
        arrays.append(noise)
    # Room for four of the twelve places in earlier channels.
    tables = fit(arrays[:8], 3, num_contexts=len(SPATIAL_CONTEXTS) + 2)
    assert (2, *place) in [tuple(p) for p in tables.places[2].reshape(-1, 3).tolist()]
    assert bits_per_symbol(arrays[8:], tables) < (2 / 3 + 0.06) * np.log2(5)


def test_summaries_tell_what_no_sum_over_pairs_can(rng):
    # A symbol is likely 1 where an odd number of its four neighbours is: no sum of tables of pairs
    # can say so, responses to the number of all of them can.
    def make():
        symbols = draw(rng, [0.5, 0.5], (1, 40, 40))
        for y in range(2, 40):
            for x in range(2, 38):
                near = symbols[0, y, x - 1] + symbols[0, y - 1, x - 1 : x + 2].sum()
                if near in (1, 3):
                    symbols[0, y, x] = rng.random() < 0.9
                elif near == 2:
                    symbols[0, y, x] = rng.random() < 0.1
        return symbols

    arrays = [make() for _ in range(20)]
    costs = [bits_per_symbol(arrays[15:], fit(arrays[:15], 1, 2, num_summaries=n)) for n in (0, 16)]
    assert costs[1] < 0.95 * costs[0]


def test_every_number_of_channels_has_its_own_bias(rng):
    likely = {1: [0.9, 0.02, 0.02, 0.02, 0.04], 2: [0.04, 0.02, 0.02, 0.02, 0.9]}
    tables = fit([draw(rng, likely[c], (c, 2, 2)) for c in (1, 2) * 600], 2)
    for c in (1, 2):
        # The first cell sees nothing but the number of channels.
        predictor = Predictor(tables, (c, 2, 2))
        counts = predictor.counts(next(predictor.steps()))[0]
        np.testing.assert_allclose(counts / 2**16, likely[c], atol=0.2)


def test_numbers_of_channels_never_seen_are_coded_too(rng):
    probabilities = [0.6, 0.1, 0.1, 0.1, 0.1]
    tables = fit([draw(rng, probabilities, (2, 30, 30)) for _ in range(10)], 4)
    few, many = draw(rng, probabilities, (1, 30, 30)), draw(rng, probabilities, (4, 30, 30))
    assert bits_per_symbol([few], tables) < 1.05 * entropy(probabilities)
    assert bits_per_symbol([many], tables) < np.log2(5) + 0.01


def test_a_few_symbols_give_their_frequencies(rng):
    probabilities = [0.9, 0.04, 0.02, 0.02, 0.02]
    tables = fit([draw(rng, probabilities, (1, 30, 30))], 1)
    assert not tables.rows[..., :5].any()
    assert bits_per_symbol([draw(rng, probabilities, (1, 40, 40))], tables) < 1.1 * entropy(
        probabilities
    )


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (8, 8)])
def test_hardly_any_symbols_give_tables_hardly_worse_than_none(rng, size):
    tables = fit([draw(rng, [0.2] * 5, (2, *size))], 2)
    assert bits_per_symbol([draw(rng, [0.2] * 5, (2, 40, 40))], tables) < 3.5


def test_noise_is_not_learned_by_heart(rng):
    arrays = [draw(rng, [0.2] * 5, (1, 12, 12)) for _ in range(60)]
    tables = fit(arrays[:40], 1, num_examples=1_000_000)
    assert bits_per_symbol(arrays[40:], tables) < 1.05 * np.log2(5)


def test_equal_seeds_give_equal_tables_and_leave_other_random_numbers_alone(rng):
    arrays = [draw(rng, [0.4, 0.3, 0.1, 0.1, 0.1], (2, 20, 20)) for _ in range(6)]
    torch.manual_seed(0)
    state = torch.get_rng_state()
    first, second, other = (fit(arrays, 2, num_examples=5000, seed=s).rows for s in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()
    assert torch.equal(torch.get_rng_state(), state)


def test_channels_and_centers_are_as_asked_for(rng):
    arrays = [draw(rng, [0.5, 0.3, 0.2], (2, 6, 6))]
    tables = fit(arrays, 3, 3, num_contexts=1, num_summaries=2)
    assert (tables.latent_channels, tables.num_centers) == (3, 3)
    # The spatial contexts are never left out.
    assert tables.rows.shape == (3, len(SPATIAL_CONTEXTS), 16, 3 + 2)


def test_symbols_of_kept_cells_are_fitted_as_they_are_coded(rng):
    # A kept cell repeats its left neighbor's symbol; where that is dropped, the cell shows 4.
    def make():
        symbols, kept = repeat_left(rng, 0.9, 40, 60), rng.random((40, 60)) < 0.6
        first = kept.copy()
        first[:, 1:] &= ~kept[:, :-1]
        for x in range(60):
            repeated = symbols[0, :, x] if x == 0 else symbols[0, :, x - 1]
            symbols[0, :, x] = np.where(first[:, x], 4, repeated)
        return symbols, kept

    cases = [make() for _ in range(25)]
    tables = fit([np.where(kept, symbols, 5).astype(np.uint8) for symbols, kept in cases[:20]], 1)
    for symbols, kept in cases[20:]:
        data = encode_symbols(symbols, tables, kept)
        decoded = decode_symbols(data, symbols.shape, tables, kept)
        np.testing.assert_array_equal(decoded, symbols * kept)
        # Everything about them is known.
        assert 8 * len(data) < 0.1 * kept.sum()


def test_dropped_cells_are_no_examples():
    symbols = np.array([[[0, 1], [2, 2]], [[1, 2], [0, 2]]], np.uint8)
    cells = Cells([symbols, symbols[:1]], 2)
    assert cells.coding(0).tolist() == [0, 1, 4, 5]
    assert cells.coding(1).tolist() == [0, 2]
    examples = cells.examples(cells.coding(0), 0, [((0, 0, -1), (0, 0, 1))])
    # Left and right of each: outside and 1, 0 and outside.
    assert examples.rows[:, 2].tolist() == [2 * 3 + 1, 0 * 3 + 2] * 2
    assert examples.symbols.tolist() == [0, 1, 0, 1]


def test_places_within_a_channel_are_as_asked_for(rng):
    # Symbols repeat the one seven columns to the left, which no other place tells.
    noise = draw(rng, [0.2] * 5, (12, 30, 7))
    arrays = [np.tile(part, (1, 1, 5)).reshape(1, 30, 35) for part in noise]
    far = ((0, 0, -7), (0, -7, 0))
    near = bits_per_symbol(arrays[8:], fit(arrays[:8], 1))
    tables = fit(arrays[:8], 1, spatial=[far], num_contexts=1)
    np.testing.assert_array_equal(tables.places, [[far]])
    assert near > 2
    assert bits_per_symbol(arrays[8:], tables) < (7 / 35 + 0.05) * np.log2(5)


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        ([], "no symbols"),
        ([np.zeros((2, 0, 5), np.uint8)], "no symbols"),
        ([np.zeros((3, 1, 1), np.uint8)], "3 channels"),
        ([np.full((2, 3, 3), 5, np.uint8)], "no symbols"),
        ([np.full((1, 1, 1), 6, np.uint8)], "up to 6"),
    ],
)
def test_what_cannot_be_fitted_is_refused(symbols, message):
    with pytest.raises(TrainingError, match=message):
        fit(symbols, 2)


def test_a_picture_is_never_on_both_sides_of_the_fit():
    for num_pictures in range(2, 400):
        held_out = _held_out(2 * num_pictures)
        assert held_out[::2] == held_out[1::2], num_pictures
        assert 0 < sum(held_out[::2]) <= max(1, 0.1 * num_pictures), num_pictures


def test_large_fits_are_judged_by_the_arrays_they_always_were():
    for num_arrays in (320, 1400, 3001):
        expected = [i // 8 % 20 == 1 for i in range(num_arrays)]
        assert _held_out(num_arrays) == expected
