"""The base of our own components: HTML, CSS and plain JavaScript from `static`."""

from abc import ABCMeta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import gradio as gr
from gradio.component_meta import ComponentMeta, updateable

STATIC = Path(__file__).parent / "static"

Untyped: TypeAlias = Any
"""A value at Gradio's edge: whatever a browser sends, or Gradio asks for."""


@cache
def static_text(name: str) -> str:
    """Give the text of a file in `static`."""
    return (STATIC / name).read_text(encoding="utf-8")


class QuietMeta(ComponentMeta):
    """Gradio's metaclass for components, without the type stubs it writes beside each source."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Untyped]
    ) -> "QuietMeta":
        """Make the class; its constructor's arguments are recorded for updates of single props."""
        if "__init__" in namespace:
            build = updateable(namespace["__init__"])  # type: ignore[no-untyped-call]
            namespace["__init__"] = build
        return ABCMeta.__new__(cls, name, bases, namespace)


class Component(gr.HTML, metaclass=QuietMeta):
    """A component whose page part lies in `static` under one name.

    The HTML never depends on a value: the script owns what it draws, and writes text only as
    text, so no name or message of a person can become markup.
    """

    part: ClassVar[str]
    """Name of the HTML, CSS and JS files."""

    scripts: ClassVar[tuple[str, ...]] = ()
    """Names of the JS files instead, where they are several; they are run as one text."""

    script_events: ClassVar[tuple[str, ...]] = ()
    """What the script triggers; each is bound as `component.event(function, ...)`."""

    def __init__(self, value: Untyped = None, **settings: Untyped) -> None:
        """Build it.

        Args:
            value: As the subclass's `to_page` takes it.
            settings: Of `gr.HTML`, as elem_id; any other is what the script reads as a prop.
        """
        super().__init__(
            value,
            html_template=static_text(f"{self.part}.html"),
            css_template=static_text(f"{self.part}.css"),
            js_on_load=self.script_text(),
            apply_default_css=False,
            **settings,
        )

    @classmethod
    def script_text(cls) -> str:
        """Give the whole script."""
        return "\n".join(static_text(f"{name}.js") for name in cls.scripts or (cls.part,))

    def __getattr__(self, name: str) -> Untyped:
        """Give the binder of an event; any other word quoted in the script stays a mere word."""
        if name in type(self).script_events:
            return super().__getattr__(name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def preprocess(self, payload: Untyped) -> Untyped:
        """Give a handler what the script holds, through `from_page`."""
        return self.from_page(payload)

    def postprocess(self, value: Untyped) -> Untyped:
        """Give the script what a handler returned, through `to_page`."""
        return self.to_page(value)

    def from_page(self, payload: Untyped) -> Untyped:
        """Turn what the script holds into what handlers take; subclasses say what that is."""
        return payload

    def to_page(self, value: Untyped) -> Untyped:
        """Turn what handlers return into what the script reads; subclasses say what that is."""
        return value

    def api_info(self) -> dict[str, Untyped]:
        """Give the type of its value for the API's documentation."""
        return {"type": "object"}

    def example_payload(self) -> None:
        """Give no example: these components are not called from outside."""
        return

    def example_value(self) -> None:
        """Give no example: these components are not called from outside."""
        return
