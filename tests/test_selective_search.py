"""Symbols of SC that were looked for: nearer where it counts, and blind to what is dropped."""

import dataclasses

import numpy as np
import pytest
import torch
from tiny_models import (
    NARROW_SELECTIVE,
    TINY_SELECTIVE,
    flat_selective_tables,
    flat_tables,
    tiny_selective_network,
    write_selective_weights,
)

from gcdemo.bitstream.header import Background
from gcdemo.codecs.selective import Regions, SelectiveCodec, describe_selective
from gcdemo.errors import InputError
from gcdemo.search_trunks import seen_by
from gcdemo.selective_checkpoints import load_selective
from gcdemo.selective_search import SC_WEIGHTS, SelectiveSearch, SoftRates
from gcdemo.selective_tiling import Plan, Planes, decode_selective, encode_selective
from gcdemo.symbol_search import difference
from gcdemo.tiling import Precision, to_tensor

CPU = Precision(torch.device("cpu"))
TABLES = flat_selective_tables()
FLAT = SoftRates.of(TABLES.thin, TABLES.details, CPU.device)
BOTH = pytest.mark.parametrize("thin", [True, False], ids=["thin", "synthesised"])


@pytest.fixture(scope="module")
def search():
    return SelectiveSearch.load(CPU.device, rounds=3)


def weighted(**weights):
    return SelectiveSearch.load(
        CPU.device, rounds=3, weights=dataclasses.replace(SC_WEIGHTS, **weights)
    )


def picture(height=64, width=96, seed=0):
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3))
    return np.kron(small, np.ones((8, 8, 1)))[:height, :width].astype(np.uint8)


def plan_of(image, thin, seed=0):
    rows, columns = (2 * -(-side // 16) for side in image.shape[:2])
    rng = np.random.default_rng(seed)
    kept = np.zeros((rows, columns), bool)
    kept[: rows // 2 + 1, columns // 3 :] = True
    return Plan(kept, rng.integers(0, 11, kept.shape).astype(np.uint8), thin)


def improved(search, network, image, plan, rates=FLAT, channels=2, details=4):
    first = encode_selective(network, image, plan, channels, details, CPU)
    steps = list(search.improve(network, rates, image, plan, first, CPU))
    return first, steps


def error_in(search, network, image, plan, planes, cells):
    """How far the picture that comes back is from the photo there, as the search judges it."""
    x_hat = decode_selective(network, planes, plan, *image.shape[:2], CPU)
    where = np.kron(cells, np.ones((8, 8), np.float32))[: image.shape[0], : image.shape[1]]
    weight = torch.from_numpy(where)[None, None]
    x, x_hat = (to_tensor(each, CPU.device) * weight for each in (image, x_hat))
    real = seen_by(search._trunks, x)
    return difference(search._trunks, x, x_hat, real, places=weight).item()


@BOTH
def test_what_is_found_is_nearer_where_it_counts(search, thin):
    gains = []
    for seed in range(3):
        network, image = tiny_selective_network(seed=seed), picture(seed=seed)
        plan = plan_of(image, thin)
        first, steps = improved(search, network, image, plan)
        assert steps[-1].done == steps[-1].total == len(steps) == 4
        counts = np.ones_like(plan.kept) if thin else plan.kept
        before, after = (
            error_in(search, network, image, plan, planes, counts)
            for planes in (first, steps[-1].planes)
        )
        gains.append(before - after)
    assert min(gains) >= 0
    assert max(gains) > 0


@BOTH
def test_cells_that_are_not_stored_stay_empty(search, thin):
    network, image = tiny_selective_network(), picture()
    plan = plan_of(image, thin)
    first, steps = improved(search, network, image, plan)
    last = steps[-1].planes
    assert not np.array_equal(last.details, first.details)
    assert not last.details[:, ~plan.kept].any()
    assert not last.thin[:, ~plan.stored].any()
    for before, after in zip(first, last, strict=True):
        assert after.dtype == np.uint8
        assert after.shape == before.shape
        assert after.max() <= 4


def test_dropped_pixels_change_no_symbol(search):
    network, image = tiny_selective_network(), picture()
    plan = plan_of(image, thin=False)
    dropped = ~np.kron(plan.kept, np.ones((8, 8), bool))
    other = np.where(dropped[..., None], 255 - image, image)
    one, two = (improved(search, network, each, plan)[1][-1].planes for each in (image, other))
    assert np.array_equal(one.details, two.details)
    assert np.array_equal(one.thin, two.thin)


def test_of_a_thin_picture_what_is_kept_counts_more():
    network, image = tiny_selective_network(), picture(96, 96)
    plan = plan_of(image, thin=True)
    errors = {}
    for weight in (1.0, 300.0):
        search = weighted(kept=weight)
        last = improved(search, network, image, plan)[1][-1].planes
        errors[weight] = [
            error_in(search, network, image, plan, last, c) for c in (plan.kept, ~plan.kept)
        ]
    assert errors[300.0][0] < errors[1.0][0]
    assert errors[300.0][1] > errors[1.0][1]


def test_the_dearer_bits_are_the_fewer_are_spent():
    tables = flat_tables(TINY_SELECTIVE.detail_channels)
    tables.bias[..., 2] = 512  # the middle one of five is e**2 times as likely as another
    rates = SoftRates.of(TABLES.thin, tables, CPU.device)
    network, image = tiny_selective_network(), picture()
    plan, middles = plan_of(image, thin=False), []
    for weight in (0, 10_000):
        last = improved(weighted(rate=weight), network, image, plan, rates)[1][-1].planes
        middles.append((last.details[:, plan.kept] == 2).mean())
    assert middles[0] < middles[1]


def test_networks_without_a_thin_latent_are_searched_too(search):
    tables = flat_selective_tables(NARROW_SELECTIVE)
    rates = SoftRates.of(tables.thin, tables.details, CPU.device)
    network, image = tiny_selective_network(NARROW_SELECTIVE), picture()
    plan = plan_of(image, thin=False)
    first, steps = improved(search, network, image, plan, rates, channels=1)
    last = steps[-1].planes
    assert not last.thin.any()
    assert not np.array_equal(last.details, first.details)
    errors = [error_in(search, network, image, plan, p, plan.kept) for p in (first, last)]
    assert errors[1] < errors[0]


def test_with_nothing_stored_there_is_nothing_to_look_for(search):
    network, image = tiny_selective_network(), picture()
    plan = plan_of(image, thin=False)
    nothing = Plan(np.zeros_like(plan.kept), plan.labels, thin=False)
    assert improved(search, network, image, nothing)[1] == []


def test_a_picture_in_parts_is_improved_part_by_part(search, monkeypatch):
    monkeypatch.setattr("gcdemo.selective_search.TILE_CELLS", 3)
    monkeypatch.setattr("gcdemo.selective_search.HALO_CELLS", 1)
    network, image = tiny_selective_network(), picture(90, 130)
    plan = plan_of(image, thin=False)
    first, steps = improved(search, network, image, plan)
    parts = sum(
        plan.stored[y : y + 3, x : x + 3].any() for y in range(0, 6, 3) for x in range(0, 9, 3)
    )
    assert steps[-1].done == steps[-1].total == len(steps) == 4 * parts
    before = error_in(search, network, image, plan, first, plan.kept)
    assert error_in(search, network, image, plan, steps[-1].planes, plan.kept) < before


def test_the_symbols_given_stay_as_they_were(search):
    network, image = tiny_selective_network(), picture()
    plan = plan_of(image, thin=True)
    first = encode_selective(network, image, plan, 2, 4, CPU)
    copy = Planes(first.thin.copy(), first.details.copy())
    list(search.improve(network, FLAT, image, plan, first, CPU))
    assert np.array_equal(first.thin, copy.thin)
    assert np.array_equal(first.details, copy.details)


@pytest.fixture
def codecs(tmp_path, search):
    """Two of the same weights: one that searches and one that does not."""
    loaded = load_selective(write_selective_weights(tmp_path / "w.safetensors"))
    return SelectiveCodec(loaded, CPU, search), SelectiveCodec(loaded, CPU)


def regions_of(image, background, share=0.5):
    height, width = image.shape[:2]
    kept = np.zeros((height, width), bool)
    kept[: round(height * share)] = True
    return Regions(kept, background, np.ones((height, width), np.uint8))


@pytest.mark.parametrize("background", list(Background))
@pytest.mark.parametrize("size", [(1, 1), (17, 40)])
def test_any_size_is_searched_and_any_decoder_reads_the_file(codecs, size, background):
    (searching, plain), image = codecs, picture(*size)
    data = searching.encode(image, regions_of(image, background), 3)
    one, two = searching.decode(data), plain.decode(data)
    assert np.array_equal(one.image, two.image)
    assert one.image.shape == image.shape


def test_progress_is_told_and_the_file_comes_last(codecs):
    searching, plain = codecs
    image = picture()
    regions = regions_of(image, Background.THIN)
    steps = list(searching.encode_gradually(image, regions, 4))
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [bool(step.data) for step in steps] == [False] * (len(steps) - 1) + [True]
    assert [bool(step.data) for step in plain.encode_gradually(image, regions, 4)] == [True]
    assert steps[-1].data == searching.encode(image, regions, 4)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_budget_holds_for_what_was_searched_too(codecs, share):
    (searching, plain), image = codecs, picture()
    regions = regions_of(image, Background.THIN, share)
    sizes = [len(plain.encode(image, regions, rate)) for rate in plain.qualities]
    for budget in range(sizes[0], sizes[-1] + 12, 5):
        data, quick = (c.encode_to_budget(image, regions, budget) for c in (searching, plain))
        assert len(data) <= budget
        one, two = describe_selective(data), describe_selective(quick)
        assert one.detail_channels == two.detail_channels
        assert one.thin_channels == two.thin_channels
    with pytest.raises(InputError):
        searching.encode_to_budget(image, regions, 20)


def test_a_budget_that_only_searched_symbols_keep_is_kept(codecs, monkeypatch):
    searching, _ = codecs
    regions = regions_of(picture(), Background.THIN)

    def encode(self, image, regions, rate):
        return bytes(10 * rate - (0 if self.search is None else 3))

    monkeypatch.setattr(SelectiveCodec, "encode", encode)
    assert len(searching.encode_to_budget(picture(), regions, 17)) == 17
    with pytest.raises(InputError, match="20"):
        searching.encode_to_budget(picture(), regions, 16)
