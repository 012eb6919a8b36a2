"""HubSpot as data: sign-in, the CRM objects, limits.

Provider docs: https://developers.hubspot.com/docs/api-reference/crm-objects-v3 (read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass

from orion_core.engine.adapters.hubspot.mapping import COMPANY, CONTACT, DEAL, INVOICE, PRODUCT
from orion_core.engine.connector.spec import ConnectorSpec, ErrorRule, RateLimitSpec
from orion_core.engine.connector.spec_auth import BearerAuth, CodeAuth, CredentialField, SignatureSpec, WebhookSpec
from orion_core.engine.connector.spec_streams import BatchSpec, CursorPaging, CursorSpec, OperationSpec, StreamSpec, WriteSpec
from orion_core.engine.connector.types import AdapterCapability
from orion_core.engine.mapping import Mapping

# The search index lags behind; what changed in the ten minutes before the last read is read again.
OVERLAP_S = 600


@dataclass(frozen=True, slots=True)
class CrmObject:
    """One kind of CRM object. `changed`: the property a search filters changes by. `associated`: object types whose ids come along."""

    name: str
    title: str
    model: str
    mapping: Mapping
    changed: str = "hs_lastmodifieddate"
    associated: tuple[str, ...] = ()
    upsert_key: str | None = None


OBJECTS = {
    item.name: item
    for item in (
        CrmObject("contacts", "Contacts", "customer", CONTACT, changed="lastmodifieddate", upsert_key="email"),
        CrmObject("companies", "Companies", "company", COMPANY),
        CrmObject("deals", "Deals", "deal", DEAL, associated=("contacts", "companies")),
        CrmObject("products", "Products", "product", PRODUCT),
        CrmObject("invoices", "Invoices", "invoice", INVOICE, associated=("contacts", "companies", "line_items")),
    )
}


def _stream(item: CrmObject) -> StreamSpec:
    path = f"/crm/v3/objects/{item.name}"
    return StreamSpec(
        name=item.name,
        title=item.title,
        model=item.model,
        mapping=item.mapping,
        path=path,
        item_path=path + "/{id}",
        records_path="results",
        pagination=CursorPaging(param="after", next_path="paging.next.after"),
        page_size=100,
        cursor=CursorSpec(path="updatedAt", format="epoch_ms", overlap_s=OVERLAP_S),
        deletes="archived",
        docs_url=f"https://developers.hubspot.com/docs/api-reference/crm-{item.name}-v3/guide",
        scopes=(f"crm.objects.{item.name}.read",) if item.name != "products" else ("e-commerce",),
        write=WriteSpec(
            create=OperationSpec(path=path),
            update=OperationSpec(method="PATCH", path=path + "/{id}"),
            delete=OperationSpec(method="DELETE", path=path + "/{id}"),
            # 100 inputs a call, partial success is 207: https://developers.hubspot.com/docs/api-reference/error-handling
            batch=BatchSpec(
                size=100,
                create=path + "/batch/create",
                update=path + "/batch/update",
                upsert=path + "/batch/upsert" if item.upsert_key else None,
                upsert_key=item.upsert_key,
            ),
        ),
    )


SPEC = ConnectorSpec(
    slug="hubspot",
    name="HubSpot",
    description="Contacts, companies, deals, products and invoices of a HubSpot account, with all custom properties.",
    category="crm",
    base_url="https://api.hubapi.com",
    docs_url="https://developers.hubspot.com/docs/api-reference/overview",
    auth=(
        BearerAuth(
            title="Private app token",
            help_url="https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview",
            fields=(
                CredentialField(
                    name="access_token",
                    title="Private app token",
                    placeholder="pat-eu1-…",
                    pattern=r"^\S{8,}$",
                    help="Settings → Integrations → Private apps. Needs the read scopes of the objects you choose.",
                ),
            ),
        ),
        CodeAuth(
            title="Sign in with HubSpot",
            help_url="https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth",
            authorize_url="https://app.hubspot.com/oauth/authorize",
            token_url="https://api.hubapi.com/oauth/v3/token",  # noqa: S106
            scopes=(
                "oauth",
                "crm.objects.contacts.read",
                "crm.objects.companies.read",
                "crm.objects.deals.read",
                "crm.objects.invoices.read",
                "crm.schemas.contacts.read",
                "crm.schemas.companies.read",
                "crm.schemas.deals.read",
                "e-commerce",
            ),
            default_expires_s=1800,
        ),
    ),
    streams=tuple(_stream(item) for item in OBJECTS.values()),
    webhooks=WebhookSpec(
        signature=SignatureSpec(scheme="hubspot_v3"),
        signed_by="app",
        split="",
        id_path="eventId",
        type_path="subscriptionType",
        time_path="occurredAt",
        time_format="epoch_ms",
        account_path="portalId",
        object_id_path="objectId",
    ),
    # 110 in 10 s for an app, 100 to 190 for a private one by plan; headers tell.
    rate_limit=RateLimitSpec(
        requests=100,
        per_s=10.0,
        daily=250_000,
        limit_header="x-hubspot-ratelimit-max",
        remaining_header="x-hubspot-ratelimit-remaining",
        interval_ms_header="x-hubspot-ratelimit-interval-milliseconds",
        lanes={"backfill": 0.6, "search": 0.4},
        docs_url="https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines",
    ),
    error_rules=(
        # https://developers.hubspot.com/docs/api-reference/error-handling
        ErrorRule(
            status=429,
            code="DAILY",
            error="RateLimited",
            after_s=3600.0,
            next_step="Nothing to do: the account's calls of today are used up; Orion goes on when HubSpot counts anew, at midnight.",
        ),
        ErrorRule(status=429, code="TEN_SECONDLY_ROLLING", error="RateLimited", after_s=10.0),
        ErrorRule(status=429, code="SECONDLY", error="RateLimited", after_s=1.0),
        ErrorRule(
            status=477,
            error="RetryLater",
            after_s=600.0,
            next_step="Nothing to do: HubSpot is moving this account to another data centre (up to 24 hours); Orion tries again by itself.",
        ),
        ErrorRule(code="EXPIRED_AUTHENTICATION", error="Reauthorize"),
        ErrorRule(code="INVALID_AUTHENTICATION", error="Reauthorize"),
        ErrorRule(code="RATE_LIMITS", error="RateLimited", after_s=1.0),
        ErrorRule(code="OBJECT_NOT_FOUND", error="RemoteNotFound"),
        ErrorRule(
            code="MISSING_SCOPES",
            error="PermissionMissing",
            next_step="Add the scope the message names (Settings → Integrations → Private apps), then test the connection.",
        ),
    ),
    error_message_paths=("message",),
    error_code_paths=("policyName", "category", "errorType", "subCategory"),
    capabilities=(AdapterCapability.READ, AdapterCapability.WRITE, AdapterCapability.BATCH, AdapterCapability.WEBHOOK),
    test_stream="contacts",
)
