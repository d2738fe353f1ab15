"""Every error of the user study; like all of gcdemo's, each message is shown as it stands.

GCDemoError
└─ StudyError
   ├─ PackError        a study pack cannot be built or read
   ├─ StoreError       the database of votes cannot be used
   └─ VoteRefused      a vote is not counted
      ├─ UnknownTrial  this study never showed what it is about
      ├─ AlreadyVoted  the trial has its vote
      ├─ LateVote      the trial is over, or another was shown in its place
      └─ InvalidBallot what was sent makes no sense
"""

from gcdemo.errors import GCDemoError


class StudyError(GCDemoError):
    """Base of the user study's errors."""


class PackError(StudyError):
    """A study pack cannot be built, is damaged, or was made by a newer program."""


class StoreError(StudyError):
    """The database of votes cannot be reached, used or understood."""


class VoteRefused(StudyError):
    """The vote is not counted; the rater's session can go on."""


class UnknownTrial(VoteRefused):
    """The study never handed out this trial, or its rater's data was deleted."""


class AlreadyVoted(VoteRefused):
    """There is a vote on this trial."""


class LateVote(VoteRefused):
    """The trial was handed out too long ago, or handed out anew."""


class InvalidBallot(VoteRefused):
    """A value is missing, of the wrong kind, or out of range."""
