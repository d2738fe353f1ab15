"""Votes in memory: a thousand raters in the time that a database takes for ten."""

from collections import defaultdict

from gcdemo.study.records import Rater, Side, Tally, Trial, Vote
from gcdemo.study.store import Answered


class MemoryStore:
    """What StudyService and the analysis ask of VoteStore, without its refusals."""

    def __init__(self):
        self.packs, self.raters, self.trials, self.cast = {}, {}, defaultdict(list), {}
        self.shown = defaultdict(lambda: defaultdict(Tally))
        self.by_token = {}

    def add_pack(self, pack_hash, manifest):
        self.packs[pack_hash] = manifest

    def pack_hashes(self):
        return list(self.packs)

    def manifest(self, pack_hash):
        return self.packs[pack_hash]

    def add_rater(self, pack_hash, plan):
        rater = Rater(f"rater-{len(self.raters):04d}", pack_hash, tuple(plan), 0.0)
        self.raters[rater.id] = rater
        return rater

    def rater(self, rater_id):
        return self.raters.get(rater_id)

    def issue(self, rater, slot, attempt, pair_id, kind, first_side):
        token = f"token-{len(self.by_token)}"
        trial = Trial(token, rater.id, slot, attempt, pair_id, kind, first_side, 0.0)
        self.trials[rater.id].append(trial)
        self.by_token[token] = trial
        tallies = self.shown[rater.pack_hash, kind]
        old = tallies[pair_id]
        on_left = first_side is Side.LEFT
        tallies[pair_id] = Tally(old.left + on_left, old.right + (not on_left))
        return trial

    def is_open(self, trial):
        return True

    def record(self, token, ballot, version):
        self.cast[token] = Vote(ballot, version, 0.0)
        return Answered(self.by_token[token], self.cast[token])

    def history(self, rater_id):
        return [Answered(trial, self.cast.get(trial.token)) for trial in self.trials[rater_id]]

    def votes(self, pack_hash):
        return [
            (trial, self.cast[trial.token])
            for rater in self.raters.values()
            if rater.pack_hash == pack_hash
            for trial in self.trials[rater.id]
            if trial.token in self.cast
        ]

    def vote_state(self, pack_hash):
        return len(self.votes(pack_hash)), 0.0

    def trial(self, token):
        return self.by_token.get(token)

    def pack_of(self, token):
        trial = self.by_token.get(token)
        return self.raters[trial.rater_id].pack_hash if trial else None

    def tallies(self, pack_hash, kind):
        return dict(self.shown[pack_hash, kind])
