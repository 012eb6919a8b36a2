"""Addresses that must not be called: each is refused before a single packet (a canary listens and hears nothing)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from yarl import URL

from orion_core.base.egress import EgressClient, EgressPolicy, EgressRequest
from orion_core.base.egress.addresses import Reach, is_numeric_trick, reach
from orion_core.base.errors import EgressRefused, ProviderUnavailable

PRODUCTION = EgressPolicy.for_mode(production=True)
OPEN = EgressPolicy.for_mode(production=False)

NEVER = ["0.0.0.0", "169.254.169.254", "169.254.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.2.1",
         "198.18.0.1", "198.51.100.7", "203.0.113.9", "192.0.0.192", "100.100.100.200", "168.63.129.16", "::", "fe80::1", "fe80::1%eth0",
         "ff02::1", "fec0::1", "2001:db8::1", "2001::1", "fd00:ec2::254", "fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
         "2002:a9fe:a9fe::1", "64:ff9b:1::1", "100::1", "::7f00:1"]
PRIVATE = ["10.0.0.1", "10.255.255.255", "127.0.0.1", "127.8.9.10", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.0.1",
           "::1", "fc00::1", "fd12:3456::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:c0a8:1::1"]
PUBLIC = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "172.15.0.1", "100.63.0.1", "100.128.0.1", "192.167.1.1", "223.255.255.255", "2606:4700::1",
          "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize(("addresses", "tier"), [(NEVER, Reach.NEVER), (PRIVATE, Reach.PRIVATE), (PUBLIC, Reach.PUBLIC)])
def test_every_address_has_its_tier(addresses: list[str], tier: Reach) -> None:
    assert {address: reach(address) for address in addresses} == dict.fromkeys(addresses, tier)


def test_numbers_in_disguise_are_seen() -> None:
    assert all(is_numeric_trick(host) for host in ("2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "127.1", "127.0.1", "017700000001", "0"))
    assert not any(is_numeric_trick(host) for host in ("127.0.0.1", "8.8.8.8", "api.stripe.com", "::1", "1and1.com", "0x.example"))


def forms(port: int) -> list[str]:
    """Ways to write loopback and metadata addresses that have fooled somebody's check."""
    hosts = ["127.0.0.1", "0", "0.0.0.0", "localhost", "LOCALHOST.", "foo.localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
             "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "127.1",
             "017700000001", "127.0.0.1.", "１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1", "metadata.google.internal", "METADATA.google.internal.",
             "metadata", "169.254.169.254", "[fe80::1%25lo]", "printer.local", "100.64.0.1", "10.0.0.1", "224.0.0.1", "255.255.255.255"]
    urls = [f"http://{host}:{port}/" for host in hosts] + [f"https://{host}:{port}/" for host in hosts]
    return [*urls, f"http://api.stripe.com@127.0.0.1:{port}/", f"http://user:pw@127.0.0.1:{port}/", f"http://127.0.0.1:{port}#@api.stripe.com/",
            f"http://127.0.0.1:{port}\\@api.stripe.com/", f"ftp://127.0.0.1:{port}/", f"gopher://127.0.0.1:{port}/_x", "file:///etc/passwd",
            f"//127.0.0.1:{port}/", f"127.0.0.1:{port}", "", "http://", "http:///x", "http://[::1", f"http://127.0.0.1:{port}:80/", "http://\x00/",
            f"unix://127.0.0.1:{port}/", f"ws://127.0.0.1:{port}/", "data:text/plain,x", f"http://[127.0.0.1]:{port}/"]


@pytest.mark.parametrize("policy", [PRODUCTION, OPEN], ids=["production", "local"])
async def test_no_packet_reaches_the_canary(policy: EgressPolicy, canary, client_for: Callable[..., EgressClient]) -> None:
    client = client_for(policy=policy)
    for url in forms(canary.port):
        with pytest.raises(EgressRefused) as caught:
            await client.send(EgressRequest("GET", url, timeout_s=2))
        assert caught.value.next_step, url
    assert (canary.connections, canary.requests) == (0, [])


async def test_allowing_private_addresses_does_not_allow_metadata(canary, client_for: Callable[..., EgressClient]) -> None:
    client = client_for(policy=EgressPolicy.for_mode(production=False, allow_private=True))
    assert (await client.send(EgressRequest("GET", f"http://127.0.0.1:{canary.port}/"))).status == 200
    for host in ("169.254.169.254", "[fe80::1]", "100.100.100.200", "[fd00:ec2::254]", "0.0.0.0"):
        with pytest.raises(EgressRefused):
            await client.send(EgressRequest("GET", f"http://{host}/latest/meta-data/"))


async def test_one_bad_address_among_good_ones_refuses_the_name(canary, client_for: Callable[..., EgressClient]) -> None:
    async def lookup(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "2606:4700::1", "127.0.0.1"]

    client = client_for(policy=OPEN, lookup=lookup)
    with pytest.raises(EgressRefused, match=r"rebind\.example \(127\.0\.0\.1\)"):
        await client.send(EgressRequest("GET", f"http://rebind.example:{canary.port}/"))
    assert canary.connections == 0


async def test_a_name_that_turns_private_is_refused(canary, client_for: Callable[..., EgressClient]) -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"], ["::ffff:127.0.0.1"]]
    asked: list[str] = []

    async def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    client = client_for(policy=EgressPolicy(https_only=False, ports=None, connect_s=0.3), lookup=lookup, dns_ttl_s=0)
    url = f"http://rebind.example:{canary.port}/"
    with pytest.raises(ProviderUnavailable):  # the public address: nothing of ours listens there
        await client.send(EgressRequest("GET", url, timeout_s=1))
    assert len(asked) == 1, "one look-up per connection: what was checked is what is connected to"
    for _ in range(2):
        with pytest.raises(EgressRefused):
            await client.send(EgressRequest("GET", url, timeout_s=1))
    assert canary.connections == 0


async def test_the_socket_itself_is_guarded(canary, client_for: Callable[..., EgressClient], monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the first two checks ever to miss, the socket factory still refuses the address."""
    client = client_for(policy=OPEN)
    monkeypatch.setattr(EgressPolicy, "check_url", lambda self, url: None)
    with pytest.raises(EgressRefused):
        await client.send(EgressRequest("GET", f"http://127.0.0.1:{canary.port}/"))
    assert canary.connections == 0


async def test_production_wants_https_and_a_usual_port(client_for: Callable[..., EgressClient]) -> None:
    async def lookup(host: str, port: int) -> list[str]:
        raise AssertionError("not even looked up")

    client = client_for(policy=PRODUCTION, lookup=lookup)
    for url, words in (("http://api.stripe.com/", "without encryption"), ("https://api.stripe.com:22/", "Port 22"),
                       ("https://api.stripe.com:6379/", "Port 6379")):
        with pytest.raises(EgressRefused, match=words):
            await client.send(EgressRequest("GET", url))
    for good in ("https://api.stripe.com/v1", "https://münchen.example/", "https://8.8.8.8:8443/"):
        PRODUCTION.check_url(URL(good))


async def test_no_proxy_from_the_environment(canary, serve: Callable[..., Awaitable], client_for: Callable[..., EgressClient],
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    async def fine(exchange) -> None:
        await exchange.answer()

    server = await serve(fine)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    assert (await client_for(server).send(EgressRequest("GET", server.url))).status == 200
    assert canary.connections == 0


async def test_a_credential_stays_with_its_hosts(canary, client_for: Callable[..., EgressClient]) -> None:
    client = client_for(canary).bind("acme", credential_hosts=["api.stripe.com", "*.salesforce.com"])
    for header in ("Authorization", "X-API-Key", "X-Vault-Token", "Cookie"):
        with pytest.raises(EgressRefused, match="is not sent to"):
            await client.send(EgressRequest("GET", f"http://127.0.0.1:{canary.port}/", headers={header: "secret"}))
    assert canary.connections == 0
    assert (await client.send(EgressRequest("GET", f"http://127.0.0.1:{canary.port}/"))).status == 200  # no credential: a presigned file, say
