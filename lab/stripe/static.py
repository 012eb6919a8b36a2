"""The account and its balance: https://docs.stripe.com/api/accounts/object"""

from __future__ import annotations

from lab.store import Record
from lab.timeline import OLDEST

ACCOUNT_ID = "acct_1LabOrionXk1"


def account() -> Record:
    """The account every lab key belongs to."""
    nothing: Record = {
        "alternatives": [], "current_deadline": None, "currently_due": [], "disabled_reason": None, "errors": [],
        "eventually_due": [], "past_due": [], "pending_verification": [],
    }  # fmt: skip
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {
            "annual_revenue": {"amount": None, "currency": None, "fiscal_year_end": None},
            "estimated_worker_count": None,
            "mcc": "5734",
            "minority_owned_business_designation": None,
            "name": "Orion Lab",
            "product_description": None,
            "support_address": {
                "city": "San Francisco", "country": "US", "line1": "1 Market Street", "line2": None,
                "postal_code": "94105", "state": "CA",
            },
            "support_email": "support@orion-lab.example",
            "support_phone": None,
            "support_url": None,
            "url": "https://orion-lab.example",
        },
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": OLDEST,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@orion-lab.example",
        "external_accounts": {
            "object": "list", "data": [], "has_more": False, "url": f"/v1/accounts/{ACCOUNT_ID}/external_accounts",
        },
        "future_requirements": dict(nothing),
        "metadata": {},
        "payouts_enabled": True,
        "requirements": dict(nothing),
        "settings": {
            "bacs_debit_payments": {"display_name": None, "service_user_number": None},
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
            "card_payments": {
                "decline_on": {"avs_failure": True, "cvc_failure": True},
                "statement_descriptor_prefix": None,
                "statement_descriptor_prefix_kana": None,
                "statement_descriptor_prefix_kanji": None,
            },
            "dashboard": {"display_name": "Orion Lab", "timezone": "Etc/UTC"},
            "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
            "payments": {
                "statement_descriptor": "ORION LAB",
                "statement_descriptor_kana": None,
                "statement_descriptor_kanji": None,
                "statement_descriptor_prefix_kana": None,
                "statement_descriptor_prefix_kanji": None,
            },
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 2, "interval": "daily"},
                "statement_descriptor": None,
            },
            "sepa_debit_payments": {},
        },
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "standard",
    }  # fmt: skip


def balance() -> Record:
    """A balance in two currencies."""
    return {
        "object": "balance",
        "available": [
            {"amount": 1_284_550, "currency": "usd", "source_types": {"card": 1_284_550}},
            {"amount": 98_000, "currency": "jpy", "source_types": {"card": 98_000}},
        ],
        "connect_reserved": [{"amount": 0, "currency": "usd"}],
        "livemode": False,
        "pending": [{"amount": 45_120, "currency": "usd", "source_types": {"card": 45_120}}],
    }
