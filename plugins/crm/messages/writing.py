"""Who writes the messages of a send: in the words that its first batch freezes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm.messages.clock import Clock
    from crm.messages.composing import Composer
    from crm.messages.ledger import Ledger
    from crm.messages.words_version import Words


class Writing:
    """``words`` tried for all that is ``needed`` (messages/needed_renderings.sql), and frozen by the first who writes.

    :raises TemplateError: a template is missing or broken
    :raises ConnectionMissing: there is no key for links
    """

    def __init__(self, ledger: Ledger, clock: Clock, words: Words, needed: Sequence[Any]) -> None:
        self._ledger, self._clock, self._needed = ledger, clock, needed
        self._words = words
        self._composer = self._tried(words)
        self._is_frozen = False
        self._lock = threading.Lock()

    def composer(self) -> Composer:
        """Asked for once a batch is claimed: from then on all messages of the send date have the same words.

        :raises TemplateError: another run was first, with words that do not do for all messages
        """
        with self._lock:
            if not self._is_frozen:
                stands = self._ledger.freeze(self._words, self._clock.now())
                if stands is not self._words:
                    self._words, self._composer = stands, self._tried(stands)
                self._is_frozen = True
            return self._composer

    def _tried(self, words: Words) -> Composer:
        composer = words.composer(self._ledger.business, self._ledger.campaign)
        for row in self._needed:
            composer.check(row)
        return composer
