"""
What is said and asked next: the flow of the settings, applied to one call.

Core: keys in, steps out.  To change what the IVR does beyond its settings, change it
here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from .actions import Ask, Leave, Move, Outcome, Say, Step, Target
from .settings import Digits, Rule, Settings


@dataclass(frozen=True, kw_only=True)
class Caller:
    """
    @ivar raw_id: as Azure names him: C{4:+14255550123}.
    @ivar is_open: are we within business hours?
    @ivar handovers: how often this conversation was handed over before.
    @ivar kind: C{handoverKind} if he comes back from the gateway; else L{None}.
    @ivar returned: the output variables that came back with him.
    """

    raw_id: str
    is_open: bool = True
    handovers: int = 0
    kind: str | None = None
    returned: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def number(self) -> str | None:
        """
        Where he can be called back.
        """
        return self.raw_id[2:] if self.raw_id.startswith("4:+") else None


class Dialogue:
    """
    One caller's way through the flow.

    @ivar variables: what was collected; it goes to the gateway.
    @ivar rating: the answer to the survey.
    """

    def __init__(self, settings: Settings, caller: Caller) -> None:
        self._settings = settings
        self._caller = caller
        self._question = ""
        self._misses: Counter[str] = Counter()
        self._account = ""
        self._late_stop = ""
        self.variables: dict[str, str] = {}
        self.rating: int | None = None

    # What happens.

    def begin(self) -> Step:
        """
        The call is answered.
        """
        hours, flow = self._settings.hours, self._settings.flow
        if not self._caller.raw_id:
            return self._human()  # Azure recognizes keys of somebody with a name only
        if self._caller.kind is not None:
            return self._come_back(self._caller.kind)
        if hours is not None and not self._caller.is_open:
            return self._offer_callback(hours.closed, Outcome.CLOSED)
        if self._settings.menu is not None:
            return self._ask("menu", flow.greeting)
        if self._settings.account is not None:
            return self._ask("account", flow.greeting)
        return self._agent(flow.greeting)

    def keyed(self, digits: str) -> Step:
        """
        The caller answered the question.
        """
        late, self._late_stop = self._late_stop, ""
        if late and digits == late:
            # The last digit ended the number, and then came the key that ends numbers.
            return self._ask(self._question)
        match self._question:
            case "menu":
                return self._chosen(digits)
            case "account" | "pin":
                return self._collected(self._question, digits)
            case "confirm" if digits == "1":
                return self._confirmed()
            case "confirm" if digits == "2":
                self._question = "account"
                return self._again()
            case "callback" if digits == "1":
                assert self._settings.callback is not None
                promised = self._settings.callback.promised
                return self._leave(Outcome.CALLBACK, promised)
            case "callback" if digits == "2":
                return self._leave(self._unless_callback)
            case "survey" if digits in set("12345"):
                assert self._settings.survey is not None
                self.rating = int(digits)
                return self._leave(Outcome.COMPLETED, self._settings.survey.thanks)
        return self._again(self._settings.flow.no_match)

    def nothing_keyed(self) -> Step:
        """
        The caller let the time go by.
        """
        return self._again(self._settings.flow.no_input)

    def cannot_ask(self) -> Step:
        """
        Prompts cannot be played or keys not be recognized: nothing can be said.
        """
        if self._question in ("callback", "survey"):
            return Leave(self._unless_callback, "the question could not be asked")
        return Move(Target.HUMAN)

    def transfer_failed(self, target: Target) -> Step:
        """
        The caller is still here.
        """
        human = self._settings.human
        if target is Target.AGENT:
            return Say((self._settings.gateway.apology,), Move(Target.HUMAN))
        return self._offer_callback(human.unavailable, Outcome.NOBODY)

    # What is next.

    _unless_callback = Outcome.COMPLETED

    def _chosen(self, key: str) -> Step:
        menu = self._settings.menu
        choice = menu.keys.get(key) if menu else None
        if choice is None:
            return self._again(self._settings.flow.no_match)
        self.variables.update(choice.set)
        match choice.do:
            case "account":
                return self._ask("account")
            case "repeat":
                return self._again()  # for ever would be too long
        return self._do(choice.do)

    def _collected(self, question: str, digits: str) -> Step:
        table: Digits | None = getattr(self._settings, question)
        assert table is not None
        if not (digits.isdigit() and table.min_digits <= len(digits)):
            return self._again(self._settings.flow.no_match)
        if question == "account":
            self._account = digits
            self._late_stop = table.stop_tone
            return self._ask("confirm")
        if table.variable is not None:
            self.variables[table.variable] = digits
        return self._agent()

    def _confirmed(self) -> Step:
        assert self._settings.account is not None
        self.variables[self._settings.account.variable] = self._account
        return self._agent() if self._settings.pin is None else self._ask("pin")

    def _come_back(self, kind: str) -> Step:
        back = self._settings.back
        greeting = back.greetings.get(kind) or back.greetings.get("otherwise")
        rule = next((r for r in back.rules if matches(r, self._caller)), None)
        said = [text for text in (greeting, rule and rule.say) if text]
        return self._do(rule.do if rule else "human", *said)

    def _do(self, what: str, *lead: str) -> Step:
        hours = self._settings.hours
        match what:
            case "agent":
                return self._agent(*lead)
            case "survey":
                return self._ask("survey", *lead)
            case "goodbye":
                return self._leave(Outcome.COMPLETED, *lead)
            case "callback":
                return self._offer_callback(*lead)
        if hours is not None and not self._caller.is_open:
            return self._offer_callback(*lead, hours.closed, Outcome.CLOSED)
        return self._human(*lead)

    def _agent(self, *lead: str) -> Step:
        gateway = self._settings.gateway
        if self._caller.handovers >= gateway.max_handovers:
            return self._human(*lead)  # or it could go round for ever
        said = (*lead, gateway.prompt) if gateway.prompt else lead
        return _say(said, Move(Target.AGENT))

    def _human(self, *lead: str) -> Step:
        return _say((*lead, self._settings.human.prompt), Move(Target.HUMAN))

    def _leave(self, outcome: Outcome, *lead: str) -> Step:
        return _say((*lead, self._settings.flow.goodbye), Leave(outcome))

    def _offer_callback(self, *lead: str | Outcome) -> Step:
        """
        @param lead: phrases; perhaps the outcome if the caller wants none, at the end.
        """
        said = [text for text in lead if isinstance(text, str)]
        outcomes = [given for given in lead if isinstance(given, Outcome)]
        self._unless_callback = outcomes[0] if outcomes else Outcome.COMPLETED
        if self._settings.callback is None or self._caller.number is None:
            return self._leave(self._unless_callback, *said)
        return self._ask("callback", *said)

    def _ask(self, question: str, *lead: str) -> Step:
        flow, digits = self._settings.flow, getattr(self._settings, question, None)
        self._question = question
        keys, stop = 1, ""
        if isinstance(digits, Digits):
            keys, stop = digits.max_digits, digits.stop_tone
        return Ask(
            name=question,
            phrases=(*lead, *self._question_phrases(question)),
            max_digits=keys,
            stop_tone=stop,
            silence=flow.first_digit_seconds,
            between=flow.between_digits_seconds,
            secret=question == "pin",
        )

    def _question_phrases(self, question: str) -> tuple[str, ...]:
        match question:
            case "confirm":
                account = self._settings.account
                assert account is not None
                return (account.confirm_before, *self._digits(), account.confirm_after)
            case "callback":
                assert self._settings.callback is not None
                return (self._settings.callback.offer,)
        prompt: str = getattr(self._settings, question).prompt
        return (prompt,)

    def _digits(self) -> tuple[str, ...]:
        pattern = self._settings.prompts.digits
        if pattern is None:
            return (", ".join(self._account) + ".",)
        return tuple(pattern.replace("{}", digit) for digit in self._account)

    def _again(self, *lead: str) -> Step:
        """
        The question once more, if there were not too many.
        """
        question = self._question
        self._misses[question] += 1
        if self._misses[question] < self._settings.flow.tries:
            return self._ask(question, *lead)
        if question in ("callback", "survey"):
            return self._leave(self._unless_callback)
        return self._human(*lead)


def matches(rule: Rule, caller: Caller) -> bool:
    """
    Is all that the rule wants so?  Names match in any case, values exactly.
    """
    known = {name.lower(): value for name, value in caller.returned.items()}
    known["handoverkind"] = caller.kind or ""
    return all(
        known.get(name.lower()) in ([wanted] if isinstance(wanted, str) else wanted)
        for name, wanted in rule.when.items()
    )


def _say(phrases: tuple[str, ...], then: Move | Leave) -> Step:
    return Say(phrases, then) if phrases else then
