"""What a campaign offers: one code for everybody, or a coupon fitted to the customer within a margin floor.

The language and its rules are documented, with worked examples, in docs/offers.md. The fitting itself is set-based:
include/sql/campaigns/offers.sql.
"""

from __future__ import annotations

import datetime
import string
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from crm.campaigns.fields import Model

#: What a coupon's own text may speak of; crm.messages.personal puts it in, formatted for the locale.
PLACEHOLDERS = ("value", "threshold", "expires")
FIXED = {"code", "text", "coupon_cost"}
#: Stands in samples: a code that nobody has.
SAMPLE_CODE = "SAMPLE234567"
LARGE = Decimal(1000)


def _exactly(value: object) -> object:
    """A bare number is the amount itself."""
    return {"exactly": value} if isinstance(value, int | float | str | Decimal) else value


def _known_placeholders(text: str) -> str:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:
        raise ValueError(f"{text!r}: a brace stands alone; write {{value}}") from None
    if unknown := set(names) - set(PLACEHOLDERS):
        raise ValueError(f"{{{sorted(unknown)[0]}}} is unknown: there are {{value}}, {{threshold}} and {{expires}}")
    return text


Amount = Annotated[Decimal, Field(ge=0, le=10_000_000, max_digits=12, decimal_places=4)]
Positive = Annotated[Decimal, Field(gt=0, le=10_000_000, max_digits=12, decimal_places=4)]
Share = Annotated[Decimal, Field(gt=0, lt=1, decimal_places=4)]
Text = dict[Literal["en", "zh-CN"], str]


class Threshold(Model):
    """From which amount the coupon counts: ``exactly``, or AOV x ``of_aov`` rounded up to a multiple of ``step``."""

    exactly: Amount | None = None
    of_aov: Annotated[Decimal, Field(gt=0, le=10, decimal_places=4)] | None = None
    step: Positive = Decimal(10)
    minimum: Amount = Decimal(0)
    maximum: Positive | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Threshold:
        if (self.exactly is None) == (self.of_aov is None):
            raise ValueError("give a number, or of_aov (say 1.25) and the step to round up to")
        if self.exactly is not None and len(self.model_fields_set) > 1:
            raise ValueError("a number is not rounded: remove the other keys, or give of_aov")
        if self.maximum is not None and self.maximum < self.minimum:
            raise ValueError("maximum: is below minimum")
        return self


class Value(Model):
    """What it takes off: ``exactly``, or threshold x ``of_threshold``; rounded down to a multiple of ``step``."""

    exactly: Positive | None = None
    of_threshold: Share | None = None
    step: Positive = Decimal(1)
    minimum: Positive | None = None
    maximum: Positive | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Value:
        if (self.exactly is None) == (self.of_threshold is None):
            raise ValueError("give a number, or of_threshold (a share below 1) and the step to round down to")
        if self.maximum is not None and self.minimum is not None and self.maximum < self.minimum:
            raise ValueError("maximum: is below minimum")
        return self


class Rung(Model):
    """A step of a ladder: ``value`` off from ``threshold``."""

    threshold: Positive
    value: Positive


class Rule(Model):
    """``threshold`` and ``value``, or a ``ladder``. ``reach``: no coupon above so many times the customer's AOV."""

    threshold: Annotated[Threshold, BeforeValidator(_exactly)] | None = None
    value: Annotated[Value, BeforeValidator(_exactly)] | None = None
    ladder: Annotated[list[Rung], Field(min_length=1)] | None = None
    reach: Annotated[Decimal, Field(gt=1, le=100, decimal_places=4)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if self.ladder is not None:
            if self.threshold or self.value:
                raise ValueError("ladder: stands in place of threshold and value; give one or the other")
            thresholds = [rung.threshold for rung in self.ladder]
            if thresholds != sorted(set(thresholds)):
                raise ValueError("ladder: thresholds must rise from step to step")
        elif self.threshold is None or self.value is None:
            raise ValueError("give threshold and value, or a ladder")
        elif self.threshold.exactly == 0 and self.value.of_threshold is not None:
            raise ValueError("value.of_threshold: a share of a threshold of 0 is nothing; give a number")
        elif self.threshold.exactly and self.value.exactly and self.value.exactly >= self.threshold.exactly:
            raise ValueError("value: must be below the threshold")
        if any(rung.value >= rung.threshold for rung in self.ladder or []):
            raise ValueError("ladder: each value must be below its threshold")
        return self


class Coupon(Rule):
    """A coupon with a code of its own for each customer; ``by_tier`` holds the rules of tiers that have their own."""

    by_tier: dict[str, Rule] = {}
    default_aov: Positive | None = None
    aov_days: int = Field(default=365, ge=1, le=3650)
    maximum_share_of_margin: Annotated[Decimal, Field(gt=0, le=1, decimal_places=4)] = Decimal("0.5")
    assumed_margin: Share
    valid_days: int = Field(ge=1, le=366)


class Single(Model):
    """One offer: a ``code`` for all with its ``coupon_cost``, or a fitted ``coupon``; reporting currency."""

    code: str | None = None
    text: Text = {}
    coupon_cost: float = Field(default=0, ge=0)
    coupon: Coupon | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Single:
        if self.coupon is None:
            return self
        if foreign := self.model_fields_set & {"code", "coupon_cost"}:
            raise ValueError(f"{sorted(foreign)[0]}: a fitted coupon has codes and costs of its own; remove it")
        for text in self.text.values():
            _known_placeholders(text)
        return self


class Offer(Single):
    """One offer for all, or one for each variant (null = none)."""

    variants: dict[str, Single | None] | None = None

    @model_validator(mode="after")
    def _one_or_by_variant(self) -> Offer:
        if self.variants is not None and len(self.model_fields_set) > 1:
            raise ValueError("variants: the offers stand in it; remove the keys beside it")
        return self


def problems(offer: Offer | None, variants: list[str]) -> Iterable[str]:
    """What is wrong between an offer and the ``variants`` of its campaign."""
    given = set() if offer is None or offer.variants is None else set(offer.variants)
    if given and given != set(variants):
        yield f"offer.variants: give an offer (or null) for each of the variants {', '.join(variants)}, and no other"


def unknown_tiers(offer: Offer | None, tiers: list[str]) -> Iterator[tuple[str, str]]:
    """Places that name a tier which the business does not have, and what to do."""
    for place, single in _singles(offer):
        unknown = [] if single.coupon is None else [name for name in single.coupon.by_tier if name not in tiers]
        if unknown:
            what = f"the business has no tier {', '.join(unknown)}; there are {', '.join(tiers)}"
            yield f"{place}.coupon.by_tier", what


def _singles(offer: Offer | None) -> Iterator[tuple[str, Single]]:
    if offer is None:
        return
    if offer.variants is None:
        yield "offer", offer
    for variant, single in (offer.variants or {}).items():
        if single is not None:
            yield f"offer.variants.{variant}", single


def largest(offer: Offer | None, variant: str, currency: str, send_date: datetime.date) -> dict[str, Any] | None:
    """An offer such as a decision keeps, to try templates with: the largest terms that the rule names, else 1,000."""
    single = offer if offer is None or offer.variants is None else offer.variants.get(variant)
    if single is None:
        return None
    if single.coupon is None:
        return single.model_dump(mode="json", include=FIXED)
    coupon = single.coupon
    rung = coupon.ladder[-1] if coupon.ladder else None
    threshold, value = coupon.threshold or Threshold(exactly=Decimal(0)), coupon.value
    amount = rung.threshold if rung else threshold.maximum if threshold.exactly is None else threshold.exactly
    taken_off = rung.value if rung else value and (value.exactly or value.maximum)
    return {
        "threshold": float(LARGE if amount is None else amount),
        "value": float(taken_off or LARGE),
        "currency": currency,
        "text": single.text,
        "expires_on": str(send_date + datetime.timedelta(days=coupon.valid_days - 1)),
        "code": SAMPLE_CODE,
    }


def fixed(offer: Offer | None) -> str | None:
    """The JSON of an offer that is the same for all, as crm.decision keeps it; None where it has to be fitted."""
    if offer is None or offer.coupon is not None or offer.variants is not None:
        return None
    return offer.model_dump_json(include=FIXED)


def rules(offer: Offer | None) -> Iterator[dict[str, Any]]:
    """The rules of an offer that differs between customers, by variant (None = any) and tier, for offers.sql."""
    if offer is None or fixed(offer) is not None:
        return
    by_variant: Iterable[tuple[str | None, Single | None]] = (offer.variants or {}).items() or [(None, offer)]
    for variant, single in by_variant:
        if single is None:
            continue
        if single.coupon is None:
            words = single.model_dump(mode="json", include=FIXED)
            yield {"variant": variant, "other_tiers": [], "fixed": words, "fixed_cost": single.coupon_cost}
            continue
        coupon = single.coupon
        shared = {
            "variant": variant,
            "text": single.text,
            "share_of_margin": str(coupon.maximum_share_of_margin),
            **coupon.model_dump(mode="json", include={"default_aov", "aov_days", "assumed_margin", "valid_days"}),
        }
        yield {**shared, **_amounts(coupon), "tier": None, "other_tiers": sorted(coupon.by_tier)}
        for tier, rule in coupon.by_tier.items():
            yield {**shared, **_amounts(rule), "tier": tier, "other_tiers": []}


def _amounts(rule: Rule) -> dict[str, Any]:
    """One rule's columns; amounts as text, so that none of them becomes a binary fraction."""
    # A ladder holds its own thresholds and values; of a value it needs the step and the minimum alone.
    threshold = rule.threshold or Threshold(exactly=Decimal(0))
    value = rule.value or Value(exactly=min(rung.value for rung in rule.ladder or []))
    found = {
        "threshold": threshold.exactly,
        "of_aov": threshold.of_aov,
        "threshold_step": threshold.step,
        "threshold_minimum": threshold.minimum,
        "threshold_maximum": threshold.maximum,
        "value": value.exactly,
        "of_threshold": value.of_threshold,
        "value_step": value.step,
        "value_minimum": value.minimum or min(value.step, value.exactly or value.step),
        "value_maximum": value.maximum,
        "reach": rule.reach,
    }
    ladder = None if rule.ladder is None else [rung.model_dump(mode="json") for rung in rule.ladder]
    return {name: None if amount is None else str(amount) for name, amount in found.items()} | {"ladder": ladder}
