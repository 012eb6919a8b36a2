"""Stripe as data: sign-in, streams, limits.

Provider docs: https://docs.stripe.com/api (read 2026-11). Payments are payment intents with their latest charge: one per attempt to be
paid, whatever the method; a charge made without an intent (the API of before 2019) is not listed.
"""

from __future__ import annotations

from typing import Any

from orion_core.engine.adapters.stripe.mapping import CUSTOMER, EVENT, INVOICE, PAYMENT, PRODUCT
from orion_core.engine.connector.spec import ConnectorSpec, ErrorRule, RateLimitSpec
from orion_core.engine.connector.spec_auth import BearerAuth, CredentialField, SignatureSpec, WebhookSpec
from orion_core.engine.connector.spec_streams import CursorSpec, KeysetPaging, OperationSpec, StreamSpec, WindowSpec, WriteSpec
from orion_core.engine.connector.types import AdapterCapability

# The version the stripe SDK 16.1 speaks; the account's own default would change under us. https://docs.stripe.com/api/versioning
API_VERSION = "2026-10-28.endive"

PAGING = KeysetPaging(param="starting_after", more_path="has_more")  # https://docs.stripe.com/api/pagination
CREATED = CursorSpec(path="created", format="epoch", param="created[gte]", overlap_s=60)
WINDOWS = WindowSpec(path="created", gte_param="created[gte]", lt_param="created[lt]", format="epoch", earliest="2011-01-01")


def _write(path: str, *, delete: bool = True) -> WriteSpec:
    """Form-encoded writes, safe to repeat with the same key: https://docs.stripe.com/api/idempotent_requests"""
    return WriteSpec(
        create=OperationSpec(path=path),
        update=OperationSpec(path=path + "/{id}"),
        delete=OperationSpec(method="DELETE", path=path + "/{id}") if delete else None,
        encoding="form",
        idempotency_header="Idempotency-Key",
    )


def _stream(name: str, path: str, *, expand: str | None = None, **rest: Any) -> StreamSpec:
    """A list; `expand` names what comes along in each record: https://docs.stripe.com/api/expanding_objects"""
    return StreamSpec(
        name=name,
        path=path,
        item_path=path + "/{id}",
        gone_path="deleted",
        pagination=PAGING,
        page_size=100,
        order="desc",
        cursor=CREATED,
        params={"expand[0]": f"data.{expand}"} if expand else {},
        item_params={"expand[0]": expand} if expand else {},
        **rest,
    )


SPEC = ConnectorSpec(
    slug="stripe",
    name="Stripe",
    description="Customers, invoices with all their lines, payments, products and events of a Stripe account.",
    category="payments",
    base_url="https://api.stripe.com",
    docs_url="https://docs.stripe.com/api",
    headers={"Stripe-Version": API_VERSION},
    auth=(
        BearerAuth(
            title="Secret or restricted key",
            help_url="https://docs.stripe.com/keys",
            fields=(
                CredentialField(
                    name="api_key",
                    title="API key",
                    placeholder="sk_live_… or rk_live_…",
                    pattern=r"^(sk|rk)_(test|live)_[A-Za-z0-9_]+$",
                    help="Dashboard → Developers → API keys. A restricted key that reads the chosen streams is enough.",
                ),
            ),
        ),
    ),
    streams=(
        _stream(
            "customers",
            "/v1/customers",
            title="Customers",
            model="customer",
            mapping=CUSTOMER,
            deletes="events",
            windows=WINDOWS,
            write=_write("/v1/customers"),
            docs_url="https://docs.stripe.com/api/customers",
            scopes=("customers read",),
        ),
        _stream(
            "invoices",
            "/v1/invoices",
            title="Invoices",
            model="invoice",
            mapping=INVOICE,
            deletes="events",
            windows=WINDOWS,
            write=_write("/v1/invoices"),
            docs_url="https://docs.stripe.com/api/invoices",
            scopes=("invoices read",),
            description="With every line: those beyond the first ten are read from the invoice's own list.",
        ),
        _stream(
            "payments",
            "/v1/payment_intents",
            expand="latest_charge",
            title="Payments",
            model="payment",
            mapping=PAYMENT,
            deletes="events",
            windows=WINDOWS,
            write=_write("/v1/payment_intents", delete=False),
            docs_url="https://docs.stripe.com/api/payment_intents",
            scopes=("payment intents read", "charges read"),
        ),
        _stream(
            "products",
            "/v1/products",
            expand="default_price",
            title="Products",
            model="product",
            mapping=PRODUCT,
            deletes="events",
            windows=WINDOWS,
            write=_write("/v1/products"),
            docs_url="https://docs.stripe.com/api/products",
            scopes=("products read", "prices read"),
            description="With the default price.",
        ),
        StreamSpec(
            name="events",
            title="Events",
            model="event",
            path="/v1/events",
            item_path="/v1/events/{id}",
            pagination=PAGING,
            page_size=100,
            order="desc",
            cursor=CREATED,
            mapping=EVENT,
            deletes=None,
            docs_url="https://docs.stripe.com/api/events",
            scopes=("events read",),
            description="What happened in the last 30 days; older events stay stored.",
            selected=False,
        ),
    ),
    webhooks=WebhookSpec(
        signature=SignatureSpec(scheme="stripe"),
        id_path="id",
        type_path="type",
        time_path="created",
        account_path="account",
        object_id_path="data.object.id",
    ),
    rate_limit=RateLimitSpec(requests=100, per_s=1.0, lanes={"backfill": 0.6}, docs_url="https://docs.stripe.com/rate-limits"),
    error_rules=(
        # https://docs.stripe.com/error-codes
        ErrorRule(code="lock_timeout", error="RetryLater", after_s=2.0),
        ErrorRule(code="idempotency_key_in_use", error="RetryLater", after_s=2.0),
        ErrorRule(code="rate_limit", error="RateLimited"),
        ErrorRule(code="api_key_expired", error="Reauthorize"),
        ErrorRule(code="platform_api_key_expired", error="Reauthorize"),
        ErrorRule(code="testmode_charges_only", error="PermissionMissing"),
        ErrorRule(status=404, code="resource_missing", error="RemoteNotFound"),
        ErrorRule(
            status=403,
            error="PermissionMissing",
            next_step="Give the key read access to what the message names (Dashboard → Developers → API keys), then test the connection.",
        ),
    ),
    error_message_paths=("error.message",),
    error_code_paths=("error.code", "error.type", "error.decline_code"),
    capabilities=(AdapterCapability.READ, AdapterCapability.WRITE, AdapterCapability.WEBHOOK),
    test_stream="customers",
)
