"""Lanes over time: equal neighbours are one stretch, and nothing is left white but what was not known."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

from crm.web.desk import timeline


def row(first: str, last: str | None, tier: str) -> SimpleNamespace:
    day = datetime.date.fromisoformat
    return SimpleNamespace(valid_from=day(first), valid_to=day(last) if last else None, tier=tier)


def test_who_never_moved_has_no_lane_before_there_is_a_history():
    assert timeline.lanes([], ["tier"]) == []


def test_equal_neighbours_are_one_stretch_and_a_value_that_comes_back_has_its_own_shade_again():
    (lane,) = timeline.lanes(
        [
            row("2017-01-01", "2017-02-01", "base"),
            row("2017-02-01", "2017-03-01", "base"),
            row("2017-03-01", "2017-04-01", "gold"),
            row("2017-04-01", None, "base"),
        ],
        ["tier"],
    )
    assert [(each["value"], each["shade"]) for each in lane["stretches"]] == [("base", 0), ("gold", 1), ("base", 0)]
    assert abs(sum(each["width"] for each in lane["stretches"]) - timeline.WIDTH) < 1
    assert lane["stretches"][-1]["last"] is None
    assert lane["stretches"][-1]["width"] > timeline.WIDTH / 20


def test_a_day_on_which_nothing_was_known_stays_white():
    (lane,) = timeline.lanes([row("2017-01-01", "2017-01-11", "base"), row("2017-01-21", None, "base")], ["tier"])
    first, second = lane["stretches"]
    assert first["x"] + first["width"] < second["x"]


def test_a_history_of_one_day_fills_the_lane():
    (lane,) = timeline.lanes([row("2017-01-01", None, "base")], ["tier"])
    assert [(each["x"], each["width"]) for each in lane["stretches"]] == [(0.0, 1000.0)]
