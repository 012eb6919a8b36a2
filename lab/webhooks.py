"""Signed webhooks: how each provider signs, and a sender with bounded retries.

Signatures follow https://docs.stripe.com/webhooks#verify-manually and
https://developers.hubspot.com/docs/api/webhooks/validating-requests (version 3).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

ATTEMPTS = 4
PAUSES = (0.2, 1.0, 3.0)
TIMEOUT_S = 5


def sign_stripe(secret: str, body: bytes, moment: int) -> dict[str, str]:
    """``Stripe-Signature`` over ``{t}.{body}``, keyed with the whole ``whsec_`` text."""
    signed = hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={moment},v1={signed}"}


# HubSpot signs the URI with these, and only these, escapes decoded
_DECODED = {"%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
            "%2A": "*", "%2C": ",", "%3B": ";"}  # fmt: skip
_ESCAPES = re.compile("|".join(_DECODED), re.IGNORECASE)


def sign_hubspot(secret: str, body: bytes, moment_ms: int, url: str, method: str = "POST") -> dict[str, str]:
    """``X-HubSpot-Signature-v3`` over method, URI, body and milliseconds."""
    uri = _ESCAPES.sub(lambda found: _DECODED[found.group().upper()], url)
    text = method.encode() + uri.encode() + body + str(moment_ms).encode()
    signed = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
    v1 = hashlib.sha256(secret.encode() + body).hexdigest()
    return {
        "X-HubSpot-Signature-v3": signed,
        "X-HubSpot-Request-Timestamp": str(moment_ms),
        # HubSpot keeps sending the first version beside the third
        "X-HubSpot-Signature": v1,
        "X-HubSpot-Signature-Version": "v1",
    }


@dataclass(slots=True)
class Target:
    """A URL that wants a provider's events."""

    id: str
    provider: str
    url: str
    secret: str
    events: tuple[str, ...] = ("*",)
    enabled: bool = True
    bad_signature: bool = False
    copies: int = 1
    # the address the receiver is known by, where a proxy stands before it (it is what HubSpot signs)
    signed_url: str = ""

    def wants(self, kind: str) -> bool:
        """Whether an event type is subscribed to; ``customer.*`` matches a family."""
        return self.enabled and any(
            pattern in ("*", kind) or (pattern.endswith("*") and kind.startswith(pattern[:-1]))
            for pattern in self.events
        )


@dataclass(slots=True)
class Delivery:
    """One attempt, as it went."""

    target: str
    provider: str
    at: float
    attempt: int
    status: int
    error: str
    event: str


@dataclass
class Dispatcher:
    """Sends what providers emit, a few at a time, and remembers how it went."""

    clock: Callable[[], float] = time.time
    targets: dict[str, Target] = field(default_factory=dict)
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=2_000))
    _queue: deque[tuple[Target, str, bytes]] = field(default_factory=deque)
    _workers: set[asyncio.Task[None]] = field(default_factory=set)
    _pending: int = 0

    def wanted(self, provider: str, kind: str) -> list[Target]:
        """The targets an event goes to."""
        return [t for t in self.targets.values() if t.provider == provider and t.wants(kind)]

    def send(self, target: Target, label: str, body: bytes) -> None:
        """Queue one message."""
        for _ in range(target.copies):
            self._queue.append((target, label, body))
            self._pending += 1
        while len(self._workers) < min(4, len(self._queue)):
            worker = asyncio.get_running_loop().create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    @property
    def pending(self) -> int:
        """Messages not yet delivered or given up."""
        return self._pending

    def report(self, limit: int = 200) -> dict[str, Any]:
        """Targets (secrets included: it is a lab) and the latest attempts."""
        return {
            "pending": self._pending,
            "targets": [asdict(target) for target in self.targets.values()],
            "deliveries": [asdict(delivery) for delivery in list(self.deliveries)[-limit:]],
        }

    async def stop(self) -> None:
        """Cancel what is under way."""
        for worker in list(self._workers):
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _work(self) -> None:
        import aiohttp  # only now: it is half of what an idle lab would weigh

        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session:
            while self._queue:
                target, label, body = self._queue.popleft()
                try:
                    await self._deliver(session, target, label, body)
                finally:
                    self._pending -= 1
            # at once, not when the session has closed: what is sent meanwhile needs another worker
            task = asyncio.current_task()
            if task is not None:
                self._workers.discard(task)

    async def _deliver(self, session: aiohttp.ClientSession, target: Target, label: str, body: bytes) -> None:
        import aiohttp

        for attempt in range(1, ATTEMPTS + 1):
            status, error = 0, ""
            try:
                # signed anew each time: a retry carries the time it is sent, as the providers' do
                headers = self._sign(target, body)
                async with session.post(target.url, data=body, headers=headers, allow_redirects=False) as answer:
                    status = answer.status
            except (aiohttp.ClientError, TimeoutError, OSError) as problem:
                error = type(problem).__name__
            self.deliveries.append(
                Delivery(target.id, target.provider, self.clock(), attempt, status, error, label)
            )
            if 200 <= status < 300:
                return
            if attempt < ATTEMPTS:
                await asyncio.sleep(PAUSES[attempt - 1])

    def _sign(self, target: Target, body: bytes) -> dict[str, str]:
        secret = target.secret + ("-wrong" if target.bad_signature else "")
        headers = {"Content-Type": "application/json"}
        now = self.clock()
        if target.provider == "stripe":
            headers |= {"User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)"}
            return headers | sign_stripe(secret, body, int(now))
        headers |= {"User-Agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebhooksExecutorDaemon"}
        return headers | sign_hubspot(secret, body, int(now * 1000), target.signed_url or target.url)
