"""Schema changes of the warehouse: Alembic revisions, each of which runs files of ``include/sql/schema``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


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
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    ran: list[Revision] = []
    sizes: list[int] = []
    config.attributes |= {"url": url, "ran": ran, "sizes": sizes}
    command.upgrade(config, revision)
    return Upgrade(tuple(ran), sizes[0], sizes[-1])
