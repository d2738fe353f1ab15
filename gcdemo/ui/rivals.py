"""RivalPicker: which codecs stand beside ours, and with how many times our bytes."""

from collections.abc import Sequence

from gcdemo.codecs.base import Codec
from gcdemo.errors import InputError
from gcdemo.ui.component import Component, Untyped
from gcdemo.ui.context import FACTORS
from gcdemo.ui.view import RivalChoice


class RivalPicker(Component):
    """Chooses rivals; `chosen` fires on a change. Handlers get a `RivalChoice`."""

    part = "rivals"
    script_events = ("chosen",)

    def __init__(self, rivals: Sequence[Codec], first: Sequence[str], **settings: Untyped) -> None:
        """Build it.

        Args:
            rivals: In the order of display; without any it is left out of the page.
            first: Names of those chosen from the start.
            settings: Of `gr.HTML`, as elem_id.
        """
        self.rivals = [
            {"name": codec.name, "label": codec.label, "reason": codec.available() or ""}
            for codec in rivals
        ]
        self._names = [codec.name for codec in rivals]
        super().__init__(
            RivalChoice(tuple(first), FACTORS[0]),
            visible=bool(rivals),
            **{"rivals": self.rivals, "factors": list(FACTORS), **settings},
        )

    def to_page(self, value: RivalChoice) -> dict[str, Untyped]:
        """Give the script a choice."""
        return {"names": list(value.names), "factor": value.factor, "scaled": value.scaled}

    def from_page(self, payload: Untyped) -> RivalChoice:
        """Check what a browser sent.

        Raises:
            InputError: It is no choice that the page offers.
        """
        match payload:
            case {"names": list(names), "factor": int() | float() as times, "scaled": bool(scaled)}:
                known = [name for name in self._names if name in names]
                if len(known) == len(names) and times in FACTORS:
                    return RivalChoice(tuple(known), float(times), scaled)
        raise InputError("That choice of codecs is not one that this page offers.")
