"""The DAG catalogue: the docstrings of ``dags/`` as one page. ``python -m crm.local.catalogue`` writes it.

DAG files are read, never run, so this needs neither Airflow nor a database; ``tests/test_catalogue.py`` fails when the
page is stale.
"""

from __future__ import annotations

import ast
from pathlib import Path

from crm import settings

DAGS = settings.PROJECT / "dags"
PAGE = settings.PROJECT / "docs" / "dags.md"

HEAD = """# DAGs

Generated from the docstrings in `dags/` by `make docs`: do not edit. Airflow shows the same text on each DAG's page.
"""


def page(folder: Path = DAGS) -> str:
    """The catalogue of the DAG files in ``folder`` as Markdown, in alphabetical order.

    :raises ValueError: names the file that has no docstring
    """
    parts = [HEAD]
    for file in sorted(folder.glob("*.py")):
        docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        if not docstring:
            raise ValueError(f"{file}: a DAG file begins with a docstring that says what it does, why, and its dangers")
        parts.append(f"{_under_the_page(docstring)}\n\nFile: [`dags/{file.name}`](../dags/{file.name})\n")
    return "\n".join(parts)


def _under_the_page(docstring: str) -> str:
    """In Airflow a DAG's title is a third-level heading; on the page it is a second-level one."""
    return "\n".join(line.removeprefix("#") if line.startswith("###") else line for line in docstring.splitlines())


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
