"""`AdapterFactory`: from a connection's row and its opened credential to an adapter that can talk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from orion_core.base.egress import EgressClient, RequestLog
from orion_core.base.kit.redact import Secret
from orion_core.engine.connector import AdapterConfig, BaseAdapter, HttpClient
from orion_core.engine.connector.types import RenewedCredential
from orion_core.platform.budget import Limit, RateBudget
from orion_core.platform.catalog.registry import ConnectorRegistry


class AdapterFactory:
    """Makes adapters. All of them share one network; each is bound to its account's budget, log and secrets."""

    def __init__(self, registry: ConnectorRegistry, client: EgressClient, budget: RateBudget) -> None:
        self.registry = registry
        self.client = client
        self.budget = budget

    def create(
        self,
        slug: str,
        *,
        connection_id: str = "",
        credential: Mapping[str, Secret],
        base_url: str = "",
        auth_url: str = "",
        token_url: str = "",
        auth_kind: str | None = None,
        expires_at: datetime | None = None,
        settings: Mapping[str, Any] | None = None,
        mappings: Mapping[str, Any] | None = None,
        log: RequestLog | None = None,
        renew: Callable[[Mapping[str, Secret]], Awaitable[RenewedCredential]] | None = None,
    ) -> BaseAdapter[Any]:
        """An adapter for one connection.

        The credential may go to the host of the base URL and of the token URL, and nowhere else.

        Raises:
            NotFound: no such connector.
        """
        entry = self.registry.get(slug)
        addresses = [base_url or entry.spec.base_url, auth_url, token_url, *(getattr(auth, "token_url", "") for auth in entry.spec.auth)]
        hosts = {urlsplit(address).hostname or "" for address in addresses if address} - {""}
        client = self.client.bind(
            connection_id or f"trial:{slug}", credential_hosts=sorted(hosts), log=log, secrets=list(credential.values())
        )
        config = AdapterConfig(
            connection_id=connection_id,
            base_url=base_url or None,
            auth_url=auth_url or None,
            token_url=token_url or None,
            credential=credential,
            auth_kind=auth_kind,
            expires_at=expires_at,
            settings=settings or {},
            mappings=mappings or {},
            renew=renew,
        )
        # The engine's protocol and the egress door have the same shape by design; neither may import the other.
        adapter = entry.adapter(config, cast(HttpClient, client))
        if connection_id:
            # Nobody knows the limits of an address that is not the provider's own (the lab): the budget then learns from its answers.
            rate = adapter.rate_limit()
            limit = Limit(rate.requests, rate.per_s, daily=rate.daily, lanes=rate.lanes) if rate is not None else None
            self.budget.configure(connection_id, limit)
        return adapter
