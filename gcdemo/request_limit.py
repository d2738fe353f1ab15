"""How often one visitor may ask for work, as a layer around any web application (ASGI)."""

import ipaddress
import json
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from types import MappingProxyType
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

WORK = ("/queue/join", "/upload", "/run/", "/call/", "/api/")
"""What paths of requests hold that put work before the server."""

REFUSAL = "You ask faster than this page can work. Please wait a minute and try again."

_DETAIL: Mapping[str, str] = MappingProxyType({"detail": REFUSAL})
# Visitors who are remembered at once; beyond that the one who was quiet longest is forgotten.
_MOST_VISITORS = 10_000
# Of an IPv6 address: what one household gets is one visitor.
_HOUSEHOLD_BITS = 64


class RequestLimit:
    """Lets each visitor ask so often a minute, and as often at once; refuses with status 429.

    Addresses are kept in memory alone, and for no longer than they count.
    """

    def __init__(
        self,
        app: Application,
        per_minute: int,
        behind_proxy: bool,
        clock: Callable[[], float] = time.monotonic,
        paths: Sequence[str] = WORK,
        refusal: Mapping[str, str] = _DETAIL,
    ) -> None:
        """Stand before an application.

        Args:
            app: What answers.
            per_minute: Requests of one visitor.
            behind_proxy: Whether a proxy in front names the visitor, as on a Space; where there is
                none, visitors could name themselves anything.
            clock: Gives seconds.
            paths: What paths of requests hold that are counted; no others are.
            refusal: What a visitor is sent who asks too often, as JSON.
        """
        self._app, self._per_minute = app, per_minute
        self._paths, self._refusal = tuple(paths), dict(refusal)
        self._behind_proxy, self._clock = behind_proxy, clock
        # When each visitor's requests are all forgotten, those who asked last at the end.
        self._free_at: OrderedDict[str, float] = OrderedDict()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "http" and scope["method"] == "POST" and self._counts(scope["path"]):
            seconds = self._seconds_to_wait(self._visitor(scope))
            if seconds > 0:
                await _refuse(send, seconds, self._refusal)
                return
        await self._app(scope, receive, send)

    def _counts(self, path: str) -> bool:
        return any(part in path for part in self._paths)

    def _seconds_to_wait(self, visitor: str) -> float:
        """Count a request that is let through; else say when the next one would be."""
        now, cost = self._clock(), 60 / self._per_minute
        free_at = max(now, self._free_at.get(visitor, now)) + cost
        # Each request takes its share of a minute; a minute's worth may be taken ahead.
        if free_at - now > 60 + cost / 2:
            return free_at - now - 60
        self._free_at[visitor] = free_at
        self._free_at.move_to_end(visitor)
        while self._free_at:
            oldest, its_time = next(iter(self._free_at.items()))
            if its_time > now and len(self._free_at) <= _MOST_VISITORS:
                break
            del self._free_at[oldest]
        return 0

    def _visitor(self, scope: Message) -> str:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        named = [value for name, value in headers if name == b"x-forwarded-for"]
        if self._behind_proxy and named:
            # Those to the left are what the visitor claims; the proxy adds to the right.
            address = named[-1].decode("latin-1").rpartition(",")[2].strip()
        else:
            address = str((scope.get("client") or ("",))[0])
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return address[:64]
        if parsed.version == 6:
            return str(ipaddress.ip_network((parsed, _HOUSEHOLD_BITS), strict=False))
        return address


async def _refuse(send: Send, seconds: float, refusal: Mapping[str, str]) -> None:
    body = json.dumps(refusal).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", str(math.ceil(seconds)).encode()),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body})
