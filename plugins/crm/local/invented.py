"""Contact data that the sample shop lacks: invented from a seed, and marked ``invented`` in every row.

Every property of a household is a hash of (seed, household, property), so it depends on nothing else and is the same on
every machine. Addresses are at example.com; mobiles are in 555-0100 … 555-0199, which are given to nobody.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

SEED = "complete journey 2017"
E_MAIL, MOBILE, BIRTHDAY, CONSENT, SMS_CONSENT = 0.85, 0.80, 0.60, 0.75, 0.60
CHINESE, SHARED, PREFERS_SMS, CHANGES = 0.03, 0.02, 0.15, 0.02

#: State, weight, area codes. The winter campaign begins later in FL, GA and SC.
STATES: tuple[tuple[str, int, tuple[int, ...]], ...] = (
    ("NY", 16, (212, 315, 516, 518, 607, 716, 845, 914)),
    ("PA", 12, (215, 412, 570, 610, 717, 814)),
    ("OH", 12, (216, 330, 419, 513, 614, 740)),
    ("MI", 10, (231, 248, 269, 313, 517, 616)),
    ("MA", 10, (339, 413, 508, 617, 781, 978)),
    ("FL", 20, (305, 321, 352, 386, 407, 561, 727, 772)),
    ("GA", 12, (229, 404, 478, 706, 770, 912)),
    ("SC", 8, (803, 839, 843, 854, 864)),
)
FIRST = (
    "Mary f,James m,Patricia f,Robert m,Jennifer f,John m,Linda f,Michael m,Elizabeth f,David m,Barbara f,William m,"
    "Susan f,Richard m,Jessica f,Joseph m,Sarah f,Thomas m,Karen f,Daniel m,Nancy f,Matthew m,Lisa f,Anthony m,Betty f,"
    "Mark m,Helen f,Donald m,Sandra f,Steven m,Donna f,Paul m,Carol f,Andrew m"
)
LAST = (
    "Smith,Johnson,Williams,Brown,Jones,Garcia,Miller,Davis,Rodriguez,Martinez,Hernandez,Lopez,Gonzalez,Wilson,Anderson,"
    "Thomas,Taylor,Moore,Jackson,Martin,Lee,Perez,Thompson,White,Harris,Clark,Lewis,Walker,Hall,Allen,Young,King,Wright,"
    "Scott,Torres,Nguyen,Hill,Flores,Green,Adams,Nelson,Baker,Rivera,Campbell"
)
CHINESE_FIRST = "芳 fang f,伟 wei m,娜 na f,强 qiang m,敏 min f,磊 lei m,静 jing f,洋 yang m"
CHINESE_LAST = "王 wang,李 li,张 zhang,刘 liu,陈 chen,杨 yang,赵 zhao,黄 huang"


@dataclass(frozen=True)
class Person:
    """A household's contact data, as known from one date on."""

    customer_id: int
    name: str
    email: str
    mobile: str
    region: str
    locale: str
    birthday: str
    birthday_calendar: str
    sex: str
    preferred_channel: str
    consent_email: bool
    consent_sms: bool


def draw(household: int, what: str) -> float:
    """A number in [0, 1) that depends on the seed, the household and ``what`` alone."""
    digest = hashlib.sha256(f"{SEED}:{household}:{what}".encode()).digest()
    return int.from_bytes(digest[:7]) / 2**56


def people(households: Iterable[int]) -> dict[int, Person]:
    """Everybody, by household."""
    used: dict[str, int] = {}
    found: dict[int, Person] = {}
    with_email = None
    for household in sorted(households):
        person = _person(household, used)
        if with_email and person.email and draw(household, "shared") < SHARED:
            person = replace(person, email=with_email.email)  # two accounts, one address
        elif person.email:
            with_email = person
        found[household] = person
    return found


def _person(household: int, used: dict[str, int]) -> Person:
    state, codes = _state(draw(household, "state"))
    name, address, sex, locale = _name(household)
    mobile = ""
    if draw(household, "mobile") < MOBILE:
        number = used[state] = used.get(state, -1) + 1
        mobile = f"+1{codes[number // 100]}55501{number % 100:02d}"
    birthday, calendar = _birthday(household, locale)
    consents = draw(household, "consent") < CONSENT
    return Person(
        household,
        name,
        f"{address}.{household}@example.com" if draw(household, "email") < E_MAIL else "",
        mobile,
        state,
        locale,
        birthday,
        calendar,
        sex,
        "sms" if draw(household, "preferred") < PREFERS_SMS else "",
        consents,
        consents and draw(household, "consent sms") < SMS_CONSENT,
    )


def _state(at: float) -> tuple[str, tuple[int, ...]]:
    rest = at * sum(weight for _, weight, _ in STATES)
    for state, weight, codes in STATES:
        if rest < weight:
            return state, codes
        rest -= weight
    raise AssertionError("at is below 1")


def _pick(options: str, household: int, what: str) -> list[str]:
    listed = options.split(",")
    return listed[int(draw(household, what) * len(listed))].split()


def _name(household: int) -> tuple[str, str, str, str]:
    """Name as it is written, name in an address, sex, locale."""
    sexes = {"f": "female", "m": "male"}
    if draw(household, "chinese") < CHINESE:
        first, first_latin, sex = _pick(CHINESE_FIRST, household, "first")
        last, last_latin = _pick(CHINESE_LAST, household, "last")
        return last + first, f"{first_latin}.{last_latin}", sexes[sex], "zh-CN"
    (first, sex), (last,) = _pick(FIRST, household, "first"), _pick(LAST, household, "last")
    return f"{first} {last}", f"{first}.{last}".lower(), sexes[sex], "en"


def _birthday(household: int, locale: str) -> tuple[str, str]:
    """Birthday (one in ten without its year) and its calendar; blank where unknown."""
    if draw(household, "birthday") >= BIRTHDAY:
        return "", ""
    born = datetime.date(1940, 1, 1) + datetime.timedelta(days=int(draw(household, "born") * 60 * 365.25))
    if locale == "zh-CN" and draw(household, "lunar") < 0.5:
        return f"{born.year}-{born.month:02d}-{min(born.day, 29):02d}", "lunar"
    return born.strftime("%m-%d" if draw(household, "no year") < 0.1 else "%Y-%m-%d"), "solar"


@dataclass(frozen=True)
class Change:
    """What a shop's customer file of ``date`` says: a new customer, or one of whom something changed."""

    date: datetime.date
    person: Person
    consent_at: datetime.datetime
    consent_source: str


def changes(
    everybody: Mapping[int, Person], first_orders: Mapping[int, datetime.datetime], last: datetime.date
) -> Iterator[Change]:
    """New customers on the date of their first order; moved addresses and withdrawn consents later on.

    :param first_orders: instant of the first order by household, in the shop's time zone
    """
    for household, person in everybody.items():
        first = first_orders[household]
        yield Change(first.date(), person, first, "till (invented)")
        moved = first.date() + datetime.timedelta(days=7 + int(draw(household, "moved on") * 300))
        if draw(household, "moves") < CHANGES and person.email and moved <= last:
            yield Change(moved, replace(person, email="new." + person.email), first, "till (invented)")


def leavers(
    everybody: Mapping[int, Person], first_orders: Mapping[int, datetime.datetime], days: list[datetime.date]
) -> Iterator[tuple[datetime.datetime, Person, str]]:
    """Opt-outs, three on each of ``days``: (instant, person, how).

    ``how``: ``e-mail`` and ``sms`` reach the shop as suppressions, ``consent`` as a consent that is withdrawn.
    """
    known = [
        p for p in everybody.values() if first_orders[p.customer_id].date() < days[0] and p.consent_email and p.email
    ]
    steady = [p for p in known if draw(p.customer_id, "moves") >= CHANGES]
    chosen = iter(sorted(steady, key=lambda person: draw(person.customer_id, "leaves")))
    for day in days:
        for hour, how in ((10, "e-mail"), (14, "consent"), (19, "sms")):
            person = next(p for p in chosen if how != "sms" or (p.mobile and p.consent_sms))
            zone = first_orders[person.customer_id].tzinfo
            yield datetime.datetime.combine(day, datetime.time(hour, 5), zone), person, how
