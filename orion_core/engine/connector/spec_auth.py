"""How a connector signs in, as data. Each kind lists the fields a person fills in, so the connect form needs no code."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from orion_core.engine.connector.spec_base import SpecModel


class CredentialField(SpecModel):
    """One input of the connect form."""

    name: str
    title: str
    secret: bool = True
    required: bool = True
    placeholder: str = ""
    help: str = ""
    pattern: str | None = None


class _Auth(SpecModel):
    title: str = ""
    help_url: str = ""
    fields: tuple[CredentialField, ...] = ()


class NoAuth(_Auth):
    """An open API."""

    kind: Literal["none"] = "none"


class ApiKeyAuth(_Auth):
    """A key in a header or in the query: `name` is the header's or parameter's, `prefix` stands before the key."""

    kind: Literal["api_key"] = "api_key"
    location: Literal["header", "query"] = "header"
    name: str = "X-API-Key"
    prefix: str = ""
    fields: tuple[CredentialField, ...] = (CredentialField(name="api_key", title="API key"),)


class BearerAuth(_Auth):
    """`Authorization: Bearer …`, the first field's value."""

    kind: Literal["bearer"] = "bearer"
    fields: tuple[CredentialField, ...] = (CredentialField(name="token", title="Access token"),)


class BasicAuth(_Auth):
    """`Authorization: Basic …`: the first field is the user name, the second the password (empty where there is none)."""

    kind: Literal["basic"] = "basic"
    fields: tuple[CredentialField, ...] = (
        CredentialField(name="username", title="User name", secret=False),
        CredentialField(name="password", title="Password"),
    )


class _OAuth2(_Auth):
    """RFC 6749. `client_auth`: where client id and secret go; `token_params`: fixed extra parameters of the token call."""

    token_url: str
    scopes: tuple[str, ...] = ()
    client_auth: Literal["body", "basic"] = "body"
    token_params: dict[str, str] = Field(default_factory=dict)
    default_expires_s: int | None = None
    fields: tuple[CredentialField, ...] = (
        CredentialField(name="client_id", title="Client id", secret=False),
        CredentialField(name="client_secret", title="Client secret"),
    )


class ClientCredentialsAuth(_OAuth2):
    """OAuth 2.0 client credentials: no person, no refresh token."""

    kind: Literal["oauth2_client_credentials"] = "oauth2_client_credentials"


class CodeAuth(_OAuth2):
    """OAuth 2.0 authorisation code with refresh."""

    kind: Literal["oauth2_code"] = "oauth2_code"
    authorize_url: str
    authorize_params: dict[str, str] = Field(default_factory=dict)
    pkce: bool = True
    revoke_url: str | None = None


AuthSpec = Annotated[
    NoAuth | ApiKeyAuth | BearerAuth | BasicAuth | ClientCredentialsAuth | CodeAuth,
    Field(discriminator="kind"),
]


class SignatureSpec(SpecModel):
    """How a provider signs its messages; `scheme` is a row of `webhooks.SCHEMES`."""

    scheme: str
    header: str | None = None
    tolerance_s: int = 300

    @model_validator(mode="after")
    def _positive(self) -> SignatureSpec:
        if self.tolerance_s <= 0:
            raise ValueError("tolerance_s must be positive")
        return self


class WebhookSpec(SpecModel):
    """Messages a provider pushes. Paths point into one contained event.

    `signed_by`: whose secret signs ("connection" or the OAuth "app"). `split`: path of the list of events in a body, "" where
    the body is a list, None where it is one event. `challenge`: parameter that is echoed at set-up.
    """

    signature: SignatureSpec
    signed_by: Literal["connection", "app"] = "connection"
    split: str | None = None
    id_path: str = "id"
    type_path: str = "type"
    time_path: str | None = None
    time_format: Literal["epoch", "epoch_ms", "iso"] = "epoch"
    account_path: str | None = None
    object_id_path: str | None = None
    events: dict[str, str] = Field(default_factory=dict)
    challenge: str | None = None
