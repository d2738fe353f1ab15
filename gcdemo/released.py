"""The weights that we ship, and how a coded file names those it was made with."""

from dataclasses import dataclass

from gcdemo.errors import WrongModel

# Weights that are not in the table below carry this id: only their hash tells them apart.
CUSTOM_ID = 0


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Weights that we ship."""

    id: int  # in every file; written by hand and never used again for other networks
    name: str
    label: str
    file: str  # in the folder of weights
    sha256: str


MODELS: tuple[ModelRecord, ...] = (
    ModelRecord(
        1,
        "gc",
        "GC",
        "gc.safetensors",
        "de443ad1accafff0019e7750135fc2e1224f6cb2a44e23c24fa31ba653a5da61",
    ),
    ModelRecord(
        2,
        "gc-mse",
        "GC, MSE only",
        "gc-mse.safetensors",
        "9265dd8c98dae100e4da50fbebd0720ed67b0745fb212a8ab31845ec71e5364b",
    ),
    ModelRecord(
        3,
        "sc",
        "SC",
        "sc.safetensors",
        "93c594809ccc41685dea3feff44bb52b0516c9f832f563f29eb7a83bc3f35b76",
    ),
)


@dataclass(frozen=True, slots=True)
class WeightsId:
    """Which weights some networks have."""

    model_id: int
    name: str
    label: str  # what people call them
    sha256: str  # of the weight file, hexadecimal

    @classmethod
    def of(cls, stem: str, sha256: str, record: ModelRecord | None) -> "WeightsId":
        """Give that of a weight file: what its record says, else what the file is called."""
        if record is None:
            return cls(CUSTOM_ID, stem, stem, sha256)
        return cls(record.id, record.name, record.label, sha256)

    @property
    def weight_hash(self) -> bytes:
        """The first two bytes of the weight file's hash, as every coded file states them."""
        return bytes.fromhex(self.sha256[:4])

    def check(self, model_id: int, weight_hash: bytes) -> None:
        """Check that a coded file asks for these weights.

        Raises:
            WrongModel: It asks for others.
        """
        if (model_id, weight_hash) == (self.model_id, self.weight_hash):
            return
        if model_id != CUSTOM_ID:
            model_name_for(model_id, weight_hash)  # which knows to say more of what is not here
        raise WrongModel(
            f"The file was made with other weights ({weight_hash.hex()}) than "
            f"{self.name} ({self.weight_hash.hex()})."
        )


def find_record(name: str) -> ModelRecord | None:
    """Give the shipped model of that name, or None."""
    return next((record for record in MODELS if record.name == name), None)


def model_name_for(model_id: int, weight_hash: bytes) -> str:
    """Give the name of the shipped model that a coded file asks for.

    Raises:
        WrongModel: It asks for weights that were not shipped with this version.
    """
    for record in MODELS:
        if record.id == model_id and record.sha256.startswith(weight_hash.hex()):
            return record.name
    known = [record.name for record in MODELS if record.id == model_id]
    if known:
        raise WrongModel(
            f"The file was made with other weights of the model {known[0]} "
            f"(they begin with {weight_hash.hex()}) than the ones installed here."
        )
    raise WrongModel(
        f"The file was made with weights that are not shipped ({weight_hash.hex()}); "
        "name their file to read it."
    )


def known_name(model_id: int, weight_hash: bytes) -> str:
    """Give the name of the shipped model that a coded file asks for; "" where it is not ours."""
    try:
        return model_name_for(model_id, weight_hash)
    except WrongModel:
        return ""
