"""Which IP addresses an outgoing call may reach.

Two tiers: addresses that are never a provider (link-local with the cloud metadata services, multicast, reserved), and private ones,
which an operator may allow. Addresses that carry an IPv4 address inside (mapped, NAT64, 6to4) are judged by the one inside.
The tables follow https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sister; `ipaddress.is_global` is
not used because its answer differs between patch releases of Python.
"""

from __future__ import annotations

import socket
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


class Reach(Enum):
    """How far an address lies from the public internet."""

    PUBLIC = "public"
    PRIVATE = "private"
    NEVER = "never"


_PRIVATE_4 = [IPv4Network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
_NEVER_4 = [IPv4Network(text) for text in (
    "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4",
    "100.100.100.200/32",  # metadata of Alibaba Cloud
    "168.63.129.16/32",  # Azure's host service, a public address
)]
_PRIVATE_6 = [IPv6Network(text) for text in ("::1/128", "fc00::/7")]
_NEVER_6 = [IPv6Network(text) for text in (
    "fd00:ec2::254/128",  # metadata of AWS
    "fd20:ce::254/128",  # metadata of Google Cloud
    "2001:db8::/32", "2001::/23", "3fff::/20", "5f00::/16",
)]
_GLOBAL_6 = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")


@lru_cache(maxsize=4096)
def reach(address: str) -> Reach:
    """The tier of `address` (text form; an IPv6 zone makes it `NEVER`).

    Raises:
        ValueError: it is no IP address.
    """
    if "%" in address:
        return Reach.NEVER
    value = ip_address(address)
    return _reach_4(value) if isinstance(value, IPv4Address) else _reach_6(value)


def is_numeric_trick(host: str) -> bool:
    """Whether `host` is an IPv4 address written in a form that people misread (decimal, octal, hex, short)."""
    if ":" in host:
        return False
    try:
        packed = socket.inet_aton(host)
    except (OSError, UnicodeError):
        return False
    return socket.inet_ntoa(packed) != host


def is_ip(host: str) -> bool:
    """Whether `host` is an IP address in its ordinary form."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _reach_4(value: IPv4Address) -> Reach:
    if any(value in network for network in _NEVER_4):
        return Reach.NEVER
    return Reach.PRIVATE if any(value in network for network in _PRIVATE_4) else Reach.PUBLIC


def _reach_6(value: IPv6Address) -> Reach:
    if value in _MAPPED or value in _NAT64:
        return _reach_4(IPv4Address(int(value) & 0xFFFFFFFF))
    if value in _6TO4:
        return _reach_4(IPv4Address(int(value) >> 80 & 0xFFFFFFFF))
    if any(value in network for network in _NEVER_6):
        return Reach.NEVER
    if any(value in network for network in _PRIVATE_6):
        return Reach.PRIVATE
    return Reach.PUBLIC if value in _GLOBAL_6 else Reach.NEVER
