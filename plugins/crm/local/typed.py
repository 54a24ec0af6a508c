"""What a person types as one value of a command that holds several words: ``OPTIONS="-At -c 'select 1'"``."""

from __future__ import annotations

import shlex

from crm.local.stack import StackError


def split(name: str, text: str, example: str) -> list[str]:
    """``text`` of the variable ``name`` as a shell would read it.

    :raises StackError: a quotation mark is open; shows the ``example``
    """
    try:
        return shlex.split(text)
    except ValueError:
        raise StackError(f"{name}={text}: a quotation mark is not closed; e.g. {example}") from None
