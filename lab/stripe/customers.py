"""Generated customers: https://docs.stripe.com/api/customers/object"""

from __future__ import annotations

from typing import Any

from lab.ids import ALPHABET, IdCodec, token
from lab.names import Locale
from lab.store import Record
from lab.timeline import OLDEST, Timeline
from lab.world import Person, World

CUSTOMERS = IdCodec("cus_", 14, salt=21)
_PREFIX_LETTERS = ALPHABET[:36]


def invoice_prefix(number: int) -> str:
    """Eight capitals and digits that begin a customer's invoice numbers."""
    out = []
    for _ in range(8):
        number, digit = divmod(number, 36)
        out.append(_PREFIX_LETTERS[digit])
    return "".join(out)


def address(person: Person) -> Record:
    """A person's address in Stripe's form."""
    return {
        "city": person.city.name,
        "country": person.locale.country,
        "line1": person.street,
        "line2": None,
        "postal_code": person.postal,
        "state": person.city.state or None,
    }


class Customers:
    """Customer ``i`` is person ``i`` of the world, as a billing system knows them."""

    def __init__(self, world: World, *, even: bool = False) -> None:
        self.world = world
        # one customer from another age breaks an even spread, which benchmarks rely on
        self.timeline = Timeline(world.size, oldest=None if even else OLDEST)

    def locale(self, index: int) -> Locale:
        """The country a customer is billed in."""
        return self.world.person(index).locale

    def make(self, index: int) -> Record:
        """The customer with this index."""
        world = self.world
        person = world.person(index)
        bits = world.bits(index, 2)
        oddity = index % 50
        name: str | None = person.name
        email: str | None = person.email
        shown: Record | None = address(person)
        if bits % 4 == 0 and person.company >= 0:
            name = world.company(person.company).name
        if bits % 9 == 0:
            # the same person as in the CRM, typed by hand in another way
            email = person.email.title()
        if bits % 11 == 0:
            shown = None
        phone = person.phone if bits % 3 else person.national if bits % 2 else None
        created = self.timeline.at(index)
        metadata: dict[str, str] = {"crm_ref": f"P-{index:07d}"} if bits % 2 else {}
        tax_exempt = "none"
        if oddity in _ODDITIES:
            name, email, tax_exempt, metadata = _odd(oddity, person, name, email, metadata)
        billed = index > 0 or world.size == 1
        return {
            "id": CUSTOMERS.encode(index),
            "object": "customer",
            "address": shown,
            "balance": -1500 if bits % 31 == 0 else 0,
            "created": created,
            "currency": person.locale.currency if billed else None,
            "customer_account": None,
            "default_source": None,
            "delinquent": bits % 37 == 0,
            "description": f"Referred by {world.person(bits % max(1, world.size)).name}" if bits % 13 == 0 else None,
            "discount": None,
            "email": email,
            "invoice_prefix": invoice_prefix(bits >> 8),
            "invoice_settings": {
                "custom_fields": [{"name": "Cost centre", "value": str(bits % 900)}] if bits % 41 == 0 else None,
                "default_payment_method": f"pm_1{token(bits, 12)}LabOrionXk1" if bits % 2 else None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": metadata,
            "name": name,
            "next_invoice_sequence": 2,
            "phone": phone,
            "preferred_locales": [person.locale.language] if bits % 5 else [],
            "shipping": {"address": address(person), "name": person.name, "phone": person.phone}
            if bits % 7 == 0
            else None,
            "tax_exempt": tax_exempt,
            "test_clock": None,
        }


_ODDITIES = frozenset({3, 7, 11, 17, 23, 29, 31, 37, 41, 43, 47})


def _odd(
    oddity: int, person: Person, name: str | None, email: str | None, metadata: dict[str, str]
) -> tuple[str | None, str | None, str, dict[str, str]]:
    """The ugly cases every real account has; eleven of fifty customers are one."""
    tax = "none"
    if oddity == 3:
        email = None
    elif oddity == 7:
        bad: list[str] = [person.email.replace("@", "@@"), person.email.replace("@", " at "), person.email + ",",
                          person.email.partition("@")[0] + "@"]  # fmt: skip
        email = bad[person.bits % 4]
    elif oddity == 11:
        name = f"{person.name} 🚀🧑\u200d🍳"
    elif oddity == 17:
        name = None
    elif oddity == 23:
        name = f"  {person.name.upper()}  "
    elif oddity == 29:
        tax = ("exempt", "reverse", "partial_reverse")[person.bits % 3]  # the last is not in Stripe's documentation
    elif oddity == 31:
        name = f"<b>{person.name}</b> & Söhne \"Ltd\" \\ 100%"
    elif oddity == 37:
        name = f"{person.name} " + "von und zu " * 18 + person.last
    elif oddity == 41:
        metadata = {"json": '{"tier":"gold","tags":["vip","EMEA"]}', "Größe": "XL", "emoji": "✅"}
    elif oddity == 43:
        name, email = person.email, person.email
    elif oddity == 47:
        metadata = {f"field_{place:02d}": "x" * place for place in range(20)}
    return name, email, tax, metadata


def blank(identifier: str, created: int, bits: int) -> dict[str, Any]:
    """A new customer without anything."""
    return {
        "id": identifier,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": created,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": invoice_prefix(bits),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
