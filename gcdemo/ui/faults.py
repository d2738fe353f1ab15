"""What goes wrong in a handler becomes one sentence on the page."""

import logging
import secrets
from collections.abc import Callable, Iterator
from typing import TypeVar

from gcdemo.errors import GCDemoError

logger = logging.getLogger(__name__)

Step = TypeVar("Step")


def guarded(steps: Iterator[Step], tell: Callable[[str], Step]) -> Iterator[Step]:
    """Give the steps of a handler; one that fails is replaced by a sentence, and is the last.

    Args:
        steps: What the handler does, step by step.
        tell: Turns a sentence into a step.
    """
    try:
        yield from steps
    except Exception as error:
        yield tell(sentence(error))


def sentence(error: Exception) -> str:
    """Give what a person is told; what nobody expected is logged under the number in it."""
    if isinstance(error, GCDemoError):
        return str(error)
    trace = secrets.token_hex(4)
    logger.error("request %s failed", trace, exc_info=error)
    return f"Something went wrong on our side. It was noted as {trace}."
