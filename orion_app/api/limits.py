"""No request body over 1 MiB, counted as it arrives, before anything parses it."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orion_app.api.problems import problem
from orion_core.base.errors import InvalidInput

MAX_BODY = 1024 * 1024


class TooLarge(InvalidInput):
    status = 413
    code = "too_large"


class BodyLimit:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http" or not scope["path"].startswith(("/api/", "/auth/", "/webhooks/")):
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        refusal = problem(TooLarge("The body is larger than 1 MiB.", next_step="Send less in one call."))
        if not length.isdigit() or int(length) > MAX_BODY:
            await refusal(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY:
                raise TooLarge("The body is larger than 1 MiB.", next_step="Send less in one call.")
            return message

        await self.app(scope, counted, send)
