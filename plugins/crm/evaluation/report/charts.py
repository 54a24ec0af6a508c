"""Charts, drawn without a browser: SVG for the pages, PNG for e-mail (altair describes, vl-convert draws).

A chart holds figures alone: every word stands beside it in HTML, where the reader's own fonts write it. Its colours are
those of ``COLOURS``, which the stylesheet of the pages replaces in the dark.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm.evaluation.report.figures import Result

COLOURS = {
    "ink": "#2b2723", "soft": "#6d655d", "line": "#e6e0d8", "treated": "#1d6a86", "baseline": "#b7791f",
    "good": "#2f7d4f", "bad": "#b3362b",
}  # fmt: skip
#: The fonts of pages and charts: the system's own, and those that a headless machine has.
FONTS = (
    "-apple-system, BlinkMacSystemFont, Segoe UI, Roboto, Helvetica Neue, PingFang SC, Microsoft YaHei,"
    " Noto Sans CJK SC, Noto Sans, DejaVu Sans, Arial, sans-serif"
)
WIDTH, HEIGHT = 340, 190
_CLIP = re.compile(r'\b(id="|url\(#)(clip|gradient)')
_FONT = re.compile(r' font-family="[^"]*"')
#: A chart is one picture with one name: its parts have none, so they must not say that they are something.
_ROLES = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*"|aria-hidden="true")')
_SIZE = re.compile(r'<svg ([^>]*?)\s*width="([\d.]+)" height="([\d.]+)"')


def rates(results: Sequence[Result]) -> Any:
    """Conversion by window: the treated, with the interval of the difference, against the baseline.

    :param results: one goal's results, one per window
    :return: an altair chart, or None where there is nothing to draw
    """
    rows = [row for result in results for row in _rates(result)]
    if not rows:
        return None
    import altair as alt

    x = alt.X("days:O", sort=None, axis=alt.Axis(title=None, labelAngle=0, ticks=False, domain=False))
    shift = alt.XOffset("arm:N", sort=["baseline", "treated"])
    colour = alt.Color("arm:N", legend=None, scale=_arms())
    base = alt.Chart(_data(rows))
    y = alt.Y(
        "rate:Q", axis=alt.Axis(title=None, format="~%", tickCount=5), scale=alt.Scale(zero=False, nice=True, padding=8)
    )
    whisker = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2).encode(
        x=x, xOffset=shift, y=alt.Y("low:Q", axis=alt.Axis(title=None)), y2="high:Q", color=colour
    )  # fmt: skip
    closed = base.transform_filter("datum.closed").mark_circle(size=72, opacity=1).encode(
        x=x, xOffset=shift, y=y, color=colour
    )  # fmt: skip
    hollow = base.transform_filter("!datum.closed").mark_point(size=64, strokeWidth=1.6, filled=False).encode(
        x=x, xOffset=shift, y=y, color=colour
    )  # fmt: skip
    return _styled(alt.layer(whisker, closed, hollow))


def intervals(results: Sequence[Result], names: tuple[str, str, str], form: str, factor: float = 1) -> Any:
    """An estimate with its interval by window, about a line at zero; None where no result has one.

    :param names: columns of estimate, low and high
    :param form: d3 format of the axis
    """
    rows = [
        {"days": str(result["window_days"]), **_ends(result, names, factor)}
        for result in results
        if result[names[0]] is not None
    ]
    if not rows:
        return None
    import altair as alt

    x = alt.X("days:O", sort=None, axis=alt.Axis(title=None, labelAngle=0, ticks=False, domain=False))
    base = alt.Chart(_data(rows))
    zero = alt.Chart(_data([{"zero": 0}])).mark_rule(color=COLOURS["soft"]).encode(y="zero:Q")
    axis = alt.Axis(title=None, labelExpr=f"datum.value == 0 ? '0' : format(datum.value, '{form}')", tickCount=5)
    y = alt.Y("middle:Q", axis=axis, scale=alt.Scale(nice=True, padding=8))
    whisker = base.mark_rule(strokeWidth=2.4, color=COLOURS["treated"]).encode(
        x=x, y=alt.Y("low:Q", axis=axis), y2="high:Q"
    )
    point = base.mark_circle(size=84, opacity=1, color=COLOURS["treated"]).encode(x=x, y=y)
    return _styled(alt.layer(zero, whisker, point))


def trend(points: dict[datetime.date, float | None], *, width: int = 640, height: int = 150) -> Any:
    """A figure by business date, as bars; None where there is none."""
    rows = [{"day": day.strftime("%m-%d"), "value": float(value)} for day, value in points.items() if value is not None]
    if not rows:
        return None
    import altair as alt

    shown = [str(row["day"]) for row in rows][:: max(1, len(rows) // 7)]
    axis = alt.Axis(title=None, labelAngle=0, values=shown, ticks=False, domain=False)
    return _styled(
        alt.Chart(_data(rows))
        .mark_bar(color=COLOURS["treated"])
        .encode(
            x=alt.X("day:O", sort=None, axis=axis, scale=alt.Scale(paddingInner=0.25)),
            y=alt.Y("value:Q", axis=alt.Axis(title=None, format="~s", tickCount=4)),
        ),
        width,
        height,
    )


def forest(numbered: Sequence[tuple[int, Result]], width: int = 480) -> Any:
    """Incremental revenue with its interval, one line per number of a table; None where no result has one."""
    names = ("incremental_revenue", "revenue_low", "revenue_high")
    rows = [{"n": str(n), **_ends(r, names, 1)} for n, r in numbered if r["incremental_revenue"] is not None]
    if not rows:
        return None
    import altair as alt

    base = alt.Chart(_data(rows))
    y = alt.Y("n:O", sort=None, axis=alt.Axis(title=None, ticks=False, domain=False))
    axis = alt.Axis(title=None, labelExpr="datum.value == 0 ? '0' : format(datum.value, '~s')", tickCount=5)
    zero = alt.Chart(_data([{"zero": 0}])).mark_rule(color=COLOURS["soft"]).encode(x="zero:Q")
    whisker = base.mark_rule(strokeWidth=2.4, color=COLOURS["treated"]).encode(
        y=y, x=alt.X("low:Q", axis=axis), x2="high:Q"
    )
    point = base.mark_circle(size=84, opacity=1, color=COLOURS["treated"]).encode(y=y, x=alt.X("middle:Q", axis=axis))
    return _styled(alt.layer(zero, whisker, point), width, 26 * len(rows))


def svg(chart: Any, label: str, name: str) -> str:
    """The chart as an element of a page: no script, no size and fonts of its own, nothing from elsewhere.

    :param label: what a screen reader says of it
    :param name: what tells its parts from those of other charts of the page: letters, digits, -
    """
    import vl_convert
    from markupsafe import Markup, escape

    drawn: str = vl_convert.vegalite_to_svg(chart.to_dict(validate=False), vl_version=_version())
    drawn = _CLIP.sub(lambda found: f"{found[1]}{name}-{found[2]}", drawn)
    drawn = _FONT.sub("", drawn.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', ""))
    drawn = _ROLES.sub("", drawn)
    attributes = f'role="img" aria-label="{escape(label)}"'
    return Markup(_SIZE.sub(lambda found: f"<svg {attributes} {found[1]}", drawn, count=1))


def png(chart: Any, scale: float = 2) -> bytes:
    """The chart as a picture on white, ``scale`` pixels for one."""
    import vl_convert

    spec = chart.to_dict(validate=False)
    spec["background"] = "white"
    drawn: bytes = vl_convert.vegalite_to_png(spec, vl_version=_version(), scale=scale)
    return drawn


def _version() -> str:
    """The Vega-Lite that altair speaks: v6.1.0 -> 6.1."""
    import altair as alt

    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def _rates(result: Result) -> list[dict[str, Any]]:
    """Both arms of one window; the treated stand at baseline + difference, where the interval belongs."""
    days, baseline, closed = str(result["window_days"]), result["baseline_rate"], result["status"] == "ok"
    if closed and baseline is not None and result["difference"] is not None:
        middle, low, high = (baseline + result[name] for name in ("difference", "low", "high"))
        treated = {"rate": middle, "low": low, "high": high}
    else:
        closed, baseline, treated = False, result["control_rate"], {"rate": result["treated_rate"]}
    arms = (("baseline", {"rate": baseline}), ("treated", treated))
    return [
        {"days": days, "arm": arm, "closed": closed, **values} for arm, values in arms if values["rate"] is not None
    ]


def _ends(result: Result, names: tuple[str, str, str], factor: float) -> dict[str, float]:
    return dict(zip(("middle", "low", "high"), (factor * float(result[name]) for name in names), strict=True))


def _data(rows: Sequence[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.Data(values=list(rows))  # type: ignore[no-untyped-call]


def _arms() -> Any:
    import altair as alt

    return alt.Scale(domain=["baseline", "treated"], range=[COLOURS["baseline"], COLOURS["treated"]])


def _styled(chart: Any, width: int = WIDTH, height: int = HEIGHT) -> Any:
    labels = {"labelColor": COLOURS["soft"], "labelFontSize": 12, "labelPadding": 6}
    return (
        chart.properties(
            width=width,
            height=height,
            background="transparent",
            padding={"left": 10, "right": 4, "top": 4, "bottom": 2},
            autosize={"type": "fit"},
        )
        .configure(font=FONTS, aria=False)
        .configure_view(stroke=None)
        .configure_axis(gridColor=COLOURS["line"], domainColor=COLOURS["line"], tickColor=COLOURS["line"], **labels)
        .configure_axisX(grid=False)
    )
