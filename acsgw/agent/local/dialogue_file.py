"""
The TOML file of a dialogue -> a checked script, or all its problems at once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from ...errors import SettingsError
from .script import (
    ORDER_VALUES,
    PROMPTS,
    Choice,
    Deed,
    Greeting,
    Intent,
    Limits,
    Lost,
    Script,
    Voice,
    mentioned,
)
from .words import Pattern

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

#: The dialogue that ships with the gateway.
OWN_DIALOGUE = Path(__file__).with_name("dialogue.toml")


def read_dialogue(path: Path) -> Script:
    """
    @raise SettingsError: with every problem of the file.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError([f"{path}: the dialogue cannot be read: {e}"]) from None
    return parse_dialogue(text, str(path))


def parse_dialogue(text: str, where: str) -> Script:
    """
    @param where: how to call the file when there are problems.

    @raise SettingsError: with every problem of the text.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SettingsError([f"{where}: not TOML: {e}"]) from None
    problems: list[str] = []
    script = _script(_Table(data, "", problems))
    if problems:
        raise SettingsError([f"{where}: {problem}" for problem in problems])
    return script


@dataclass
class _Table:
    """
    A table of the file, from which each key is taken once; what is wrong with
    it is added to the problems, and some harmless value returned.
    """

    values: Mapping[str, Any]
    name: str
    problems: list[str]

    def __post_init__(self) -> None:
        self._left = set(self.values)

    def problem(self, key: str, what: str) -> None:
        self.problems.append(f"{self.name}{'.' if self.name else ''}{key}: {what}")

    def take(self, key: str, kind: type[T], otherwise: T | None, what: str) -> T:
        """
        @param otherwise: the value if the key is not there; L{None} if it must be.
        """
        self._left.discard(key)
        value = self.values.get(key, otherwise)
        if isinstance(value, kind):
            return value
        self.problem(key, f"is missing, and {what}" if value is None else what)
        return kind()

    def text(self, key: str, otherwise: str | None = None) -> str:
        text = self.take(key, str, otherwise, "should be a text")
        if not text.strip() and otherwise is None and key in self.values:
            self.problem(key, "is empty")
        return text

    def number(self, key: str, least: float, most: float, otherwise: float) -> float:
        self._left.discard(key)
        number = self.values.get(key, otherwise)
        if type(number) in {int, float} and least <= number <= most:
            return float(number)
        self.problem(key, f"should be a number from {least:g} to {most:g}")
        return otherwise

    def texts(self, key: str, otherwise: list[str] | None = None) -> tuple[str, ...]:
        what = 'should be a list of texts, ["like", "this"]'
        texts = self.take(key, list, otherwise, what)
        if not all(isinstance(text, str) for text in texts):
            self.problem(key, what)
            return ()
        return tuple(texts)

    def one_of(self, key: str, choices: type[E], otherwise: E | None = None) -> E:
        names = ", ".join(repr(choice.value) for choice in choices)
        default = otherwise.value if otherwise is not None else None
        text = self.take(key, str, default, f"should be one of {names}")
        for choice in choices:
            if choice.value == text:
                return choice
        if text:
            self.problem(key, f"{text!r} is not one of {names}")
        return next(iter(choices))

    def table(self, key: str, required: bool = True) -> _Table:
        what = f"should be a table, [{key}]"
        values = self.take(key, dict, None if required else {}, what)
        return _Table(
            values, f"{self.name}{'.' if self.name else ''}{key}", self.problems
        )

    def tables(self, key: str) -> list[_Table]:
        what = f"should be a list of tables, each [[{key}]]"
        tables = self.take(key, list, None, what)
        if key in self.values and not (
            tables and all(isinstance(values, dict) for values in tables)
        ):
            self.problem(key, what)
            return []
        return [
            _Table(values, f"{key}[{i}]", self.problems)
            for i, values in enumerate(tables, 1)
        ]

    def template(self, key: str, names: Iterable[str], optional: bool = False) -> str:
        text = self.text(key, "" if optional else None)
        try:
            unknown = mentioned(text) - set(names)
        except ValueError as e:
            self.problem(key, str(e))
            return ""
        if unknown:
            known = ", ".join(sorted(names)) or "nothing"
            wrong = ", ".join(f"{{{name}}}" for name in sorted(unknown))
            self.problem(key, f"{wrong} is not known here; known are: {known}")
        return text

    def end(self) -> None:
        for key in sorted(self._left):
            self.problem(key, "is not a setting of a dialogue; is it misspelled?")


def _script(top: _Table) -> Script:
    facts = _texts_by_name(top.table("facts", required=False))
    orders = top.table("orders")
    script = Script(
        voice=_ended(top.table("voice", required=False), _voice),
        limits=_ended(top.table("limits", required=False), _limits),
        when_lost=top.one_of("when_lost", Lost, Lost.OFFER_AGENT),
        greetings=tuple(
            _ended(table, lambda table: _greeting(table, facts))
            for table in top.tables("greetings")
        ),
        prompts=_ended(
            top.table("prompts"),
            lambda table: {
                name: table.template(name, {*facts, *ORDER_VALUES}) for name in PROMPTS
            },
        ),
        facts=facts,
        intents=tuple(
            _ended(table, lambda table: _intent(table, facts))
            for table in top.tables("intents")
        ),
        yes=_ended(top.table("yes"), _choice),
        no=_ended(top.table("no"), _choice),
        order_variable=orders.text("variable", "orderNumber"),
        orders=_orders(orders.table("status")),
    )
    orders.end()
    top.end()
    return script


def _ended(table: _Table, read: Callable[[_Table], T]) -> T:
    result = read(table)
    table.end()
    return result


def _texts_by_name(table: _Table) -> dict[str, str]:
    return {name: table.text(name) for name in table.values}


def _voice(table: _Table) -> Voice:
    usual = Voice()
    return Voice(
        name=table.text("name", usual.name),
        words_per_minute=round(
            table.number("words_per_minute", 80, 400, usual.words_per_minute)
        ),
        pitch=round(table.number("pitch", 0, 99, usual.pitch)),
    )


def _limits(table: _Table) -> Limits:
    usual = Limits()
    return Limits(
        silence_seconds=table.number("silence_seconds", 1, 60, usual.silence_seconds),
        silences=round(table.number("silences", 0, 10, usual.silences)),
        misunderstandings=round(
            table.number("misunderstandings", 1, 10, usual.misunderstandings)
        ),
        key_pause_seconds=table.number(
            "key_pause_seconds", 0.5, 20, usual.key_pause_seconds
        ),
    )


def _greeting(table: _Table, facts: Mapping[str, str]) -> Greeting:
    needs = table.texts("needs", [])
    return Greeting(say=table.template("say", {*facts, *needs}), needs=needs)


def _choice(table: _Table) -> Choice:
    return Choice(patterns=_patterns(table), key=table.text("key", ""))


def _intent(table: _Table, facts: Mapping[str, str]) -> Intent:
    needs = table.texts("needs", [])
    does = table.one_of("does", Deed)
    answers = table.values.get("does") == Deed.ANSWER.value
    say = table.template("say", {*facts, *needs}, optional=not answers)
    if say and not answers:
        table.problem("say", f"is not used when it does {does.value!r}: see [prompts]")
    return Intent(
        name=table.text("name"),
        does=does,
        patterns=_patterns(table),
        key=table.text("key", ""),
        say=say,
        needs=needs,
    )


def _patterns(table: _Table) -> tuple[Pattern, ...]:
    patterns: list[Pattern] = []
    for text in table.texts("phrases"):
        try:
            patterns.append(Pattern.parse(text))
        except ValueError as e:
            table.problem("phrases", str(e))
    return tuple(patterns)


def _orders(table: _Table) -> dict[str, str]:
    for number in table.values:
        if not (number.isascii() and number.isdigit()):
            table.problem(number, "an order number has digits only: it can be keyed in")
    return _texts_by_name(table)
