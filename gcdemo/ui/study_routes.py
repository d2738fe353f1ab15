"""The study over HTTP: steps out, answers in, pictures by the trial they belong to.

    POST study/open    {rater}                   a rater begins, or goes on
    POST study/vote    {rater, token, choice, …}  a rater has decided
    POST study/forget  {rater}                   a rater wants all answers deleted
    GET  study/picture/TOKEN/PART                original, left or right of a trial

Each request stands alone, so that several servers over one database may take turns, and none waits
in the queue of pictures that are being coded.
"""

import json
import logging
from collections.abc import Callable, Mapping
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gcdemo.errors import GCDemoError
from gcdemo.study.faults import InvalidBallot, UnknownTrial, VoteRefused
from gcdemo.study.records import Ballot, Choice, ScreenCheck, Side
from gcdemo.study.session import Shown, Step, StudyService, Summary
from gcdemo.ui.component import Untyped
from gcdemo.ui.context import StudySource
from gcdemo.ui.study_http import NOT_READY, guarded, read_body, told

logger = logging.getLogger(__name__)

OPEN, VOTE, FORGET = "/study/open", "/study/vote", "/study/forget"

WRITING = (OPEN, VOTE, FORGET)
"""Paths of requests that write to the database."""

_PARTS = {"original": None, "left": Side.LEFT, "right": Side.RIGHT}
_KEPT_SECONDS = 3600

Handler = Callable[[StudyService, Mapping[str, Untyped]], Mapping[str, Untyped]]


def study_routes(source: StudySource) -> list[Route]:
    """Give the routes of a study, relative to the page's address.

    Args:
        source: Of the study.
    """

    def post(handler: Handler) -> Callable[[Request], Untyped]:
        async def endpoint(request: Request) -> Response:
            body = await read_body(request)
            if body is None:
                return told("The answer is too long.", 413)
            return await run_in_threadpool(guarded, partial(_answered, source, handler, body))

        return endpoint

    def picture(request: Request) -> Response:
        return _picture(source, request.path_params["token"], request.path_params["part"])

    return [
        Route(OPEN, post(open_session), methods=["POST"]),
        Route(VOTE, post(vote), methods=["POST"]),
        Route(FORGET, post(forget), methods=["POST"]),
        Route("/study/picture/{token}/{part}", picture, methods=["GET"]),
    ]


def open_session(service: StudyService, sent: Mapping[str, Untyped]) -> Mapping[str, Untyped]:
    """Begin a rater's session or go on with it."""
    return step_json(service.open_session(_text(sent, "rater") or None))


def vote(service: StudyService, sent: Mapping[str, Untyped]) -> Mapping[str, Untyped]:
    """Keep a vote and give what follows; where it is refused, say why and go on."""
    rater, token, ballot = _text(sent, "rater"), _text(sent, "token"), read_ballot(sent)
    try:
        return step_json(service.record_vote(token, ballot))
    except VoteRefused as error:
        return step_json(service.open_session(rater or None), str(error))


def forget(service: StudyService, sent: Mapping[str, Untyped]) -> Mapping[str, Untyped]:
    """Delete all that is kept of a rater."""
    count = service.forget(_text(sent, "rater"))
    return {"phase": "gone", "message": f"{count} answers were deleted."}


def step_json(step: Step, message: str = "") -> Mapping[str, Untyped]:
    """Give what the page may know of where a rater stands."""
    told: dict[str, Untyped] = {"rater": step.rater_id, "message": message}
    if step.trial is not None:
        return {**told, "phase": "trial", **_trial_json(step.trial)}
    facts = summary_facts(step.summary) if step.summary else ()
    return {**told, "phase": "done", "facts": facts}


def summary_facts(summary: Summary) -> tuple[tuple[str, str], ...]:
    """Tell a rater's own result, as labels and texts."""
    facts = [("Trials", str(summary.trials))]
    for preference in summary.preferences:
        share = f"{preference.ours:g} of {preference.total}"
        facts.append((f"Ours preferred to {preference.codec.upper()}", share))
    if summary.checks:
        facts.append(("Obvious cases seen rightly", f"{summary.checks_passed} of {summary.checks}"))
    if summary.repeats:
        facts.append(("Same answer twice", f"{summary.repeats_agreed} of {summary.repeats}"))
    facts.append(("Time for an answer", f"{summary.median_seconds:.1f} s, the median"))
    return tuple(facts)


def read_ballot(sent: Mapping[str, Untyped]) -> Ballot:
    """Check what a page sent as an answer.

    Raises:
        InvalidBallot: It makes no sense.
    """
    try:
        return Ballot(
            choice=Choice(sent["choice"]),
            response_ms=sent["response_ms"],
            screen_width=sent["screen_width"],
            screen_height=sent["screen_height"],
            viewport_width=sent["viewport_width"],
            viewport_height=sent["viewport_height"],
            pixel_ratio=sent["pixel_ratio"],
            zooms=sent["zooms"],
            flips=sent["flips"],
            screen_check=ScreenCheck(sent["screen_check"]),
        )
    except (KeyError, ValueError) as error:
        raise InvalidBallot(f"The answer lacks something: {error}.") from error


def _trial_json(trial: Shown) -> Mapping[str, Untyped]:
    return {
        "token": trial.token,
        "number": trial.number,
        "total": trial.total,
        "width": trial.width,
        "height": trial.height,
        "undecided": trial.undecided,
    }


def _text(sent: Mapping[str, Untyped], name: str) -> str:
    value = sent.get(name)
    # A database of PostgreSQL refuses the character 0 with an error of its own.
    if not isinstance(value, str) or not value.isprintable():
        raise InvalidBallot("The answer did not arrive whole. Please reload the page.")
    return value


def _answered(source: StudySource, handler: Handler, body: bytes) -> Response:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):  # the latter: lists within lists without end
        sent = None
    if not isinstance(sent, dict):
        raise InvalidBallot("The answer did not arrive whole. Please reload the page.")
    service = source.service()
    return JSONResponse(handler(service, sent)) if service else told(NOT_READY, 200)


def _picture(source: StudySource, token: str, part: str) -> Response:
    try:
        service = source.service()
        if service is None or part not in _PARTS or not token.isprintable():
            raise UnknownTrial("There is no such picture.")
        data = service.picture(token, _PARTS[part]).read_bytes()
    except (GCDemoError, OSError) as error:
        logger.info("no picture: %s", error)
        return Response(status_code=404)
    # No date and no tag: of a file they might tell what is in it.
    headers = {"Cache-Control": f"private, max-age={_KEPT_SECONDS}, immutable"}
    return Response(data, media_type="image/png", headers=headers)
