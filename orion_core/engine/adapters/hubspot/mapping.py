"""HubSpot's properties and the unified fields, both directions. Every property arrives as text or null.

Provider docs: https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide, and the default properties of each object under
https://knowledge.hubspot.com/properties.
"""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from orion_core.engine.mapping import Mapping, Rule
from orion_core.engine.mapping.path import parse
from orion_core.engine.mapping.transforms import Bound, Context, transform

# The account's currency, put in by `with_currency`: an account with one currency does not name it in its records.
HOME = "USD"
Args = AbstractMapping[str, Any]
CUSTOM = ("properties", "")
# Said again by HubSpot beside the record's own id and times.
TWICE = tuple(f"properties.{name}" for name in ("hs_object_id", "createdate", "hs_createdate", "lastmodifieddate", "hs_lastmodifieddate"))


@transform("hubspot_deal_status", accepts=("text",), gives="text", examples=(("closedwon", {}, "won"),))
def hubspot_deal_status(args: Args) -> Bound:
    """The stage of a deal → open, won or lost, by what HubSpot computes of it, else by the names of the default pipeline."""
    closed, won = parse("properties.hs_is_closed"), parse("properties.hs_is_closed_won")

    def forward(value: Any, ctx: Context) -> str:
        if ctx.find(won) == "true" or value == "closedwon":
            return "won"
        return "lost" if ctx.find(closed) == "true" or value == "closedlost" else "open"

    return Bound(forward)


def _p(field: str, name: str, transform: str | None = None, /, **args: Any) -> Rule:
    """A property that is read and written."""
    return Rule(field, f"properties.{name}", transform, args)


def _r(field: str, name: str, transform: str | None = None, /, **args: Any) -> Rule:
    """A property that HubSpot computes."""
    return Rule(field, f"properties.{name}", transform, args, "in")


def _in(field: str, path: str, transform: str | None = None, /, **args: Any) -> Rule:
    return Rule(field, path, transform, args, "in")


def _money(field: str, name: str, currency: str, *, reads_only: bool = False, home: bool = False) -> Rule:
    args = {"currency": "home" if home else f"properties.{currency}", "default_currency": HOME}
    return Rule(field, f"properties.{name}", "major_money", args, "in" if reads_only or home else "both")


def _bool(field: str, name: str, *, reads_only: bool = True) -> Rule:
    return Rule(field, f"properties.{name}", "boolean", {"as": "text"}, "in" if reads_only else "both")


def _head(changed: str = "hs_lastmodifieddate", created: str = "createdate") -> tuple[Rule, ...]:
    return (
        _in("remote_id", "id"),
        _in("remote_url", "url"),
        _in("remote_created_at", "createdAt", "iso_datetime"),
        _r("remote_created_at", created, "iso_datetime"),
        _in("remote_updated_at", "updatedAt", "iso_datetime"),
        _r("remote_updated_at", changed, "iso_datetime"),
        _in("remote_deleted_at", "archivedAt", "iso_datetime"),
    )


def _address(field: str) -> tuple[Rule, ...]:
    return (
        _p(f"{field}.line1", "address"),
        _p(f"{field}.line2", "address2"),
        _p(f"{field}.city", "city"),
        _p(f"{field}.state", "state"),
        _r(f"{field}.state_code", "hs_state_code"),
        _p(f"{field}.postal_code", "zip"),
        _p(f"{field}.country", "country"),
        _r(f"{field}.country_code", "hs_country_region_code"),
    )


_ACTIVE = _in("is_active", "archived", "boolean", negate=True)
_LINKED = (_in("remote_id", "id"), _in("type", "type"))
_HOME_CURRENCY = Rule("currency", "", "constant", {"value": HOME}, "in")

CONTACT = Mapping(
    model="customer",
    rules=(
        *_head("lastmodifieddate"),
        _ACTIVE,
        _p("email", "email"),
        Rule("name", "", "join", {"paths": ["properties.firstname", "properties.lastname"]}, "in"),
        _p("first_name", "firstname"),
        _p("last_name", "lastname"),
        _p("salutation", "salutation"),
        _p("phone", "phone"),
        _p("mobile_phone", "mobilephone"),
        _p("fax", "fax"),
        _p("website", "website"),
        *_address("billing_address"),
        _p("company", "company"),
        _r("company_id", "associatedcompanyid"),
        _p("job_title", "jobtitle"),
        _p("seniority", "seniority"),
        _p("gender", "gender"),
        _p("language", "hs_language"),
        _r("timezone", "hs_timezone"),
        _p("lifecycle_stage", "lifecyclestage"),
        _p("lead_status", "hs_lead_status"),
        _r("lead_source", "hs_analytics_source"),
        _p("owner_id", "hubspot_owner_id"),
        _bool("email_opted_out", "hs_email_optout"),
        _r("last_activity_at", "notes_last_updated", "iso_datetime"),
        _r("last_contacted_at", "notes_last_contacted", "iso_datetime"),
        _r("became_customer_at", "hs_lifecyclestage_customer_date", "iso_datetime"),
        Rule("notes", "properties.message"),
    ),
    custom=CUSTOM,
    ignore=TWICE,
)

COMPANY = Mapping(
    model="company",
    rules=(
        *_head(),
        _ACTIVE,
        _p("name", "name"),
        _p("domain", "domain"),
        _p("domains", "hs_additional_domains", "list_of", separator=";"),
        _p("website", "website"),
        _p("linkedin_url", "linkedin_company_page"),
        _r("image_url", "hs_logo_url"),
        _p("phone", "phone"),
        *_address("billing_address"),
        _p("industry", "industry"),
        _p("type", "type"),
        _p("description", "description"),
        _p("employees", "numberofemployees", "integer", **{"as": "text"}),
        _p("founded_year", "founded_year", "integer", **{"as": "text"}),
        _money("annual_revenue_minor", "annualrevenue", "hs_annual_revenue_currency_code"),
        Rule("currency", "properties.hs_annual_revenue_currency_code", "currency_upper", {"write": "upper"}, default=HOME),
        _p("lifecycle_stage", "lifecyclestage"),
        _p("lead_status", "hs_lead_status"),
        _r("lead_source", "hs_analytics_source"),
        _p("owner_id", "hubspot_owner_id"),
        _p("parent_id", "hs_parent_company_id"),
        _p("timezone", "timezone"),
        _r("last_activity_at", "notes_last_updated", "iso_datetime"),
        _r("became_customer_at", "hs_lifecyclestage_customer_date", "iso_datetime"),
    ),
    custom=CUSTOM,
    ignore=TWICE,
)

_DEAL_CURRENCY = "deal_currency_code"
DEAL = Mapping(
    model="deal",
    rules=(
        *_head(),
        _p("name", "dealname"),
        _p("description", "description"),
        _p("type", "dealtype"),
        _r("status", "dealstage", "hubspot_deal_status"),
        _r("status_raw", "dealstage"),
        _p("stage", "dealstage"),
        _r("stage_id", "dealstage"),
        _p("pipeline", "pipeline"),
        _r("pipeline_id", "pipeline"),
        _r("probability", "hs_deal_stage_probability", "decimal"),
        _p("forecast_category", "hs_manual_forecast_category"),
        _p("priority", "hs_priority"),
        _money("amount_minor", "amount", _DEAL_CURRENCY),
        Rule("currency", f"properties.{_DEAL_CURRENCY}", "currency_upper", {"write": "upper"}, default=HOME),
        _money("home_amount_minor", "amount_in_home_currency", "", home=True),
        _money("expected_minor", "hs_projected_amount", _DEAL_CURRENCY, reads_only=True),
        _money("recurring_minor", "hs_arr", _DEAL_CURRENCY, reads_only=True),
        _money("monthly_recurring_minor", "hs_mrr", _DEAL_CURRENCY, reads_only=True),
        _money("contract_value_minor", "hs_tcv", _DEAL_CURRENCY, reads_only=True),
        _r("exchange_rate", "hs_exchange_rate", "decimal"),
        _p("close_at", "closedate", "iso_datetime"),
        _r("closed_at", "hs_closed_won_date", "iso_datetime"),
        _r("stage_entered_at", "hs_v2_date_entered_current_stage", "iso_datetime"),
        _r("last_activity_at", "notes_last_updated", "iso_datetime"),
        _bool("is_closed", "hs_is_closed"),
        _bool("is_won", "hs_is_closed_won"),
        _p("won_reason", "closed_won_reason"),
        _p("lost_reason", "closed_lost_reason"),
        _p("next_step", "hs_next_step"),
        _p("owner_id", "hubspot_owner_id"),
        _r("lead_source", "hs_analytics_source"),
        _p("campaign_id", "hs_campaign"),
        _r("company_id", "hs_primary_associated_company"),
        _in("company_id", "associations.companies.results[0].id"),
        _in("customer_id", "associations.contacts.results[0].id"),
        Rule("contacts[]", "associations.contacts.results[]", direction="in", rules=_LINKED),
        Rule("companies[]", "associations.companies.results[]", direction="in", rules=_LINKED),
    ),
    custom=CUSTOM,
    ignore=(*TWICE, "archived"),
)

# https://knowledge.hubspot.com/products/product-properties
_INTERVALS = {"weekly": "week", "monthly": "month", "quarterly": "quarter", "annually": "year"}
PRODUCT = Mapping(
    model="product",
    rules=(
        *_head(),
        _ACTIVE,
        _p("name", "name"),
        _p("description", "description"),
        _p("sku", "hs_sku"),
        _p("type", "hs_product_type", "enum", map={"inventory": "inventory", "non_inventory": "non_inventory", "service": "service"}),
        _p("unit_price", "price", "decimal"),
        _p("cost", "hs_cost_of_goods_sold", "decimal"),
        _HOME_CURRENCY,
        _p("billing_interval", "recurringbillingfrequency", "lookup", table=_INTERVALS),
        _p("discount", "hs_discount_percentage", "decimal"),
        _p("image_url", "hs_images"),
        _p("url", "hs_url"),
        _p("owner_id", "hubspot_owner_id"),
    ),
    custom=CUSTOM,
    ignore=TWICE,
)

_LINE_CURRENCY = "hs_line_item_currency_code"
_LINE_RULES = (
    _in("remote_id", "id"),
    _r("line_number", "hs_position_on_quote", "integer"),
    _r("description", "name"),
    _r("product_name", "name"),
    _r("quantity", "quantity", "decimal"),
    _r("unit_price", "price", "decimal"),
    Rule("currency", f"properties.{_LINE_CURRENCY}", "currency_upper", direction="in"),
    _money("amount_minor", "amount", _LINE_CURRENCY, reads_only=True),
    _money("discount_minor", "hs_total_discount", _LINE_CURRENCY, reads_only=True),
    _r("discount_percent", "hs_discount_percentage", "decimal"),
    _money("tax_minor", "hs_tax_amount", _LINE_CURRENCY, reads_only=True),
    _r("product_id", "hs_product_id"),
    _r("sku", "hs_sku"),
    _r("period_start_at", "hs_recurring_billing_start_date", "iso_datetime"),
    _r("period_end_at", "hs_recurring_billing_end_date", "iso_datetime"),
)

_INVOICE_CURRENCY = "hs_currency"
INVOICE = Mapping(
    model="invoice",
    rules=(
        *_head(created="hs_createdate"),
        _in("type", "", "constant", value="receivable"),
        _r("number", "hs_number"),
        _p("reference", "hs_title"),
        _p("po_number", "hs_purchase_order_number"),
        _p("status", "hs_invoice_status", "enum", map={"draft": "draft", "open": "open", "paid": "paid", "voided": "void"}),
        _r("status_raw", "hs_invoice_status"),
        _in("customer_id", "associations.contacts.results[0].id"),
        _in("company_id", "associations.companies.results[0].id"),
        _r("customer_name", "hs_invoice_latest_company_name"),
        _p("owner_id", "hubspot_owner_id"),
        Rule("currency", f"properties.{_INVOICE_CURRENCY}", "currency_upper", {"write": "upper"}, default=HOME),
        _money("total_minor", "hs_amount_billed", _INVOICE_CURRENCY, reads_only=True),
        _money("balance_minor", "hs_balance_due", _INVOICE_CURRENCY, reads_only=True),
        _money("paid_minor", "hs_amount_paid", _INVOICE_CURRENCY, reads_only=True),
        _money("subtotal_minor", "hs_subtotal", _INVOICE_CURRENCY, reads_only=True),
        _money("tax_minor", "hs_tax", _INVOICE_CURRENCY, reads_only=True),
        _p("issued_at", "hs_invoice_date", "iso_datetime"),
        _p("due_at", "hs_due_date", "iso_datetime"),
        _r("paid_at", "hs_payment_date", "iso_datetime"),
        _p("memo", "hs_comments"),
        _r("url", "hs_invoice_link"),
        _r("pdf_url", "hs_pdf_download_link"),
        _p("language", "hs_language"),
        Rule("line_items[]", "line_items[]", direction="in", rules=_LINE_RULES),
    ),
    custom=CUSTOM,
    ignore=(*TWICE, "archived"),
)


@lru_cache(maxsize=256)
def with_currency(mapping: Mapping, currency: str) -> Mapping:
    """`mapping` with `currency` wherever a record does not name its own."""
    return mapping if currency == HOME else replace(mapping, rules=tuple(_in_currency(rule, currency) for rule in mapping.rules))


def _in_currency(rule: Rule, currency: str) -> Rule:
    args = dict(rule.args)
    if args.get("default_currency") == HOME:
        args["default_currency"] = currency
    if rule.field == "currency" and args.get("value") == HOME:
        args["value"] = currency
    default = currency if rule.field == "currency" and rule.default == HOME else rule.default
    return replace(rule, args=args, default=default, rules=tuple(_in_currency(inner, currency) for inner in rule.rules))
