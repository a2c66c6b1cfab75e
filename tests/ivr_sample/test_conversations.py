"""
Whole conversations through Azure's SDK: caller, IVR, gateway, IVR again.
"""

from __future__ import annotations

from typing import Any

from acsgw.interfaces import TransferKind, TransferRequest

from ..scenarios.house import CALLER
from .house import HUMAN, IVR_USER, IvrHouseTestCase

RIGHT = ((1.0, "12345"), (4.5, "1"))


class RoundTripTests(IvrHouseTestCase):
    """
    The way there and back.
    """

    ivr_changes = {"ivr__keep_values": True}

    def test_round_trip(self) -> None:
        """
        A caller keys the number wrong, then right, is handed over with it, comes
        back with variables and is sent to a human; one conversation id all along.
        """
        call_id = self.press((1.0, "54321"), (4.5, "2"), (6, "12345"), (9.5, "1"))
        self.reactor.run_for(12)
        (leg,) = self.legs()
        self.assertEqual(leg["outcome"], "handed over", self.whats())
        self.assertEqual(leg["sent"]["returnIdentity"], IVR_USER)
        agent = self.agents.agents[-1]
        conversation = leg["conversation_id"]
        self.assertEqual(agent.call.conversation_id, conversation)
        self.assertEqual(
            agent.call.variables, {"accountNumber": "12345", "handovers": "1"}
        )
        agent.events.transfer(
            TransferRequest(
                request_id="1",
                kind=TransferKind.AGENT,
                variables={"intent": "billing", "amount": 12.5},
            )
        )
        self.reactor.run_for(4)
        self.assertEqual(self.outcomes(), ["handed over", "sent to a human"])
        back = self.legs()[1]
        self.assertEqual(
            (back["kind"], back["conversation_id"]), ("return", conversation)
        )
        self.assertEqual(
            back["returned"],
            {
                "amount": "12.5",
                "conversationId": conversation,
                "handoverKind": "agent",
                "intent": "billing",
            },
        )
        self.assertEqual(
            self.caller_side(call_id)["outcome"], f"transferred to {HUMAN}"
        )

    def test_survey(self) -> None:
        """
        A caller whose business is done rates it; it is recorded.
        """
        self.press(*RIGHT, (8.3, "4"))
        self.reactor.run_for(7)
        self.go_back(handoverKind="completed")
        self.reactor.run_for(5)
        self.assertEqual(self.outcomes(), ["handed over", "completed"])
        self.assertEqual(self.legs()[-1]["rating"], 4, self.whats())

    def test_no_endless_round(self) -> None:
        """
        Who comes back is handed over again, but not for ever, even if the counter
        does not come back with him.
        """
        self.press(*RIGHT)
        self.reactor.run_for(7)
        conversation = self.legs()[0]["conversation_id"]
        for _ in range(2):
            self.go_back(handoverKind="agent lost", conversationId=conversation)
            self.reactor.run_for(4)
        self.assertEqual(
            self.outcomes(), ["handed over", "handed over", "sent to a human"]
        )

    def test_many_at_once(self) -> None:
        """
        Calls do not get into each other's way.
        """
        for number in range(5):
            self.press(
                (1.0, f"1000{number}"), (4.5, "1"), **{"from": f"+1425555010{number}"}
            )
        self.reactor.run_for(8)
        self.assertEqual(self.outcomes(), ["handed over"] * 5)
        given = [agent.call for agent in self.agents.agents]
        self.assertEqual(
            {(info.caller[-1], info.variables["accountNumber"]) for info in given},
            {(f"{n}", f"1000{n}") for n in range(5)},
        )


class LongNumberTests(IvrHouseTestCase):
    """
    A number of many digits.
    """

    ivr_changes = {
        "account__max_digits": 20,
        "ivr__keep_values": True,
        "prompts__digits": "digit-{}.wav",
    }

    def test_read_back(self) -> None:
        """
        It is ended by the stop tone and read back, however many digits it has.
        """
        number = "12345678901234567"
        call_id = self.press((1.0, f"{number}#"), (12.0, "1"))
        self.reactor.run_for(15)
        self.assertEqual(self.outcomes(), ["handed over"], self.whats())
        self.assertEqual(self.legs()[0]["sent"]["accountNumber"], number)
        self.assertEqual(self.caller_side(call_id)["state"], "connected")


class TroubleTests(IvrHouseTestCase):
    """
    Callers who do not do as they are told, and hand-overs that fail.
    """

    def outcome_after(
        self, seconds: float, *keys: tuple[float, str], **more: Any
    ) -> tuple[str | None, str]:
        call_id = self.press(*keys, **more)
        self.reactor.run_for(seconds)
        return self.outcomes()[-1], self.caller_side(call_id)["outcome"]

    def test_no_input(self) -> None:
        """
        Who keys nothing is asked three times, then gets a human.
        """
        self.assertEqual(
            self.outcome_after(12), ("sent to a human", f"transferred to {HUMAN}")
        )
        self.assertEqual(self.whats().count("nothing keyed"), 3)
        self.assertEqual(self.whats().count("asked account"), 3)

    def test_wrong_input(self) -> None:
        """
        So does who keys too little, or no digits at all.
        """
        got = self.outcome_after(12, (1.0, "12"), (4.0, "#"), (6.0, "1*345"))
        self.assertEqual(got, ("sent to a human", f"transferred to {HUMAN}"))
        self.assertEqual(self.whats().count("keyed 0 keys"), 2)

    def test_hang_up(self) -> None:
        """
        The caller may leave at any time: while being greeted, asked, or read
        back to.
        """
        for at in (0.35, 1.5, 4.0):
            call_id = self.place_call(
                {"after": "at 1.0", "press": "12345"},
                {"after": "at 4.5", "press": "1"},
                {"after": f"at {at}", "hang_up": True, "beside": True},
            )
            self.reactor.run_for(8)
            self.assertEqual(self.outcomes()[-1], "caller hung up", (at, self.whats()))
            self.assertEqual(self.caller_side(call_id)["state"], "ended")

    def test_transfer_refused(self) -> None:
        """
        A gateway that nobody listens for: an apology, and a human.
        """
        self.request("DELETE", "http://127.0.0.1:8480/emulator/subscriptions/gateway")
        got = self.outcome_after(9, *RIGHT)
        self.assertEqual(got, ("sent to a human", f"transferred to {HUMAN}"))
        self.assertEqual(
            [w.split()[0] for w in self.whats() if "transfer" in w],
            ["transfer", "transfer", "transfer"],
        )
        self.assertIn("transfer human", self.whats())

    def test_stop(self) -> None:
        """
        When the process stops, new calls are refused and a call that goes on too
        long is handed to the human.
        """
        call_id = self.press()
        self.reactor.run_for(1)
        stopped = self.ivr.stopService()
        health = "http://127.0.0.1:8091/health/ready"
        self.assertEqual(self.request("GET", health)[0], 503)
        self.assertEqual(self.outcomes(), [None])
        self.reactor.run_for(4)
        self.assertNoResult(stopped)
        self.reactor.run_for(3)
        self.successResultOf(stopped)
        self.assertEqual(
            self.caller_side(call_id)["outcome"], f"transferred to {HUMAN}"
        )

    def test_anonymous(self) -> None:
        """
        A caller without a number is served, but cannot be called back.
        """
        got = self.outcome_after(8, *RIGHT, **{"from": "anonymous"})
        self.assertEqual(got[0], "handed over")


class ClosedTests(IvrHouseTestCase):
    """
    Outside business hours.
    """

    ivr_changes = {
        "hours": {
            "time_zone": "UTC",
            "days": [],
            "opens": "00:00",
            "closes": "24:00",
            "closed": "closed.wav",
        }
    }

    def test_callback(self) -> None:
        """
        The caller may ask to be called back.
        """
        self.press((1.0, "1"))
        self.reactor.run_for(3)
        self.assertEqual(self.outcomes(), ["callback asked for"])

    def test_no_callback(self) -> None:
        """
        Or not.
        """
        self.press((1.0, "2"), **{"from": CALLER})
        self.reactor.run_for(3)
        self.assertEqual(self.outcomes(), ["closed"])


class NobodyTests(IvrHouseTestCase):
    """
    The human's telephone cannot be reached.
    """

    ivr_changes = {"human__target": "+15550000000"}

    def test_nobody(self) -> None:
        """
        A callback is offered; who wants none hears good-bye.
        """
        self.press((12.0, "2"))
        self.reactor.run_for(16)
        self.assertEqual(self.outcomes(), ["nobody could take it"], self.whats())
