"""What is repeated, what is waited for, and what fails at once because a person has to mend it."""

from __future__ import annotations

import ast
import datetime
import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.sdk import RetryAction

from crm import retries
from crm.messages.providers import ProviderError
from crm.orders.landing import LandingError
from crm.orders.validation import ValidationFailed
from crm.runs import RunError
from crm.warehouse import WarehouseError

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"
#: Errors of our own that may pass by themselves: a lost connection, a provider that is silent, another run at work.
PASSING = {
    "crm.alerts.telling.AlertError",
    "crm.housekeeping.airflow_runs.CleaningFailed",
    "crm.messages.forgetting.UnderWay",
    "crm.messages.ledger.LedgerError",
    "crm.messages.providers.ProviderError",
    "crm.messages.public_site.SiteAway",
    "crm.warehouse.WarehouseError",
}
#: Rooms and errors that no task meets: commands, pages, files of past campaigns, coupons for the shop platform.
ELSEWHERE = ("crm.local.", "crm.web.", "crm.evaluation.experiments.", "crm.messages.responses.")
NO_TASK = {
    *("crm.campaigns.coupons.CouponError", "crm.campaigns.customer_lists.NameTaken"),
    "crm.migrations.views.ViewsInUse",
}


def _errors() -> set[str]:
    """Every exception class of the package, by its whole name."""
    found = set()
    for file in (PLUGINS / "crm").rglob("*.py"):
        module = ".".join(file.relative_to(PLUGINS).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            # A name with an underscore does not leave its module.
            if (
                isinstance(node, ast.ClassDef)
                and not node.name.startswith("_")
                and any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
            ):
                found.add(f"{module}.{node.name}")
    return found


def test_every_error_that_a_task_can_meet_is_final_or_passes_by_itself():
    met = {name for name in _errors() if not name.startswith(ELSEWHERE)} - NO_TASK
    assert met == retries.FINAL | PASSING


def test_the_names_are_those_of_real_classes():
    for name in retries.FINAL | {*retries.LATE, *retries.UNDER_WAY}:
        module, _, each = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), each), Exception)


@pytest.mark.parametrize("error", [ValidationFailed("x"), RunError("x"), LandingError("x")])
def test_what_a_person_has_to_mend_fails_at_once(error):
    assert retries.Repeat().evaluate(error, 1, 5).action is RetryAction.FAIL


@pytest.mark.parametrize("error", [WarehouseError("x"), TimeoutError(), ConnectionResetError(), KeyError("x")])
def test_everything_else_is_repeated_with_the_delays_of_its_task(error):
    decided = retries.Repeat().evaluate(error, 1, 5)
    assert (decided.action, decided.retry_delay) == (RetryAction.DEFAULT, None)


def test_a_silent_provider_is_asked_three_times_because_each_try_costs_messages():
    decided = [retries.Repeat().evaluate(ProviderError("x"), number, 5) for number in (1, 2, 3, 4)]
    assert [each.action for each in decided] == [RetryAction.RETRY] * 2 + [RetryAction.FAIL] * 2
    assert decided[0].retry_delay < decided[1].retry_delay


def test_a_late_delivery_is_looked_for_every_half_hour_and_a_bad_mapping_is_not():
    half_hour = datetime.timedelta(minutes=30)
    policy = retries.waiting(retries.LATE, 16, half_hour)["retry_policy"]
    decided = policy.evaluate(LandingError("x"), 1, 16)
    assert (decided.action, decided.retry_delay) == (RetryAction.RETRY, half_hour)
    assert policy.evaluate(RunError("x"), 1, 16).action is RetryAction.FAIL
    assert policy.evaluate(WarehouseError("x"), 1, 16).action is RetryAction.DEFAULT


@pytest.mark.parametrize(("is_closed", "minutes"), [(True, 1.5), (False, 60)])
def test_all_repetitions_together_end_while_somebody_still_waits(is_closed, minutes):
    given = retries.growing(SimpleNamespace(is_closed=is_closed))
    first, longest = given["retry_delay"], given["max_retry_delay"]
    # Airflow waits up to twice as long, so that tasks do not all come back in the same instant.
    waits = [min(longest, 2 * first * 2**n) for n in range(given["retries"])]
    assert sum(waits, datetime.timedelta()) <= datetime.timedelta(minutes=minutes)
    assert waits == sorted(waits)
