"""Where the text of templates comes from: the files of a folder as they are, or as they were kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class TemplateError(Exception):
    """A template cannot be used; the message names its file, the variable or line, and what to do."""


class Source(Protocol):
    """Template files by name (``thanksgiving/email.en.html``). ``folder``: where they are, or once were."""

    folder: Path

    def text(self, name: str) -> str | None:
        """What the file says; None = there is none.

        :raises TemplateError: it is no text
        """

    def label(self, name: str) -> str:
        """The file, for people."""


class Files:
    """The files of ``folder``, each read once: whoever asks again gets the same, whatever is saved meanwhile.

    ``used``: those that were there, with their text.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, str | None] = {}

    @property
    def used(self) -> dict[str, str]:
        return {name: text for name, text in sorted(self._read.items()) if text is not None}

    def text(self, name: str) -> str | None:
        if name not in self._read:
            self._read[name] = self._of_file(name)
        return self._read[name]

    def label(self, name: str) -> str:
        return str(self.folder / name)

    def _of_file(self, name: str) -> str | None:
        file = self.folder / name
        if not file.is_file():
            return None
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateError(f"{file}: not readable as text (UTF-8): {error}") from None
        if "\0" in text:
            raise TemplateError(f"{file}: holds a zero byte; write it again as UTF-8")
        return text


class Kept:
    """Files as they were kept: no other ones are there."""

    def __init__(self, files: Mapping[str, str], folder: Path) -> None:
        self.folder = folder
        self._files = files

    def text(self, name: str) -> str | None:
        return self._files.get(name)

    def label(self, name: str) -> str:
        return f"{self.folder / name} (as it was kept for this send)"
