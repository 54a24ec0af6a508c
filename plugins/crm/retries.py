"""How a task that failed is repeated: one policy for the tasks of every DAG.

Most failures pass by themselves: a database restarts, an API does not answer in time, a worker dies. Such a task is
repeated with growing delays. What a person has to mend first fails at once, so that they hear of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import RetryDecision, RetryPolicy

if TYPE_CHECKING:
    from crm.business import Business

#: Errors that no repetition mends: a file, a setting, a declaration or an answer is wrong. By name, because a DAG file
#: must not import the modules that raise them. ``ReportError`` is among them, because whom a mail did not reach is
#: written to again by a person alone; a repetition would end well and hide it.
FINAL = frozenset(
    {
        "crm.business.SettingsError",
        "crm.campaigns.switches.SwitchError",
        "crm.campaigns.customer_lists.ListError",
        "crm.campaigns.fields.DeclarationError",
        "crm.campaigns.gate.WaiverError",
        "crm.campaigns.planning.PlanningError",
        "crm.connections.ConnectionMissing",
        "crm.customers.erasing.ErasureError",
        "crm.evaluation.evaluating.EvaluationError",
        "crm.evaluation.report.figures.ReportError",
        "crm.messages.forgetting.NotErased",
        "crm.messages.gate.SendRefused",
        "crm.messages.markup.MarkupError",
        "crm.messages.sources.TemplateError",
        "crm.messages.staff.StaffError",
        "crm.orders.delivery.DeliveryError",
        "crm.orders.delivery.NotStaged",
        "crm.orders.frames.SourceError",
        "crm.orders.landing.LandingError",
        "crm.orders.mapping.MappingError",
        "crm.orders.publishing.PublishingError",
        "crm.orders.validation.ValidationFailed",
        "crm.runs.RunError",
        "crm.yaml_files.YamlError",
    }
)
#: A delivery that is not there yet, or not whole yet.
LATE = ("crm.orders.landing.LandingError", "crm.orders.frames.SourceError")
#: A message to the customer whose files are to go is being sent.
UNDER_WAY = ("crm.messages.forgetting.UnderWay",)
#: A provider that is silent: each try takes up a few batches, of which nobody knows and which nothing sends again.
SILENT = "crm.messages.providers.ProviderError"
SILENT_TRIES, SILENT_DELAY = 3, timedelta(minutes=10)


class Repeat(RetryPolicy):
    """Fails at once with an error of ``FINAL``; ``waits``: errors by name that are repeated at a fixed interval."""

    def __init__(self, waits: Mapping[str, timedelta] | None = None) -> None:
        self.waits = dict(waits or {})

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """Airflow asks this in the task's process; a worker that was killed is repeated unasked."""
        names = {f"{each.__module__}.{each.__qualname__}" for each in type(exception).__mro__}
        for name in names & self.waits.keys():
            return RetryDecision.retry(self.waits[name], "it is waited for")
        if SILENT in names and try_number < SILENT_TRIES:
            return RetryDecision.retry(SILENT_DELAY * try_number, "the provider may answer later")
        if names & FINAL or SILENT in names:
            return RetryDecision.fail("a person has to mend it first")
        return RetryDecision.default()


def growing(business: Business) -> dict[str, Any]:
    """For ``default_args``: 5 repetitions within the hour; in a closed shop, where somebody watches, 3 in a minute."""
    first, longest = timedelta(minutes=1), timedelta(minutes=15)
    if business.is_closed:
        first, longest = timedelta(seconds=5), timedelta(seconds=30)
    return {
        "retries": 3 if business.is_closed else 5,
        "retry_delay": first,
        "retry_exponential_backoff": 2,
        "max_retry_delay": longest,
        "retry_policy": Repeat(),
    }


def waiting(errors: tuple[str, ...], times: int, every: timedelta) -> dict[str, Any]:
    """For a task that waits: ``errors`` are repeated at the interval ``every``, up to ``times``; others as ever."""
    return {"retries": times, "retry_policy": Repeat(dict.fromkeys(errors, every))}
