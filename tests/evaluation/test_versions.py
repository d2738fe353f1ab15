import pytest
from PIL import features

from gcdemo.codecs.generative import GenerativeCodec
from gcdemo.codecs.registry import RIVALS, rival
from gcdemo.errors import InputError
from gcdemo.evaluation.versions import (
    PACKAGES,
    Environment,
    codec_version,
    current_environment,
    package_versions,
)
from tests.evaluation.fakes import environment


def test_what_is_here_is_read_as_it_was_written():
    here = current_environment("gc", {"gc": "weights 00"}, {"d10": "00"}, "cpu")
    assert Environment.from_json(here.to_json()) == here
    assert here.merged(here) == here


def test_the_packages_that_make_numbers_are_named_without_their_builds():
    versions = package_versions()
    assert {"torch", "numpy", "pillow"} <= set(versions) <= set(PACKAGES)
    assert not any("+" in version for version in versions.values())


def test_every_codec_that_runs_here_says_what_makes_its_files():
    found = {codec.name: codec_version(codec) for codec in RIVALS if codec.available() is None}
    assert len(set(found.values())) == len(found)
    assert all(any(letter.isdigit() for letter in version) for version in found.values())
    assert "None" not in " ".join(found.values())
    assert features.version("webp") in codec_version(rival("webp"))


def test_our_codecs_are_told_by_their_weights(tmp_path):
    import torch
    from tiny_models import write_weights

    from gcdemo.checkpoints import load_model
    from gcdemo.tiling import Precision

    loaded = load_model(write_weights(tmp_path / "w.safetensors"))
    codec = GenerativeCodec(loaded, Precision(torch.device("cpu")))
    assert codec_version(codec) == f"weights {loaded.weights.sha256[:12]}"


def test_the_message_says_what_differs():
    with pytest.raises(InputError, match="made with torch 2, and now it is 3"):
        environment(packages={"torch": "3"}).merged(environment())


def test_what_only_one_side_has_is_no_difference():
    merged = environment(codecs={"jpeg": "1"}, machines=("two",)).merged(environment())
    assert merged.codecs == {"coarse": "1", "jpeg": "1"}
    assert merged.machines == ("one", "two")


def test_a_metric_that_was_not_known_was_absent():
    before = environment()
    assert environment(metrics={"d10": "0123", "lpips_vgg": "absent"}).merged(before)
    with pytest.raises(InputError, match="made with lpips_vgg absent, and now it is 4567"):
        environment(metrics={"d10": "0123", "lpips_vgg": "4567"}).merged(before)
