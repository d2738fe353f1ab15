"""Every vote with all that is known of what it was about: the raw rows, and their export."""

import csv
import dataclasses
import io
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from gcdemo.errors import InputError
from gcdemo.study.manifest import Manifest, Pair
from gcdemo.study.records import Trial, Vote, rater_name, share_of_first
from gcdemo.study.store import VoteStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """One vote: a line of votes.csv and of votes.jsonl."""

    pack: str  # hash
    rater: str  # a name that is made of the rater's id and does not tell it
    number: int  # of the trial within the rater's session, from 1
    kind: str  # normal, check or repeat
    pair: str
    picture: str
    factor: float  # the second's bytes as a multiple of the first's, as asked for
    first_codec: str
    first_setting: str
    first_num_bytes: int
    first_bpp: float
    second_codec: str
    second_setting: str
    second_num_bytes: int
    second_bpp: float
    second_floor: bool  # the codec has no smaller file
    first_side: str  # left or right
    choice: str  # left, right or undecided
    first_share: float  # 1: the first was preferred, 0: the second, 0.5: neither
    response_ms: float
    screen_width: int  # CSS pixels, as all sizes here
    screen_height: int
    viewport_width: int
    viewport_height: int
    pixel_ratio: float
    zooms: int
    flips: int
    screen_check: str  # whether faint patches were seen: see records.ScreenCheck
    attempt: int  # how often the trial had been handed out before
    version: str  # of the program that received the vote
    issued_at: float  # seconds since 1970
    received_at: float


def find_pack(store: VoteStore, beginning: str = "") -> str:
    """Give the hash of the pack whose votes are meant.

    Args:
        store: The database of votes.
        beginning: First digits of the hash; not needed where there is one pack.

    Raises:
        InputError: No pack, or more than one, begins so.
    """
    hashes = [found for found in store.pack_hashes() if found.startswith(beginning)]
    if not hashes:
        raise InputError("The database of votes holds no such study pack.")
    if len(hashes) > 1:
        counts = (f"{found[:12]} ({len(store.votes(found))} votes)" for found in hashes)
        raise InputError(f"There are several study packs; choose one of {', '.join(counts)}.")
    return hashes[0]


def read_answers(store: VoteStore, pack_hash: str) -> list[Answer]:
    """Give every vote on a pack, by rater and in the order of trials.

    A vote on a pair that the pack does not have says nothing of it: it is left out and logged.

    Raises:
        StoreError: The database failed or does not know the pack.
        PackError: Its manifest cannot be read.
    """
    manifest = Manifest.from_json(store.manifest(pack_hash))
    pairs = {pair.id: pair for pair in manifest.pairs}
    votes = store.votes(pack_hash)
    answers = [
        make_answer(pack_hash, pairs[trial.pair_id], trial, vote)
        for trial, vote in votes
        if trial.pair_id in pairs
    ]
    if strangers := len(votes) - len(answers):
        logger.warning("%d votes are on pairs that pack %s does not have.", strangers, pack_hash)
    return answers


def to_csv(rows: Sequence[Answer]) -> str:
    """Give the rows as CSV with a line of names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in dataclasses.fields(Answer)])
    writer.writerows(dataclasses.astuple(row) for row in rows)
    return text.getvalue()


def to_jsonl(rows: Sequence[Answer]) -> str:
    """Give the rows as JSON, one to a line."""
    return "".join(json.dumps(dataclasses.asdict(row)) + "\n" for row in rows)


def make_answer(pack_hash: str, pair: Pair, trial: Trial, vote: Vote) -> Answer:
    """Put together what is known of a vote."""
    ballot = vote.ballot
    return Answer(
        pack=pack_hash,
        rater=rater_name(trial.rater_id),
        number=trial.slot + 1,
        kind=trial.kind.value,
        pair=pair.id,
        picture=pair.picture,
        factor=pair.factor,
        first_codec=pair.first.codec,
        first_setting=pair.first.setting,
        first_num_bytes=pair.first.num_bytes,
        first_bpp=pair.first.bpp,
        second_codec=pair.second.codec,
        second_setting=pair.second.setting,
        second_num_bytes=pair.second.num_bytes,
        second_bpp=pair.second.bpp,
        second_floor=pair.second.floor,
        first_side=trial.first_side.value,
        choice=ballot.choice.value,
        first_share=share_of_first(trial, ballot.choice),
        response_ms=ballot.response_ms,
        screen_width=ballot.screen_width,
        screen_height=ballot.screen_height,
        viewport_width=ballot.viewport_width,
        viewport_height=ballot.viewport_height,
        pixel_ratio=ballot.pixel_ratio,
        zooms=ballot.zooms,
        flips=ballot.flips,
        screen_check=ballot.screen_check.value,
        attempt=trial.attempt,
        version=vote.version,
        issued_at=trial.issued_at,
        received_at=vote.received_at,
    )
