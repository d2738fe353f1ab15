"""Many raters at once: no error, no vote lost, none counted twice.

GCDEMO_LOAD_RATERS says how many, 200 for the full size; GCDEMO_LOAD_THINK how many seconds each
looks before a vote, 0 for none. `pytest tests/study/test_load.py -m slow -rP` says how long votes
took.
"""

import contextlib
import logging
import os
import random
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from study.crowd import let_vote
from study.fakes import SizedCodec

from gcdemo.study.pack import Recipe, build_pack
from gcdemo.study.store import VoteStore
from tests.ui.conftest import serve

RATERS = int(os.environ.get("GCDEMO_LOAD_RATERS", "24"))
THINK = float(os.environ.get("GCDEMO_LOAD_THINK", "0.2"))
VOTES = 20
SERVERS = {"sqlite": 1, "postgresql": 3}


@pytest.fixture
def pack(tmp_path, make_photo):
    """A pack of 24 pairs of small pictures."""
    for number in range(6):
        photo = Image.fromarray(make_photo(192, 256, seed=number))
        photo.save(tmp_path / f"photo{number}.png")
    ours, rival = SizedCodec("gc", (2, 4, 8)), SizedCodec("bpg", tuple(range(1, 41)))
    paths = sorted(tmp_path.glob("photo*.png"))
    return build_pack(paths, tmp_path / "pack", ours, [rival], Recipe(), "1", rng=random.Random(0))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_vote_of_many_raters_at_once_is_kept_and_kept_once(
    url, pack, tmp_path, repository, monkeypatch, request
):
    monkeypatch.setenv("GCDEMO_DATABASE_URL", url)
    monkeypatch.setenv("GCDEMO_STUDY_PACK", str(pack.folder))
    database = request.node.callspec.params["url"]
    with contextlib.ExitStack() as stack:
        addresses = []
        for number in range(SERVERS[database]):
            folder = tmp_path / f"server{number}"
            folder.mkdir()
            script = Path(__file__).with_name("load_server.py")
            addresses.append(stack.enter_context(serve([script], folder, repository)))
        crowd = let_vote(addresses, RATERS, THINK)
    logging.getLogger(__name__).warning(
        "%d raters, %s, %d servers, %g s: %s", RATERS, database, len(addresses), THINK, crowd
    )

    assert crowd.faults == []
    assert len(crowd.told) == RATERS * VOTES
    with closing(VoteStore(url)) as store:
        kept = store.votes(pack.manifest.pack_hash)
    assert {trial.token: vote.ballot.choice.value for trial, vote in kept} == crowd.told
    assert len(kept) == RATERS * VOTES
    assert set(Counter(trial.rater_id for trial, _ in kept).values()) == {VOTES}
    shown = Counter(trial.pair_id for trial, _ in kept if trial.kind.value == "normal")
    assert max(shown.values()) - min(shown.values()) <= RATERS / 4  # balanced, whoever served
