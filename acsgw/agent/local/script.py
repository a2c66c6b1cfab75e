"""
What a dialogue is made of, as its author wrote it down and after it was checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from .words import Pattern, spell_digits

#: Sentences that every dialogue has.
PROMPTS = (
    "ask_wish",
    "anything_else",
    "ask_number",
    "confirm_number",
    "order_status",
    "unknown_number",
    "not_understood",
    "still_there",
    "offer_agent",
    "transfer",
    "transfer_failed",
    "goodbye",
    "goodbye_silent",
    "goodbye_lost",
)

#: What the prompts may mention besides the facts.
ORDER_VALUES = frozenset({"number", "status"})

_PLACE = re.compile(r"\{(\w+)(:digits)?\}")


def mentioned(template: str) -> set[str]:
    """
    @return: the names that a template uses.

    @raise ValueError: it has a brace that is no place for a name.
    """
    if re.search(r"[{}]", _PLACE.sub("", template)):
        raise ValueError("write {name} or {name:digits}, and no other braces")
    return {name for name, _ in _PLACE.findall(template)}


def fill(template: str, values: Mapping[str, str]) -> str:
    """
    @return: the template with C{{name}} replaced by its value, C{{name:digits}}
        by its value read digit by digit; nothing where there is no value.
    """

    def value(place: re.Match[str]) -> str:
        text = values.get(place[1], "")
        return spell_digits(text) if place[2] else text

    return _PLACE.sub(value, template)


class Deed(Enum):
    """
    What the agent does when it has understood an intent.
    """

    ANSWER = "answer"
    ORDER_STATUS = "order_status"
    TRANSFER = "transfer"
    END = "end"


class Lost(Enum):
    """
    What the agent does when it has not understood for too long.
    """

    OFFER_AGENT = "offer_agent"
    TRANSFER = "transfer"
    END = "end"


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """
    @ivar needs: input variables without which it cannot be said.
    """

    say: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """
    Something that the caller can say or press.

    @ivar key: what may be keyed in instead; empty if nothing.
    """

    patterns: tuple[Pattern, ...]
    key: str = ""

    def find(self, words: Sequence[str]) -> int | None:
        """
        @return: the first place in the words where it is said.
        """
        found = [pattern.find(words) for pattern in self.patterns]
        return min((place for place in found if place is not None), default=None)


@dataclass(frozen=True, kw_only=True)
class Intent(Choice):
    """
    @ivar say: the answer, for L{Deed.ANSWER}.
    @ivar needs: input variables without which it does not exist.
    """

    name: str
    does: Deed
    say: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Voice:
    """
    How the agent sounds.

    @ivar pitch: 0 to 99.
    """

    name: str = "en-us"
    words_per_minute: int = 160
    pitch: int = 50


@dataclass(frozen=True, kw_only=True)
class Limits:
    """
    How patient the agent is.
    """

    silence_seconds: float = 6.0
    silences: int = 2
    misunderstandings: int = 3
    key_pause_seconds: float = 2.5


@dataclass(frozen=True, kw_only=True)
class Script:
    """
    A whole dialogue.

    @ivar facts: values that sentences can mention.
    @ivar order_variable: the input variable that may hold an order number.
    @ivar orders: number (digits only) to what is said of it.
    """

    voice: Voice
    limits: Limits
    when_lost: Lost
    greetings: tuple[Greeting, ...]
    prompts: Mapping[str, str]
    facts: Mapping[str, str]
    intents: tuple[Intent, ...]
    yes: Choice
    no: Choice
    order_variable: str
    orders: Mapping[str, str]
