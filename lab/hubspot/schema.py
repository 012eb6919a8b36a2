"""Object types and their properties: https://developers.hubspot.com/docs/api/crm/properties"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lab.names import INDUSTRIES

Property = dict[str, Any]


@dataclass(slots=True)
class ObjectType:
    """One CRM object; ``defaults`` are the properties shown when none are asked for."""

    name: str
    singular: str
    type_id: str
    defaults: tuple[str, ...]
    searched: tuple[str, ...]
    modified: str = "hs_lastmodifieddate"
    created: str = "createdate"
    unique: tuple[str, ...] = ()
    properties: dict[str, Property] = field(default_factory=dict)


DEAL_STAGES = ("appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin",
               "contractsent", "closedwon", "closedlost")  # fmt: skip
LIFECYCLE = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
             "evangelist", "other")  # fmt: skip
INVOICE_STATUS = ("draft", "open", "paid", "voided")

# name | label | type | options (comma separated) — type n: number, d: datetime, D: date, e: enumeration, b: bool, t: text
_PROPERTIES: dict[str, str] = {
    "contacts": """email|Email|t;firstname|First Name|t;lastname|Last Name|t;phone|Phone Number|t
        mobilephone|Mobile Phone Number|t;company|Company Name|t;website|Website URL|t;jobtitle|Job Title|t
        address|Street Address|t;city|City|t;state|State/Region|t;zip|Postal Code|t;country|Country/Region|t
        hs_country_region_code|Country/Region Code|t;hs_language|Preferred language|t;salutation|Salutation|t
        annualrevenue|Annual Revenue|t;birthday|Birthday|D;notes_last_updated|Last Activity Date|d
        hs_lead_status|Lead Status|e|NEW,OPEN,IN_PROGRESS,OPEN_DEAL,UNQUALIFIED,ATTEMPTED_TO_CONTACT,CONNECTED,BAD_TIMING
        associatedcompanyid|Primary Associated Company ID|n;hs_email_optout|Unsubscribed from all email|b""",
    "companies": """name|Company name|t;domain|Company Domain Name|t;website|Website URL|t;phone|Phone Number|t
        address|Street Address|t;city|City|t;state|State/Region|t;zip|Postal Code|t;country|Country/Region|t
        numberofemployees|Number of Employees|n;annualrevenue|Annual Revenue|n;description|Description|t
        type|Type|e|PROSPECT,PARTNER,RESELLER,VENDOR,OTHER;founded_year|Year Founded|t;timezone|Time Zone|t
        hs_annual_revenue_currency_code|Annual Revenue Currency Code|t;num_associated_contacts|Number of contacts|n
        hs_num_blockers|Number of blockers|n;hs_num_child_companies|Number of child companies|n
        hs_num_contacts_with_buying_roles|Contacts with a buying role|n;hs_num_decision_makers|Decision makers|n
        hs_num_open_deals|Number of open deals|n;hs_task_label|Task label|t""",
    "deals": """dealname|Deal Name|t;amount|Amount|n;closedate|Close Date|d;pipeline|Pipeline|e|default
        deal_currency_code|Currency|t;description|Deal Description|t;hs_is_closed_won|Is Closed Won|b
        dealtype|Deal Type|e|newbusiness,existingbusiness;hs_is_closed|Is Deal Closed?|b;hs_mrr|MRR|n;hs_arr|ARR|n
        hs_deal_stage_probability|Deal probability|n;hs_priority|Priority|e|low,medium,high;hs_next_step|Next step|t""",
    "products": """name|Name|t;description|Description|t;price|Unit price|n;hs_sku|SKU|t
        hs_cost_of_goods_sold|Unit cost|n;recurringbillingfrequency|Billing frequency|e|monthly,quarterly,annually
        hs_recurring_billing_period|Term|t;hs_url|URL|t;tax|Tax|n;hs_price_usd|Price USD|n;hs_active|Active|b""",
    "line_items": """name|Name|t;quantity|Quantity|n;price|Unit price|n;amount|Net price|n;hs_sku|SKU|t
        hs_product_id|Product ID|n;discount|Unit discount|n;hs_discount_percentage|Discount percentage|n
        hs_line_item_currency_code|Currency|t;description|Description|t;tax|Tax|n;hs_tax_amount|Tax amount|n
        hs_position_on_quote|Position on quote|n""",
    "invoices": """hs_number|Number|t;hs_title|Title|t;hs_currency|Currency|t;hs_due_date|Due date|d
        hs_invoice_date|Invoice date|d;hs_amount_billed|Amount billed|n;hs_balance_due|Balance due|n
        hs_amount_paid|Amount paid|n;hs_subtotal|Subtotal|n;hs_tax|Tax|n;hs_comments|Comments|t
        hs_allow_partial_payments|Allow partial payments|b;hs_external_invoice_id|External invoice id|t
        hs_recipient_shipping_address|Shipping address|t;hs_payment_date|Payment date|d""",
    "tickets": """subject|Ticket name|t;content|Ticket description|t
        hs_ticket_priority|Priority|e|LOW,MEDIUM,HIGH,URGENT;hs_pipeline_stage|Ticket status|e|1,2,3,4
        hs_ticket_category|Category|e|PRODUCT_ISSUE,BILLING_ISSUE,FEATURE_REQUEST,GENERAL_INQUIRY
        source_type|Source|e|CHAT,EMAIL,FORM,PHONE;closed_date|Close date|d;hs_is_closed|Is closed|b
        hs_helpdesk_sort_timestamp|Help desk sort time|d;hs_ticket_id|Ticket ID|n
        hs_last_email_activity|Last email activity|t""",
    "notes": "hs_note_body|Note body|t;hs_timestamp|Activity date|d;hs_attachment_ids|Attachments|t;"
    "hs_all_owner_ids|All owner IDs|t;hs_body_preview|Body preview|t;hs_body_preview_html|Body preview HTML|t;"
    "hs_body_preview_is_truncated|Preview truncated|b;hs_obj_coords|Coordinates|t;"
    "hs_user_ids_of_all_owners|User IDs of all owners|t;hubspot_owner_assigneddate|Owner assigned date|d",
    "tasks": """hs_task_subject|Task Title|t;hs_task_body|Notes|t;hs_timestamp|Due date|d
        hs_task_status|Task Status|e|NOT_STARTED,IN_PROGRESS,WAITING,COMPLETED,DEFERRED
        hs_task_priority|Priority|e|NONE,LOW,MEDIUM,HIGH;hs_task_type|Task Type|e|TODO,CALL,EMAIL""",
}  # fmt: skip
_SHARED = """hs_object_id|Record ID|n;hubspot_owner_id|Owner|e;hs_object_source|Record source|t
    hs_object_source_id|Record source ID|t;hs_object_source_label|Record source label|t;hs_pipeline|Pipeline|t
    hs_v2_date_entered_current_stage|Date entered current stage|d;num_notes|Number of Sales Activities|n
    hs_v2_time_in_current_stage|Time in current stage|d;hs_unique_creation_key|Unique creation key|t"""
_CONTACT_SYSTEM = """hs_all_contact_vids|Merged IDs|t;hs_associated_target_accounts|Target accounts|n
    hs_currently_enrolled_in_prospecting_agent|In prospecting agent|b;hs_email_domain|Email Domain|t
    hs_full_name_or_email|Full name or email|t;hs_is_contact|Is a contact|b;hs_is_unworked|Is unworked|b
    hs_lifecyclestage_lead_date|Became a Lead Date|d
    hs_membership_has_accessed_private_content|Accessed private content|n
    hs_prospecting_agent_actively_enrolled_count|Agents active|n;hs_registered_member|Registered member|n
    hs_prospecting_agent_total_enrolled_count|Agents total|n;hs_sequences_actively_enrolled_count|Sequences|n
    hs_searchable_calculated_phone_number|Searchable phone number|t"""
READ_ONLY = frozenset(
    {"hs_object_id", "createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_createdate", "hs_object_source",
     "hs_object_source_id", "hs_object_source_label", "hs_is_closed", "hs_is_closed_won", "hs_email_domain",
     "num_associated_contacts", "associatedcompanyid", "hs_all_contact_vids", "hs_balance_due", "hs_ticket_id"}
)  # fmt: skip
_KINDS = {"t": ("string", "text"), "n": ("number", "number"), "d": ("datetime", "date"), "D": ("date", "date"),
          "e": ("enumeration", "select"), "b": ("bool", "booleancheckbox")}  # fmt: skip


def define(name: str, label: str, kind: str, obj: str, options: tuple[str, ...] = ()) -> Property:
    """A property definition as HubSpot lists it."""
    type_, field_type = _KINDS[kind]
    if kind == "b":
        options = ("true", "false")
    return {
        "updatedAt": "2024-01-15T00:00:00.000Z",
        "createdAt": "2020-06-30T15:57:37.940Z",
        "name": name,
        "label": label,
        "type": type_,
        "fieldType": field_type,
        "description": "",
        "groupName": f"{obj}information",
        "options": [
            {"label": option.replace("_", " ").capitalize(), "value": option, "displayOrder": place, "hidden": False}
            for place, option in enumerate(options)
        ],
        "displayOrder": -1,
        "calculated": name in READ_ONLY and not name.endswith("date"),
        "externalOptions": name == "hubspot_owner_id",
        "hasUniqueValue": name in ("hs_object_id", "hs_unique_creation_key"),
        "hidden": False,
        "hubspotDefined": True,
        "modificationMetadata": {
            "archivable": True, "readOnlyDefinition": True, "readOnlyValue": name in READ_ONLY,
        },
        "formField": kind == "t",
        "dataSensitivity": "non_sensitive",
    }  # fmt: skip


def _defined(obj: ObjectType) -> ObjectType:
    text = _PROPERTIES.get(obj.name, "") + ";" + _SHARED + (";" + _CONTACT_SYSTEM if obj.name == "contacts" else "")
    for item in text.replace("\n", ";").split(";"):
        if item.strip():
            name, label, kind, *options = item.strip().split("|")
            values = tuple(options[0].split(",")) if options else ()
            obj.properties[name] = define(name, label, kind, obj.singular, values)
    for name, label in ((obj.created, "Create Date"), (obj.modified, "Last Modified Date")):
        obj.properties[name] = define(name, label, "d", obj.singular)
    enums = {
        "contacts": ("lifecyclestage", "Lifecycle Stage", LIFECYCLE),
        "deals": ("dealstage", "Deal Stage", DEAL_STAGES),
        "invoices": ("hs_invoice_status", "Invoice status", INVOICE_STATUS),
    }
    if obj.name == "companies":
        obj.properties["lifecyclestage"] = define("lifecyclestage", "Lifecycle Stage", "e", obj.singular, LIFECYCLE)
        obj.properties["industry"] = define("industry", "Industry", "e", obj.singular, tuple(dict.fromkeys(INDUSTRIES)))
    if obj.name in enums:
        name, label, values = enums[obj.name]
        obj.properties[name] = define(name, label, "e", obj.singular, values)
    return obj


def object_types() -> dict[str, ObjectType]:
    """Every object type the lab has, freshly made: a lab can add properties to them."""
    modified = "hs_lastmodifieddate"
    types = (
        ObjectType("contacts", "contact", "0-1", ("createdate", "email", "firstname", "hs_object_id",
                   "lastmodifieddate", "lastname"), ("firstname", "lastname", "email", "phone", "company"),
                   modified="lastmodifieddate", unique=("email",)),
        ObjectType("companies", "company", "0-2", ("createdate", "domain", modified, "hs_object_id", "name"),
                   ("name", "domain", "website", "phone")),
        ObjectType("deals", "deal", "0-3", ("amount", "closedate", "createdate", "dealname", "dealstage", modified,
                   "hs_object_id", "pipeline"), ("dealname", "pipeline", "dealstage", "description")),
        ObjectType("tickets", "ticket", "0-5", ("content", "createdate", modified, "hs_object_id", "hs_pipeline",
                   "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_priority", "subject"),
                   ("subject", "content")),
        ObjectType("products", "product", "0-7", ("createdate", "description", modified, "hs_object_id", "name",
                   "price"), ("name", "description", "price", "hs_sku")),
        ObjectType("line_items", "line_item", "0-8", ("createdate", modified, "hs_object_id", "hs_product_id",
                   "quantity"), ("name", "description", "hs_sku")),
        ObjectType("invoices", "invoice", "0-53", ("hs_createdate", modified, "hs_object_id"),
                   ("hs_number", "hs_title"), created="hs_createdate"),
        ObjectType("notes", "note", "0-46", ("hs_createdate", modified, "hs_object_id"), ("hs_note_body",),
                   created="hs_createdate"),
        ObjectType("tasks", "task", "0-27", ("hs_createdate", modified, "hs_object_id"), ("hs_task_subject",),
                   created="hs_createdate"),
    )  # fmt: skip
    return {obj.name: _defined(obj) for obj in types}
