"""Root keys in HashiCorp Vault's transit engine: they never leave Vault.

API: https://developer.hashicorp.com/vault/api-docs/secret/transit. Orion needs `encrypt`, `decrypt`, `rewrap` and read on the key;
`rotate` only for `orion keys rotate --new`. Rewrapping sends ciphertext only. Vault's address belongs into the policy's allowed hosts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol

import orjson

from orion_core.base.egress import EgressRequest, EgressResponse
from orion_core.base.errors import BadResponse, ConfigurationError, DecryptError, RetryLater
from orion_core.base.kit.redact import Secret
from orion_core.platform.credentials.providers import RootKey, Wrapped

_BATCH = 250


class HttpSender(Protocol):
    """What this needs of the outgoing door; give it a view without a request log, for bodies are keys."""

    async def send(self, request: EgressRequest) -> EgressResponse: ...


class VaultKeyProvider:
    """Wraps the keys of workspaces with a transit key."""

    kind = "vault"

    def __init__(self, client: HttpSender, *, url: str, token: Secret, key: str = "orion", mount: str = "transit", namespace: str = "",
                 timeout_s: float = 10.0) -> None:
        if not url or not token.reveal():
            raise ConfigurationError("Vault needs ORION_VAULT_URL and ORION_VAULT_TOKEN.", next_step="Set both and start again.")
        self._client = client
        self._base = f"{url.rstrip('/')}/v1/{mount.strip('/')}"
        self._key = key
        self._token = token
        self._namespace = namespace
        self._timeout_s = timeout_s

    async def wrap(self, key: str, workspace_id: str) -> Wrapped:
        """See `KeyProvider`."""
        data = await self._post("encrypt", {"plaintext": _bind(key, workspace_id)})
        return self._wrapped(data.get("ciphertext"))

    async def unwrap(self, wrapped: str, workspace_id: str) -> str:
        """See `KeyProvider`."""
        data = await self._post("decrypt", {"ciphertext": wrapped})
        return _unbind(data.get("plaintext"), workspace_id)

    async def rewrap(self, items: Sequence[tuple[str, str]]) -> list[Wrapped | DecryptError]:
        """See `KeyProvider`; in batches, without a key ever being sent here."""
        done: list[Wrapped | DecryptError] = []
        for start in range(0, len(items), _BATCH):
            part = [{"ciphertext": wrapped} for _, wrapped in items[start:start + _BATCH]]
            data = await self._post("rewrap", {"batch_input": part}, partial=True)
            results = data.get("batch_results")
            if not isinstance(results, list) or len(results) != len(part):
                raise _strange()
            for result in results:
                problem = result.get("error") if isinstance(result, dict) else "no answer"
                done.append(_unreadable(str(problem)) if problem else self._wrapped(result.get("ciphertext")))
        return done

    async def roots(self) -> list[RootKey]:
        """The versions Vault still decrypts with, newest first."""
        data = await self._call("GET", f"{self._base}/keys/{self._key}", None)
        try:
            newest, oldest = int(data["latest_version"]), int(data.get("min_decryption_version", 1))
            made = data.get("keys") or {}
            return [RootKey(self._name(version), version == newest, _moment(made.get(str(version))))
                    for version in range(newest, max(1, oldest) - 1, -1)]
        except (KeyError, TypeError, ValueError):
            raise _strange() from None

    async def new_root(self) -> RootKey:
        """Have Vault make a new version of its key.

        Raises:
            ConfigurationError: the token's policy does not allow it.
        """
        await self._call("POST", f"{self._base}/keys/{self._key}/rotate", {})
        return (await self.roots())[0]

    def __repr__(self) -> str:
        return f"VaultKeyProvider({self._key})"

    def _name(self, version: int) -> str:
        return f"vault:{self._key}:v{version}"

    def _wrapped(self, ciphertext: object) -> Wrapped:
        text = str(ciphertext)
        prefix, _, rest = text.partition(":v")
        version = rest.partition(":")[0]
        if prefix != "vault" or not version.isdigit():
            raise _strange()
        return Wrapped(text, self._name(int(version)))

    async def _post(self, operation: str, body: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
        return await self._call("POST", f"{self._base}/{operation}/{self._key}", body, partial=partial)

    async def _call(self, method: str, url: str, body: Mapping[str, Any] | None, *, partial: bool = False) -> dict[str, Any]:
        headers = {"X-Vault-Token": self._token.reveal(), "X-Vault-Request": "true", "Accept": "application/json"}
        if self._namespace:
            headers["X-Vault-Namespace"] = self._namespace
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = await self._client.send(EgressRequest(method, url, headers=headers, body=None if body is None else orjson.dumps(body),
                                                       timeout_s=self._timeout_s))
        try:
            found = orjson.loads(answer.body) if answer.body else {}
        except orjson.JSONDecodeError:
            found = None
        data = found.get("data") if isinstance(found, dict) else None
        # A batch with some bad items is 400 and still has the results of all.
        if answer.status in (200, 204) or (partial and answer.status == 400 and isinstance(data, dict) and "batch_results" in data):
            if isinstance(data, dict) or answer.status == 204 or url.endswith("/rotate"):
                return data or {}
            raise _strange()
        self._refuse(answer.status, found)

    def _refuse(self, status: int, found: object) -> NoReturn:
        problems = found.get("errors") if isinstance(found, dict) else None
        words = "; ".join(str(item) for item in problems)[:200] if isinstance(problems, list) else ""
        if status == 403:
            raise ConfigurationError("Vault refuses the token for this key.",
                                     next_step=f"Give it encrypt, decrypt, rewrap and read on the transit key {self._key}, or renew it.")
        if status == 404 or "key not found" in words:
            raise ConfigurationError(f"Vault has no transit key {self._key} there.",
                                     next_step=f"Check ORION_VAULT_URL; make the key with `vault write -f transit/keys/{self._key}`.")
        if status == 400:
            raise _unreadable(words)
        if status in (429, 472, 473, 500, 502, 503, 504):
            raise RetryLater("Vault is sealed, on standby or overloaded; stored secrets cannot be read until it is back.", after_s=5.0,
                             next_step="Unseal Vault or bring it back; Orion tries again by itself.", detail={"status": status})
        raise BadResponse(f"Vault answered with status {status}.", next_step="Check ORION_VAULT_URL.", detail={"status": status})


def _bind(key: str, workspace_id: str) -> str:
    return base64.b64encode(orjson.dumps({"w": workspace_id, "d": key})).decode()


def _unbind(plaintext: object, workspace_id: str) -> str:
    try:
        found = orjson.loads(base64.b64decode(str(plaintext), validate=True))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("d"), str):
        raise DecryptError("What Vault decrypted is not a workspace's key.", detail={"cause": "damaged"})
    if found.get("w") != workspace_id:
        raise DecryptError("This wrapped key was made for another workspace, and is not opened here.",
                           next_step="Somebody or something moved it. Look at the audit log.", detail={"cause": "wrong_context"})
    return str(found["d"])


def _unreadable(words: str) -> DecryptError:
    if "too old" in words or "disallowed by policy" in words:
        return DecryptError("Vault no longer decrypts with the key version that wrapped this.", detail={"cause": "no_key"},
                            next_step="Lower min_decryption_version of the transit key, run `orion keys rotate`, then raise it again.")
    return DecryptError("Vault cannot decrypt this: it is damaged or was wrapped by another key.", detail={"cause": "damaged"},
                        next_step="Check ORION_VAULT_KEY; if the transit key was deleted, restore it or connect again.")


def _strange() -> BadResponse:
    return BadResponse("The answer is not what Vault's transit engine sends.", next_step="Check ORION_VAULT_URL and the transit mount.")


def _moment(value: object) -> datetime | None:
    try:
        if isinstance(value, dict):  # asymmetric keys carry an object
            value = value.get("creation_time")
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        return datetime.fromisoformat(str(value)) if value else None
    except (ValueError, OverflowError):
        return None
