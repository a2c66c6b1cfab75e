"""
What the agent says and does next, given what the caller said, keyed in or did not
say.  Pure: no sound, no time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from .script import Deed, Intent, Lost, Script, fill
from .words import split_words, spoken_digits


@dataclass(frozen=True)
class Say:
    """
    Speak this: one sentence or several.
    """

    text: str


@dataclass(frozen=True)
class HandOver:
    """
    Ask for a human to take over.
    """


@dataclass(frozen=True)
class End:
    """
    The conversation is over.
    """

    reason: str


Action = Say | HandOver | End


#: Characters of an input variable: whoever set it may be anybody.
_MOST_SPOKEN = 100


class _Topic(Enum):
    WISH = auto()
    NUMBER = auto()
    CONFIRM = auto()
    OFFER = auto()
    HANDING_OVER = auto()
    OVER = auto()


class Dialogue:
    """
    One conversation.
    """

    def __init__(self, script: Script, variables: Mapping[str, str]) -> None:
        self._script = script
        self._variables = {
            name: value[:_MOST_SPOKEN] for name, value in variables.items()
        }
        self._topic = _Topic.WISH
        self._number = ""
        self._suggestion = spoken_digits(
            split_words(variables.get(script.order_variable, ""))
        )
        self._answered = self._offered = False
        self._silences = self._misunderstandings = 0
        self._intent = self._order = ""
        self._outcome = "caller left"

    @property
    def listens(self) -> bool:
        """
        Whether what the caller says makes a difference (yet, still).
        """
        return self._topic not in {_Topic.HANDING_OVER, _Topic.OVER}

    def results(self) -> dict[str, str]:
        """
        @return: output variables: what the caller wanted and got.
        """
        results = {"intent": self._intent, "orderNumber": self._order}
        known = {name: value for name, value in results.items() if value}
        return {**known, "outcome": self._outcome}

    # What happens, and what to do then.

    def started(self) -> list[Action]:
        for greeting in self._script.greetings:
            if all(self._variables.get(name) for name in greeting.needs):
                return [self._say(greeting.say)]
        return [self._prompt("ask_wish")]

    def heard(self, text: str) -> list[Action]:
        if not self.listens:
            return []
        words = split_words(text)
        intent = self._find(lambda intent: intent.find(words) is not None)
        digits = spoken_digits(words)
        # A number says what it is for, unless the caller wants something else.
        if digits and (intent is None or intent.does is Deed.ORDER_STATUS):
            return self._confirm(digits)
        if intent is not None and not self._is_asking_about(intent):
            return self._do(intent)
        yes, no = self._script.yes.find(words), self._script.no.find(words)
        # "No, that is not right" has both: what comes first is meant.
        if no is not None and (yes is None or no < yes):
            return self._said_no()
        return self._misunderstood() if yes is None else self._said_yes()

    def keyed(self, digits: str) -> list[Action]:
        if not self.listens or not digits:
            return []
        if self._topic in {_Topic.CONFIRM, _Topic.OFFER}:
            if digits == self._script.yes.key:
                return self._said_yes()
            if digits == self._script.no.key:
                return self._said_no()
        intent = self._find(lambda intent: intent.key == digits)
        return self._do(intent) if intent is not None else self._confirm(digits)

    def silence(self) -> list[Action]:
        if not self.listens:
            return []
        self._silences += 1
        if self._silences > self._script.limits.silences:
            return self._end("goodbye_silent", "no input")
        return [self._prompt("still_there"), self._question()]

    def transfer_failed(self) -> list[Action]:
        if self._topic is not _Topic.HANDING_OVER:
            return []
        self._outcome = "caller left"
        self._answered = True
        return [self._prompt("transfer_failed"), *self._ask(_Topic.WISH)]

    # Understood.

    def _find(self, wanted: Callable[[Intent], bool]) -> Intent | None:
        for intent in self._script.intents:
            known = all(self._variables.get(name) for name in intent.needs)
            if known and wanted(intent):
                return intent
        return None

    def _is_asking_about(self, intent: Intent) -> bool:
        return intent.does is Deed.ORDER_STATUS and self._topic in {
            _Topic.NUMBER,
            _Topic.CONFIRM,
        }

    def _do(self, intent: Intent) -> list[Action]:
        self._understood()
        self._intent = intent.name
        match intent.does:
            case Deed.ANSWER:
                self._answered = True
                self._outcome = "answered"
                return [self._say(intent.say), *self._ask(_Topic.WISH)]
            case Deed.ORDER_STATUS if self._suggestion:
                return self._confirm(self._suggestion)
            case Deed.ORDER_STATUS:
                return self._ask(_Topic.NUMBER)
            case Deed.TRANSFER:
                return self._hand_over()
            case Deed.END:
                return self._end("goodbye", "completed")

    def _understood(self) -> None:
        self._silences = self._misunderstandings = 0

    def _confirm(self, number: str) -> list[Action]:
        self._understood()
        self._number = number
        return self._ask(_Topic.CONFIRM)

    def _said_yes(self) -> list[Action]:
        self._understood()
        if self._topic is _Topic.CONFIRM:
            return self._tell_status()
        if self._topic is _Topic.OFFER:
            return self._hand_over()
        self._answered = False  # yes, there is something else
        return [self._question()]

    def _said_no(self) -> list[Action]:
        self._understood()
        if self._topic is _Topic.CONFIRM:
            self._suggestion = ""
            return self._ask(_Topic.NUMBER)
        if self._topic is _Topic.WISH and self._answered:
            return self._end("goodbye", "completed")
        return self._ask(_Topic.WISH)

    def _tell_status(self) -> list[Action]:
        self._suggestion = ""
        status = self._script.orders.get(self._number)
        if status is None:
            self._outcome = "unknown order"
            return [self._prompt("unknown_number"), *self._ask(_Topic.NUMBER)]
        self._intent = self._intent or Deed.ORDER_STATUS.value
        self._order = self._number
        self._answered = True
        self._outcome = "answered"
        return [self._prompt("order_status"), *self._ask(_Topic.WISH)]

    def _hand_over(self) -> list[Action]:
        self._topic = _Topic.HANDING_OVER
        self._outcome = "transferred"
        return [self._prompt("transfer"), HandOver()]

    # Not understood.

    def _misunderstood(self) -> list[Action]:
        self._misunderstandings += 1
        if self._misunderstandings < self._script.limits.misunderstandings:
            return [self._prompt("not_understood"), self._question()]
        if self._offered or self._script.when_lost is Lost.END:
            return self._end("goodbye_lost", "not understood")
        if self._script.when_lost is Lost.TRANSFER:
            return self._hand_over()
        self._offered = True
        self._understood()
        return self._ask(_Topic.OFFER)

    # Saying.

    def _ask(self, topic: _Topic) -> list[Action]:
        self._topic = topic
        return [self._question()]

    def _question(self) -> Say:
        if self._topic is _Topic.NUMBER:
            return self._prompt("ask_number")
        if self._topic is _Topic.CONFIRM:
            return self._prompt("confirm_number")
        if self._topic is _Topic.OFFER:
            return self._prompt("offer_agent")
        return self._prompt("anything_else" if self._answered else "ask_wish")

    def _end(self, prompt: str, outcome: str) -> list[Action]:
        self._topic = _Topic.OVER
        self._outcome = outcome
        return [self._prompt(prompt), End(outcome)]

    def _prompt(self, name: str) -> Say:
        return self._say(self._script.prompts[name])

    def _say(self, template: str) -> Say:
        values = {
            **self._variables,
            **self._script.facts,
            "number": self._number,
            "status": self._script.orders.get(self._number, ""),
        }
        return Say(fill(template, values))
