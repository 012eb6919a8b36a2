"""The lab: fake providers that ship with Orion.

A lab is one process that speaks the APIs of Stripe and HubSpot well enough for
their own SDKs to be its judges. It holds a seeded universe of people and
companies which appear in several providers with realistic differences, answers
with the providers' own error bodies and rate-limit headers, signs webhooks, and
misbehaves on demand (see ``lab/README.md``).

The lab imports nothing of ``orion_*`` and nothing of ``orion_*`` imports it: what
Orion learns about a provider it learns over HTTP.
"""
