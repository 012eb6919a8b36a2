"""From a stored connection to an adapter that can talk: the credential is opened as late as possible and never leaves this way.

An OAuth token is renewed under a lease in the credential's own row (design decision "lease row"): claim in a short transaction, call
outside any, compare and set in a second. Whoever else asks meanwhile waits for the result, so the provider sees one call per expiry.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orion_core.base.db.tables import ConnectorConfig, ConnectorCredential
from orion_core.base.egress import RequestLog
from orion_core.base.errors import BadResponse, ConfigurationError, ProviderUnavailable, Reauthorize
from orion_core.base.kit.clock import now
from orion_core.base.kit.ids import new_id
from orion_core.base.kit.redact import Secret
from orion_core.base.work import Transaction, Work
from orion_core.engine.connector import BaseAdapter, RenewedCredential
from orion_core.engine.connector import auth as oauth
from orion_core.engine.connector.spec_auth import ClientCredentialsAuth, CodeAuth
from orion_core.platform.catalog import AdapterFactory
from orion_core.platform.credentials import Safe
from orion_core.services.connections import repository

# Longer than the token call with its wait in the budget: while the claim stands, nobody else may use the same refresh token.
CLAIM_S = 90.0
_TOKENS = (oauth.ACCESS_TOKEN, oauth.REFRESH_TOKEN)


class Opener:
    """Makes adapters for stored connections."""

    def __init__(self, work: Work, factory: AdapterFactory, safe: Safe) -> None:
        self.work = work
        self.factory = factory
        self.safe = safe

    async def adapter(self, workspace_id: str, connection_id: str, *, log: RequestLog | None = None) -> BaseAdapter[Any]:
        """The adapter of a connection.

        Raises:
            NotFound: no such connection. Reauthorize: it has no credential (its base URL was changed, or it was never entered).
            DecryptError: the credential cannot be read with the keys at hand.
        """
        async with self.work.read(workspace_id) as session:
            row = await repository.connection(session, connection_id)
            stored = list(await repository.credentials(session, connection_id))
            credential = await self.open(workspace_id, row, stored)
        entry = self.factory.registry.get(row.connector_id)
        auth = entry.spec.auth_of(row.config.get("auth_kind"))
        needed = [item.name for item in auth.fields if item.required]
        if auth.kind != "none" and any(name not in credential for name in needed):
            raise Reauthorize(f"{row.name} has no credential.")
        renewable = isinstance(auth, (ClientCredentialsAuth, CodeAuth))

        async def renew(used: Mapping[str, Secret]) -> RenewedCredential:
            return await self._renew(workspace_id, row, auth, used)

        return self.factory.create(
            row.connector_id,
            connection_id=row.id,
            credential=credential,
            base_url=row.base_url,
            auth_url=row.auth_url,
            token_url=row.token_url,
            auth_kind=row.config.get("auth_kind"),
            expires_at=next((item.expires_at for item in stored if item.credential_type == oauth.ACCESS_TOKEN), None),
            settings=row.config.get("settings"),
            log=log,
            renew=renew if renewable else None,
        )

    async def open(self, workspace_id: str, row: ConnectorConfig, stored: list[ConnectorCredential]) -> dict[str, Secret]:
        """The plain secrets of a connection, by name."""
        return {
            item.credential_type: Secret(await self.safe.open(workspace_id, row.id, item.credential_type, item.encrypted_value))
            for item in stored
        }

    async def store(self, tx: Transaction, connection_id: str, values: Mapping[str, Secret], *, expires_at: datetime | None = None) -> None:
        """Write secrets in the given transaction, replacing those of the same name."""
        present = {item.credential_type: item for item in await repository.credentials(tx.session, connection_id)}
        for name, secret in values.items():
            sealed, version = await self.safe.seal(tx.workspace_id, connection_id, name, secret.reveal())
            row = present.get(name)
            if row is None:
                row = ConnectorCredential(config_id=connection_id, credential_type=name, encrypted_value=sealed)
                tx.session.add(row)
            else:
                row.rotated_at = now()
            row.encrypted_value, row.key_version, row.hint = sealed, version, secret.hint()
            row.expires_at = expires_at if name == oauth.ACCESS_TOKEN else row.expires_at

    async def _renew(
        self, workspace_id: str, row: ConnectorConfig, auth: ClientCredentialsAuth | CodeAuth | Any, used: Mapping[str, Secret]
    ) -> RenewedCredential:
        claim = new_id("claim")
        deadline = time.monotonic() + CLAIM_S
        while True:
            newer, mine = await self._claim(workspace_id, row, used, claim)
            if newer is not None:
                return newer
            if mine is not None:
                return await self._refresh(workspace_id, row, auth, mine, claim)
            if time.monotonic() > deadline:
                raise ProviderUnavailable(f"Another worker is renewing the sign-in of {row.name} and has not finished.", after_s=5)
            await asyncio.sleep(0.5)

    async def _claim(
        self, workspace_id: str, row: ConnectorConfig, used: Mapping[str, Secret], claim: str
    ) -> tuple[RenewedCredential | None, dict[str, Secret] | None]:
        """(the credential someone else has renewed meanwhile, None), (None, the credential to renew), or (None, None): wait."""
        async with self.work.write(workspace_id) as tx:
            stored = list(await repository.credentials(tx.session, row.id, for_update=True))
            holder = next(
                (item for item in stored if item.credential_type in (oauth.REFRESH_TOKEN, "client_secret")), stored[0] if stored else None
            )
            if holder is None:
                raise Reauthorize(f"{row.name} has no credential.")
            present = await self.open(workspace_id, row, stored)
            token = present.get(oauth.ACCESS_TOKEN)
            if token is not None and token != used.get(oauth.ACCESS_TOKEN):
                expires = next((item.expires_at for item in stored if item.credential_type == oauth.ACCESS_TOKEN), None)
                return RenewedCredential(present, expires), None
            if holder.refresh_claimed_until is not None and holder.refresh_claimed_until > now():
                return None, None
            holder.refresh_claimed_by, holder.refresh_claimed_until = claim, now() + timedelta(seconds=CLAIM_S)
            return None, present

    async def _refresh(
        self, workspace_id: str, row: ConnectorConfig, auth: Any, present: dict[str, Secret], claim: str
    ) -> RenewedCredential:
        client = self.factory.create(
            row.connector_id, connection_id=row.id, credential=present, base_url=row.base_url, token_url=row.token_url
        ).session.client
        try:
            response = await client.send(oauth.token_request(auth, present, token_url=row.token_url or None))
            token = oauth.parse_token(auth, response, now())
        except (Reauthorize, ConfigurationError, BadResponse):
            # The provider has answered, so the claim may go. After a time-out or a stop nobody knows what it did: the claim stays until it
            # ends, and the next try then shows whether the token still works.
            await asyncio.shield(self._settle(workspace_id, row, claim, None, None))
            raise
        fresh = token.merged_into(present)
        await asyncio.shield(
            self._settle(workspace_id, row, claim, {name: fresh[name] for name in _TOKENS if name in fresh}, token.expires_at)
        )
        return RenewedCredential(fresh, token.expires_at)

    async def _settle(
        self, workspace_id: str, row: ConnectorConfig, claim: str, values: dict[str, Secret] | None, expires_at: datetime | None
    ) -> None:
        async with self.work.write(workspace_id) as tx:
            stored = await repository.credentials(tx.session, row.id, for_update=True)
            holder = next((item for item in stored if item.refresh_claimed_by == claim), None)
            if holder is None:
                return
            holder.refresh_claimed_by, holder.refresh_claimed_until = "", None
            if values is not None:
                await self.store(tx, row.id, values, expires_at=expires_at)
