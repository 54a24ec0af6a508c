"""``make replies``: a file of replies to SMS becomes opt-outs."""

from __future__ import annotations

import datetime
from pathlib import Path

from crm import business as businesses
from crm.local import stack
from crm.local.home import Home
from crm.messages.responses import replies
from crm.messages.responses.reply_files import ReplyError


def take_in(home: Home, file: str) -> None:
    """Take in ``file`` and say what it held.

    :raises ReplyError: no file, or one that cannot be taken in
    """
    if not file:
        raise ReplyError("name the file: make replies FILE=<csv or xlsx with the columns mobile, text, time>")
    with stack.open_warehouse(home) as warehouse:
        told = replies.take_in(
            warehouse, businesses.load(), Path(file).expanduser(), datetime.datetime.now(datetime.UTC)
        )
    print(f"{told['replies']} replies, {told['opt_outs']} of them opt-outs, {told['new']} of these new")
    if told["unclear"]:
        print(f"{told['unclear']} replies are not clear: a person reads them on the desk's page Replies")
    if told["unknown"]:
        print(f"{told['unknown']} numbers are of no customer now; their opt-outs count all the same")
