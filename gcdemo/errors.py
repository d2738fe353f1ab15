"""Every error gcdemo raises on purpose; each message is a sentence a person can act on.

GCDemoError
├─ InputError             the person's picture or choice cannot be used
├─ BitstreamError         a compressed file cannot be read
│  ├─ NotOurFormat        it is some other kind of file
│  ├─ UnsupportedVersion  it is of a version or kind that is not read here
│  ├─ Truncated           it ends too early
│  ├─ Corrupt             its bytes are damaged or contradict each other
│  └─ WrongModel          it needs weights that are not here
├─ CodecError             a codec failed on good input
│  ├─ CodecUnavailable    its library is missing
│  └─ CodecFailed         its library reported a failure
├─ CheckpointError        weights are missing, altered or do not fit
└─ TrainingError          training cannot start or go on
"""


class GCDemoError(Exception):
    """Base of every error that is shown to a person as it stands."""


class InputError(GCDemoError):
    """The person's picture or choice cannot be used."""


class BitstreamError(GCDemoError):
    """A compressed file cannot be read."""


class NotOurFormat(BitstreamError):
    """The data is some other kind of file."""


class UnsupportedVersion(BitstreamError):
    """The file is of a version or a kind of its format that this program does not read."""


class Truncated(BitstreamError):
    """The file ends before it should."""


class Corrupt(BitstreamError):
    """The file's bytes are damaged, cut short or contradict each other."""


class WrongModel(BitstreamError):
    """The file was made with weights that are not here."""


class CodecError(GCDemoError):
    """A codec failed on input that is good."""


class CodecUnavailable(CodecError):
    """The library behind a codec is not installed or lacks the format."""


class CodecFailed(CodecError):
    """The library behind a codec reported a failure."""


class CheckpointError(GCDemoError):
    """Weights are missing, were altered, or do not fit the network."""


class TrainingError(GCDemoError):
    """Training cannot start or cannot go on."""
