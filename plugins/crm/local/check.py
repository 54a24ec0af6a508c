"""``make check``: settings, mappings, calendars, campaigns and templates, without a database; every problem at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crm import business as businesses
from crm import printing, settings
from crm.campaigns import almanac, declarations, switches, usable
from crm.campaigns.declarations import Declaration, DeclarationError
from crm.campaigns.occasions import missing
from crm.campaigns.sorts import Sort, sorts
from crm.evaluation.experiments import mapping as experiments
from crm.local import check_files
from crm.local.unfilled import is_live, unfilled, with_sender
from crm.messages.clock import RealClock
from crm.messages.sources import TemplateError
from crm.orders import mapping
from crm.rehearsal import trying

if TYPE_CHECKING:
    from rich.console import Console

    from crm.business import Business


@dataclass(frozen=True)
class Problem:
    """What is wrong: in which file, at which key, and what to do about it."""

    file: str
    key: str
    what: str


def _told(message: str) -> list[Problem]:
    """From ``file: key: what to do; key: what to do``, as errors of the product are written."""
    file, _, rest = message.partition(": ")
    found = []
    for part in re.split(r"; (?=[\w.-]+: )", rest):
        key, separator, what = part.partition(": ")
        found.append(Problem(file, key, what) if separator and " " not in key else Problem(file, "", part))
    return found


@dataclass(frozen=True)
class Sms:
    """Length of one SMS to an invented person, with the largest coupon that it may offer, as a carrier bills it.

    ``most_parts``: to somebody whose name and product are as long as they can be.
    """

    campaign: str
    wave: str
    locale: str
    variant: str
    encoding: str
    units: int
    parts: int
    most_parts: int


def check(source: str = "", files: str = "") -> int:
    """Print every problem, what is still to be filled in and the length of every SMS; 1 where there is a problem.

    :param source: mapping whose files are looked at, instead of those of the settings
    :param files: order file, or folder of files, instead of the landing place, also in a bucket
    """
    problems, lengths = examine()
    looked = check_files.look(source, files)
    problems += [Problem(*each) for each in looked.problems]
    out = printing.console()
    for note in looked.notes:
        out.print(note, markup=False)
    if lengths:
        out.print("[bold]SMS[/bold]  One part holds 160 units of gsm7 or 70 of ucs2; each of several 153 or 67.")
        columns = "campaign|wave|locale|variant|alphabet|>units|>parts billed|>at most"
        out.print(printing.table("", columns, [tuple(vars(each).values()) for each in lengths]))
        if several := sum(each.parts > 1 for each in lengths):
            out.print(
                f"[yellow]{several} of {len(lengths)} are billed as more than one message.[/yellow] Every part is "
                "billed, the link's too; channels.sms.cost is the cost of a whole message."
            )
    _show_unfilled(out)
    _show_missing(out)
    _show_off(out)
    if not problems:
        out.print("\nSettings, mappings, calendars, campaigns and templates can be used.")
        return 0
    out.print(printing.table(f"{len(problems)} to mend", "file|key|what to do", _rows(problems)))
    return 1


def _show_unfilled(out: Console) -> None:
    try:
        found = unfilled(businesses.load())
    except businesses.SettingsError:
        return  # one of the problems
    if found:
        title = f"Still to be filled in, in {_short(str(businesses.path()))}"
        out.print(printing.table(title, "key|what|by when", found))


def _show_off(out: Console) -> None:
    """Campaigns that are switched off, and how to switch one on."""
    try:
        found = usable.read(businesses.load()).usable
    except businesses.SettingsError:
        return  # one of the problems
    if off := [each.campaign for each in found if not each.enabled]:
        how = "switch one on on its page of the desk, or name it in campaigns_on of business.yaml"
        out.print(f"Switched off: {', '.join(off)}; {how}.")


def _show_missing(out: Console) -> None:
    """Holidays that have no date in one of the years ahead: nothing to mend today."""
    try:
        business = businesses.load()
    except businesses.SettingsError:
        return  # one of the problems
    today = business.today_at(RealClock().now())
    enabled = [declared for declared in usable.read(business).usable if declared.enabled]
    found = [each for declared in enabled for each in missing(declared, business.country, today)]
    if found:
        rows = _rows([Problem(each.file, each.key, each.what) for each in found])
        out.print(printing.table("Holidays without a date", "file|key|what", rows))


def _rows(problems: list[Problem]) -> list[tuple[str, str, str]]:
    from rich.markup import escape

    return [(escape(_short(each.file)), escape(each.key), escape(each.what)) for each in problems]


def examine() -> tuple[list[Problem], list[Sms]]:
    """Every problem, and the lengths of the messages that can be written."""
    problems = list(_mappings())
    try:
        business = businesses.load()
    except businesses.SettingsError as error:
        return [*_told(str(error)), *problems], []
    problems += [*_sources(business), *_live(business), *_unsubscribing(business)]
    business = with_sender(business)
    found, disabled = usable.read(business), _disabled(business)
    problems += _unknown_switches(business)
    for refused in [*_calendars(), *(each for each in found.refused if each.file not in disabled)]:
        problems += [Problem(refused.file, *each) for each in refused.problems] or _told(str(refused))
    lengths: list[Sms] = []
    for declared in found.usable:
        for row in sorts(declared, business, trying.SEND_DATE):
            try:
                lengths += _written(declared, business, row)
            except TemplateError as error:
                problems += _told(str(error))
    return list(dict.fromkeys(problems)), lengths


def _mappings() -> Iterator[Problem]:
    for file in sorted(settings.SOURCES.glob("*.yaml")):
        try:
            mapping.load(file)
        except mapping.MappingError as error:
            yield from _told(str(error))
    for file in sorted(settings.EXPERIMENTS.glob("*.yaml")):
        try:
            experiments.load(file)
        except experiments.ExperimentMappingError as error:
            yield from _told(str(error))


def _sources(business: Business) -> Iterator[Problem]:
    for name in business.sources:
        try:
            mapping.load(name)
        except mapping.MappingError as error:
            if Path(str(error).partition(": ")[0]).parent != settings.SOURCES:
                yield Problem(str(businesses.path()), "sources", str(error))


def _disabled(business: Business) -> set[str]:
    """Files of campaigns that are switched off: what they ask for, nobody misses."""
    return {each.file for each in declarations.read().usable if not switches.is_on(each, business)}


def _unknown_switches(business: Business) -> Iterator[Problem]:
    """Switches of campaigns that there are not, and switches that cannot be read."""
    found = declarations.read()
    folders = (settings.campaigns(), settings.own_campaigns())
    files = {file.stem for folder in folders for file in folder.glob("*.yaml")}  # some of them may be refused
    known = {each.campaign for each in found.usable} | files
    if unknown := [name for name in business.campaigns_on if name not in known]:
        what = f"there is no campaign {', '.join(unknown)}; there are {', '.join(sorted(known))}"
        yield Problem(str(businesses.path()), "campaigns_on", what)
    for each in found.usable:
        try:
            switches.read(each.campaign)
        except switches.SwitchError as error:
            yield from _told(str(error))


def _live(business: Business) -> Iterator[Problem]:
    """What a live send needs, where a channel is live already."""
    if not is_live(business):
        return
    for each in unfilled(business):
        # What a mailbox wants of the address is said by `_unsubscribing`.
        if each.key != "footer.unsubscribe_url":
            yield Problem(str(businesses.path()), each.key, f"give {each.what}: a channel is live")


def _unsubscribing(business: Business) -> Iterator[Problem]:
    email = business.channels.get("email")
    if email and email.provider != "outbox" and not (business.footer.unsubscribe_url or "").startswith("https://"):
        what = "mailboxes want https:// for their one click (RFC 8058): give the public address of the page"
        yield Problem(str(businesses.path()), "footer.unsubscribe_url", what)


def _calendars() -> Iterator[DeclarationError]:
    for read in (almanac.festivals, almanac.seasons):
        try:
            read()
        except DeclarationError as error:
            yield error


def _written(declared: Declaration, business: Business, row: Sort) -> Iterator[Sms]:
    written = trying.written(declared, business, row)
    if row.channel == "sms":
        size = {key: written[key] for key in ("encoding", "units", "parts", "most_parts")}
        yield Sms(declared.campaign, row.wave, row.locale, row.variant, **size)


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(settings.PROJECT)) if path.is_relative_to(settings.PROJECT) else file
