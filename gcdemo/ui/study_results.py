"""The study's results over HTTP, for who has the key or has finished the study.

    GET study/results             what the votes say
    GET study/results/votes.csv   every vote; also votes.jsonl, and report.zip with all else

The rules are in the query, one field for each that applies: failed, median_ms, votes, agreement and
screen. The key and the rater's id are in headers, so that they end in nobody's log.
"""

import io
import math
import zipfile
from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gcdemo.errors import InputError
from gcdemo.study.analysis import Crossing, Result
from gcdemo.study.records import rater_name
from gcdemo.study.report import report_files, vote_files
from gcdemo.study.results import Access, Found, StudyResults
from gcdemo.study.screening import RaterQuality, Rules
from gcdemo.ui.component import Untyped
from gcdemo.ui.context import StudySource
from gcdemo.ui.study_http import NOT_READY, guarded, told

KEY_HEADER, RATER_HEADER = "x-study-key", "x-study-rater"

_TYPES = {
    "votes.csv": "text/csv",
    "votes.jsonl": "application/jsonl",
    "report.zip": "application/zip",
}
# Of files in an archive: the same result gives the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


def result_routes(source: StudySource) -> list[Route]:
    """Give the routes of a study's results, relative to the page's address.

    Args:
        source: Of the study.
    """

    # Not coroutines: the framework gives each call a thread, and the numbers may take a second.
    def results(request: Request) -> Response:
        return guarded(partial(_results, source, request))

    def file(request: Request) -> Response:
        return guarded(partial(_file, source, request))

    return [
        Route("/study/results", results, methods=["GET"]),
        Route("/study/results/{name}", file, methods=["GET"]),
    ]


def read_rules(sent: Mapping[str, str], access: Access) -> Rules:
    """Give the rules that a query asks for.

    Only who has the key chooses numbers: the others switch the usual ones on and off.

    Raises:
        InputError: A number is none, or out of range.
    """
    usual = Rules()

    def number(name: str, standard: float | None) -> float | None:
        if name not in sent:
            return None
        return _number(sent[name]) if access is Access.ADMIN else standard

    failed = number("failed", usual.max_failed_checks)
    votes = number("votes", usual.min_votes)
    return Rules(
        max_failed_checks=None if failed is None else int(failed),
        min_median_ms=number("median_ms", usual.min_median_ms),
        min_votes=None if votes is None else int(votes),
        need_agreement="agreement" in sent,
        need_screen="screen" in sent,
    )


def results_json(found: Found, access: Access, visitor: str) -> Mapping[str, Untyped]:
    """Give what the page shows of a result.

    Args:
        found: The result.
        access: What the visitor may know: names of raters are for who has the key.
        visitor: The visitor's own name, if known.
    """
    result = found.result
    first = result.points[0]
    return {
        "access": access.value,
        "pack": result.pack[:12],
        "votes": result.votes,
        "counting": sum(rater.counts for rater in result.raters),
        "left_out": sum(not rater.counts for rater in result.raters),
        "rules": result.rules.sentences(),
        "ours": first.ours.upper(),
        "ours_setting": first.ours_setting,
        "ours_bpp": sum(point.ours_bpp * point.votes for point in result.points) / result.votes,
        "points": [
            {
                "rival": point.rival.upper(),
                "setting": point.setting,
                "bpp": point.bpp,
                "ratio": point.bytes_ratio,
                "votes": point.votes,
                "percent": point.percent,
                "low": point.low,
                "high": point.high,
            }
            for point in result.points
        ],
        "crossings": [_crossing_json(crossing) for crossing in result.crossings],
        "scores": [
            {
                "codec": score.codec.upper(),
                "setting": score.setting,
                "score": score.score,
                "low": score.low,
                "high": score.high,
                "votes": score.votes,
            }
            for score in result.scores
        ],
        "pictures": [
            {
                "picture": row.picture,
                "rival": row.rival.upper(),
                "setting": row.setting,
                "bpp": row.bpp,
                "floor": row.floor,
                "votes": row.votes,
                "percent": row.percent,
                "low": row.low,
                "high": row.high,
            }
            for row in result.pictures
        ],
        "raters": _raters_json(result, access, visitor),
    }


def _crossing_json(crossing: Crossing) -> Mapping[str, Untyped]:
    return {
        "rival": crossing.rival.upper(),
        "bpp": _finite(crossing.bpp),
        "low": _finite(crossing.bpp_low),
        "high": _finite(crossing.bpp_high),
        "ratio": _finite(crossing.ratio),
        "ratio_low": _finite(crossing.ratio_low),
        "ratio_high": _finite(crossing.ratio_high),
        "beyond": math.copysign(1, crossing.bpp) if math.isinf(crossing.bpp) else 0,
    }


def _raters_json(result: Result, access: Access, visitor: str) -> list[Mapping[str, Untyped]]:
    def called(number: int, rater: RaterQuality) -> str:
        if rater.rater == visitor:
            return "you"
        return rater.rater if access is Access.ADMIN else f"{number}"

    return [
        {
            "rater": called(number, rater),
            "votes": rater.votes,
            "checks": f"{rater.checks_passed} of {rater.checks}",
            "repeats": f"{rater.repeats_agreed} of {rater.repeats}",
            "median_s": rater.median_ms / 1000,
            "left_percent": rater.left_percent,
            "screen": rater.screen_check,
            "excluded": rater.excluded,
        }
        for number, rater in enumerate(result.raters, start=1)
    ]


def _results(source: StudySource, request: Request) -> Response:
    results = source.results()
    if results is None:
        return told(NOT_READY, 200)
    access, rater = _access(results, request)
    if access is Access.CLOSED:
        wrong = bool(request.headers.get(KEY_HEADER))
        message = "This is not the key." if wrong else ""
        return JSONResponse({"access": access.value, "message": message})
    try:
        found = results.find(read_rules(request.query_params, access))
    except InputError as error:
        # Other rules may well have a result: the page stays open for them.
        return JSONResponse({"access": access.value, "message": str(error)})
    return JSONResponse(results_json(found, access, rater), headers={"Cache-Control": "no-store"})


def _file(source: StudySource, request: Request) -> Response:
    results, name = source.results(), request.path_params["name"]
    if results is None:
        return told(NOT_READY, 503)
    access, _ = _access(results, request)
    if access is not Access.ADMIN:
        return told("Every single vote is for who has the key.", 403)
    if name not in _TYPES:
        return told("There is no such file.", 404)
    found = results.find(read_rules(request.query_params, access))
    data = _archive(found) if name == "report.zip" else vote_files(found.answers)[name]
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=_TYPES[name], headers=headers)


def _access(results: StudyResults, request: Request) -> tuple[Access, str]:
    """Say what a visitor may know, and the name of the rater that they are."""
    rater_id = request.headers.get(RATER_HEADER, "")
    # A header holds no letters beyond Latin ones, so the page writes them as addresses do.
    access = results.access(unquote(request.headers.get(KEY_HEADER, "")), rater_id)
    return access, rater_name(rater_id) if rater_id else ""


def _archive(found: Found) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in report_files(found.result, found.answers).items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
    return file.getvalue()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise InputError(f"'{text}' is not a number.") from error
    if not 0 <= value <= 1e9:
        raise InputError(f"A rule's number lies between 0 and a billion, not at {value:g}.")
    return value
