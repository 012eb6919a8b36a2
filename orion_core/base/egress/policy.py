"""Where an outgoing call may go and how much it may cost: one frozen object, decided once per process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from yarl import URL

from orion_core.base.egress.addresses import Reach, is_ip, is_numeric_trick, reach
from orion_core.base.errors import EgressRefused

_LOCAL_NAMES = ("localhost", "metadata", "instance-data", "metadata.goog")
_LOCAL_SUFFIXES = (".localhost", ".internal", ".local", ".localdomain", ".home.arpa")
_MIB = 1024 * 1024
_PRIVATE_STEP = "Use a public address, or allow private ones with ORION_ALLOW_PRIVATE_EGRESS=1."


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """The rules of the outgoing door.

    `allowed_hosts` (`host:port`, e.g. the lab's) pass the https, port and private-address rules; an address that is never a provider
    (link-local, metadata, multicast) is refused even then. `ports` None means any. `max_ratio` limits decoded to encoded size and
    counts from 1 MiB decoded on. `total_s` caps a request's own `timeout_s`.
    """

    https_only: bool = True
    allow_private: bool = False
    allowed_hosts: frozenset[str] = frozenset()
    ports: frozenset[int] | None = frozenset({443, 8443})
    max_body_bytes: int = 10 * _MIB
    max_ratio: int = 100
    connect_s: float = 10.0
    total_s: float = 120.0
    max_redirects: int = 3
    cross_host_redirects: bool = False
    ca_file: str | None = field(default=None)

    @classmethod
    def for_mode(cls, *, production: bool, allow_private: bool = False, allowed_hosts: Iterable[str] = ()) -> EgressPolicy:
        """The policy of a mode: production speaks https on its usual ports; local mode also http on any port."""
        hosts = frozenset(name for host in allowed_hosts for name in _with_port(host))
        return cls(https_only=production, allow_private=allow_private, allowed_hosts=hosts,
                   ports=frozenset({443, 8443}) if production and not allow_private else None)

    def with_hosts(self, *hosts: str) -> EgressPolicy:
        """This policy with more `host:port` exceptions (the operator's own Vault, say)."""
        return replace(self, allowed_hosts=self.allowed_hosts | {name for host in hosts for name in _with_port(host)})

    def exempt(self, host: str, port: int) -> bool:
        """Whether `host:port` is one of `allowed_hosts`."""
        return f"{host.rstrip('.').lower()}:{port}" in self.allowed_hosts

    def check_url(self, url: URL) -> None:
        """Refuse what can be refused before any name is looked up.

        Raises:
            EgressRefused: scheme, user info, port, a numeric trick, a local name or an address literal out of bounds.
        """
        host = (url.raw_host or "").rstrip(".").lower()
        if url.scheme not in ("https", "http"):
            raise EgressRefused(f"Only http and https addresses are called, not {url.scheme or 'a relative one'!s}.",
                                next_step="Write the whole address, starting with https://.")
        if not host:
            raise EgressRefused("The address has no host.", next_step="Write the whole address, such as https://api.example.com.")
        if url.raw_user is not None or url.raw_password is not None:
            raise EgressRefused("The address holds a user name or password before the @.",
                                next_step="Take it out of the address and enter it as the credential.")
        port = url.port or 0
        if is_numeric_trick(host):
            raise EgressRefused(f"The host {host} is an IP address in disguise.",
                                next_step="Write it as four decimal numbers, or use its name.")
        if is_ip(host):
            self.check_address(host, host, port)
        if self.exempt(host, port):
            return
        if url.scheme == "http" and self.https_only:
            raise EgressRefused(f"{host} is called without encryption (http).", next_step="Use https://, or run Orion in local mode.")
        if self.ports is not None and port not in self.ports:
            raise EgressRefused(f"Port {port} of {host} is not open for outgoing calls (open: {', '.join(map(str, sorted(self.ports)))}).",
                                next_step="Use the provider's https address with its usual port.")
        if not self.allow_private and (host in _LOCAL_NAMES or host.endswith(_LOCAL_SUFFIXES)):
            raise EgressRefused(f"{host} is a name of a private network.", next_step=_PRIVATE_STEP)

    def check_address(self, address: str, host: str, port: int) -> None:
        """Refuse `address`, which `host` stands for, when it lies out of bounds.

        Raises:
            EgressRefused: the message names host and address.
        """
        try:
            tier = reach(address)
        except ValueError:
            tier = Reach.NEVER
        if tier is Reach.PUBLIC or (tier is Reach.PRIVATE and (self.allow_private or self.exempt(host, port))):
            return
        shown = host if host == address else f"{host} ({address})"
        if tier is Reach.NEVER:
            raise EgressRefused(f"{shown} is a reserved address; no provider answers there.", next_step="Check the base URL.")
        raise EgressRefused(f"{shown} lies in a private network.", next_step=_PRIVATE_STEP)


def host_matches(host: str, allowed: Iterable[str]) -> bool:
    """Whether `host` is one of `allowed`: an exact name, or `*.name` / `.name` for every name below it."""
    host = host.rstrip(".").lower()
    for entry in allowed:
        name = entry.lower()
        if host == name or (name.startswith(("*.", ".")) and host.endswith(name.removeprefix("*"))):
            return True
    return False


def _with_port(host: str) -> tuple[str, ...]:
    """`host:port` in lower case; a host without a port stands for 80 and 443."""
    name = host.strip().lower()
    if name.startswith("[") or name.count(":") > 1:
        inner, _, port = name.removeprefix("[").partition("]")
        return (f"{inner}{port}",) if port else (f"{inner}:80", f"{inner}:443")
    return (name,) if ":" in name else (f"{name}:80", f"{name}:443")
