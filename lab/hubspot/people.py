"""Generated contacts and companies: the world's people as a CRM knows them."""

from __future__ import annotations

from lab.hubspot.times import iso
from lab.names import JOBS
from lab.store import Record
from lab.timeline import Timeline
from lab.world import World

DAY_MS = 86_400_000
# records are last modified at most this long after they were created
MODIFIED_WITHIN_MS = 20 * DAY_MS


def wrap(identifier: str, properties: Record, created: int, modified: int, archived: bool = False) -> Record:
    """A record as the lab keeps it: all properties, no view."""
    return {
        "id": identifier,
        "properties": properties,
        "createdAt": iso(created),
        "updatedAt": iso(modified),
        "archived": archived,
    }


class Moments:
    """Creation and modification of generated records in milliseconds, computed alone so that
    a search by time need not build whole records."""

    def __init__(self, world: World, timeline: Timeline, salt: int) -> None:
        self._world = world
        self._timeline = timeline
        self._salt = salt

    def created(self, index: int) -> int:
        """When a record was created."""
        return self._timeline.at(index) * 1000 + index * 7919 % 1000

    def modified(self, index: int) -> int:
        """When a record was last modified."""
        return self.created(index) + self._world.bits(index, self._salt) % MODIFIED_WITHIN_MS


class Contacts:
    """Contact ``j`` is person ``j + first`` of the world: most are Stripe customers too."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.first = world.size * 3 // 10
        self.count = world.size
        self.timeline = Timeline(self.count)
        self.moments = Moments(world, self.timeline, 7)

    def of_person(self, person: int) -> int | None:
        """The contact of a person."""
        index = person - self.first
        return index if 0 <= index < self.count else None

    def properties(self, index: int, identifier: str) -> Record:
        """All properties of contact ``index``."""
        world = self.world
        person = world.person(index + self.first)
        bits = world.bits(index, 8)
        company = world.company(person.company) if person.company >= 0 else None
        email: str | None = person.email
        first: str | None = person.first
        last: str | None = person.last
        phone: str | None = person.national if bits % 2 else person.phone.replace("+", "00", 1)
        oddity = index % 50
        if oddity == 4:
            email = None
        elif oddity == 9:
            email = person.email.replace("@", "@@")
        elif oddity == 14:
            first, last = None, person.name
        elif oddity == 19:
            first, last = None, None
        elif oddity == 24:
            first, last = person.first.upper(), person.last.upper()
        elif oddity == 34:
            last = f"{person.last} 🎉"
        if bits % 4 == 0:
            phone = None
        elif bits % 29 == 0:
            phone = f"{person.national} ext. {bits % 900}"
        stage = ("lead", "customer", "opportunity", "subscriber", "customer")[bits % 5]
        if oddity == 44:
            stage = "12345678"  # a custom stage: HubSpot shows its number
        created, modified = self.moments.created(index), self.moments.modified(index)
        full = " ".join(part for part in (first, last) if part) or email
        return {
            "address": person.street if bits % 3 else None,
            "annualrevenue": None,
            "associatedcompanyid": None,
            "birthday": None,
            "city": person.city.name if bits % 3 else None,
            "company": company.name if company and bits % 5 else None,
            "country": person.locale.country_name if bits % 3 else None,
            "createdate": iso(created),
            "email": email.lower() if email else None,
            "firstname": first,
            "hs_all_contact_vids": identifier,
            "hs_associated_target_accounts": "0",
            "hs_country_region_code": person.locale.country if bits % 3 else None,
            "hs_currently_enrolled_in_prospecting_agent": "false",
            "hs_email_domain": email.rpartition("@")[2] if email else None,
            "hs_full_name_or_email": full,
            "hs_is_contact": "true",
            "hs_is_unworked": "true",
            "hs_language": person.locale.language.lower() if bits % 2 else None,
            "hs_lead_status": ("NEW", "OPEN", "CONNECTED", None)[bits % 4],
            "hs_lifecyclestage_lead_date": str(created),
            "hs_membership_has_accessed_private_content": "0",
            "hs_object_id": identifier,
            "hs_object_source": "INTEGRATION",
            "hs_object_source_id": "18221010",
            "hs_object_source_label": "INTEGRATION",
            "hs_pipeline": "contacts-lifecycle-pipeline",
            "hs_prospecting_agent_actively_enrolled_count": "0",
            "hs_prospecting_agent_total_enrolled_count": "0",
            "hs_registered_member": "0",
            "hs_searchable_calculated_phone_number": "".join(c for c in phone if c.isdigit()) if phone else None,
            "hs_sequences_actively_enrolled_count": "0",
            "hs_v2_date_entered_current_stage": iso(created),
            "hs_v2_time_in_current_stage": iso(created),
            "hubspot_owner_id": str(534_900 + bits % 12) if bits % 3 else None,
            "jobtitle": JOBS[bits % len(JOBS)] if bits % 6 else None,
            "lastmodifieddate": iso(modified),
            "lastname": last,
            "lifecyclestage": stage,
            "mobilephone": person.phone if bits % 5 == 0 else None,
            "notes_last_updated": None,
            "num_notes": "0",
            "phone": phone,
            "salutation": None,
            "state": person.city.state or None if bits % 3 else None,
            "website": f"https://{company.domain}" if company and bits % 4 else None,
            "zip": person.postal if bits % 3 else None,
        }


class Companies:
    """Company ``c`` of the world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = world.companies
        self.timeline = Timeline(self.count)
        self.moments = Moments(world, self.timeline, 9)

    def properties(self, index: int, identifier: str) -> Record:
        """All properties of company ``index``."""
        company = self.world.company(index)
        bits = company.bits
        created = iso(self.moments.created(index))
        return {
            "address": company.street if bits % 3 else None,
            "annualrevenue": str(company.employees * 120_000) if bits % 4 else None,
            "city": company.city.name,
            "country": company.locale.country_name,
            "createdate": created,
            "description": f"{company.name} · {company.industry.replace('_', ' ').title()}" if bits % 3 == 0 else None,
            "domain": company.domain if index % 20 != 13 else None,
            "founded_year": str(1950 + bits % 70) if bits % 2 else None,
            "hs_annual_revenue_currency_code": company.locale.currency.upper(),
            "hs_lastmodifieddate": iso(self.moments.modified(index)),
            "hs_num_blockers": "0",
            "hs_num_child_companies": "0",
            "hs_num_contacts_with_buying_roles": "0",
            "hs_num_decision_makers": "0",
            "hs_num_open_deals": str(bits % 3),
            "hs_object_id": identifier,
            "hs_object_source": "INTEGRATION",
            "hs_object_source_id": "18221010",
            "hs_object_source_label": "INTEGRATION",
            "hs_pipeline": "companies-lifecycle-pipeline",
            "hs_task_label": company.name,
            "hs_v2_date_entered_current_stage": created,
            "hs_v2_time_in_current_stage": created,
            "hubspot_owner_id": str(534_900 + bits % 12) if bits % 2 else None,
            "industry": company.industry,
            "lifecyclestage": ("lead", "customer", "opportunity")[bits % 3],
            "name": company.name,
            "num_associated_contacts": "0",
            "num_notes": "0",
            "numberofemployees": str(company.employees),
            "phone": company.phone,
            "state": company.city.state or None,
            "timezone": None,
            "type": ("PROSPECT", "PARTNER", "VENDOR", None)[bits % 4],
            "website": company.domain if bits % 5 else f"https://www.{company.domain}/",
            "zip": company.postal,
        }
