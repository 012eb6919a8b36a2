"""What callers of the marketplace see."""

from __future__ import annotations

from dataclasses import dataclass, field

from orion_core.engine.connector import AuthSpec, CredentialField


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """One answered rule of a connector's quality list. `level`: bronze, silver, gold; `answer`: done, todo, exempt."""

    level: str
    rule: str
    title: str
    answer: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConnectorCard:
    """A connector as the marketplace lists it.

    `score` is the share of its quality rules that are done, 0 to 100, None where it has no list.
    """

    slug: str
    name: str
    description: str
    category: str
    capabilities: tuple[str, ...]
    models: tuple[str, ...]
    streams: int
    source: str
    version: str
    score: int | None
    connections: int
    in_lab: bool


@dataclass(frozen=True, slots=True)
class StreamCard:
    """A stream a connector offers."""

    name: str
    title: str
    description: str
    model: str
    fields: int
    incremental: bool
    windows: bool
    deletes: str
    writes: tuple[str, ...]
    selected: bool
    docs_url: str


@dataclass(frozen=True, slots=True)
class AuthChoice:
    """One way to sign in, with the inputs of its form."""

    kind: str
    title: str
    help_url: str
    fields: tuple[CredentialField, ...]
    browser: bool = False


@dataclass(frozen=True, slots=True)
class ConnectorDetail:
    """A connector whole."""

    card: ConnectorCard
    base_url: str
    docs_url: str
    hosts: tuple[str, ...]
    auth: tuple[AuthChoice, ...]
    streams: tuple[StreamCard, ...]
    checks: tuple[QualityCheck, ...] = field(default=())
    readme: str = ""
    rate: str = ""


def auth_choice(auth: AuthSpec) -> AuthChoice:
    """A way to sign in for the connect form."""
    titles = {
        "bearer": "Access token",
        "api_key": "API key",
        "basic": "User name and password",
        "oauth2_client_credentials": "OAuth client credentials",
        "oauth2_code": "OAuth",
        "none": "No sign-in",
    }
    return AuthChoice(auth.kind, auth.title or titles[auth.kind], auth.help_url, tuple(auth.fields), auth.kind == "oauth2_code")
