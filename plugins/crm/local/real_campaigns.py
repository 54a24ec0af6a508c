"""The Complete Journey's 27 real campaigns as one file: who was sent coupons, what they bought, what they redeemed.

One row per household and campaign, for the mapping ``complete_journey_campaigns``. Nobody drew lots: the shop sent
coupons to good customers, so whoever was not targeted is a comparison and no control. Amounts in USD, net of
discounts; days begin at midnight in New York; windows last days of 24 hours.

Campaigns 24, 25 and 26 began in 2016, before the data: they are measured from 2017-01-01, and as nobody is known to
have been a customer before, there is nobody to compare with. Campaigns that end in 2018 stay open.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm.local.sample_shop import FIRST, LAST, ZONE, package_table, put

if TYPE_CHECKING:
    import pandas

MAPPING = "complete_journey_campaigns"
WINDOWS = (2, 3, 10, 30)
#: Days before the start whose spending tells a good customer, as far as the data reach.
DAYS_BEFORE = 91
GROUPS = 5
NOT_TARGETED = "not targeted"
#: Goes up whenever the file changes, so that an older one is written anew.
VERSION = "1"


def write(folder: Path) -> Path:
    """Write the file below ``folder`` where it is not there yet; returns its path.

    :raises SampleShopError: the package with the campaigns is not installed
    """
    file, done = folder / f"{MAPPING}.csv", folder / f".{MAPPING}.complete"
    if not (file.exists() and done.exists() and done.read_text() == VERSION):
        put(file, table().to_csv(index=False, lineterminator="\n", float_format="%.2f").encode())
        done.write_text(VERSION)
    return file


def table() -> pandas.DataFrame:
    """The rows of the file, campaign by campaign."""
    import pandas as pd

    described = package_table("campaign_descriptions", ["campaign_id", "campaign_type", "start_date", "end_date"])
    sent = package_table("campaigns", ["campaign_id", "household_id"]).to_pandas()
    redeemed = package_table("coupon_redemptions", ["campaign_id", "household_id", "redemption_date"]).to_pandas()
    baskets = _baskets()
    campaigns = sorted(described.to_pylist(), key=lambda each: int(each["campaign_id"]))
    return pd.concat(
        [
            _campaign(
                each,
                sent.loc[sent["campaign_id"] == each["campaign_id"], "household_id"],
                baskets,
                redeemed[redeemed["campaign_id"] == each["campaign_id"]],
            )
            for each in campaigns
        ],
        ignore_index=True,
    )


def _baskets() -> pandas.DataFrame:
    """Every order: household, instant (UTC) and amount."""
    columns = ["household_id", "basket_id", "sales_value", "transaction_timestamp"]
    lines = package_table("transactions", columns)
    sums = lines.group_by(["basket_id", "household_id"]).aggregate(
        [("transaction_timestamp", "min"), ("sales_value", "sum")]
    )
    baskets = sums.to_pandas().rename(columns={"transaction_timestamp_min": "at", "sales_value_sum": "amount"})
    baskets["at"] = baskets["at"].dt.tz_localize("UTC")
    baskets["amount"] = baskets["amount"].round(2)
    return baskets[baskets["amount"] > 0]


def _campaign(
    described: dict[str, Any], targeted: pandas.Series[Any], baskets: pandas.DataFrame, redeemed: pandas.DataFrame
) -> pandas.DataFrame:
    """The rows of one campaign: the households that it targeted, and those that had bought before and were not."""
    import pandas as pd

    started, ended = described["start_date"].date(), described["end_date"].date()
    measured = max(started, FIRST)
    begin = pd.Timestamp(measured, tz=ZONE).tz_convert("UTC")
    earlier = baskets[baskets["at"] < begin]
    households = pd.Index(sorted({*targeted, *earlier["household_id"]}), name="household_id")
    rows = pd.DataFrame(index=households)
    rows["campaign"] = f"complete_journey_{described['campaign_id']:02d}"
    rows["started_on"], rows["ended_on"] = started.isoformat(), ended.isoformat()
    rows["measured_from"], rows["complete_until"] = measured.isoformat(), LAST.isoformat()
    rows["sent"] = NOT_TARGETED
    rows.loc[targeted, "sent"] = described["campaign_type"]
    lately = earlier[earlier["at"] >= begin - pd.Timedelta(days=DAYS_BEFORE)]
    rows["spent_before"] = lately.groupby("household_id")["amount"].sum().reindex(households, fill_value=0.0)
    rows["spent_before_group"] = _groups(rows["spent_before"])
    rows["own_days"] = (ended - measured).days + 1
    for name, days in (("own", (ended - measured).days + 1), *((str(days), days) for days in WINDOWS)):
        rows = rows.join(_outcome(name, days, begin, baskets, households))
        rows[f"redeemed_{name}"] = _redeemed(redeemed, measured, days).reindex(households, fill_value=0)
    return rows.reset_index()


def _groups(spent: pandas.Series[Any]) -> pandas.Series[Any]:
    """The stratum: a fifth of those who had spent anything, q5 the most; none = nothing."""
    rank = spent[spent > 0].rank(method="first")
    fifth = ((rank - 1) * GROUPS // max(len(rank), 1) + 1).astype(int)
    return ("q" + fifth.astype(str)).reindex(spent.index, fill_value="none")


def _outcome(
    name: str, days: int, begin: pandas.Timestamp, baskets: pandas.DataFrame, households: pandas.Index[Any]
) -> pandas.DataFrame:
    import pandas as pd

    within = baskets[(baskets["at"] >= begin) & (baskets["at"] < begin + pd.Timedelta(days=days))]
    found = within.groupby("household_id")["amount"].agg(["size", "sum"]).reindex(households, fill_value=0)
    return found.rename(columns={"size": f"orders_{name}", "sum": f"revenue_{name}"})


def _redeemed(redeemed: pandas.DataFrame, measured: datetime.date, days: int) -> pandas.Series[Any]:
    """Coupons by household; the package knows the day, not the hour."""
    import pandas as pd

    first = pd.Timestamp(measured)
    date = redeemed["redemption_date"].dt.normalize()
    within = redeemed[(date >= first) & (date < first + pd.Timedelta(days=days))]
    return within.groupby("household_id").size()
