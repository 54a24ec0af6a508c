"""Schema changes of the warehouse: Alembic revisions, each of which runs files of ``include/sql/schema``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "crm_schema_version"


class NewerSchema(Exception):
    """The warehouse's schema is of a newer version than this one; the message says what to do."""


@dataclass(frozen=True)
class Revision:
    """A revision that ran: its id, what it says of itself, and how long it took."""

    id: str
    title: str
    seconds: float


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade did; ``bytes_before`` and ``bytes_after``: size of the database on disk."""

    revisions: tuple[Revision, ...]
    bytes_before: int
    bytes_after: int

    def lines(self) -> Iterator[str]:
        """The same for people."""
        if not self.revisions:
            yield f"the warehouse's schema is up to date ({self.bytes_after / 1e6:,.1f} MB)"
            return
        for each in self.revisions:
            yield f"  {each.id}  {each.title}  {each.seconds:,.1f} s"
        seconds = sum(each.seconds for each in self.revisions)
        yield (
            f"the warehouse's schema is up to date: revisions {len(self.revisions)}, {seconds:,.1f} s, "
            f"database {self.bytes_before / 1e6:,.1f} MB before, {self.bytes_after / 1e6:,.1f} MB after"
        )


def upgrade(url: str, revision: str = "head") -> Upgrade:
    """Bring the warehouse at ``url`` (``postgresql+psycopg://…``) to ``revision``; does nothing when it is there.

    All revisions that are due run in one transaction: where one fails, the warehouse is as it was.

    :raises NewerSchema: this version does not know the warehouse's revision; nothing is changed
    """
    from alembic import command

    if newer := unknown(current(url)):
        raise NewerSchema(f"the warehouse's schema {newer}")
    config = _config()
    ran: list[Revision] = []
    sizes: list[int] = []
    config.attributes |= {"url": url, "ran": ran, "sizes": sizes}
    command.upgrade(config, revision)
    return Upgrade(tuple(ran), sizes[0], sizes[-1])


def current(url: str) -> str | None:
    """The revision of the schema of the warehouse at ``url``; None where there is no schema yet."""
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    with create_engine(url, poolclass=NullPool).connect() as connection:
        return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def hindrance(revision: str | None) -> str | None:
    """Why this version cannot work on a schema of ``revision``, and what to do; None where it can."""
    if revision is None:
        return "the warehouse has no schema yet: `make migrate` makes it"
    if newer := unknown(revision):
        return f"the warehouse's schema {newer}"
    if revision != latest():
        return (
            f"the warehouse's schema ({revision}) is older than this version ({latest()}): "
            "`make backup`, then `make migrate` brings it up to date"
        )
    return None


def unknown(revision: str | None) -> str | None:
    """What is to be said of a revision that only a newer version knows; None of any other, or of no schema at all."""
    known = _known()
    if revision is None or revision in known:
        return None
    return f"({revision}) is newer than this version ({known[0]}): use the newer version"


def latest() -> str:
    """The revision of this version's schema."""
    return _known()[0]


def _known() -> list[str]:
    """The revisions of this version, the latest first."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
