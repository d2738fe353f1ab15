"""Training data: deterministic crops, broken files, shards."""

import logging

import numpy as np
import pytest
import torch
from PIL import Image

from gcdemo.config import TrainConfig
from gcdemo.errors import TrainingError
from gcdemo.training.data import (
    BatchSource,
    Picture,
    cut_crop,
    draw_box,
    draw_channels,
    picture_weights,
    read_pictures,
)

CONFIG = TrainConfig(crop=32, batch=3)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(5):
        pixels = rng.integers(0, 256, (48 + index, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"p{index}.png")
    return folder


def source(folder, **changes):
    return BatchSource(read_pictures([folder], 32), CONFIG, 16, nested_rates=True, **changes)


def test_a_batch_is_a_function_of_seed_rank_and_index(folder):
    one, two = source(folder), source(folder)
    for index in (7, 3, 7):
        assert torch.equal(one.batch(index).x, two.batch(index).x)
        assert torch.equal(one.batch(index).channels, two.batch(index).channels)
    assert not torch.equal(one.batch(3).x, one.batch(7).x)
    assert not torch.equal(one.batch(3).x, source(folder, rank=1).batch(3).x)


def test_noise_is_a_function_of_seed_rank_and_index_too(folder):
    one, two = (source(folder, noise_channels=5) for _ in range(2))
    assert one.batch(7).noise.shape == (3, 5, 2, 2)
    assert torch.equal(one.batch(7).noise, two.batch(7).noise)
    assert not torch.equal(one.batch(7).noise, one.batch(8).noise)
    assert torch.equal(one.batch(7).x, source(folder).batch(7).x)
    assert source(folder).batch(7).noise is None


def test_the_stream_begins_where_it_is_asked_to(folder):
    stream = source(folder).batches(first=11)
    expected = source(folder)
    for index in (11, 12, 13):
        assert torch.equal(next(stream).x, expected.batch(index).x)
    stream.close()


def test_a_batch_has_the_range_of_the_networks(folder):
    batch = source(folder).batch(0)
    assert batch.x.shape == (3, 3, 32, 32)
    assert batch.x.min() >= -1
    assert batch.x.max() <= 1
    assert batch.x.std() > 0.1


def test_broken_files_are_reported_by_name_and_left_out(folder, caplog):
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    (folder / "text.jpg").write_text("hello")
    Image.new("RGB", (8, 8)).save(folder / "small.png")
    (folder / "notes.txt").write_text("not a picture")
    with caplog.at_level(logging.WARNING):
        pictures = read_pictures([folder], 32)
    assert [p.name for p in pictures] == [f"p{i}.png" for i in range(5)]
    assert all(name in caplog.text for name in ("broken.png", "text.jpg", "small.png"))
    assert "notes.txt" not in caplog.text


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="No usable"):
        read_pictures([tmp_path], 32)
    with pytest.raises(TrainingError, match="There is no"):
        read_pictures([tmp_path / "absent"], 32)


def test_rules_weigh_pictures_by_the_start_of_their_name():
    pictures = [Picture(name, np.zeros((1, 1, 3), np.uint8)) for name in ("a1", "a2", "b1")]
    assert picture_weights(pictures, ["a=3"]).tolist() == pytest.approx([3 / 7, 3 / 7, 1 / 7])
    with pytest.raises(TrainingError, match="prefix=weight"):
        picture_weights(pictures, ["a:3"])


@pytest.mark.parametrize("shape", [(32, 32), (33, 200), (200, 33), (400, 300)])
def test_a_crop_has_its_size_whatever_the_picture(shape):
    rng = np.random.default_rng(0)
    image = np.arange(shape[0] * shape[1] * 3, dtype=np.uint32).astype(np.uint8)
    for _ in range(20):
        box = draw_box(*shape, 32, 0.5, rng)
        assert cut_crop(image.reshape(*shape, 3), box, 32).shape == (32, 32, 3)


def test_a_crop_at_full_size_holds_the_pictures_own_colors():
    image = np.full((64, 64, 3), (10, 200, 90), np.uint8)
    crop = cut_crop(image, draw_box(64, 64, 32, 0.5, np.random.default_rng(0)), 32)
    assert np.unique(crop.reshape(-1, 3), axis=0).tolist() == [[10, 200, 90]]


def test_published_rates_are_drawn_most_often_and_others_too():
    drawn = draw_channels(np.random.default_rng(0), 4000, 16)
    share = np.isin(drawn, (2, 4, 8, 16)).mean()
    assert 0.75 < share < 0.9
    assert set(drawn) == set(range(2, 17))


def test_label_maps_are_cut_like_their_pictures():
    ids = np.zeros((60, 80), np.uint8)
    ids[:, 40:] = 3
    unlabelled = Picture("b.png", np.zeros((64, 64, 3), np.uint8))
    pictures = [Picture("a.png", np.dstack([ids * 80] * 3), ids), unlabelled]
    config = TrainConfig(crop=32, batch=8, label_classes=4)
    batch = BatchSource(pictures, config, 16, nested_rates=True).batch(0)
    bright = batch.x.mean(dim=1) > 0
    assert batch.labels.unique().tolist() == [0, 3]
    assert (bright == (batch.labels == 3)).float().mean() > 0.97
