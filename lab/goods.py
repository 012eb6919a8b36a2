"""What the world sells; every provider lists it in its own way."""

from __future__ import annotations

# name, description, cents of a US dollar (fractions allowed), interval or none, unit
CATALOG: tuple[tuple[str, str, str, str, str], ...] = (
    ("Starter plan", "Up to 3 seats", "1900", "month", "seat"),
    ("Team plan", "Up to 25 seats", "4900", "month", "seat"),
    ("Business plan", "Unlimited seats, SSO", "12900", "month", "seat"),
    ("Enterprise plan", "Contract, yearly", "1188000", "year", ""),
    ("Onboarding", "Two remote days", "150000", "", "day"),
    ("Data residency (EU)", "Add-on", "9900", "month", ""),
    ("Priority support", "Answer within 4 hours", "29900", "month", ""),
    ("API calls", "Metered, per call", "0.35", "month", "call"),
    ("Storage", "Per GB and month", "2.5", "month", "GB"),
    ("Consulting", "Senior engineer, per hour", "18500", "", "hour"),
    ("Training: administrators", "One day on site", "240000", "", ""),
    ("Sandbox environment", "Second environment", "4900", "month", ""),
    ("Field sensor Mk II", "Hardware, ships in 5 days", "34900", "", "piece"),
    ("Field sensor cable, 3 m", "Hardware", "1450", "", "piece"),
    ("Reisekosten / travel", "At cost", "8420", "", ""),
    ("旧プラン (legacy)", "", "990", "month", ""),
)  # fmt: skip
