"""Symbols that were looked for: never worse, always of the same kind, read by any decoder."""

import dataclasses

import numpy as np
import pytest
import torch

from gcdemo.bitstream.container import unpack
from gcdemo.bitstream.tint import COSINES
from gcdemo.checkpoints import load_model
from gcdemo.codecs.generative import GenerativeCodec, describe
from gcdemo.errors import InputError
from gcdemo.search_trunks import TRUNK_FILES, seen_by
from gcdemo.soft_rate import SoftRate
from gcdemo.symbol_search import GC_WEIGHTS, SearchWeights, SymbolSearch
from gcdemo.symbol_search import difference as search_difference
from gcdemo.tiling import Precision, decode_image, encode_image, tiles, to_tensor
from gcdemo.tint import Tint
from tests.tiny_models import TINY, flat_tables, tiny_network, write_weights

CPU = torch.device("cpu")
FLAT = SoftRate(flat_tables(TINY.latent_channels), CPU)  # all symbols cost the same


@pytest.fixture(scope="module")
def search():
    return SymbolSearch.load(CPU, rounds=3)


def picture(height=64, width=96, seed=0):
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3))
    return np.kron(small, np.ones((8, 8, 1)))[:height, :width].astype(np.uint8)


@pytest.fixture
def codecs(tmp_path, search):
    """Two of the same weights: one that searches and one that does not."""
    loaded = load_model(write_weights(tmp_path / "w.safetensors"))
    return GenerativeCodec(loaded, Precision(CPU), search), GenerativeCodec(loaded, Precision(CPU))


def difference(search, network, image, symbols):
    """How far from the picture G's is, as the search judges it."""
    x = to_tensor(image, CPU)
    w = torch.zeros(1, network.config.latent_channels, *symbols.shape[1:])
    w[0, : len(symbols)] = network.centers[torch.tensor(symbols).long()]
    with torch.no_grad():
        x_hat = network.reconstruct(w, torch.tensor([len(symbols)]))
        return search_difference(search._trunks, x, x_hat, seen_by(search._trunks, x)).item()


def test_what_is_found_is_nearer_to_the_picture_or_what_there_was(search):
    gains = []
    for seed in range(4):
        network, image = tiny_network(seed=seed), picture(seed=seed)
        first = encode_image(network, image, 4, Precision(CPU))
        *_, last = search.improve(network, FLAT, image, first, Precision(CPU))
        assert last.done == last.total == 4
        assert last.symbols.shape == first.shape
        assert last.symbols.dtype == np.uint8
        assert last.symbols.max() <= 4
        before, after = (difference(search, network, image, s) for s in (first, last.symbols))
        gains.append(before - after)
    assert min(gains) >= 0
    assert max(gains) > 0


def test_each_trunk_counts_and_sees_what_the_other_does_not(search):
    x = to_tensor(picture(), CPU)
    x_hat = to_tensor(picture(seed=1), CPU)
    trunks = search._trunks
    assert len(trunks) == len(TRUNK_FILES) == 2
    pixels = search_difference((), x, x_hat, ()).item()
    alone = [
        search_difference((trunk,), x, x_hat, seen_by((trunk,), x)).item() - pixels
        for trunk in trunks
    ]
    assert min(alone) > 0
    both = search_difference(trunks, x, x_hat, seen_by(trunks, x)).item()
    assert both - pixels == pytest.approx(sum(alone), rel=1e-4)
    # What moves x_hat nearer for one of them hardly does for the other.
    gradients = []
    for trunk in trunks:
        moved = x_hat.clone().requires_grad_()
        weights = SearchWeights(distortion=0, means=0)
        search_difference((trunk,), x, moved, seen_by((trunk,), x), weights).backward()
        gradients.append(moved.grad.flatten())
    assert torch.cosine_similarity(*gradients, dim=0) < 0.5


def test_hues_and_bits_count_more_where_symbols_are_few(search, monkeypatch):
    weights = {}

    def spy(trunks, x, x_hat, real, at_rate):
        weights[channels] = at_rate
        return search_difference(trunks, x, x_hat, real, at_rate)

    monkeypatch.setattr("gcdemo.symbol_search.difference", spy)
    network, image = tiny_network(), picture(32, 32)
    for channels in (1, 2, 3, 4):
        first = encode_image(network, image, channels, Precision(CPU))
        list(search.improve(network, FLAT, image, first, Precision(CPU)))
    assert weights[1].means > weights[2].means > weights[3].means
    assert weights[1].rate > weights[2].rate > weights[3].rate
    assert weights[4] == GC_WEIGHTS
    flat, tint = torch.zeros(1, 3, 64, 64), torch.full((1, 3, 64, 64), 0.1)
    real = seen_by(search._trunks, flat)
    dear, cheap = (
        search_difference(search._trunks, flat, tint, real, weights[c]).item() for c in (2, 4)
    )
    assert dear > cheap


def test_the_dearer_bits_are_the_fewer_are_spent():
    tables = flat_tables(TINY.latent_channels)
    tables.bias[..., 2] = 512  # the middle one of five is e**2 times as likely as another
    rate, network, image = SoftRate(tables, CPU), tiny_network(), picture()
    first = encode_image(network, image, 4, Precision(CPU))
    spent = []
    for weight in (10, 100, 1000):
        search = SymbolSearch.load(CPU, rounds=3, weights=SearchWeights(rate=weight))
        *_, last = search.improve(network, rate, image, first, Precision(CPU))
        chosen = torch.nn.functional.one_hot(torch.tensor(last.symbols).long(), 5).float()
        spent.append(rate.bits(chosen).item())
    assert spent[0] > spent[1] > spent[2]


def test_without_a_round_the_symbols_are_those_of_the_encoder():
    network, image = tiny_network(), picture()
    first = encode_image(network, image, 4, Precision(CPU))
    steps = list(
        SymbolSearch.load(CPU, rounds=0).improve(network, FLAT, image, first, Precision(CPU))
    )
    assert len(steps) == 1
    assert np.array_equal(steps[0].symbols, first)


def test_a_picture_in_parts_is_improved_part_by_part(search, monkeypatch):
    monkeypatch.setattr("gcdemo.symbol_search.TILE_CELLS", 3)
    monkeypatch.setattr("gcdemo.symbol_search.HALO_CELLS", 1)
    network, image = tiny_network(), picture(90, 130)
    first = encode_image(network, image, 2, Precision(CPU))
    before, changed = first.copy(), []
    for step in search.improve(network, FLAT, image, first, Precision(CPU)):
        rows, columns = np.nonzero((step.symbols != before).any(0))
        changed.append({(y // 3, x // 3) for y, x in zip(rows, columns, strict=True)})
        before = step.symbols.copy()
    assert step.done == step.total == len(changed) == 4 * 6
    # Four looks at each of two rows of three parts, the columns cut as evenly as they go.
    for index, parts in enumerate(changed):
        assert {y for y, _ in parts} <= {index // 12}
    assert len(set().union(*changed)) > 1
    padded = np.pad(image, ((0, 6), (0, 14), (0, 0)), "edge")
    after = difference(search, network, padded, step.symbols)
    assert after < difference(search, network, padded, first)


@pytest.mark.parametrize("tile", [32, 3])
def test_noise_is_that_of_decoding(search, tile, monkeypatch):
    monkeypatch.setattr("gcdemo.symbol_search.TILE_CELLS", tile)
    monkeypatch.setattr("gcdemo.symbol_search.HALO_CELLS", 4)
    network = tiny_network(dataclasses.replace(TINY, noise_channels=2))
    seen, generate = [], network._generate

    def spy(w_hat, code, noise):
        seen.append(noise)
        return generate(w_hat, code, noise)

    monkeypatch.setattr(network, "_generate", spy)
    first = encode_image(network, picture(), 4, Precision(CPU))
    decode_image(network, first, 64, 96, Precision(CPU))
    whole = seen.pop()
    list(search.improve(network, FLAT, picture(), first, Precision(CPU)))
    parts = list(tiles(4, 6, 4, tile))
    assert len(seen) == 4 * len(parts)
    for index, noise in enumerate(seen):
        y, x = parts[index // 4]
        outer = (slice(y.outer_start, y.outer_stop), slice(x.outer_start, x.outer_stop))
        assert torch.equal(noise, whole[..., *outer])


def test_the_symbols_given_stay_as_they_were(search):
    network, image = tiny_network(), picture()
    first = encode_image(network, image, 4, Precision(CPU))
    kept = first.copy()
    list(search.improve(network, FLAT, image, first, Precision(CPU)))
    assert np.array_equal(first, kept)


@pytest.mark.parametrize("size", [(1, 1), (17, 40)])
def test_any_size_is_searched_and_any_decoder_reads_the_file(codecs, size):
    (searching, plain), image = codecs, picture(*size)
    data = searching.encode(image, 3)
    assert unpack(data).header.latent_channels == 3
    assert np.array_equal(plain.decode(data), searching.decode(data))
    assert plain.decode(data).shape == image.shape
    assert searching.name == f"{plain.name}-search"


def test_what_all_of_a_picture_lacks_is_said_by_a_tint(codecs):
    """The tiny network makes gray pictures: what is violet as a whole no symbol can say."""
    searching, plain = codecs
    violet = (picture() // 4 + np.array((130, 20, 190))).astype(np.uint8)
    data = searching.encode(violet, 2)
    assert 0 < describe(data).tint_bytes < 20
    with_tint, without = searching.decode(data), plain.decode(plain.encode(violet, 2))
    off = [
        np.abs((x_hat.astype(int) - violet).mean((0, 1))).max() for x_hat in (with_tint, without)
    ]
    assert off[0] < 5 < 30 < off[1]
    assert np.array_equal(with_tint, plain.decode(data))


def test_the_search_sees_the_tint(search):
    """Symbols are judged by what the decoder will make of them."""
    network, image = tiny_network(), picture()
    first = encode_image(network, image, 4, Precision(CPU))
    levels = np.zeros((len(COSINES), 3), np.int64)
    levels[0] = (90, 0, 0)
    found = [
        list(search.improve(network, FLAT, image, first, Precision(CPU), tint))[-1].symbols
        for tint in (None, Tint(levels, *image.shape[:2]))
    ]
    x_hat = [decode_image(network, s, 64, 96, Precision(CPU)).mean() for s in found]
    assert x_hat[1] < x_hat[0]


def test_progress_is_told_and_the_file_comes_last(codecs):
    searching, plain = codecs
    steps = list(searching.encode_gradually(picture(), 4))
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [bool(step.data) for step in steps] == [False] * (len(steps) - 1) + [True]
    assert [bool(step.data) for step in plain.encode_gradually(picture(), 4)] == [True]


def test_a_budget_holds_for_what_was_searched_too(codecs):
    (searching, plain), image = codecs, picture()
    sizes = [len(plain.encode(image, c)) for c in plain.qualities]
    for budget in range(sizes[0], sizes[-1] + 12, 3):
        data = searching.encode_to_budget(image, budget)
        assert len(data) <= budget
        assert describe(data).latent_channels >= max(2, plain_channels(plain, image, budget) - 1)
    with pytest.raises(InputError):
        searching.encode_to_budget(image, sizes[0] - 1)


def test_a_budget_that_only_searched_symbols_keep_is_kept(codecs, monkeypatch):
    searching, _ = codecs

    def encode(self, image, rate):
        return bytes(10 * rate - (0 if self.search is None else 3))

    monkeypatch.setattr(GenerativeCodec, "encode", encode)
    assert len(searching.encode_to_budget(picture(), 17)) == 17
    with pytest.raises(InputError, match="20"):
        searching.encode_to_budget(picture(), 16)


def plain_channels(plain, image, budget):
    return describe(plain.encode_to_budget(image, budget)).latent_channels
