"""Every error Orion raises on purpose, typed by what to do about it.

    OrionError
    ├── ConnectorError              the provider, or the way to it, said no
    │   ├── RetryLater              wait `after_s`, then the same call again
    │   │   ├── RateLimited         the provider counts calls (429, or its own code for it)
    │   │   └── ProviderUnavailable 5xx, reset, time-out, truncated body
    │   ├── Reauthorize             the credential is dead; a person must connect again
    │   └── GiveUp                  repeating will not help
    │       ├── PermissionMissing   the credential lacks a scope
    │       ├── RemoteNotFound      404/410: the object is gone
    │       ├── RemoteRejected      the provider refused the data (400, 409, 422)
    │       ├── CursorExpired       the saved position is too old; start the stream anew
    │       ├── BadResponse         not what the API promises (HTML, broken JSON, too big, a page loop)
    │       ├── EgressRefused       our own policy refused the address
    │       └── RecordError         one record cannot be stored; the rest pass
    ├── RequestError                the caller asked for something we cannot do
    │   ├── InvalidInput            422
    │   ├── Unauthenticated         401
    │   ├── Forbidden               403
    │   ├── NotFound                404
    │   ├── Conflict                409
    │   └── TooManyRequests         429
    └── OperationalError            this installation
        ├── ConfigurationError      a setting is missing or wrong
        ├── LeaseLost               another worker took over; stop quietly
        └── DecryptError            a secret cannot be read with the keys at hand

`message` says what happened in the user's world, `next_step` what to do now. Both are shown as they are,
so neither ever holds a secret. `code` is stable and machine readable.
"""

from __future__ import annotations

from typing import Any, ClassVar


class OrionError(Exception):
    """Base of all errors raised on purpose."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    default_next_step: ClassVar[str] = "Try again; if it stays, look at the log of the server."

    def __init__(self, message: str, *, next_step: str | None = None, detail: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step or self.default_next_step
        self.detail = detail or {}

    def as_dict(self) -> dict[str, Any]:
        """`{"code", "message", "next_step", "detail"}`: what pages, CLI and API show."""
        return {"code": self.code, "message": self.message, "next_step": self.next_step, "detail": self.detail}


class ConnectorError(OrionError):
    """The provider, or the way to it, said no.

    `detail` may hold `method`, `url` (redacted), `status`, `provider_code`, `request_id`, `excerpt` (redacted).
    """

    code = "connector_error"
    status = 502


class RetryLater(ConnectorError):
    """The same call may work after `after_s` seconds (None: the caller's back-off decides)."""

    code = "retry_later"
    status = 503
    default_next_step = "Nothing to do: Orion tries again by itself."

    def __init__(
        self, message: str, *, after_s: float | None = None, next_step: str | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message, next_step=next_step, detail=detail)
        self.after_s = after_s


class RateLimited(RetryLater):
    """The provider counts our calls and this one was too many."""

    code = "rate_limited"


class ProviderUnavailable(RetryLater):
    """5xx, a reset, a time-out or a body cut short. Nothing of the answer was used."""

    code = "provider_unavailable"


class Reauthorize(ConnectorError):
    """The provider no longer accepts the credential."""

    code = "reauthorize"
    status = 424
    default_next_step = "Open the connection and enter a new credential. Stored records stay."


class GiveUp(ConnectorError):
    """Repeating the call will not help."""

    code = "give_up"
    default_next_step = "Read the cause, change what it names, then run again."


class PermissionMissing(GiveUp):
    code = "permission_missing"
    default_next_step = "Give the credential the missing scope at the provider, then test the connection."


class RemoteNotFound(GiveUp):
    code = "remote_not_found"
    status = 404
    default_next_step = "Check the base URL and the id; the provider knows nothing there."


class RemoteRejected(GiveUp):
    code = "remote_rejected"
    status = 422
    default_next_step = "Correct the field the provider names, then send again."


class CursorExpired(GiveUp):
    code = "cursor_expired"
    default_next_step = "Nothing to do: the stream is read from the start again."


class BadResponse(GiveUp):
    code = "bad_response"
    default_next_step = "Check the base URL: the answer is not what this API sends."


class EgressRefused(GiveUp):
    code = "egress_refused"
    status = 422
    default_next_step = "Use a public https address, or allow private addresses with ORION_ALLOW_PRIVATE_EGRESS=1."


class RecordError(GiveUp):
    """One record cannot be mapped or stored. It goes to the dead letters with this cause."""

    code = "record_error"
    default_next_step = "Open the dead letter, mend the record or the mapping, then replay it."


class RequestError(OrionError):
    code = "request_error"
    status = 400
    default_next_step = "Change the request as the message says."


class InvalidInput(RequestError):
    """`detail["fields"]` maps a field name to what is wrong with it."""

    code = "invalid_input"
    status = 422


class Unauthenticated(RequestError):
    code = "unauthenticated"
    status = 401
    default_next_step = "Sign in, or send a valid API key."


class Forbidden(RequestError):
    code = "forbidden"
    status = 403
    default_next_step = "Ask an admin of the workspace for a role or scope that allows this."


class NotFound(RequestError):
    code = "not_found"
    status = 404
    default_next_step = "Check the id; it may belong to another workspace or be deleted."


class Conflict(RequestError):
    code = "conflict"
    status = 409
    default_next_step = "Load the newest state, then try again."


class TooManyRequests(RequestError):
    code = "too_many_requests"
    status = 429
    default_next_step = "Wait as long as Retry-After says."

    def __init__(self, message: str, *, after_s: float = 1.0, next_step: str | None = None, detail: dict[str, Any] | None = None) -> None:
        super().__init__(message, next_step=next_step, detail=detail)
        self.after_s = after_s


class OperationalError(OrionError):
    code = "operational_error"


class ConfigurationError(OperationalError):
    code = "configuration_error"
    default_next_step = "Correct the setting the message names and start again."


class LeaseLost(OperationalError):
    code = "lease_lost"
    default_next_step = "Nothing to do: another worker carries on."


class DecryptError(OperationalError):
    code = "decrypt_error"
    default_next_step = "Put the key that wrote this secret back into ORION_SECRET_KEYS, or connect again."
