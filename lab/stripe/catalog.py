"""Products and prices: https://docs.stripe.com/api/products, https://docs.stripe.com/api/prices"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from lab.goods import CATALOG
from lab.ids import IdCodec
from lab.names import LOCALES
from lab.store import Record
from lab.timeline import Timeline

PRODUCTS = IdCodec("prod_", 14, salt=11)
PRICES = IdCodec("price_1", 12, salt=12, suffix="LabOrionXk1")

CURRENCIES: tuple[str, ...] = tuple(dict.fromkeys(locale.currency for locale in LOCALES))
PRODUCT_TIMES = Timeline(len(CATALOG))
PRICE_TIMES = Timeline(len(CATALOG) * len(CURRENCIES))
THREE_DECIMAL = frozenset({"kwd"})
# minor units of the currency for one US cent, rough on purpose
_RATE = {"usd": "1", "gbp": "0.8", "eur": "0.9", "brl": "5", "jpy": "1.5", "kwd": "3", "cny": "7", "inr": "83",
         "pln": "4", "sek": "10", "ngn": "1500"}  # fmt: skip


def unit_amount(product: int, currency: str) -> Decimal:
    """The price of a product in minor units; may have a fraction."""
    cents = Decimal(CATALOG[product][2])
    amount = cents * Decimal(_RATE[currency])
    if cents != cents.to_integral_value():
        return amount
    amount = amount.to_integral_value(ROUND_HALF_UP)
    # a three-decimal currency is charged in tens: https://docs.stripe.com/currencies
    return amount.quantize(Decimal(1)) // 10 * 10 if currency in THREE_DECIMAL else amount


def rounded(amount: Decimal, currency: str) -> int:
    """A line's amount as Stripe bills it."""
    whole = int(amount.to_integral_value(ROUND_HALF_UP))
    return whole // 10 * 10 if currency in THREE_DECIMAL else whole


def price_index(product: int, currency: str) -> int:
    """Where a product's price in a currency is in the list of prices."""
    return product * len(CURRENCIES) + CURRENCIES.index(currency)


@lru_cache(maxsize=512)
def price_id(product: int, currency: str) -> str:
    """The identifier of a product's price in a currency."""
    return PRICES.encode(price_index(product, currency))


@lru_cache(maxsize=64)
def product_id(product: int) -> str:
    """The identifier of a product."""
    return PRODUCTS.encode(product)


def product(index: int) -> Record:
    """Product ``index`` of the seeded catalogue."""
    name, description, _, _, unit = CATALOG[index]
    legacy = "legacy" in name
    return {
        "id": PRODUCTS.encode(index),
        "object": "product",
        "active": not legacy,
        "created": PRODUCT_TIMES.at(index),
        "default_price": PRICES.encode(price_index(index, "usd")),
        "description": description or None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {"sku": f"ORN-{index:03d}"},
        "name": name,
        "package_dimensions": None,
        "shippable": True if "Hardware" in description else None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": unit or None,
        "updated": PRODUCT_TIMES.at(index),
        "url": None,
    }


def price(index: int) -> Record:
    """Price ``index``: every product in every currency."""
    which, place = divmod(index, len(CURRENCIES))
    currency = CURRENCIES[place]
    amount = unit_amount(which, currency)
    interval = CATALOG[which][3]
    metered = amount != amount.to_integral_value() or CATALOG[which][2] in ("0.35", "2.5")
    return {
        "id": PRICES.encode(index),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": PRICE_TIMES.at(index),
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": f"{which:03d}_{currency}",
        "metadata": {},
        "nickname": None,
        "product": PRODUCTS.encode(which),
        "recurring": None
        if not interval
        else {
            "interval": interval,
            "interval_count": 1,
            "meter": None,
            "trial_period_days": None,
            "usage_type": "metered" if metered else "licensed",
        },
        "tax_behavior": "exclusive",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if interval else "one_time",
        "unit_amount": int(amount) if amount == amount.to_integral_value() else None,
        "unit_amount_decimal": format(amount.normalize(), "f"),
    }
