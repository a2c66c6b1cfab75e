"""
Tests for L{acsgw.agent.local.dialogue}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.agent.local.dialogue import Action, Dialogue, End, HandOver, Say

from .small_dialogue import small_script


class DialogueTests(SynchronousTestCase):
    """
    Tests for L{Dialogue}, with a dialogue whose sentences are their names.
    """

    def start(self, extra: str = "", **variables: str) -> None:
        self.dialogue = Dialogue(small_script(extra), variables)
        self.dialogue.started()

    def setUp(self) -> None:
        self.start()

    def told(self, actions: list[Action]) -> str:
        """
        @return: actions as one text.
        """
        texts = {HandOver: "<hand over>", End: "<end>"}
        return " ".join(
            action.text if isinstance(action, Say) else texts[type(action)]
            for action in actions
        )

    def say(self, text: str) -> str:
        return self.told(self.dialogue.heard(text))

    def key(self, digits: str) -> str:
        return self.told(self.dialogue.keyed(digits))

    def silence(self) -> str:
        return self.told(self.dialogue.silence())

    # Beginning.

    def test_greeting(self) -> None:
        """
        The first greeting is said for which all variables are there.
        """
        script = small_script()
        plain = Dialogue(script, {})
        self.assertEqual(self.told(plain.started()), "welcome to Acme")
        known = Dialogue(script, {"customerName": "Ann"})
        self.assertEqual(self.told(known.started()), "hello Ann")
        empty = Dialogue(script, {"customerName": ""})
        self.assertEqual(self.told(empty.started()), "welcome to Acme")

    def test_long_variable(self) -> None:
        """
        A variable is not spoken at any length: anybody may have set it.
        """
        dialogue = Dialogue(small_script(), {"customerName": "x" * 5000})
        self.assertEqual(self.told(dialogue.started()), "hello " + "x" * 100)

    # Intents.

    def test_answer(self) -> None:
        """
        A question is answered with a fact, and the caller asked for more.
        """
        self.assertEqual(
            self.say("What are your hours?"), "open all day. anything_else"
        )
        self.assertEqual(
            self.dialogue.results(), {"intent": "hours", "outcome": "answered"}
        )

    def test_first_intent_wins(self) -> None:
        """
        If several intents fit, the one that stands first is taken.
        """
        self.assertIn("<hand over>", self.say("an agent for my order please"))

    def test_intent_by_key(self) -> None:
        """
        An intent may be keyed in.
        """
        self.assertIn("<hand over>", self.key("0"))

    def test_intent_that_needs_a_variable(self) -> None:
        """
        An intent whose variables are missing does not exist.
        """
        self.assertEqual(self.say("my account"), "not_understood ask_wish")
        self.start(accountNumber="4711")
        self.assertEqual(self.say("my account"), "account 4 7 1 1 anything_else")

    def test_goodbye(self) -> None:
        """
        A goodbye is returned, and ends the conversation.
        """
        self.assertEqual(self.say("Goodbye!"), "goodbye <end>")
        self.assertFalse(self.dialogue.listens)
        self.assertEqual(
            self.dialogue.results(), {"intent": "bye", "outcome": "completed"}
        )

    # Order status.

    def test_order_status(self) -> None:
        """
        The number is asked for, confirmed, and the status told.
        """
        self.assertEqual(self.say("the status of my order"), "ask_number")
        self.assertEqual(self.say("five one two"), "confirm_number 5 1 2")
        self.assertEqual(
            self.say("Yes, that's right."), "order_status 512 sent anything_else"
        )
        self.assertEqual(
            self.dialogue.results(),
            {"intent": "order", "orderNumber": "512", "outcome": "answered"},
        )

    def test_number_at_once(self) -> None:
        """
        A number together with the question, or alone, is a number.
        """
        self.assertEqual(self.say("my order five one two"), "confirm_number 5 1 2")
        self.start()
        self.assertEqual(self.say("512"), "confirm_number 5 1 2")

    def test_keyed(self) -> None:
        """
        The number may be keyed in, and confirmed with a key.
        """
        self.say("order")
        self.assertEqual(self.key("512"), "confirm_number 5 1 2")
        self.assertEqual(self.key("1"), "order_status 512 sent anything_else")

    def test_not_confirmed(self) -> None:
        """
        A number that is wrong is asked for again; "not right" means no.
        """
        self.key("513")
        self.assertEqual(self.say("No, that's not right."), "ask_number")
        self.key("513")
        self.assertEqual(self.key("2"), "ask_number")

    def test_yes_and_no(self) -> None:
        """
        Of yes and no the one that comes first is meant.
        """
        self.key("512")
        self.assertIn("order_status", self.say("Yes, not right."))
        self.key("512")
        self.assertEqual(self.say("That's not right"), "ask_number")

    def test_corrected(self) -> None:
        """
        Another number instead of yes or no is to be confirmed instead.
        """
        self.key("513")
        self.assertEqual(self.say("no, five one two"), "confirm_number 5 1 2")

    def test_unknown_number(self) -> None:
        """
        A number without an order is told, and asked for again.
        """
        self.key("999")
        self.assertEqual(self.say("yes"), "unknown_number 9 9 9 ask_number")
        self.assertEqual(self.dialogue.results()["outcome"], "unknown order")
        self.assertNotIn("orderNumber", self.dialogue.results())

    def test_known_number(self) -> None:
        """
        An order number that came with the call needs to be confirmed only; if it
        is wrong, it is asked for.
        """
        self.start(orderNumber="512")
        self.assertEqual(self.say("order"), "confirm_number 5 1 2")
        self.assertEqual(self.say("no"), "ask_number")
        self.assertEqual(self.say("order please"), "not_understood ask_number")
        self.say("hours")
        self.assertEqual(self.say("order"), "ask_number")

    def test_another_wish(self) -> None:
        """
        The caller may want something else than to answer.
        """
        self.say("order")
        self.assertIn("open all day.", self.say("what are your hours"))
        self.key("512")
        self.assertIn("<hand over>", self.say("agent"))

    # Anything else?

    def test_nothing_else(self) -> None:
        """
        No, after an answer, ends the conversation; before, it does not.
        """
        self.assertEqual(self.say("no"), "ask_wish")
        self.say("hours")
        self.assertEqual(self.say("no"), "goodbye <end>")

    def test_something_else(self) -> None:
        """
        Yes, after an answer, asks what.
        """
        self.say("hours")
        self.assertEqual(self.say("yes"), "ask_wish")

    # Transfer.

    def test_transfer(self) -> None:
        """
        While the caller is handed over nothing else is listened to.
        """
        self.assertEqual(self.say("an agent"), "transfer <hand over>")
        self.assertFalse(self.dialogue.listens)
        self.assertEqual(self.say("order") + self.key("512") + self.silence(), "")
        self.assertEqual(self.dialogue.results()["outcome"], "transferred")

    def test_transfer_failed(self) -> None:
        """
        If nobody takes over, the agent apologizes and goes on.
        """
        self.say("an agent")
        self.assertEqual(
            self.told(self.dialogue.transfer_failed()), "transfer_failed anything_else"
        )
        self.assertEqual(self.say("order"), "ask_number")

    def test_transfer_failed_unasked(self) -> None:
        """
        A failure of a transfer that was not asked for is nothing.
        """
        self.assertEqual(self.dialogue.transfer_failed(), [])

    # Not understood, not heard.

    def test_not_understood(self) -> None:
        """
        The question is repeated, then a human is offered.
        """
        self.say("order")
        self.assertEqual(self.say("purple"), "not_understood ask_number")
        self.assertEqual(self.say("purple"), "not_understood ask_number")
        self.assertEqual(self.say("purple"), "offer_agent")
        self.assertEqual(self.say("yes"), "transfer <hand over>")

    def test_offer_declined(self) -> None:
        """
        Who does not want a human may go on, but will not be asked again.
        """
        for _ in range(3):
            self.say("purple")
        self.assertEqual(self.key("2"), "ask_wish")
        self.assertEqual(self.say("purple"), "not_understood ask_wish")
        self.assertEqual(self.say("purple"), "not_understood ask_wish")
        self.assertEqual(self.say("purple"), "goodbye_lost <end>")
        self.assertEqual(self.dialogue.results(), {"outcome": "not understood"})

    def test_when_lost(self) -> None:
        """
        The dialogue may say to transfer, or to end, instead.
        """
        for choice, expected in [
            ("transfer", "transfer <hand over>"),
            ("end", "goodbye_lost <end>"),
        ]:
            self.start(f'when_lost = "{choice}"')
            self.say("purple")
            self.say("purple")
            self.assertEqual(self.say("purple"), expected)

    def test_understood_again(self) -> None:
        """
        Only misunderstandings in a row count.
        """
        self.say("purple")
        self.say("purple")
        self.say("hours")
        self.assertEqual(self.say("purple"), "not_understood anything_else")

    def test_silence(self) -> None:
        """
        The caller is asked twice, then the agent hangs up.
        """
        self.say("order")
        self.assertEqual(self.silence(), "still_there ask_number")
        self.assertEqual(self.silence(), "still_there ask_number")
        self.assertEqual(self.silence(), "goodbye_silent <end>")
        self.assertEqual(self.dialogue.results()["outcome"], "no input")

    def test_caller_left(self) -> None:
        """
        Before anything has been said the outcome is that the caller left.
        """
        self.assertEqual(self.dialogue.results(), {"outcome": "caller left"})

    def test_no_keys(self) -> None:
        """
        Nothing keyed in is nothing.
        """
        self.assertEqual(self.key(""), "")
