"""What callers use: connect, test, change, pause, delete connections."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from orion_core.base.db.states import ask_to_stop
from orion_core.base.db.tables import ConnectorConfig
from orion_core.base.errors import Conflict, ConnectorError, InvalidInput, NotFound, OrionError
from orion_core.base.kit.clock import now
from orion_core.base.kit.redact import Secret
from orion_core.base.work import Transaction, Work
from orion_core.engine.connector import AccountInfo, BaseAdapter, ConnectorSpec
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.audit import Audit
from orion_core.platform.catalog import AdapterFactory
from orion_core.platform.credentials import Safe
from orion_core.services.connections import checking, repository, views
from orion_core.services.connections.opening import Opener
from orion_core.services.connections.types import ConnectionChange, ConnectionDetail, ConnectionRow, Deleted, NewConnection, TestResult

_NAME_LENGTH = 120
LAB_CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "stripe": {"api_key": "sk_test_lab_orion"},
    "hubspot": {"access_token": "pat-lab-orion"},
}


class Connections:
    """The connections service."""

    def __init__(self, work: Work, factory: AdapterFactory, safe: Safe, audit: Audit, *, lab_url: str = "") -> None:
        self.work = work
        self.factory = factory
        self.audit = audit
        self.lab_url = lab_url.rstrip("/")
        self.opener = Opener(work, factory, safe)

    # Reading ------------------------------------------------------------------------------------------------------------------

    async def rows(self, p: Principal) -> tuple[ConnectionRow, ...]:
        """Every connection, by name."""
        p.require(Role.viewer, "connections:read")
        async with self.work.read(p.workspace_id) as session:
            rows = await repository.all_connections(session)
            states = await repository.stream_states(session)
            runs = {run.connection_id: run for run in await repository.open_runs(session)}
            parts = await repository.parts_of(session, [run.id for run in runs.values()])
        return tuple(views.row(row, self._spec(row), states, runs.get(row.id), parts) for row in rows)

    async def get(self, p: Principal, connection_id: str) -> ConnectionDetail:
        """One connection with its streams and credentials (never a plain secret)."""
        p.require(Role.viewer, "connections:read")
        async with self.work.read(p.workspace_id) as session:
            row = await repository.connection(session, connection_id)
            states = await repository.stream_states(session, connection_id)
            stored = await repository.credentials(session, connection_id)
            runs = [run for run in await repository.open_runs(session) if run.connection_id == connection_id]
            parts = await repository.parts_of(session, [run.id for run in runs])
        return views.detail(row, self._spec(row), states, stored, runs[0] if runs else None, parts)

    def _spec(self, row: ConnectorConfig) -> ConnectorSpec | None:
        try:
            return self.factory.registry.get(row.connector_id).spec
        except NotFound:
            return None  # a third-party package was removed: the connection is still shown

    # Connecting ---------------------------------------------------------------------------------------------------------------

    async def test(self, p: Principal, new: NewConnection) -> TestResult:
        """Try a connection before it is saved: one list call of one record."""
        p.require(Role.editor, "connections:write")
        values = checking.credential(self.factory.registry.get(new.connector).spec, new)
        return await self._check(self._trial(new, values), new.streams)

    async def test_saved(self, p: Principal, connection_id: str) -> TestResult:
        """Try a stored connection; a success ends the state that a refused credential put it in."""
        p.require(Role.editor, "connections:write")
        adapter = await self.opener.adapter(p.workspace_id, connection_id)
        async with self.work.read(p.workspace_id) as session:
            row = await repository.connection(session, connection_id)
        result = await self._check(adapter, row.config.get("streams"))
        if result.ok and row.status in ("reauth_required", "failed"):
            async with self.work.write(p.workspace_id) as tx:
                row = await repository.connection(tx.session, connection_id)
                row.status, row.status_error, row.updated_at = "active", None, now()
        return result

    async def connect(self, p: Principal, new: NewConnection, *, test: bool = True) -> str:
        """Save a connection and return its id; nothing is saved when its test fails.

        Raises:
            ConnectorError: the test failed; the message says why. InvalidInput: a field is missing or wrong. Conflict: the name is taken.
        """
        p.require(Role.editor, "connections:write")
        values = checking.credential(self.factory.registry.get(new.connector).spec, new)
        spec = self.factory.registry.get(new.connector).spec
        config = checking.config(spec, new.streams, new.exclude, new.backfill_start)
        account = AccountInfo()
        if test:
            account = await self._account(self._trial(new, values), new.streams)
        await self.opener.safe.ready(p.workspace_id)
        async with self.work.write(p.workspace_id) as tx:
            name = await self._free_name(tx, new.name or spec.name, given=bool(new.name))
            row = ConnectorConfig(
                connector_id=spec.slug,
                name=name,
                user_id=p.id,
                base_url=checking.address(new.base_url, spec.base_url),
                auth_url=checking.address(new.auth_url, ""),
                token_url=checking.address(new.token_url, ""),
                account_id=account.id or "",
                account_name=account.label or "",
                config={**config, "auth_kind": spec.auth_of(new.auth_kind).kind, "settings": dict(account.settings)},
                updated_at=now(),
            )
            tx.session.add(row)
            await tx.session.flush()
            await self.opener.store(tx, row.id, values)
            await self.audit.record(
                tx,
                p,
                "connection.created",
                "connection",
                row.id,
                row.name,
                {"connector": spec.slug, "base_url": row.base_url or spec.base_url, "account": row.account_name},
            )
        return row.id

    async def connect_lab(self, p: Principal, connector: str) -> str:
        """Connect the lab's account of a connector: one click, nothing leaves this machine.

        Raises:
            Conflict: no lab runs with this instance. NotFound: the lab has no such provider.
        """
        p.require(Role.editor, "connections:write")
        if not self.lab_url:
            raise Conflict("No lab runs with this instance.", next_step="Start Orion with `orion up`, or the lab alone with `orion lab`.")
        if connector not in LAB_CREDENTIALS:
            raise NotFound(f"The lab has no {connector}. It has: {', '.join(LAB_CREDENTIALS)}.")
        spec = self.factory.registry.get(connector).spec
        names = {item.name: value for item, value in zip(spec.auth[0].fields, LAB_CREDENTIALS[connector].values(), strict=False)}
        return await self.connect(p, NewConnection(connector, "", names, auth_kind=spec.auth[0].kind, base_url=self.lab_address(connector)))

    def lab_address(self, connector: str) -> str:
        """The base URL of a provider in the lab."""
        return f"{self.lab_url}/{connector}"

    def lab_providers(self) -> tuple[str, ...]:
        """What the lab that runs with this instance can stand in for."""
        return tuple(LAB_CREDENTIALS) if self.lab_url else ()

    def _trial(self, new: NewConnection, values: Mapping[str, Secret]) -> BaseAdapter[Any]:
        spec = self.factory.registry.get(new.connector).spec
        return self.factory.create(
            new.connector,
            credential=values,
            base_url=checking.address(new.base_url, spec.base_url),
            auth_url=checking.address(new.auth_url, ""),
            token_url=checking.address(new.token_url, ""),
            auth_kind=new.auth_kind,
        )

    async def _account(self, adapter: BaseAdapter[Any], streams: Sequence[str] | None) -> AccountInfo:
        wanted = [stream.name for stream in adapter.spec.streams if streams is None or stream.name in streams]
        test = adapter.spec.test_stream
        return await adapter.check(test if test in wanted or not wanted else wanted[0])

    async def _check(self, adapter: BaseAdapter[Any], streams: Sequence[str] | None) -> TestResult:
        began = time.perf_counter()
        try:
            account = await self._account(adapter, streams)
        except OrionError as error:
            if not isinstance(error, ConnectorError):
                raise
            return TestResult(False, elapsed_ms=_ms(began), error=error.as_dict())
        return TestResult(True, account.label or "", account.id or "", _ms(began))

    async def _free_name(self, tx: Transaction, name: str, *, given: bool, own_id: str = "") -> str:
        name = name.strip()
        if not name or len(name) > _NAME_LENGTH:
            raise InvalidInput(f"A name has 1 to {_NAME_LENGTH} characters.", detail={"fields": {"name": "1 to 120 characters"}})
        found = await repository.by_name(tx.session, name)
        if found is None or found.id == own_id:
            return name
        if given:
            raise Conflict(f"There is a connection called {name!r} already.", next_step="Choose another name.")
        for number in range(2, 1000):
            if await repository.by_name(tx.session, f"{name} {number}") is None:
                return f"{name} {number}"
        raise Conflict(f"There are too many connections called {name!r}.", next_step="Give this one a name.")

    # Changing -----------------------------------------------------------------------------------------------------------------

    async def update(self, p: Principal, connection_id: str, change: ConnectionChange) -> None:
        """Change name, streams, fields or addresses. A new address clears the credential and needs an admin: the old secret must not
        travel to another host.

        Raises:
            Forbidden: an address was changed by someone who is not an admin.
        """
        p.require(Role.editor, "connections:write")
        async with self.work.write(p.workspace_id) as tx:
            row = await repository.connection(tx.session, connection_id, for_update=True)
            spec = self.factory.registry.get(row.connector_id).spec
            before = {"name": row.name, "base_url": row.base_url, "streams": row.config.get("streams")}
            if change.name is not None:
                row.name = await self._free_name(tx, change.name, given=True, own_id=row.id)
            if change.streams is not None or change.exclude is not None or change.backfill_start is not None:
                config = checking.config(
                    spec,
                    change.streams if change.streams is not None else row.config.get("streams"),
                    change.exclude if change.exclude is not None else row.config.get("exclude", {}),
                    change.backfill_start if change.backfill_start is not None else row.config.get("backfill_start") or "",
                )
                row.config = {**row.config, **config}
            moved = {
                name: checking.address(value, spec.base_url if name == "base_url" else "")
                for name in ("base_url", "auth_url", "token_url")
                if (value := getattr(change, name)) is not None
            }
            if any(getattr(row, name) != value for name, value in moved.items()):
                p.require(Role.admin, "connections:write")
                for name, value in moved.items():
                    setattr(row, name, value)
                await repository.drop_credentials(tx.session, row.id)
                for run in await repository.open_runs(tx.session):
                    if run.connection_id == row.id:
                        ask_to_stop(run, now())
                for state in await repository.stream_states(tx.session, row.id):
                    state.cursor = None  # a position at the old address means nothing at the new one: the next sync reads all
                row.account_id = row.account_name = ""
                row.status, row.status_error = (
                    "reauth_required",
                    {
                        "code": "reauthorize",
                        "message": "The address of this connection was changed, so its credential was cleared.",
                        "next_step": "Enter the credential for the new address.",
                        "detail": {},
                    },
                )
            row.updated_at = now()
            await self.audit.record(
                tx,
                p,
                "connection.changed",
                "connection",
                row.id,
                row.name,
                {"before": before, "after": {"name": row.name, "base_url": row.base_url, "streams": row.config.get("streams")}},
            )

    async def replace_credential(
        self, p: Principal, connection_id: str, credential: Mapping[str, str], *, auth_kind: str | None = None
    ) -> TestResult:
        """Store a new credential once its test passes; syncs that were stopped by the old one may run again."""
        p.require(Role.editor, "connections:write")
        async with self.work.read(p.workspace_id) as session:
            row = await repository.connection(session, connection_id)
        new = NewConnection(
            row.connector_id,
            row.name,
            credential,
            auth_kind=auth_kind or row.config.get("auth_kind"),
            base_url=row.base_url,
            auth_url=row.auth_url,
            token_url=row.token_url,
        )
        values = checking.credential(self.factory.registry.get(new.connector).spec, new)
        adapter = self._trial(new, values)
        result = await self._check(adapter, row.config.get("streams"))
        if not result.ok:
            return result
        await self.opener.safe.ready(p.workspace_id)
        async with self.work.write(p.workspace_id) as tx:
            row = await repository.connection(tx.session, connection_id, for_update=True)
            if row.account_id and result.account_id and row.account_id != result.account_id:
                raise Conflict(
                    f"This credential belongs to another account ({result.account or result.account_id}).",
                    next_step="Use a credential of the same account, or connect the other account as a connection of its own.",
                )
            await repository.drop_credentials(tx.session, row.id)
            await tx.session.flush()
            await self.opener.store(tx, row.id, values)
            row.status, row.status_error, row.updated_at = "active", None, now()
            row.account_id, row.account_name = result.account_id or row.account_id, result.account or row.account_name
            row.config = {**row.config, "auth_kind": adapter.spec.auth_of(new.auth_kind).kind}
            await self.audit.record(tx, p, "connection.credential_replaced", "connection", row.id, row.name)
        return result

    async def pause(self, p: Principal, connection_id: str) -> None:
        """Stop all syncs of a connection until it is resumed."""
        await self._enable(p, connection_id, False)

    async def resume(self, p: Principal, connection_id: str) -> None:
        """Let a paused connection sync again."""
        await self._enable(p, connection_id, True)

    async def _enable(self, p: Principal, connection_id: str, enabled: bool) -> None:
        p.require(Role.editor, "connections:write")
        async with self.work.write(p.workspace_id) as tx:
            row = await repository.connection(tx.session, connection_id, for_update=True)
            if row.enabled == enabled:
                return
            row.enabled, row.updated_at = enabled, now()
            for run in await repository.open_runs(tx.session):
                if run.connection_id == row.id and not enabled:
                    ask_to_stop(run, now())
            await self.audit.record(tx, p, "connection.resumed" if enabled else "connection.paused", "connection", row.id, row.name)

    async def delete(self, p: Principal, connection_id: str) -> Deleted:
        """End a connection: its open run stops, its credential is revoked at the provider where that is possible and erased here at once.

        Its records and runs stay readable.
        """
        p.require(Role.admin, "connections:write")
        revoked, note = await self._revoke(p, connection_id)
        async with self.work.write(p.workspace_id) as tx:
            row = await repository.connection(tx.session, connection_id, for_update=True)
            await repository.drop_credentials(tx.session, row.id)
            for run in await repository.open_runs(tx.session):
                if run.connection_id == row.id:
                    ask_to_stop(run, now())
            row.deleted_at, row.enabled, row.schedule_kind, row.next_due_at = now(), False, "manual", None
            await self.audit.record(tx, p, "connection.deleted", "connection", row.id, row.name, {"revoked": revoked, "note": note})
        return Deleted(revoked, note)

    async def _revoke(self, p: Principal, connection_id: str) -> tuple[bool, str]:
        try:
            adapter = await self.opener.adapter(p.workspace_id, connection_id)
            revoke = getattr(adapter, "revoke", None)
            if revoke is None:
                return False, f"{adapter.spec.name} keys are revoked at the provider: delete the key there too."
            await revoke()
        except NotFound:
            raise
        except OrionError as error:
            return False, f"The provider was not told: {error.message}"
        return True, ""


def _ms(began: float) -> int:
    return int((time.perf_counter() - began) * 1000)
