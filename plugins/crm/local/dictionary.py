"""The data dictionary: what the COMMENTs of the warehouse say. ``python -m crm.local.dictionary`` writes it.

The page is generated from a freshly migrated database, never from a person's memory; ``tests/test_dictionary.py``
fails when it is stale.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import settings
from crm.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = settings.PROJECT / "docs" / "data_dictionary.md"

HEAD = """# Data dictionary

Generated from the COMMENTs of the warehouse by `make docs`: do not edit. BI tools read `mart`; the pipeline keeps
`crm`.
**Bold** columns are the primary key; columns marked with * are never null. Amounts are in the business's reporting
currency, dates in its time zone.
"""


def page(warehouse: Warehouse) -> str:
    """The dictionary of a migrated warehouse as Markdown, one table of columns for each table or view."""
    with warehouse.transaction() as transaction:
        columns = transaction.rows("local/dictionary")
    parts = [HEAD]
    for schema, of_schema in itertools.groupby(columns, key=lambda column: column.schema):
        relations = [list(group) for _, group in itertools.groupby(of_schema, key=lambda column: column.relation)]
        parts.append(f"## {schema}\n\n{relations[0][0].schema_comment}\n")
        parts.append(", ".join(f"[{r[0].relation}](#{_anchor(r[0])})" for r in relations) + "\n")
        parts.extend(_relation(relation) for relation in relations)
    return "\n".join(parts)


def _anchor(column: Any) -> str:
    return f"{column.schema}{column.relation}"


def _relation(columns: list[Any]) -> str:
    first = columns[0]
    lines = [f"### {first.schema}.{first.relation}", "", _cell(first.relation_comment), "", *_rows(columns), ""]
    return "\n".join(lines)


def _rows(columns: Iterable[Any]) -> Iterator[str]:
    yield "| column | type | meaning |"
    yield "| --- | --- | --- |"
    for column in columns:
        name = f"**{column.name}**" if column.in_key else column.name + ("\\*" if column.required else "")
        yield f"| {name} | {column.type} | {_cell(column.comment)} |"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Start a throw-away server, migrate it, write the page, remove the server."""
    import tempfile

    from crm.local.postgres import Server, free_port
    from crm.migrations import upgrade

    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "postgres", free_port(), durable=False)
        try:
            server.start()
            server.create_database("dictionary")
            url = server.url("dictionary", driver="postgresql+psycopg")
            upgrade(url)
            PAGE.write_text(page(Warehouse(url)), encoding="utf-8")
        finally:
            server.remove()
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
