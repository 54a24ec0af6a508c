"""Why a candidate is left out, in the order in which reasons are asked; docs/exclusions.md says what each one means."""

from __future__ import annotations

ORDER = (
    "decided_before",
    "opt_out",
    "complaint",
    "bounce",
    "no_consent",
    "no_address",
    "masked_address",
    "shared_address",
    "fake_orders",
    "contacted_within_cap",
    "contacted_that_day",
    "bought_same_product",
    "bought_recently",
    "in_gap",
    "full_price_lately",
    "too_expensive",
    "inactive",
    "send_by_passed",
    "global_holdout",
    "lower_priority",
)
