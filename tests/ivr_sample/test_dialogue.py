"""
Tests for L{ivr_sample.dialogue}.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from ivr_sample.actions import Ask, Leave, Move, Outcome, Say, Step, Target
from ivr_sample.dialogue import Caller, Dialogue

from .house import settings_in

TO_HUMAN, TO_AGENT = Move(Target.HUMAN), Move(Target.AGENT)
MENU = {
    "prompt": "menu.wav",
    "keys": {
        "1": {"do": "account", "set": {"intent": "billing"}},
        "2": {"do": "agent", "set": {"intent": "other"}},
        "3": {"do": "callback"},
        "4": {"do": "goodbye"},
        "9": {"do": "repeat"},
        "0": {"do": "human"},
    },
}
HOURS = {
    "time_zone": "UTC",
    "closed": "closed.wav",
}


class DialogueTestCase(SynchronousTestCase):
    """
    A test of one caller's way.
    """

    def dialogue(
        self, caller: dict[str, Any] | None = None, **changes: Any
    ) -> Dialogue:
        settings = settings_in(Path(self.mktemp()), **changes)
        about: dict[str, Any] = {"raw_id": "4:+14255550123", **(caller or {})}
        return Dialogue(settings, Caller(**about))

    def ask(self, step: Step, name: str) -> tuple[str, ...]:
        """
        @return: the phrases of the question that the step is.
        """
        assert isinstance(step, Ask), step
        self.assertEqual(step.name, name)
        return step.phrases

    def then(self, step: Step) -> object:
        """
        @return: what follows what is said.
        """
        assert isinstance(step, Say), step
        return step.then


class MenuTests(DialogueTestCase):
    """
    The menu, and the questions behind it.
    """

    def test_keys(self) -> None:
        """
        Each key leads where the settings say, with its variables.
        """
        for key, wanted, variables in (
            ("2", TO_AGENT, {"intent": "other"}),
            ("4", Leave(Outcome.COMPLETED), {}),
            ("0", TO_HUMAN, {}),
        ):
            dialogue = self.dialogue(menu=MENU, gateway__prompt="menu.wav")
            said = self.ask(dialogue.begin(), "menu")
            self.assertEqual(said, ("greeting.wav", "menu.wav"))
            self.assertEqual(self.then(dialogue.keyed(key)), wanted)
            self.assertEqual(dialogue.variables, variables)
        dialogue = self.dialogue(menu=MENU)
        dialogue.begin()
        self.ask(dialogue.keyed("1"), "account")
        self.assertEqual(dialogue.variables, {"intent": "billing"})

    def test_repeat(self) -> None:
        """
        The menu is repeated as often as there are tries, then a human is got.
        """
        dialogue = self.dialogue(menu=MENU)
        dialogue.begin()
        for _ in range(2):
            self.assertEqual(self.ask(dialogue.keyed("9"), "menu"), ("menu.wav",))
        self.assertEqual(self.then(dialogue.keyed("9")), TO_HUMAN)

    def test_misses(self) -> None:
        """
        No key, and one that is not on the menu, are told apart and counted together.
        """
        dialogue = self.dialogue(menu=MENU)
        dialogue.begin()
        said = self.ask(dialogue.keyed("7"), "menu")
        self.assertEqual(said, ("no-match.wav", "menu.wav"))
        said = self.ask(dialogue.nothing_keyed(), "menu")
        self.assertEqual(said, ("no-input.wav", "menu.wav"))
        self.assertEqual(self.then(dialogue.keyed("")), TO_HUMAN)

    def test_prompts_do_not_work(self) -> None:
        """
        If nothing can be asked the caller gets a human without a word.
        """
        dialogue = self.dialogue(menu=MENU)
        dialogue.begin()
        self.assertEqual(dialogue.cannot_ask(), TO_HUMAN)

    def test_nobody_to_listen_to(self) -> None:
        """
        Somebody without any identity cannot be asked; he gets a human.
        """
        self.assertEqual(self.then(self.dialogue({"raw_id": ""}).begin()), TO_HUMAN)


class AccountTests(DialogueTestCase):
    """
    Account number and PIN.
    """

    def test_confirmed(self) -> None:
        """
        The number is read back digit by digit and goes on only if confirmed.
        """
        dialogue = self.dialogue()
        dialogue.begin()
        said = self.ask(dialogue.keyed("50712"), "confirm")
        digits = tuple(f"digit-{digit}.wav" for digit in "50712")
        self.assertEqual(said, ("you-entered.wav", *digits, "is-it-right.wav"))
        self.assertEqual(dialogue.variables, {})
        self.ask(dialogue.keyed("2"), "account")
        dialogue.keyed("12345")
        self.assertEqual(dialogue.keyed("1"), TO_AGENT)
        self.assertEqual(dialogue.variables, {"accountNumber": "12345"})

    def test_stop_tone_after_the_last_digit(self) -> None:
        """
        Who ends the number with the stop tone, though its last digit has ended it,
        hears the number read back once more; only a second time it is a miss.
        """
        dialogue = self.dialogue()
        dialogue.begin()
        read_back = self.ask(dialogue.keyed("12345"), "confirm")
        self.assertEqual(self.ask(dialogue.keyed("#"), "confirm"), read_back)
        missed = self.ask(dialogue.keyed("#"), "confirm")
        self.assertEqual(missed[1:], read_back)
        self.assertEqual(missed[0], "no-match.wav")

    def test_never_right(self) -> None:
        """
        After three numbers that were not confirmed there is a human.
        """
        dialogue = self.dialogue()
        dialogue.begin()
        for _ in range(2):
            dialogue.keyed("12345")
            self.ask(dialogue.keyed("2"), "account")
        dialogue.keyed("12345")
        self.assertEqual(self.then(dialogue.keyed("2")), TO_HUMAN)

    def test_not_a_number(self) -> None:
        """
        Too short, or with other keys: once more.
        """
        for keys in ("1234", "12*45", "1234D"):
            dialogue = self.dialogue()
            dialogue.begin()
            said = self.ask(dialogue.keyed(keys), "account")
            self.assertEqual(said, ("no-match.wav", "account.wav"))

    def test_spoken(self) -> None:
        """
        Without files for the digits they are spoken one by one.
        """
        dialogue = self.dialogue(
            prompts__digits=None,
            acs__cognitive_services_endpoint="https://x.cognitiveservices.azure.com",
        )
        dialogue.begin()
        said = self.ask(dialogue.keyed("50712"), "confirm")
        self.assertEqual(said[1], "5, 0, 7, 1, 2.")

    def test_pin(self) -> None:
        """
        A PIN goes nowhere unless a variable is named for it.
        """
        for pin, wanted in (
            ({}, {"accountNumber": "12345"}),
            ({"variable": "pin"}, {"accountNumber": "12345", "pin": "0042"}),
        ):
            dialogue = self.dialogue(pin={"prompt": "pin.wav", **pin})
            dialogue.begin()
            dialogue.keyed("12345")
            step = dialogue.keyed("1")
            self.assertEqual(self.ask(step, "pin"), ("pin.wav",))
            self.assertEqual(dialogue.keyed("0042"), TO_AGENT)
            self.assertEqual(dialogue.variables, wanted)

    def test_silent_repr(self) -> None:
        """
        Steps that may be logged do not show what is read back.
        """
        dialogue = self.dialogue()
        dialogue.begin()
        self.assertNotIn("digit-", repr(dialogue.keyed("50712")))


class ClosedTests(DialogueTestCase):
    """
    Outside business hours.
    """

    closed = {"is_open": False}

    def test_offer(self) -> None:
        """
        A callback is offered; declined or not answered, the call was closed.
        """
        for answers, outcome in (
            (["1"], Outcome.CALLBACK),
            (["2"], Outcome.CLOSED),
            (["7", "8", "9"], Outcome.CLOSED),
        ):
            dialogue = self.dialogue(self.closed, hours=HOURS)
            said = self.ask(dialogue.begin(), "callback")
            self.assertEqual(said, ("closed.wav", "offer.wav"))
            step: Step = TO_HUMAN
            for answer in answers:
                step = dialogue.keyed(answer)
            self.assertEqual(self.then(step), Leave(outcome))

    def test_no_offer(self) -> None:
        """
        Who has no number, or calls where no callbacks are made, hears good-bye.
        """
        anonymous = {**self.closed, "raw_id": "4:anonymous"}
        for dialogue in (
            self.dialogue(anonymous, hours=HOURS),
            self.dialogue(self.closed, hours=HOURS, callback=None, back=None),
        ):
            self.assertEqual(self.then(dialogue.begin()), Leave(Outcome.CLOSED))


class BackTests(DialogueTestCase):
    """
    Who comes back from the gateway.
    """

    def back(
        self, kind: str, returned: dict[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        return {"kind": kind, "returned": returned or {}, **more}

    def test_rules(self) -> None:
        """
        The first rule that matches decides, after a greeting by what happened.
        """
        human = self.back("agent", {"Intent": "billing"})
        step = self.dialogue(human).begin()
        self.assertEqual(
            step, Say(("back-agent.wav", "billing.wav", "human.wav"), TO_HUMAN)
        )
        step = self.dialogue(self.back("agent", {"intent": "Billing"})).begin()
        self.assertEqual(self.then(step), Leave(Outcome.COMPLETED))
        step = self.dialogue(self.back("completed")).begin()
        self.assertEqual(self.ask(step, "survey"), ("back.wav", "survey.wav"))
        step = self.dialogue(self.back("system")).begin()
        self.ask(step, "callback")

    def test_any_of(self) -> None:
        """
        A rule may name several values; without any rule there is a human.
        """
        rules = [{"when": {"intent": ["a", "b"]}, "do": "goodbye"}]
        for intent, wanted in (
            ("b", Leave(Outcome.COMPLETED)),
            ("c", TO_HUMAN),
        ):
            back = self.back("", {"intent": intent})
            step = self.dialogue(back, back__rules=rules).begin()
            self.assertEqual(self.then(step), wanted)

    def test_loop(self) -> None:
        """
        The last hand-over that the settings allow is the last.
        """
        for before, wanted in ((1, TO_AGENT), (2, TO_HUMAN), (99, TO_HUMAN)):
            back = self.back("agent lost", handovers=before)
            self.assertEqual(self.then(self.dialogue(back).begin()), wanted)

    def test_closed(self) -> None:
        """
        Who would go to a human when it is closed is offered a callback.
        """
        back = self.back("agent", {"intent": "billing"}, is_open=False)
        step = self.dialogue(back, hours=HOURS).begin()
        said = self.ask(step, "callback")
        self.assertEqual(
            said, ("back-agent.wav", "billing.wav", "closed.wav", "offer.wav")
        )

    def test_survey(self) -> None:
        """
        A key from 1 to 5 is the rating; another one is asked again.
        """
        dialogue = self.dialogue(self.back("completed"))
        dialogue.begin()
        self.ask(dialogue.keyed("6"), "survey")
        self.ask(dialogue.keyed(""), "survey")
        self.assertEqual(self.then(dialogue.keyed("5")), Leave(Outcome.COMPLETED))
        self.assertEqual(dialogue.rating, 5)


class TransferTests(DialogueTestCase):
    """
    Transfers that failed.
    """

    def test_failed(self) -> None:
        """
        After the agent a human, with an apology; after the human a callback.
        """
        dialogue = self.dialogue()
        dialogue.begin()
        step = dialogue.transfer_failed(Target.AGENT)
        self.assertEqual(step, Say(("apology.wav",), TO_HUMAN))
        step = dialogue.transfer_failed(Target.HUMAN)
        said = self.ask(step, "callback")
        self.assertEqual(said, ("unavailable.wav", "offer.wav"))
        self.assertEqual(self.then(dialogue.keyed("2")), Leave(Outcome.NOBODY))
        step = dialogue.cannot_ask()
        assert isinstance(step, Leave)
        self.assertIs(step.outcome, Outcome.NOBODY)
