"""What the form of a new campaign says, as a declaration: its values, its YAML, and which field a mistake is in.

Fields are named by the keys of the declaration (docs/campaigns.md) wherever one field is one key.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.campaigns import audiences, declarations
from crm.campaigns.customer_lists import NAME
from crm.campaigns.fields import problems
from crm.web.desk.forms import Posted

if TYPE_CHECKING:
    from crm.business import Business
    from crm.campaigns.audiences import Filter
    from crm.campaigns.declarations import Declaration

DIRECTIONS = ("image", "product", "promotion", "emotion", "survey")
WHEN = ("once", "monthly", "yearly", "festival", "holiday")
OFFERS = ("none", "code", "coupon")
GOALS = ("any_order", "product", "category", "minimum_value")
BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
#: Fields of the filter that are lists of known values, and those that are free text, one value a line.
CHOICES = ("tier", "segment", "stage", "sex")
WRITTEN = ("region", "country")
RANGES = ("age", "orders", "net_revenue", "aov", "days_since_order")
BOUGHT = ("bought_product", "bought_category")
#: Ranges that count something, and the age above which nobody lives.
COUNTED, OLDEST = ("age", "orders", "days_since_order"), 120
#: Days: longer ago than any shop's orders is a slip.
LONGEST_AGO = 36_500
#: 1000, 1,000 or 12.5: a comma parts thousands in both languages of the desk, and nothing else.
NUMBER = re.compile(r"-?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,6})?")
#: Shown when one asks for more.
SELDOM = ("age", "sex", "consent", "region", "country", "tag", "sql")
#: Smallest and largest whole number of a field; the form asks the browser to insist on them as well.
WHOLE = {
    "priority": (1, 99),
    "lead_days": (0, 60),
    "monthly": (1, 28),
    "primary_window_days": (1, 365),
    "active_within_days": (1, 3650),
    "gap_days": (0, 365),
    "offer.coupon.valid_days": (1, 366),
}
DEFAULTS = {
    "priority": "4",
    "when": "once",
    "lead_days": "0",
    "send_at": "10:00",
    "send_by": "20:00",
    "offer": "none",
    "offer.coupon.assumed_margin": "30",
    "offer.coupon.valid_days": "14",
    "goal.goal": "any_order",
    "primary_window_days": "10",
    "holdout": "20",
    "worthwhile_lift": "5",
    "active_within_days": "365",
    "gap_days": "0",
}
LIST_FIELD = "uses."


@dataclass(frozen=True)
class Problem:
    """A mistake in a field ("" = of the whole): ``said``, a text of the page, with ``values``, or a ``message``."""

    field: str
    said: str = ""
    message: str = ""
    values: dict[str, Any] = dataclasses.field(default_factory=dict)


class Draft:
    """The fields of the form. ``problems`` collects what is wrong with them."""

    def __init__(self, fields: dict[str, list[str]], today: datetime.date) -> None:
        self.fields, self.today = fields, today
        self.problems: list[Problem] = []

    @classmethod
    def empty(cls, business: Business, today: datetime.date) -> Draft:
        """What the form says before anybody wrote into it."""
        fields = {name: [value] for name, value in DEFAULTS.items()}
        return cls({**fields, "channels": [channels(business)[0]]}, today)

    @classmethod
    def of(cls, posted: Posted, today: datetime.date) -> Draft:
        return cls({name: values for name, values in posted.fields.items() if name != "action"}, today)

    def one(self, name: str) -> str:
        """The value of a field; "" where it is empty."""
        return next((value for value in reversed(self.fields.get(name, [])) if value), "")

    def many(self, name: str) -> list[str]:
        """The values of a field that may have several."""
        return [value for value in self.fields.get(name, []) if value]

    def lines(self, name: str) -> list[str]:
        """One value a line."""
        return [line.strip() for line in self.one(name).splitlines() if line.strip()]

    def of_field(self, name: str) -> list[Problem]:
        """What is wrong with a field."""
        return [problem for problem in self.problems if problem.field == name]

    def has_wrong(self, beginning: str) -> bool:
        """Whether something is wrong with a field whose name begins so."""
        return any(problem.field.startswith(beginning) for problem in self.problems)

    @property
    def more_of_audience(self) -> bool:
        """Whether a field of the filter that is seldom needed says something, or something is wrong with it."""
        names = [f"audience.{key}" for key in SELDOM]
        said = any(value for name, values in self.fields.items() if name.startswith(tuple(names)) for value in values)
        return said or any(map(self.has_wrong, [*names, "active_within_days"]))

    def wrong(self, field: str, said: str = "", message: str = "", **values: Any) -> None:
        """Note a mistake."""
        if (problem := Problem(field, said, message, values)) not in self.problems:
            self.problems.append(problem)

    def values(self) -> dict[str, Any]:
        """The declaration that the form describes; notes what cannot be read."""
        title = {locale: text for locale in ("en", "zh-CN") if (text := self.one(f"title.{locale}"))}
        found: dict[str, Any] = {
            "campaign": self._required("campaign"),
            "kind": "holiday",
            "title": title,
            "direction": self.one("direction"),
            "priority": self._whole("priority"),
            "occasions": self._occasions(),
            "audience": self.audience(),
            "prospects": self._prospects(),
            "active_within_days": self._whole("active_within_days"),
            "gap_days": self._whole("gap_days"),
            "channels": [each for each in self.one("channels").split(",") if each],
            "template": self._required("template"),
            "link": self.one("link"),
            "offer": self._offer(),
            "goal": self._goal(),
            "primary_window_days": self._whole("primary_window_days"),
            "holdout": self._share("holdout"),
            "worthwhile_lift": self._share("worthwhile_lift"),
            "send_at": self.one("send_at"),
            "send_by": self.one("send_by"),
            # Whoever makes a campaign at the desk does not send it alone: every size is approved by a person.
            "approval": {"above_messages": 0},
        }
        self._fit(found)
        return {key: value for key, value in found.items() if value not in ("", None)}

    def _fit(self, found: dict[str, Any]) -> None:
        """The mistakes that are made most, in the page's own words; validation finds the others."""
        if "en" not in found["title"]:
            self.wrong("title.en", "new.wrong_empty")
        for locale, title in found["title"].items():
            if not title.isprintable() or re.search(r"\{[{%#]", title):
                self.wrong(f"title.{locale}", "new.wrong_title")
        if found["campaign"] and not NAME.fullmatch(found["campaign"]):
            self.wrong("campaign", "new.wrong_name")
        if found["send_by"] <= found["send_at"]:
            self.wrong("send_by", "new.wrong_hours")
        goal = found["goal"]
        if (goal["goal"] == "any_order") == ("item" in goal):
            self.wrong("goal.item", "new.wrong_goal_item")
        coupon = (found["offer"] or {}).get("coupon", {})
        if None not in (coupon.get("value"), coupon.get("threshold")) and coupon["value"] >= coupon["threshold"]:
            self.wrong("offer.coupon.value", "new.wrong_coupon")

    def declaration(self, made_by: str) -> Declaration | None:
        """The declaration, as every other is validated; None where something is wrong."""
        values = self.values()
        if self.problems:
            return None
        try:
            return declarations.parse(text(values, made_by, self.today), f"{values['campaign']}.yaml")
        except declarations.DeclarationError as error:
            self.refused(error)
            return None

    def refused(self, error: declarations.DeclarationError) -> None:
        """Note what validation says, each at the field that it is in."""
        for key, what in error.problems or (("", str(error)),):
            place = place_of(key, self.one("when"))
            self.wrong(place, message=what if place else ": ".join(filter(None, (key, what))))

    def asked(self) -> Filter | None:
        """The filter, by the audience language's own rules; None without one, or where something is wrong."""
        from pydantic import ValidationError

        values = self.audience()
        if values is None or self.problems:
            return None
        try:
            return audiences.Filter.model_validate(values)
        except ValidationError as error:
            for each in problems(error).split("; "):
                key, _, what = each.partition(": ")
                self.wrong(place_of(f"audience.{key}", ""), message=what)
            return None

    def audience(self) -> dict[str, Any] | None:
        """The filter in the words of the audience language; None = everybody."""
        found: dict[str, Any] = {"list": self.lists("in")} | self._chosen()
        found |= {key: self._bounds(f"audience.{key}") for key in RANGES}
        found |= {key: self.many(f"audience.{key}") for key in ("age_band", "consent")}
        if tag := self.one("audience.tag"):
            found["tag"] = {tag: self.lines("audience.tag.values") or True}
        bought = {key: part for key in BOUGHT if (part := self._bought(f"audience.{key}"))}
        unbought = [key for key in bought if self.one(f"audience.{key}.how") == "not"]
        found |= {key: part for key, part in bought.items() if key not in unbought}
        found["sql"] = self.one("audience.sql")
        nots: list[dict[str, Any]] = [{key: bought[key]} for key in unbought]
        if unlisted := self.lists("not_in"):
            nots.insert(0, {"list": unlisted})
        if nots:
            found["not"] = nots[0] if len(nots) == 1 else {"any": nots}
        return {key: value for key, value in found.items() if value} or None

    def _prospects(self) -> bool | None:
        """Who never bought is left out unless a declaration welcomes them: whoever asks for them does."""
        asked = "prospect" in self.many("audience.stage") and self.one("audience.stage.how") != "not_in"
        return asked or None

    def _chosen(self) -> dict[str, Any]:
        """The fields whose values are (or are not) among some."""
        found: dict[str, Any] = {}
        for key in (*CHOICES, *WRITTEN):
            name = f"audience.{key}"
            if values := self.lines(name) if key in WRITTEN else self.many(name):
                if key == "country" and not all(re.fullmatch("[A-Z]{2}", value) for value in values):
                    self.wrong(name, "new.wrong_country")
                found[key] = {"not_in": values} if self.one(f"{name}.how") == "not_in" else values
        return found

    def lists(self, how: str) -> list[str]:
        """The uploaded lists that are asked (``in``) or left out (``not_in``)."""
        named = [name for name in self.fields if name.startswith(LIST_FIELD)]
        return [name.removeprefix(LIST_FIELD) for name in named if self.one(name) == how]

    def _bounds(self, name: str) -> dict[str, float]:
        ends = {end: self._number(f"{name}.{end}", name) for end in ("at_least", "at_most")}
        found = {end: bound for end, bound in ends.items() if bound is not None}
        key = name.rpartition(".")[2]
        if key in COUNTED and any(bound != int(bound) for bound in found.values()):
            self.wrong(name, "new.wrong_counted")
        if key == "age" and any(bound > OLDEST for bound in found.values()):
            self.wrong(name, "new.wrong_age", most=OLDEST)
        if len(found) == 2 and found["at_least"] > found["at_most"]:
            self.wrong(name, "new.wrong_range")
        return found

    def _bought(self, name: str) -> dict[str, Any] | None:
        items = self.lines(name)
        days = self._number(f"{name}.within_days", name)
        if days is not None and (days != int(days) or not 1 <= days <= LONGEST_AGO):
            self.wrong(name, "new.wrong_days")
        if days and not items:
            self.wrong(name, "new.wrong_no_items")
        return {"in": items} | ({"within_days": int(days)} if days else {}) if items else None

    def _occasions(self) -> list[dict[str, Any]]:
        when, name = self.one("when"), self.one("campaign")
        lead = {"lead_days": days} if (days := self._whole("lead_days")) else {}
        if when == "monthly":
            day = self._whole("monthly")
            months = range(1, 13) if day else ()
            return [{"name": f"{name}_{month:02}", "date": f"{month:02}-{day:02}", **lead} for month in months]
        if when == "once":
            return [{"name": name, "once": date, **lead}] if (date := self._date(days or 0)) else []
        if when not in WHEN or not (value := self._required(when)):
            return []
        if when == "yearly" and not _is_month_day(value):
            self.wrong("yearly", "new.wrong_month_day")
            return []
        return [{"name": name, {"yearly": "date"}.get(when, when): value, **lead}]

    def _date(self, lead_days: int) -> datetime.date | None:
        """The one date, if its messages can still go out."""
        if not (said := self._required("once")):
            return None
        try:
            date = datetime.date.fromisoformat(said)
        except ValueError:
            self.wrong("once", "new.wrong_date")
            return None
        if date - datetime.timedelta(days=lead_days) < self.today:
            self.wrong("once", "new.wrong_past")
            return None
        return date

    def _offer(self) -> dict[str, Any] | None:
        kind = self.one("offer")
        words = {locale: said for locale in ("en", "zh-CN") if (said := self.one(f"offer.text.{locale}"))}
        told = {"text": words} if words else {}
        if kind == "code":
            cost = self._number("offer.coupon_cost")
            return {"code": self._required("offer.code"), **told} | ({} if cost is None else {"coupon_cost": cost})
        if kind == "coupon":
            names = ("threshold", "value")
            amounts = {name: self._number(f"offer.coupon.{name}", required=True) for name in names}
            margin = self._share("offer.coupon.assumed_margin")
            days = self._whole("offer.coupon.valid_days")
            return {"coupon": {**amounts, "assumed_margin": margin, "valid_days": days}, **told}
        return None

    def _goal(self) -> dict[str, Any]:
        goal = self.one("goal.goal")
        item: Any = self.one("goal.item")
        if goal == "minimum_value" and item:
            item = self._number("goal.item")
        return {"goal": goal} | ({"item": item} if item not in ("", None) else {})

    def _required(self, name: str) -> str:
        if not (value := self.one(name)):
            self.wrong(name, "new.wrong_empty")
        return value

    def _whole(self, name: str) -> int | None:
        low, high = WHOLE[name]
        value = self._number(name, required=True)
        if value is not None and (value != int(value) or not low <= value <= high):
            self.wrong(name, "new.wrong_whole", low=low, high=high)
            return None
        return None if value is None else int(value)

    def _share(self, name: str) -> float | None:
        value = self._number(name, required=True)
        if value is not None and not 0 <= value < 100:
            self.wrong(name, "new.wrong_percent")
            return None
        return None if value is None else round(value / 100, 6)

    def _number(self, name: str, at: str = "", *, required: bool = False) -> float | None:
        """A number, never below zero; a whole one as such, so that the file reads like one that somebody wrote."""
        said = unicodedata.normalize("NFKC", self.one(name))
        if not said:
            if required:
                self.wrong(at or name, "new.wrong_empty")
            return None
        if not NUMBER.fullmatch(said):
            self.wrong(at or name, "new.wrong_number")
            return None
        value = float(said.replace(",", ""))
        if value < 0:
            self.wrong(at or name, "new.wrong_negative")
            return None
        return int(value) if value.is_integer() else value


def _is_month_day(said: str) -> bool:
    try:
        return len(said) == 5 and bool(datetime.date.fromisoformat(f"2000-{said}"))
    except ValueError:
        return False


def channels(business: Business) -> list[str]:
    """Orders of preference that the business's channels allow: "email", "email,sms", …"""
    there = [str(channel) for channel in ("email", "sms") if channel in business.channels]
    return [",".join(there), ",".join(reversed(there)), *there] if len(there) > 1 else there


def text(values: dict[str, Any], made_by: str, today: datetime.date) -> str:
    """The YAML of a declaration."""
    import yaml

    head = f"# Made at the desk on {today} by {json.dumps(made_by)}.\n"
    return head + yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)


_STEPS = {"not", "any", "all", "in", "not_in", "exactly"}
_FIELDS = (
    "campaign", "title.en", "title.zh-CN", "direction", "priority", "lead_days", "send_at", "send_by", "channels",
    "template", "link", "offer", "offer.code", "offer.text.en", "offer.text.zh-CN", "offer.coupon_cost",
    "offer.coupon.threshold", "offer.coupon.value", "offer.coupon.valid_days", "offer.coupon.assumed_margin",
    "goal.goal", "goal.item", "primary_window_days", "holdout", "worthwhile_lift", "active_within_days", "gap_days",
    *(f"audience.{key}" for key in (*CHOICES, *WRITTEN, *RANGES, *BOUGHT, "age_band", "consent", "tag", "sql", "list")),
)  # fmt: skip


def place_of(key: str, when: str) -> str:
    """The field that a key of the declaration was made from; "" where there is none."""
    parts = [part for part in key.split(".") if not part.isdigit() and part not in _STEPS]
    if parts[:1] == ["occasions"]:
        last = parts[-1]
        return {"name": "campaign", "lead_days": "lead_days"}.get(last, when)
    for length in range(len(parts), 0, -1):
        if (name := ".".join(parts[:length])) in _FIELDS:
            return name
    return "title.en" if parts[:1] == ["title"] else ""
