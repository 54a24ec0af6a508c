"""Decisions as the planning step writes them, a clock on the wall, and a business: shared by this room's tests."""

from __future__ import annotations

import datetime
import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from crm.business import Business, Channel, Footer

SEND_DATE = datetime.date(2017, 11, 21)
BUSINESS_DATE = datetime.date(2017, 11, 20)
PLANNED = datetime.datetime(2017, 11, 21, 15, tzinfo=datetime.UTC)  # 10:00 in New York
SEND_BY = datetime.datetime(2017, 11, 22, 1, tzinfo=datetime.UTC)  # 20:00
CAMPAIGN = "thanksgiving"
#: What the page Today reads.
FAILURES = "select status, reason, messages::int from crm.message_failure order by 1, 2"


class StoppedClock:
    """A clock on the wall: shows what the test sets, and cannot be moved by waiting."""

    def __init__(self, now: datetime.datetime) -> None:
        self._now = now

    def now(self) -> datetime.datetime:
        return self._now

    def reached(self, instant: datetime.datetime) -> bool:
        return instant <= self._now


class RunningClock:
    """Runs on from an instant of the send date."""

    def __init__(self, start: datetime.datetime = PLANNED + datetime.timedelta(hours=2)) -> None:
        self._start, self._began = start, time.monotonic()

    def now(self) -> datetime.datetime:
        return self._start + datetime.timedelta(seconds=time.monotonic() - self._began)

    def reached(self, instant: datetime.datetime) -> bool:
        return instant <= self.now()

    def forward(self, **by: float) -> None:
        self._start += datetime.timedelta(**by)


def make_business(**changes: Any) -> Business:
    settings: dict[str, Any] = {
        "name": "Test shop",
        "time_zone": "America/New_York",
        "currency": "USD",
        "country": "US",
        "sources": ["complete_journey"],
        "channels": {
            "email": Channel(sender="hello@shop.example", cost=0.001),
            "sms": Channel(signature="Test Shop", cost=0.03),
        },
        "footer": Footer(company="Test Shop", postal_address="1 Test Street, New York"),
    }
    return Business(**{**settings, **changes})


@dataclass
class Planner:
    """Writes customers, consents, decisions and claims straight into the tables."""

    query: Any
    declaration: str = ""

    def declare(self, template: str = CAMPAIGN, more: str = "", kind: str = "holiday") -> None:
        body = f"campaign: {CAMPAIGN}\nkind: {kind}\ntemplate: {template}\n{more}"
        self.declaration = hashlib.sha256(body.encode()).hexdigest()
        self.query(
            "insert into crm.declaration values (%s, %s, 'holiday', %s, %s) on conflict do nothing",
            self.declaration, CAMPAIGN, body, BUSINESS_DATE,
        )  # fmt: skip

    def decide(
        self,
        customers: int = 1,
        *,
        first: int = 1,
        decision: str = "include",
        channel: str = "email",
        locale: str | None = "en",
        name: str | None = "Anna",
        offer: Any = None,
        item_key: str | None = None,
        planned: datetime.datetime = PLANNED,
        send_by: datetime.datetime = SEND_BY,
        reason: str | None = None,
        variant: str = "a",
        tier: str = "base",
    ) -> None:
        if not self.declaration:
            self.declare()
        self.query(
            """
            with person as (
                select n as customer_id, 'c' || n || '@example.com' as email, '+1202' || (5550000 + n) as mobile
                from generate_series(%(first)s, %(last)s) as n
            ), profile as (
                insert into crm.customer_profile
                    (customer_id, valid_from, name, email, mobile, email_key, mobile_key, file_version_id)
                select customer_id, date '2017-01-01', %(name)s, email, mobile,
                    crm.contact_key('email', email), crm.contact_key('sms', mobile), 1
                from person
            ), consent as (
                insert into crm.consent (customer_id, channel, valid_from, granted, file_version_id)
                select customer_id, %(channel)s, date '2017-01-01', true, 1 from person
            ), decided as (
                insert into crm.decision (
                    customer_id, campaign, occasion, kind, business_date, send_date, occasion_date, priority, decision,
                    reason, channel, contact_key, assignment_key, epoch, salt, arm, tier, locale, goal, offer, item_key,
                    sending_cost, planned_send_at, send_by, cut_off_at, declaration_hash, variant
                )
                select customer_id, %(campaign)s, 'thanksgiving-2017', 'holiday', %(business_date)s, %(send_date)s,
                    date '2017-11-23', 2, %(decision)s, %(reason)s, %(channel)s,
                    case %(channel)s when 'email' then crm.contact_key('email', email)
                        else crm.contact_key('sms', mobile) end,
                    crm.contact_key('email', email), '2017', 'salt',
                    case %(decision)s when 'include' then 'treatment' when 'hold_out' then 'control' end,
                    %(tier)s, %(locale)s, 'any_order', %(offer)s::jsonb, %(item_key)s, 0.001, %(planned)s, %(send_by)s,
                    timestamptz '2017-11-21 05:00+00', %(declaration)s, %(variant)s
                from person
                returning customer_id, contact_key, decision, channel
            )
            insert into crm.contact_claim (contact_key, send_date, channel, campaign, occasion, customer_id, ghost)
            select contact_key, %(send_date)s, channel, %(campaign)s, 'thanksgiving-2017', customer_id,
                decision = 'hold_out'
            from decided where decision <> 'exclude'
            """,
            named={
                "first": first, "last": first + customers - 1, "name": name, "channel": channel, "campaign": CAMPAIGN,
                "business_date": BUSINESS_DATE, "send_date": SEND_DATE, "decision": decision, "reason": reason,
                "tier": tier, "locale": locale, "offer": None if offer is None else json.dumps(offer),
                "item_key": item_key, "planned": planned, "send_by": send_by, "declaration": self.declaration,
                "variant": variant,
            },
        )  # fmt: skip

    def statuses(self) -> dict[str, int]:
        return dict(self.query("select status, count(*) from crm.message group by status order by status"))

    def released(self) -> int:
        return int(self.query("select count(*) from crm.contact_claim where released")[0][0])
