"""One visitor cannot ask for work without end, and takes nothing from the others."""

import asyncio
import json

import pytest

from gcdemo import request_limit
from gcdemo.request_limit import RequestLimit


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(clock):
    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    return lambda behind_proxy=False, **how: RequestLimit(answer, 6, behind_proxy, clock, **how)


def ask(limit, client="10.0.0.1", path="/gradio_api/queue/join", method="POST", forwarded=None):
    """Send a request; give the status and the headers of its answer."""
    return answer_to(limit, client, path, method, forwarded)[:2]


def answer_to(limit, client, path, method, forwarded):
    """Send a request; give the status, the headers and the body of its answer."""
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "client": (client, 1),
        "headers": headers,
    }
    asyncio.run(limit(scope, None, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def test_a_minutes_worth_is_let_through_at_once_and_then_one_by_one(make, clock):
    limit = make()
    assert [ask(limit)[0] for _ in range(8)] == [200] * 6 + [429] * 2
    status, headers = ask(limit)
    assert (status, headers[b"retry-after"]) == (429, b"10")
    clock.now += 10
    assert [ask(limit)[0] for _ in range(2)] == [200, 429]
    clock.now += 60
    assert [ask(limit)[0] for _ in range(7)] == [200] * 6 + [429]


def test_one_visitor_takes_nothing_from_another(make):
    limit = make()
    for _ in range(9):
        ask(limit)
    assert ask(limit, client="10.0.0.2")[0] == 200


@pytest.mark.parametrize(
    ("path", "method"),
    [("/", "GET"), ("/study/vote", "POST"), ("/gradio_api/queue/data", "GET")],
)
def test_what_is_no_work_is_not_counted(make, path, method):
    limit = make()
    assert {ask(limit, path=path, method=method)[0] for _ in range(20)} == {200}


@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/gradio_api/call/compress", "/gradio_api/run/predict"]
)
def test_all_ways_to_ask_for_work_count_together(make, path):
    limit = make()
    for _ in range(6):
        ask(limit)
    assert ask(limit, path=path)[0] == 429


def test_a_limit_of_other_paths_counts_them_alone_and_refuses_in_their_words(make):
    limit = make(paths=("/study/vote",), refusal={"message": "Slowly."})
    assert {ask(limit)[0] for _ in range(20)} == {200}
    assert [ask(limit, path="/study/vote")[0] for _ in range(7)] == [200] * 6 + [429]
    _, headers, body = answer_to(limit, "10.0.0.1", "/study/vote", "POST", None)
    assert json.loads(body) == {"message": "Slowly."}
    assert int(headers[b"content-length"]) == len(body)


def test_behind_a_proxy_its_word_counts_and_not_the_visitors(make):
    limit = make(behind_proxy=True)
    for number in range(6):
        assert ask(limit, forwarded=f"1.1.1.{number}, 9.9.9.9")[0] == 200
    assert ask(limit, forwarded="8.8.8.8, 9.9.9.9")[0] == 429
    assert ask(limit, forwarded="9.9.9.9, 7.7.7.7")[0] == 200


def test_without_a_proxy_nobody_names_himself(make):
    limit = make()
    statuses = [ask(limit, forwarded=f"1.1.1.{number}")[0] for number in range(7)]
    assert statuses == [200] * 6 + [429]


def test_a_household_is_one_visitor(make):
    limit = make()
    for number in range(6):
        ask(limit, client=f"2001:db8:1:2::{number}")
    assert ask(limit, client="2001:db8:1:2:ffff::1")[0] == 429
    assert ask(limit, client="2001:db8:1:3::1")[0] == 200


def test_those_who_are_quiet_are_forgotten_and_there_are_never_too_many(make, clock, monkeypatch):
    limit = make()
    ask(limit)
    clock.now += 61
    ask(limit, client="10.0.0.2")
    assert list(limit._free_at) == ["10.0.0.2"]
    monkeypatch.setattr(request_limit, "_MOST_VISITORS", 5)
    for number in range(9):
        ask(limit, client=f"10.0.1.{number}")
    assert len(limit._free_at) == 5


def test_what_is_no_request_passes(make):
    async def answer(scope, receive, send):
        await send(scope)

    seen = []

    async def send(message):
        seen.append(message)

    asyncio.run(RequestLimit(answer, 1, False)({"type": "lifespan"}, None, send))
    assert seen == [{"type": "lifespan"}]
