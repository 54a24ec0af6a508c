"""The settings of the one business that an installation serves, from one YAML file.

``$CRM_BUSINESS``, else ``business.yaml`` in ``$CRM_HOME``, else ``include/business.yaml``.
"""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crm import settings, yaml_files

#: What a message is about: the brand, goods, a discount, a feeling, a question.
Direction = Literal["image", "product", "promotion", "emotion", "survey"]


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[a-zA-Z0-9]([!#-;=?-Z_a-z~\[\]])*", value):
        raise ValueError(f"{value!r} is no web address: write https://, the domain and no spaces (others as %20, xn--)")
    return value


#: An http(s) address in ASCII that can stand in a header, in text and in an attribute.
WebAddress = Annotated[str, AfterValidator(_web_address)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rfm(Model):
    """Scoring. ``window_days`` None = lifetime; fixed bounds are inclusive, ascending, one fewer than ``scores``."""

    window_days: int | None = Field(365, ge=1)
    method: Literal["quantiles", "fixed", "mean"] = "quantiles"
    scores: int = Field(5, ge=2, le=10)
    best: Literal["highest", "lowest"] = "highest"
    minimum_buyers: int = Field(100, ge=1)
    calibrate_every_days: int = Field(28, ge=1)
    fixed: dict[Literal["recency", "frequency", "monetary"], list[float]] = {}


class Lifecycle(Model):
    """Stages by recency over the customer's own cycle (else the shop's): up to ``lapsing_after`` cycles active, …"""

    lapsing_after: float = Field(1.5, gt=0)
    lapsed_after: float = Field(3.0, gt=0)
    default_cycle_days: float = Field(90, gt=0)
    own_cycle_from_orders: int = Field(4, ge=2)


class Repurchase(Model):
    """``half_weight_intervals``: with so many a product's own cycle weighs as much as its category's."""

    half_weight_intervals: int = Field(30, ge=1)


class Tier(Model):
    """From ``from_net_revenue``, ever paid. ``price_percent``: the member price that the shop's own platform gives, for
    the page *Segments* alone: nothing here computes with it."""

    name: str
    from_net_revenue: float = Field(ge=0)
    price_percent: float = Field(100, gt=0, le=100)


class Cap(Model):
    """At most ``contacts`` in the ``days`` send dates before; on one channel, or of one content direction, if given."""

    channel: Literal["email", "sms"] | None = None
    direction: Direction | None = None
    contacts: int = Field(1, ge=1)
    days: int = Field(ge=1, le=366)


class Caps(Model):
    """``gap_days``: send dates that must lie between two contacts of an address (1 = not on successive dates).

    ``periods``: further caps; a channel whose cap is used up is closed, another one may still be free.
    """

    gap_days: int = Field(1, ge=0)
    periods: list[Cap] = [Cap(channel="sms", direction="promotion", contacts=1, days=30)]


class Exclusions(Model):
    """``same_product_days``: who bought the campaign's own goods so lately is left out. ``full_price_days``: so is,
    from a promotion, who paid full price (0 = nobody). ``price_to_aov``: goods dearer than so many of the customer's
    average orders are not offered."""

    same_product_days: int = Field(2, ge=0, le=60)
    full_price_days: int = Field(7, ge=0, le=60)
    price_to_aov: float = Field(2, gt=0)


class Gate(Model):
    """``days``: earlier business dates that must be in before a date's campaigns run."""

    days: int = Field(7, ge=0, le=60)


class SoftBounces(Model):
    """An address is given up after soft bounces of ``messages`` messages within ``days`` days."""

    messages: int = Field(3, ge=1)
    days: int = Field(30, ge=1, le=366)


class Responses(Model):
    """What is made of providers' events and people's answers (docs/responses.md).

    ``machine_seconds``: opens and clicks so soon after delivery are a machine's. ``signature_hours``: how old a signed
    delivery of events may be; SendGrid repeats for 24 hours, and a repeated event changes nothing. ``body_kilobytes``:
    larger ones are refused unread. ``look_again_days``: events of unknown messages are looked at again for so long,
    and are deleted after ``keep_unknown_days``. ``stop_words``: an SMS reply that is or begins with one opts out
    (docs/responses.md); Chinese ones may stand anywhere in it.
    """

    soft_bounces: SoftBounces = SoftBounces()
    machine_seconds: int = Field(5, ge=0)
    signature_hours: float = Field(25, gt=0)
    body_kilobytes: int = Field(4096, ge=64)
    look_again_days: int = Field(7, ge=1)
    keep_unknown_days: int = Field(90, ge=1)
    stop_words: list[str] = [
        *("TD", "T", "TDTD", "R", "N", "退订", "拒收"),
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"),
    ]


class Deliverability(Model):
    """Fewer opens than ``open_rate`` of ``delivered`` e-mails or more, ``after_days``: junk folders, probably."""

    open_rate: float = Field(0.05, ge=0, le=1)
    delivered: int = Field(100, ge=1)
    after_days: int = Field(2, ge=0)


class Evaluation(Model):
    """How campaigns are measured (docs/evaluation.md).

    ``margin``: share of the undiscounted price that is left after the goods, for lines of which no cost is known;
    None = without costs of the lines profit is unknown.
    ``minimum_cost_known``: where the cost of so much of the revenue is known, the rest counts as if it left as much.
    ``covariate_days``: what a customer spent in so many days before the send explains a part of what comes after.
    ``repurchase_days``: trailing days of the repurchase rate. ``second_purchase_days``: how soon a second purchase
    must follow the first. ``response_days``: how long opens, clicks, opt-outs and purchases count for a send date.
    """

    windows_days: list[int] = [2, 3, 10, 30]
    revenue_cap_quantile: float = Field(0.99, gt=0, le=1)
    minimum_control: int = Field(100, ge=2)
    minimum_expected: int = Field(10, ge=1)
    margin: float | None = Field(None, gt=0, le=1)
    minimum_cost_known: float = Field(0.95, gt=0, le=1)
    covariate_days: int = Field(91, ge=1, le=730)
    repurchase_days: int = Field(365, ge=1)
    second_purchase_days: int = Field(90, ge=1)
    response_days: int = Field(10, ge=1)
    deliverability: Deliverability = Deliverability()


class Channel(Model):
    """``cost``: of one message, in the reporting currency; of an SMS with all its usual parts (``make check``).

    ``sender``: the address that e-mails come from. ``signature``: what an SMS begins with, in brackets.
    """

    provider: Literal["outbox", "sendgrid", "sns"] = "outbox"
    cost: float = Field(0, ge=0)
    sender: str = ""
    signature: str = ""


class WarmUp(Model):
    """A new sending domain earns its reputation: on the n-th send date from ``starts`` on, at most ``messages[n]``."""

    starts: datetime.date
    messages: list[Annotated[int, Field(ge=0)]] = Field(min_length=1)

    def most(self, send_date: datetime.date) -> int | None:
        """Messages that ``send_date`` may carry; None = as many as there are."""
        day = (send_date - self.starts).days
        return self.messages[day] if 0 <= day < len(self.messages) else None


class Pace(Model):
    """Messages a second over all campaigns (None = as fast as it takes them)."""

    per_second: float | None = Field(None, gt=0)
    warm_up: WarmUp | None = None


class SendGrid(Pace):
    """``activity``: whether the account has the Email Activity API, so that SendGrid can be asked what it took."""

    activity: bool = False


class Sns(Pace):
    """``max_price``: USD that a message may cost, with all its parts; above it SNS does not send it."""

    per_second: float | None = Field(20, gt=0)
    sender_id: Annotated[str, Field(pattern="^([a-zA-Z0-9]{1,11})?$")] = ""
    sms_type: Literal["Promotional", "Transactional"] = "Promotional"
    max_price: float | None = Field(None, gt=0)


class Providers(Model):
    """How fast providers may be called, and what they want to know; credentials are Airflow connections."""

    sendgrid: SendGrid = SendGrid()
    sns: Sns = Sns()


class SendingHours(Model):
    """Local to the customer: earlier messages wait until ``opens``, those later than ``closes`` are skipped."""

    opens: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    closes: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]

    @model_validator(mode="after")
    def _in_order(self) -> SendingHours:
        if self.opens >= self.closes:
            raise ValueError(f"opens {self.opens} must be before closes {self.closes}, on one day")
        return self


class Footer(Model):
    """Legal footer of every message: nothing of it is invented, so nothing is written without it.

    ``unsubscribe_url``: None = the page of the Airflow that sends (``api.base_url``).
    """

    company: str = ""
    postal_address: str = ""
    unsubscribe_url: WebAddress | None = None


class Staff(Model):
    """Somebody of our own, to whom tests of messages may go; ``mobile`` in E.164."""

    email: Annotated[str, Field(pattern=r"^[^@\s<>\",;]+@[^@\s<>\",;]+$")] | None = None
    mobile: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None

    def of(self, channel: str) -> str | None:
        """The address for ``channel``."""
        return self.email if channel == "email" else self.mobile


class Report(Model):
    """``to``: names in ``staff`` to whom the daily report is mailed (docs/reports.md); none = it is only written."""

    to: list[str] = []


class Alerts(Model):
    """Who is told of trouble is an Airflow connection (docs/operations.md).

    ``late_after_minutes``: how long a day's run may wait for its data before somebody is told (None = nobody is).
    ``repeat_after_hours``: trouble that lasts is told again after so long.
    """

    late_after_minutes: int | None = Field(180, ge=1)
    repeat_after_hours: float = Field(24, gt=0)


#: Days; None = for ever. Shorter than the least that what is kept is good for is refused.
Month = Annotated[int, Field(ge=30)] | None
Week = Annotated[int, Field(ge=7)] | None


class Retention(Model):
    """For how many days housekeeping keeps what nothing stands on any more (docs/operations.md); None = for ever.

    ``excluded_decisions``: rows of customers whom a campaign left out, counted to the beginning of that year.
    ``repeated_responses``: opens and clicks of a message after its first, and reports from on the way.
    ``deliveries``: published files in the landing folder. ``airflow_runs``: runs of DAGs in Airflow's own database.
    """

    excluded_decisions: Month = 400
    repeated_responses: Month = 180
    rejected_rows: Week = 180
    dry_runs: Week = 30
    dry_run_files: Week = 30
    staging: Week = 7
    alerts: Week = 90
    outbox: Week = 180
    data_docs: Week = 90
    deliveries: Month = None
    task_logs: Week = 90
    airflow_runs: Month = 180


class Business(Model):
    """Every setting of a business; unknown keys are refused."""

    name: str
    time_zone: str
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    locale: Literal["en", "zh-CN"] = "en"
    sources: list[str] = Field(min_length=1)
    schedule_from: datetime.date | None = None
    #: Campaigns that say ``enabled: false``, as all that are shipped do, and that are on all the same.
    campaigns_on: list[str] = []
    #: A closed shop (the sample) has no orders after this date: nothing is ever scheduled for it.
    last_business_date: datetime.date | None = None
    rfm: Rfm = Rfm()
    lifecycle: Lifecycle = Lifecycle()
    repurchase: Repurchase = Repurchase()
    tiers: list[Tier] = [
        Tier(name="base", from_net_revenue=0),
        Tier(name="silver", from_net_revenue=2000, price_percent=95),
        Tier(name="gold", from_net_revenue=5000, price_percent=92),
        Tier(name="platinum", from_net_revenue=20000, price_percent=90),
    ]
    caps: Caps = Caps()
    exclusions: Exclusions = Exclusions()
    gate: Gate = Gate()
    global_holdout: float = Field(0.05, ge=0, lt=1)
    global_holdout_salt: str = "global"
    evaluation: Evaluation = Evaluation()
    channels: dict[Literal["email", "sms"], Channel] = {"email": Channel(), "sms": Channel()}
    providers: Providers = Providers()
    #: By channel; a channel without hours may be used all day.
    sending_hours: dict[Literal["email", "sms"], SendingHours] = {}
    #: Whether messages of which nobody knows whether they went out are tried again by themselves, so long after the
    #: attempt, where the evidence is that they never left; None = only when a person says so.
    release_unknown_after_minutes: int | None = Field(None, ge=1)
    footer: Footer = Footer()
    responses: Responses = Responses()
    #: Where messages lead; a campaign may name a page of its own (``link``). None = the site of the e-mail's sender.
    shop_url: WebAddress | None = None
    #: Who may be sent tests of messages, by name.
    staff: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._-]+$")], Staff] = {}
    report: Report = Report()
    alerts: Alerts = Alerts()
    retention: Retention = Retention()
    #: Share of the price that is left after the goods, by category path ("*" = any other), where no unit cost is known.
    margins: dict[str, float] = {}
    #: Days of sales that the margin of a basket is taken from, for the margin floor of coupons.
    margin_days: int = Field(28, ge=1)

    def pace(self, provider: str) -> Pace:
        """How fast ``provider`` may be called."""
        return {"sendgrid": self.providers.sendgrid, "sns": self.providers.sns}.get(provider, Pace())

    @property
    def first_run(self) -> datetime.datetime | None:
        """Start date of the daily schedule, whose first partition key is ``schedule_from``: the day after, local."""
        from zoneinfo import ZoneInfo

        if self.schedule_from is None:
            return None
        day_after = self.schedule_from + datetime.timedelta(days=1)
        return datetime.datetime.combine(day_after, datetime.time(), ZoneInfo(self.time_zone))

    def date_at(self, instant: datetime.datetime) -> datetime.date:
        """The date of an instant (aware) in the business's time zone."""
        from zoneinfo import ZoneInfo

        return instant.astimezone(ZoneInfo(self.time_zone)).date()

    def today_at(self, instant: datetime.datetime) -> datetime.date:
        """The same as people at the desk see it: for a closed shop at most the day after its last business date."""
        date, last = self.date_at(instant), self.last_business_date
        return min(date, last + datetime.timedelta(days=1)) if last else date

    @property
    def is_closed(self) -> bool:
        """No more orders will come: nothing runs on a clock, every run is started by hand or by a driver."""
        return self.last_business_date is not None

    @model_validator(mode="after")
    def _report_has_addresses(self) -> Business:
        for name in self.report.to:
            if name not in self.staff or not self.staff[name].email:
                raise ValueError(f"report.to: {name!r} is nobody in staff with an email; add it there")
        return self

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import available_timezones

        if value not in available_timezones():
            raise ValueError(f"{value!r} is no IANA time zone (e.g. Asia/Shanghai)")
        return value


class SettingsError(Exception):
    """A settings file cannot be used; the message names the file, the key and what to do."""


def path() -> Path:
    """The file that is in force."""
    named = os.environ.get("CRM_BUSINESS")
    if named:
        return Path(named)
    own = settings.home() / "business.yaml"
    return own if own.exists() else settings.INCLUDE / "business.yaml"


def load(file: Path | None = None) -> Business:
    """Read and validate the business settings.

    :raises SettingsError: names file and key
    """
    file = file or path()
    try:
        text = yaml_files.text_of(file)
        return Business.model_validate(yaml_files.parse(text, str(file)))
    except yaml_files.YamlError as error:
        raise SettingsError(str(error)) from None
    except ValidationError as error:
        raise SettingsError(f"{file}: {'; '.join(yaml_files.problems(text, error.errors()))}") from None
