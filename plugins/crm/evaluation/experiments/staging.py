"""From a record of a file to the texts that are copied into ``staged_person`` and ``staged_outcome``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from crm.evaluation.experiments import reading
from crm.evaluation.experiments.mapping import MEASURES, STEPS

if TYPE_CHECKING:
    from crm.evaluation.experiments.mapping import Mapping, Source
    from crm.evaluation.experiments.reading import File
    from crm.warehouse import Transaction

#: One value of a record, and a row of texts of (record number, values of the mapped columns).
Value = Callable[[list[str]], str]
Row = Callable[[int, list[str]], list[Any]]

PERSON = (
    *("campaign", "occasion", "starts_at", "complete_until", "channel", "arm", "person", "segment", "tier"),
    *("spent_before", *STEPS),
)
OUTCOME = ("number", "window_days", *MEASURES)
#: A spreadsheet's truth.
TRUTHS = {"1.0": "1", "0.0": "0"}


def stage(tx: Transaction, file: File) -> int:
    """Copy every row of the file, as it is, batch by batch; returns how many there are."""
    tx.run("evaluation/experiments/staging")
    person, outcomes = _person(file), list(_outcomes(file.mapping))
    count = 0
    for batch in reading.rows(file):
        count += len(batch)
        tx.copy_in("staged_person", ("row_number", *PERSON), [_csv(person(*row) for row in batch)])
        for outcome in outcomes:
            tx.copy_in("staged_outcome", ("row_number", *OUTCOME), [_csv(outcome(*row) for row in batch)])
    tx.run("evaluation/experiments/analyze")
    return count


def _csv(records: Iterable[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(records)
    return text.getvalue().encode("utf-8", "replace")


def _person(file: File) -> Row:
    """Makes a row of ``staged_person``: the record's number, then the columns of ``PERSON``."""
    mapping = file.mapping
    take = _Taker(mapping)
    instant = reading.instants(mapping.dates, file.time_zone)
    values = [
        *(
            take.source("campaign"),
            take.source("occasion"),
            take.source("date", instant),
            take.source("as_of", instant),
        ),
        *(take.source("channel"), take.column("arm.column"), take.column("customer")),
        *(take.column("stratum"), take.column("tier")),
        take.column("spent_before", reading.numbers(mapping.amounts)),
        *(take.column(step, lambda text: TRUTHS.get(text, text)) for step in STEPS),
    ]
    nobody = None if mapping.customer else PERSON.index("person") + 1

    def made(number: int, record: list[str]) -> list[Any]:
        row: list[Any] = [number, *(value(record) for value in values)]
        if nobody:  # the file names nobody: each row is a person
            row[nobody] = number
        return row

    return made


def _outcomes(mapping: Mapping) -> Iterator[Row]:
    """For each window, what makes a row of ``staged_outcome``."""
    take, number = _Taker(mapping), reading.numbers(mapping.amounts)
    for index, outcome in enumerate(mapping.outcomes):
        at = f"outcomes.{index}"
        days = outcome.window_days
        window = take.column(f"{at}.window_days") if isinstance(days, str) else _constant(str(days))
        yield _outcome(index, [window, *(take.column(f"{at}.{measure}", number) for measure in MEASURES)])


def _outcome(index: int, values: list[Value]) -> Row:
    return lambda number, record: [number, index, *(value(record) for value in values)]


def _constant(text: str) -> Value:
    return lambda _: text


class _Taker:
    """Takes a mapped column out of a record; what is not mapped is blank."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.at = {key: position for position, (key, _) in enumerate(mapping.columns())}

    def column(self, key: str, convert: Callable[[str], str] = str) -> Value:
        position = self.at.get(key)
        return _constant("") if position is None else lambda record: convert(record[position])

    def source(self, key: str, convert: Callable[[str], str] = str) -> Value:
        source: Source | None = getattr(self.mapping, key)
        if source is None or source.value is None:
            return self.column(key, convert)
        return _constant(convert(source.value))
