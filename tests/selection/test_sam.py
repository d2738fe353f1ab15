"""Segment Anything's loading and answering, with a small network from a hub on this machine."""

import io
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from segment_anything import SamPredictor
from selection.small_sam import SIDE, checkpoint_of, model_of

from gcdemo.errors import CheckpointError, InputError
from gcdemo.selection.base import Box, Point, Prompt
from gcdemo.selection.hub import fetch
from gcdemo.selection.sam import VIT_B, SamModel, SamSelector

CLICK = Prompt((Point(10, 8),))


@pytest.fixture
def model(small_file):
    return model_of(small_file)


@pytest.fixture
def selector(model, environment):
    """The small network, fetched from the hub."""
    fetch(model.checkpoint, lambda done, total: None, environment)
    return SamSelector(model, "cpu", environment)


@pytest.fixture
def encodings(selector):
    """Grows by one with every picture that is encoded."""
    selector.load()
    counted = []
    selector._loaded().image_encoder.register_forward_hook(lambda *_: counted.append(1))
    return counted


def test_from_hub_to_mask(selector, make_photo):
    assert selector.available() is None
    image = make_photo(40, 56)
    mask = selector.select(image, CLICK)
    assert mask.dtype == np.bool_
    assert mask.shape == (40, 56)


def test_it_answers_what_the_package_answers(selector, make_photo):
    image = make_photo(48, 80)
    network = selector._loaded()
    predictor = SamPredictor(network)
    predictor.set_image(image)
    for point in (Point(10, 8), Point(70, 40), Point(0, 0)):
        masks, sureness, _ = predictor.predict(
            np.array([[point.x + 0.5, point.y + 0.5]]), np.array([1])
        )
        mask = selector.select(image, Prompt((point,)))
        assert (mask == masks[sureness.argmax()]).all()
    masks, _, _ = predictor.predict(box=np.array([5, 6, 40, 30]), multimask_output=False)
    assert (selector.select(image, Prompt(box=Box(5, 6, 40, 30))) == masks[0]).all()


def test_a_picture_is_encoded_once_however_often_it_is_clicked(selector, encodings, make_photo):
    image = make_photo(40, 56)
    selector.prepare(image)
    for x in range(0, 50, 10):
        selector.select(image.copy(), Prompt((Point(x, 5), Point(x + 1, 9, False))))
    selector.find_objects(image)
    assert len(encodings) == 1
    selector.select(make_photo(40, 56, seed=1), CLICK)
    assert len(encodings) == 2


def test_threads_that_ask_at_once_encode_once_and_agree(selector, encodings, make_photo):
    image = make_photo(40, 56)
    together = threading.Barrier(4, timeout=30)

    def run():
        together.wait()
        return selector.select(image, CLICK)

    with ThreadPoolExecutor(4) as pool:
        masks = [future.result() for future in [pool.submit(run) for _ in range(4)]]
    assert len(encodings) == 1
    assert all((mask == masks[0]).all() for mask in masks)


def test_embeddings_are_kept_within_their_bound(selector, make_photo):
    for seed in range(40):
        selector.prepare(make_photo(16, 16, seed=seed))
    assert len(selector._embeddings) == 32


def test_found_objects_have_the_pictures_size(selector, make_photo, monkeypatch):
    # Random weights are sure of nothing, so nothing is asked of their sureness.
    from segment_anything import SamAutomaticMaskGenerator

    def lenient(network, **settings):
        return SamAutomaticMaskGenerator(
            network, **settings, pred_iou_thresh=-1e9, stability_score_thresh=0.0
        )

    monkeypatch.setattr("gcdemo.selection.sam.SamAutomaticMaskGenerator", lenient)
    found = selector.find_objects(make_photo(40, 56))
    assert len(found) >= 1
    assert all(mask.shape == (40, 56) for mask in found)
    areas = [int(mask.sum()) for mask in found]
    assert areas == sorted(areas, reverse=True)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (SIDE, SIDE)])
def test_pictures_of_every_shape_can_be_clicked(selector, make_photo, shape):
    prompt = Prompt((Point(shape[1] - 1, shape[0] - 1),))
    assert selector.select(make_photo(*shape), prompt).shape == shape


def test_a_hostile_prompt_is_refused_before_anything_is_loaded(model, tmp_path, make_photo):
    selector = SamSelector(model, environment={"GCDEMO_HOME": str(tmp_path)})
    with pytest.raises(InputError):
        selector.select(make_photo(40, 56), Prompt((Point(56, 0),)))


def test_without_a_checkpoint_it_says_so_and_fetches_nothing(hub, model, environment, make_photo):
    selector = SamSelector(model, "cpu", environment)
    assert "small.pth" in selector.available()
    with pytest.raises(CheckpointError, match="not on this machine"):
        selector.prepare(make_photo(40, 56))
    assert hub.asked == []


def load_from(path, data, build):
    path.write_bytes(data)
    model = SamModel(checkpoint_of(data), build)
    SamSelector(model, "cpu", {"GCDEMO_SAM": str(path)}).load()


def test_an_altered_checkpoint_is_refused_and_remembered(selector, environment, make_photo):
    path = fetch(selector._model.checkpoint, None, environment)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert selector.available() is None  # nobody has looked yet
    with pytest.raises(CheckpointError, match="SHA-256"):
        selector.prepare(make_photo(40, 56))
    assert "SHA-256" in selector.available()


class Bomb:
    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return open, (str(self.trace), "w")


def test_a_checkpoint_that_would_run_code_is_refused_and_runs_none(model, tmp_path):
    trace = tmp_path / "it ran"
    with pytest.raises(CheckpointError):
        load_from(tmp_path / "bomb", pickle.dumps(Bomb(trace), protocol=2), model.build)
    buffer = io.BytesIO()
    torch.save({"weight": Bomb(trace)}, buffer)
    with pytest.raises(CheckpointError):
        load_from(tmp_path / "bomb", buffer.getvalue(), model.build)
    assert not trace.exists()


def test_weights_of_another_network_are_refused(model, tmp_path):
    buffer = io.BytesIO()
    torch.save({"weight": torch.zeros(3)}, buffer)
    with pytest.raises(CheckpointError, match="does not fit"):
        load_from(tmp_path / "other", buffer.getvalue(), model.build)


def test_the_released_network_has_the_size_of_its_checkpoint():
    with torch.device("meta"):
        network = VIT_B.build()
    values = sum(value.numel() for value in network.state_dict().values())
    # float32; the rest of the file is names and a table of contents.
    assert 0 < VIT_B.checkpoint.file.num_bytes - 4 * values < 200_000


@pytest.mark.gpu
def test_the_encoder_runs_on_the_gpu_and_clicks_on_the_cpu(model, environment, make_photo):
    fetch(model.checkpoint, None, environment)
    selector = SamSelector(model, "cuda", environment)
    image = make_photo(40, 56)
    selector.prepare(image)
    network = selector._loaded()
    assert next(network.image_encoder.parameters()).is_cuda
    assert not next(network.mask_decoder.parameters()).is_cuda
    on_cpu = SamSelector(model, "cpu", environment).select(image, CLICK)
    assert (selector.select(image, CLICK) == on_cpu).mean() > 0.99
