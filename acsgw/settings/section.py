"""
One table of a settings file: takes values out of it and remembers every problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from .values import text

T = TypeVar("T")

#: Reads a small text file; raises L{OSError}.
ReadText = Callable[[Path], str]


class Section:
    """
    One table.  Keys that nobody asked for are problems too: see L{finish}.
    """

    def __init__(self, name: str, table: object, problems: list[str]) -> None:
        self.name = name
        self._problems = problems
        self._asked: set[str] = set()
        self._table: Mapping[str, object] = {}
        if isinstance(table, Mapping):
            self._table = table
        elif table is not None:
            problems.append(f"{name}: must be a table; write it as [{name}]")

    def problem(self, key: str, text: str) -> None:
        """
        Something is wrong with a key; the text says the way out.
        """
        self._problems.append(f"{self.name}.{key}: {text}")

    def has(self, key: str) -> bool:
        """
        Is the key given?
        """
        self._asked.add(key)
        return key in self._table

    def take(self, key: str, parse: Callable[[object], T], otherwise: T) -> T:
        """
        @param parse: raises L{ValueError} with what is wrong and the way out.
        """
        if not self.has(key):
            return otherwise
        try:
            return parse(self._table[key])
        except ValueError as e:
            self.problem(key, str(e))
            return otherwise

    def need(
        self, key: str, parse: Callable[[object], T], otherwise: T, what: str
    ) -> T:
        """
        Like L{take}, for a key that must be given.

        @param what: what it is, with an example.
        """
        if not self.has(key):
            self.problem(key, f"is missing; it is {what}")
            return otherwise
        return self.take(key, parse, otherwise)

    def peek(self, key: str, parse: Callable[[object], T]) -> T | None:
        """
        @return: L{None} if it is not given.  No problem is noted.

        @raise ValueError: whatever C{parse} raises.
        """
        return parse(self._table[key]) if key in self._table else None

    def table(self, key: str) -> Section | None:
        """
        @return: the table below this one; L{None} if it is not given.
        """
        if not self.has(key):
            return None
        return Section(f"{self.name}.{key}", self._table[key], self._problems)

    def finish(self) -> None:
        """
        All has been taken: the rest is unknown.
        """
        for key in self._table:
            if key not in self._asked:
                near = get_close_matches(key, self._asked, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                self.problem(key, f"is not a setting{hint}")


class Secrets:
    """
    Where secrets come from: the environment, or files named in the settings.
    """

    def __init__(
        self, environment: Mapping[str, str], folder: Path, read_text: ReadText
    ) -> None:
        """
        @param folder: that paths in the settings are relative to.
        """
        self._environment = environment
        self._folder = folder
        self._read_text = read_text

    def take(self, section: Section, key: str) -> str | None:
        """
        @return: from C{ACSGW_SECTION_KEY}, or from the file that C{key_file} names;
            L{None} if neither is given, or the file cannot be read.
        """
        if section.has(key):
            section.problem(
                key,
                "secrets do not belong into this file; put it into the environment"
                f" as {variable(section, key)}, or into a file named by {key}_file",
            )
        section.take(f"{key}_file", text, "")
        try:
            return self._read(section, key)
        except (OSError, UnicodeDecodeError) as e:
            reason = getattr(e, "strerror", None) or e
            file = self._folder / str(section.peek(f"{key}_file", text))
            section.problem(f"{key}_file", f"{file} cannot be read: {reason}")
            return None

    def look(self, section: Section, key: str) -> str | None:
        """
        The same as L{take}, for another look at what was taken: whatever is wrong
        has been said.
        """
        with suppress(OSError, UnicodeDecodeError):
            return self._read(section, key) or None
        return None

    def _read(self, section: Section, key: str) -> str | None:
        given = self._environment.get(variable(section, key), "").strip()
        file = ""
        with suppress(ValueError):
            file = section.peek(f"{key}_file", text) or ""
        if given or not file:
            return given or None
        return self._read_text(self._folder / file).strip()


def variable(section: Section, key: str) -> str:
    """
    @return: name of the environment variable for a key.
    """
    return variable_name(section.name, key)


def variable_name(*parts: str) -> str:
    """
    @return: C{ACSGW_...} of these parts: letters and digits, the rest made C{_}.
    """
    name = "_".join(("ACSGW", *parts))
    return "".join(c if c.isalnum() else "_" for c in name).upper()
