"""What every route of the study shares: small bodies, one sentence for whatever goes wrong."""

import logging
import secrets
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gcdemo.errors import GCDemoError, InputError
from gcdemo.study.faults import InvalidBallot

logger = logging.getLogger(__name__)

LARGEST_BODY = 16_384
"""Bytes of a request; an answer has a few hundred."""

NOT_READY = "The study is being prepared: try again in a minute."


def intro_message(message: str) -> Mapping[str, str]:
    """Give what the page reads as a sentence to show; whatever was sent can be sent again."""
    return {"phase": "intro", "message": message}


def told(message: str, status: int) -> Response:
    """Give a sentence to show, and nothing else."""
    return JSONResponse(intro_message(message), status)


def guarded(answer: Callable[[], Response]) -> Response:
    """Give an answer, or one sentence on why there is none."""
    try:
        return answer()
    except (InvalidBallot, InputError) as error:
        return told(str(error), 400)
    except GCDemoError as error:
        return told(str(error), 503)
    except Exception:
        trace = secrets.token_hex(4)
        logger.exception("study request %s failed", trace)
        return told(f"Something went wrong on our side. It was noted as {trace}.", 500)


async def read_body(request: Request) -> bytes | None:
    """Give the body of a request; None where it is too long."""
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > LARGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)
